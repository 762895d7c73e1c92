import {
  advanceHead,
  appendReceipt,
  buildReceipt,
  canonicalize,
  canonicalizeModel,
  checkpointOf,
  emptyHead,
  encodeUtf8,
  type LedgerEntry,
  leafHash,
  nobleSha256,
  parseReceipt,
  type Receipt,
  receiptInstantMs,
  receiptText,
  treeRoot,
  type WireWrite,
} from '@tai-autonomics/core/receipt';
import fc from 'fast-check';
import { either as E } from 'fp-ts';
import { describe, expect, test } from 'vitest';
import { referenceRoot } from '../reference/tree.ts';
import { runs } from '../runs.ts';
import { BINDING, buildLedger, bytesOf, digestOf, EVAL_BINDING, ORIGIN, right, sha256 } from './fixture.ts';

const ledger = buildLedger(12);
const receiptAt = (seq: number): Receipt => ledger.receipts[seq]?.receipt as Receipt;

describe('arbitrary receipts', () => {
  const digest = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((b) => Buffer.from(b).toString('base64url'));
  const code = fc.stringMatching(/^[a-z][a-z0-9_]{0,20}$/);
  const instant = fc
    .date({ min: new Date(0), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true })
    .map((d) => d.toISOString());
  const text = fc.string({ unit: 'grapheme', maxLength: 20 });
  const set = fc.uniqueArray(text, { maxLength: 5 });
  const act = fc.oneof(
    fc.record({ set: fc.oneof(fc.boolean(), fc.maxSafeInteger(), text) }),
    fc.record({ at: instant }),
    fc.record({ add: set }),
    fc.record({ remove: set }),
    fc.record({ replace: set }),
    fc.record({ plus: fc.maxSafeInteger() }),
    fc.constant({ clear: true as const }),
  );
  const write = fc
    .tuple(fc.array(text, { maxLength: 3 }), act)
    .map(([key, a]) => ({ cell: 'a.b/c', key, ...a }) as WireWrite);
  const ref = fc.record({ seq: fc.nat(999), leaf: digest });
  const termsRef = fc.record({ id: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }), digest });
  const binding = fc.oneof(
    fc
      .record({ policy: termsRef, insurance: termsRef, msa: termsRef }, { requiredKeys: [] })
      .filter((terms) => Object.keys(terms).length > 0)
      .map((terms) => ({ mode: 'contractual' as const, terms })),
    fc.constant(EVAL_BINDING),
  );
  const writes = fc.array(write, { maxLength: 4 });
  const body = fc.oneof(
    writes.map((w) => ({ kind: 'decision' as const, verdict: 'approve' as const, codes: [], writes: w })),
    fc
      .uniqueArray(code, { minLength: 1, maxLength: 4 })
      .map((codes) => ({ kind: 'decision' as const, verdict: 'refuse' as const, codes, writes: [] })),
    fc
      .record({
        of: ref,
        status: fc.constantFrom('success', 'failed', 'timeout', 'memory_exceeded', 'unknown'),
        writes,
      })
      .map((o) => ({ kind: 'outcome' as const, ...o })),
    fc.record({ of: ref, writes }).map((c) => ({ kind: 'consequence' as const, ...c })),
  );
  const context = fc.record(
    {
      at: instant,
      event: code,
      id: digest,
      subject: fc.stringMatching(/^[a-z]{1,5}:[0-9a-f]{1,8}$/),
      catalog: fc.record({ id: code, version: fc.constant('1.2.3'), digest }),
      engine: fc.record({
        name: fc.constant('@x/core'),
        version: fc.constant('0.1.0'),
        semantics: fc.integer({ min: 1, max: 9 }),
      }),
      _sd: fc.uniqueArray(digest, { maxLength: 4 }),
      incident: code,
      trace: fc.stringMatching(/^[1-9a-f][0-9a-f]{31}$/),
    },
    { requiredKeys: ['at', 'event', 'id', 'subject', 'catalog', 'engine', '_sd'] },
  );
  const entry = fc.tuple(context, binding, body).map(([c, b, k]) => ({ ...c, ...b, ...k }) as LedgerEntry);
  const place = fc.record({
    origin: fc.constantFrom('a.b/c', ORIGIN),
    seq: fc.integer({ min: 1000, max: 2 ** 40 }),
    prev: digest,
  });

  test('the fixed-shape text is the generic canonical text', () => {
    fc.assert(
      fc.property(entry, place, (e, p) => {
        const { receipt, bytes, leaf } = right(buildReceipt(sha256, { ...e, ...p }));
        const generic = right(canonicalize(receipt));
        expect(right(receiptText(receipt))).toBe(generic);
        expect(canonicalizeModel(receipt)).toEqual(E.right(generic));
        expect(bytes).toEqual(encodeUtf8(generic));
        expect(leaf).toEqual(leafHash(nobleSha256, bytes));
      }),
      { numRuns: runs(1000) },
    );
  });

  test('the canonical bytes parse back to themselves', () => {
    fc.assert(
      fc.property(entry, place, (e, p) => {
        const { receipt, bytes } = right(buildReceipt(sha256, { ...e, ...p }));
        expect(right(parseReceipt(bytes))).toEqual(receipt);
      }),
      { numRuns: runs(500) },
    );
  });

  test('any member left out, added or undefined is refused', () => {
    fc.assert(
      fc.property(entry, place, fc.nat(99), (e, p, n) => {
        const { receipt } = right(buildReceipt(sha256, { ...e, ...p }));
        const names = Object.keys(receipt).filter((name) => !['incident', 'trace'].includes(name));
        const name = names[n % names.length] as keyof Receipt;
        const { [name]: _, ...less } = receipt;
        expect(E.isLeft(receiptText(less))).toBe(true);
        expect(E.isLeft(receiptText({ ...receipt, extra: 1 }))).toBe(true);
        expect(E.isLeft(receiptText({ ...receipt, [name]: undefined }))).toBe(true);
        expect(E.isLeft(receiptText({ ...receipt, deadlines: undefined }))).toBe(true);
      }),
      { numRuns: runs(300) },
    );
  });
});

