/** Checks one receipt that the caller holds: its form, its disclosures, the decision in it, and whether it is in the caller's ledger. */
import type { Engines } from '@tai-autonomics/core/engine';
import {
  encodeBase64url,
  encodeUtf8,
  equalBytes,
  type Json,
  leafHash,
  parseReceipt,
  verifyDisclosures,
} from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { ReadLedger, ReadStep } from '../../api.ts';
import { parseStrictJson } from '../../json/strict-json.ts';
import { nodeSha256 } from '../../node/crypto.ts';
import { nodeTextCodec } from '../../node/text-codec.ts';
import { textOf } from '../step-arguments.ts';
import { rederiverOf } from './rederiver-of.ts';

const LIMITS = { comments: false, maxBytes: 98_304, maxDepth: 2 } as const;
const NOTHING: ReadonlyMap<string, Json> = new Map();

/** The read step `verify_receipt`. `holds` is false for any flaw; what could not be checked is said, and is none. */
export const verifyReceiptText =
  (engines: Engines): ReadStep =>
  async (step, { ledger }) => {
    const bytes = encodeUtf8(textOf(step, 'receipt')) ?? new Uint8Array(0);
    const parsed = parseReceipt(bytes, nodeTextCodec);
    if (E.isLeft(parsed)) return E.right({ holds: false, findings: [`it is not a receipt: ${flawOf(parsed.left)}`] });
    const receipt = parsed.right;
    const { origin, seq, event, at } = receipt;
    const leaf = leafHash(nodeSha256, bytes);
    const texts = disclosureTexts(textOf(step, 'disclosures'));
    const shown = texts === undefined ? undefined : verifyDisclosures(nodeSha256, receipt, texts);
    const disclosed = shown === undefined || E.isLeft(shown) ? NOTHING : shown.right;
    const rederived = rederiverOf(await ledger.catalogs(), engines).step(receipt, leaf, disclosed, false);
    const inLedger = await membershipOf(ledger, origin, seq, leaf);
    const findings = [
      ...(texts === undefined ? ['disclosures are a JSON list of texts'] : []),
      ...(shown !== undefined && E.isLeft(shown) ? [`a disclosure is wrong: ${flawOf(shown.left)}`] : []),
      ...(rederived.status === 'falsified' ? [rederived.why] : []),
      ...(inLedger === 'no' ? ['your ledger has no such receipt at its place'] : []),
    ];
    const place = { origin, seq, leaf: encodeBase64url(leaf), event, at };
    return E.right({ holds: findings.length === 0, findings, ...place, inLedger, rederived });
  };

const flawOf = ({
  path,
  expected,
}: {
  readonly path: readonly (string | number)[];
  readonly expected: string;
}): string => `${path.length === 0 ? '' : `${path.join('.')}: `}expected ${expected}`;

const disclosureTexts = (text: string): readonly string[] | undefined => {
  const read = parseStrictJson(text, LIMITS);
  if (E.isLeft(read) || !Array.isArray(read.right.value)) return undefined;
  const texts = read.right.value.filter((item): item is string => typeof item === 'string');
  return texts.length === read.right.value.length ? texts : undefined;
};

/** Whether the caller's ledger has exactly this receipt at its place; of another ledger nothing is known here. */
const membershipOf = async (
  ledger: ReadLedger,
  origin: string,
  seq: number,
  leaf: Uint8Array,
): Promise<'yes' | 'no' | 'unknown'> => {
  if (origin !== ledger.origin) return 'unknown';
  if (seq < ledger.size && E.isLeft(await ledger.loadProof(seq))) return 'unknown';
  const own = seq < ledger.size ? ledger.nodes(0, seq) : undefined;
  return own !== undefined && equalBytes(own, leaf) ? 'yes' : 'no';
};
