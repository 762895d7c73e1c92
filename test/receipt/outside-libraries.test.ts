/** Our trees and disclosures by libraries that other people wrote. Each must also refuse what was tampered with. */
import { decodeSdJwtSync, unpackSync } from '@sd-jwt/decode';
import {
  checkpointOf,
  consistencyProof,
  inclusionProof,
  nodesOf,
  parseDisclosure,
  verifyDisclosures,
} from '@tai-autonomics/core/receipt';
import { RFC9162 } from '@transmute/rfc9162';
import { either as E } from 'fp-ts';
import { describe, expect, test } from 'vitest';
import { buildLedger, right, sha256 } from './fixture.ts';

const SIZE = 23;
const ledger = buildLedger(SIZE);
const leaves = ledger.receipts.map(({ leaf }) => leaf);
const entries = ledger.receipts.map(({ bytes }) => bytes);
const read = nodesOf(sha256, leaves);

const flipped = (bytes: Uint8Array, at = 7): Uint8Array => bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));
const rootAt = async (size: number): Promise<Uint8Array> => RFC9162.treeHead(entries.slice(0, size));

describe('@transmute/rfc9162', () => {
  test('computes the same leaves and the same root from the receipts’ bytes', async () => {
    for (const [seq, bytes] of entries.entries()) expect(await RFC9162.leaf(bytes)).toEqual(leaves[seq]);
    const { root } = checkpointOf(sha256, ledger.head);
    expect(await rootAt(SIZE)).toEqual(root);
    const tampered = entries.map((bytes, seq) => (seq === 11 ? flipped(bytes) : bytes));
    expect(await RFC9162.treeHead(tampered)).not.toEqual(root);
  });

  test('accepts every inclusion proof of ours, and none of another place, leaf, hash or root', async () => {
    const root = await rootAt(SIZE);
    for (let seq = 0; seq < SIZE; seq++) {
      const path = [...(inclusionProof(sha256, read, seq, SIZE) ?? [])];
      const proof = { log_id: '', tree_size: SIZE, leaf_index: seq, inclusion_path: path };
      const leaf = leaves[seq] as Uint8Array;
      const check = (over: Partial<typeof proof>, hash = leaf, head = root): Promise<boolean> =>
        RFC9162.verifyInclusionProof(head, hash, { ...proof, ...over });
      expect(await check({})).toBe(true);
      expect(await check({}, flipped(leaf))).toBe(false);
      expect(await check({}, leaf, flipped(root))).toBe(false);
      expect(await check({ leaf_index: seq ^ 1 })).toBe(false);
      expect(await check({ inclusion_path: path.map((hash, i) => (i === 0 ? flipped(hash) : hash)) })).toBe(false);
      expect(await check({ inclusion_path: path.slice(0, -1) })).toBe(false);
    }
  });

  test('accepts every consistency proof of ours, and none with another hash or root', async () => {
    const root = await rootAt(SIZE);
    for (let size = 1; size < SIZE; size++) {
      const old = await rootAt(size);
      const path = consistencyProof(sha256, read, size, SIZE) ?? [];
      // Step 2 of RFC 9162 section 2.1.4.2 is left to the caller by this library: a perfect tree stands for itself.
      const whole = Number.isInteger(Math.log2(size)) ? [old, ...path] : [...path];
      const check = (hashes: Uint8Array[], before = old, now = root): Promise<boolean> =>
        RFC9162.verifyConsistencyProof(before, now, {
          log_id: '',
          tree_size_1: size,
          tree_size_2: SIZE,
          consistency_path: hashes,
        });
      expect([size, await check(whole)]).toEqual([size, true]);
      expect(await check(whole, flipped(old))).toBe(false);
      expect(await check(whole, old, flipped(root))).toBe(false);
      expect(await check(whole.map((hash, i) => (i === whole.length - 1 ? flipped(hash) : hash)))).toBe(false);
    }
  });
});

const hasher = (data: string | ArrayBuffer, alg: string): Uint8Array => {
  if (alg.toLowerCase() !== 'sha-256') throw new Error(`no ${alg} here`);
  return sha256(new Uint8Array(typeof data === 'string' ? Buffer.from(data) : Buffer.from(data)));
};

const asToken = (payload: unknown, texts: readonly string[]): string => {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'EdDSA' })}.${part(payload)}.${part('not checked here')}~${texts.map((text) => `${text}~`).join('')}`;
};

describe('@sd-jwt/decode', () => {
  const disclosing = ledger.receipts.filter(({ disclosures }) => disclosures.length > 0);

  test('unpacks a receipt’s disclosures to the same names and values as we do', () => {
    expect(disclosing.length).toBeGreaterThan(3);
    for (const { receipt, disclosures } of disclosing) {
      const texts = disclosures.map(({ text }) => text);
      const decoded = decodeSdJwtSync(asToken(receipt, texts), hasher);
      const { unpackedObj } = unpackSync(decoded.jwt.payload, decoded.disclosures, hasher);
      const { _sd: _, _sd_alg: __, ...clear } = receipt;
      const ours = Object.fromEntries(right(verifyDisclosures(sha256, receipt, texts)));
      expect(unpackedObj).toEqual({ ...clear, ...ours });
    }
  });

  test('shows nothing of a disclosure that was changed, nor of one of another receipt', () => {
    const [first, second] = disclosing;
    if (first === undefined || second === undefined) throw new Error('two receipts with disclosures are needed');
    const [{ text = '' } = {}] = first.disclosures;
    const { name, value, salt } = right(parseDisclosure(text)) as { name: string; value: unknown; salt: unknown };
    const other = Buffer.from(JSON.stringify([salt ?? 'salt', name, [value, 'changed']])).toString('base64url');
    for (const bad of [other, second.disclosures[0]?.text ?? '']) {
      const decoded = decodeSdJwtSync(asToken(first.receipt, [bad]), hasher);
      const { unpackedObj } = unpackSync(decoded.jwt.payload, decoded.disclosures, hasher);
      expect(Object.keys(unpackedObj as object).filter((member) => member.includes('/'))).toEqual([]);
      expect(E.isLeft(verifyDisclosures(sha256, first.receipt, [bad]))).toBe(true);
    }
  });
});