const approval = receiptAt(1);
const refusal = receiptAt(0);
const outcome = receiptAt(2);
const write = { cell: 'a', key: [] };
const long = (n: number): string => 'x'.repeat(n);

test.for<{ note: string; value: unknown }>([
  { note: 'another version', value: { ...approval, v: 'tai-autonomics/receipt@2' } },
  { note: 'a kind of its own', value: { ...approval, kind: 'note' } },
  { note: 'a mode of its own', value: { ...approval, mode: 'dry' } },
  { note: 'contractual without terms', value: { ...approval, terms: {} } },
  { note: 'contractual with a session', value: { ...approval, session: EVAL_BINDING.session } },
  { note: 'eval with terms', value: { ...approval, ...EVAL_BINDING } },
  {
    note: 'eval whose notice was changed',
    value: { ...approval, mode: 'eval', terms: undefined, session: { id: 'a', notice: 'contractual' } },
  },
  { note: 'terms of a fourth sort', value: { ...approval, terms: { ...BINDING.terms, oral: BINDING.terms.msa } } },
  { note: 'a refusal without a code', value: { ...refusal, codes: [] } },
  { note: 'an approval with a code', value: { ...approval, codes: ['a'] } },
  { note: 'a refusal that writes', value: { ...refusal, writes: approval.writes } },
  { note: 'a refusal with a deadline', value: { ...refusal, deadline: refusal.at } },
  { note: 'a deadline before the decision', value: { ...approval, deadline: refusal.at } },
  { note: 'an outcome with a verdict', value: { ...outcome, verdict: 'approve' } },
  { note: 'an outcome of a later receipt', value: { ...outcome, of: { seq: 9, leaf: approval.prev } } },
  { note: 'an outcome of itself', value: { ...outcome, of: { seq: 2, leaf: approval.prev } } },
  { note: 'a decision of a receipt', value: { ...approval, of: { seq: 0, leaf: approval.prev } } },
  { note: 'codes out of order', value: { ...refusal, codes: ['b', 'a'] } },
  { note: 'a code twice', value: { ...refusal, codes: ['a', 'a'] } },
  { note: 'a code in camelCase', value: { ...refusal, codes: ['aB'] } },
  { note: 'digests out of order', value: { ...approval, _sd: [...approval._sd].reverse() } },
  { note: 'a digest twice', value: { ...approval, _sd: [approval._sd[0], approval._sd[0]] } },
  { note: '257 digests', value: { ...approval, _sd: [...Array(257).keys()].map((i) => digestOf(String(i))).sort() } },
  { note: 'another hash', value: { ...approval, _sd_alg: 'sha-512' } },
  { note: 'a digest of 31 bytes', value: { ...approval, prev: Buffer.alloc(31).toString('base64url') } },
  { note: 'a digest with unused bits', value: { ...approval, prev: `${approval.prev.slice(0, 42)}B` } },
  { note: 'seq as text', value: { ...approval, seq: '1' } },
  { note: 'seq -1', value: { ...approval, seq: -1 } },
  { note: 'seq 1.5', value: { ...approval, seq: 1.5 } },
  { note: 'seq -0', value: { ...refusal, seq: -0 } },
  { note: 'origin without a path', value: { ...approval, origin: 'ledger.example' } },
  { note: 'at without milliseconds', value: { ...approval, at: '2026-11-21T08:00:00Z' } },
  { note: 'at with an offset', value: { ...approval, at: '2026-11-21T08:00:00.000+00:00' } },
  {
    note: 'at on a day that is not',
    value: { ...approval, at: '2026-02-29T08:00:00.000Z', deadline: '2026-11-21T08:00:00.000Z' },
  },
  { note: 'at in a leap second', value: { ...approval, at: '2026-06-30T23:59:60.000Z' } },
  { note: 'a trace of zeros', value: { ...approval, trace: '0'.repeat(32) } },
  { note: 'a subject with a space', value: { ...approval, subject: 'agent a' } },
  { note: 'semantics 0', value: { ...approval, engine: { ...approval.engine, semantics: 0 } } },
  { note: 'a catalog with a stranger', value: { ...approval, catalog: { ...approval.catalog, url: 'x' } } },
  { note: 'a write of nothing', value: { ...approval, writes: [write] } },
  { note: 'a write of two things', value: { ...approval, writes: [{ ...write, plus: 1, set: 1 }] } },
  { note: 'a write that clears false', value: { ...approval, writes: [{ ...write, clear: false }] } },
  { note: 'a write of null', value: { ...approval, writes: [{ ...write, set: null }] } },
  { note: 'a write of a fraction', value: { ...approval, writes: [{ ...write, set: 0.5 }] } },
  { note: 'a write of a list', value: { ...approval, writes: [{ ...write, set: ['a'] }] } },
  { note: 'a write of a lone surrogate', value: { ...approval, writes: [{ ...write, set: '\ud800' }] } },
  { note: 'a write of a set out of order', value: { ...approval, writes: [{ ...write, add: ['b', 'a'] }] } },
  { note: 'a write of 1025 characters', value: { ...approval, writes: [{ ...write, set: long(1025) }] } },
  { note: 'a write without a key', value: { ...approval, writes: [{ cell: 'a', plus: 1 }] } },
  { note: 'a key that is a number', value: { ...approval, writes: [{ cell: 'a', key: [1], plus: 1 }] } },
  { note: 'a write with an undefined member', value: { ...approval, writes: [{ ...write, plus: 1, set: undefined }] } },
  { note: 'inherited members', value: Object.create(approval) },
  { note: 'a list', value: [approval] },
  { note: 'null', value: null },
])('refused: $note', ({ value }) => {
  expect(E.isLeft(receiptText(value))).toBe(true);
});

test('the flaw names its member', () => {
  expect(receiptText({ ...approval, writes: [{ ...write, plus: 'x' }] })).toMatchObject(
    E.left({ path: ['writes', 0, 'plus'] }),
  );
  expect(receiptText({ ...approval, stranger: 1 })).toMatchObject(E.left({ found: '"stranger"' }));
});

test('a polluted prototype changes nothing', () => {
  const proto = Object.prototype as { incident?: unknown };
  proto.incident = 'INC-66';
  try {
    const { incident: _, ...clean } = receiptAt(5) as { incident?: unknown };
    expect(E.isLeft(receiptText(clean)) || !right(receiptText(clean)).includes('INC-66')).toBe(true);
  } finally {
    delete proto.incident;
  }
});

describe('parseReceipt refuses other bytes for the same receipt', () => {
  const text = right(receiptText(approval));
  test.for([
    { note: 'newline', text: `${text}\n` },
    { note: 'space', text: text.replace(':', ': ') },
    { note: 'escape', text: text.replace('approve', '\\u0061pprove') },
    { note: 'duplicate name', text: text.replace('{', '{"v":"tai-autonomics/receipt@1",') },
    { note: '__proto__', text: text.replace('{', '{"__proto__":{},') },
    { note: 'number spelling', text: text.replace('"seq":1', '"seq":1.0') },
    { note: 'byte order mark', text: `\ufeff${text}` },
    { note: 'trailing garbage', text: `${text}{}` },
    { note: 'truncated', text: text.slice(0, -1) },
    { note: 'nothing', text: '' },
  ])('$note', ({ text: t }) => {
    expect(E.isLeft(parseReceipt(bytesOf(t)))).toBe(true);
  });

  test('65,536 bytes', () => {
    expect(parseReceipt(new Uint8Array(65_536))).toMatchObject(E.left({ expected: 'at most 65535 bytes' }));
  });
});

test('a receipt that would be longer than 65,535 bytes is not built', () => {
  const writes = [...Array(70).keys()].map((i) => ({ cell: 'a', key: [String(i)], set: long(1000) }));
  expect(E.isLeft(buildReceipt(sha256, { ...approval, writes } as never))).toBe(true);
});

describe('the head of a ledger', () => {
  test('has the root of the reference, and links each receipt to the one before', () => {
    expect(checkpointOf(sha256, ledger.head)).toEqual({
      origin: ORIGIN,
      size: 12,
      root: referenceRoot(ledger.receipts.map(({ bytes }) => bytes)),
    });
    for (let seq = 1; seq < 12; seq++) {
      expect(receiptAt(seq).prev).toBe(Buffer.from(ledger.receipts[seq - 1]?.leaf ?? []).toString('base64url'));
    }
    expect(refusal.prev).toBe(digestOf(`tai-autonomics/genesis@1\n${ORIGIN}\n`));
  });

  test('can be had again from leaves and instants', () => {
    const again = ledger.receipts.reduce(
      (head, { receipt, leaf }) => advanceHead(sha256, head, leaf, Date.parse(receipt.at)),
      right(emptyHead(sha256, ORIGIN)),
    );
    expect(again).toEqual(ledger.head);
    expect(treeRoot(nobleSha256, again.frontier)).toEqual(ledger.checkpoint.root);
  });

  test('refuses a receipt that is earlier than the last one, and a bad origin', () => {
    const { v: _v, _sd_alg, origin: _o, seq: _s, prev: _p, ...entry } = approval;
    expect(appendReceipt(sha256, ledger.head, entry as LedgerEntry)).toMatchObject(E.left({ path: ['at'] }));
    expect(E.isLeft(emptyHead(sha256, 'no-path'))).toBe(true);
  });

  test('the sets of a receipt are put in order, repetitions refused', () => {
    const messy = { ...refusal, codes: ['b', 'a'], _sd: [...refusal._sd].reverse() } as never;
    const { receipt } = right(buildReceipt(sha256, messy));
    expect(receipt).toMatchObject({ codes: ['a', 'b'], _sd: refusal._sd });
    expect(E.isLeft(buildReceipt(sha256, { ...refusal, codes: ['a', 'a'] } as never))).toBe(true);
    const writes = [{ cell: 'a', key: [], add: ['b', 'a'] }];
    expect(right(buildReceipt(sha256, { ...approval, writes } as never)).receipt.writes).toEqual([
      { cell: 'a', key: [], add: ['a', 'b'] },
    ]);
  });
});

test('instants are the platform’s', () => {
  fc.assert(
    fc.property(
      fc.date({ min: new Date(0), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true }),
      (date) => {
        expect(receiptInstantMs(date.toISOString())).toBe(date.getTime());
      },
    ),
    { numRuns: runs(3000) },
  );
  for (const text of [
    '1969-12-31T23:59:59.999Z',
    '2023-02-29T00:00:00.000Z',
    '1900-02-29T00:00:00.000Z',
    '2026-13-01T00:00:00.000Z',
    '2026-00-01T00:00:00.000Z',
    '2026-01-00T00:00:00.000Z',
    '2026-01-01T24:00:00.000Z',
    '2026-01-01t00:00:00.000z',
  ]) {
    expect(receiptInstantMs(text)).toBeUndefined();
  }
  expect(receiptInstantMs('2024-02-29T00:00:00.000Z')).toBe(Date.UTC(2024, 1, 29));
});
