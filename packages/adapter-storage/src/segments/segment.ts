/**
 * A segment: receipts of a ledger that are sealed, as an object of lines. The first says of which ledger they are, from where to
 * where, and the tree at their end; then each receipt stands on its line, byte for byte. Disclosures are never in it.
 */
import {
  appendLeaf,
  decodeBase64url,
  emptyFrontier,
  encodeBase64url,
  type Frontier,
  frontierOf,
  leafHash,
} from '@tai-autonomics/core/receipt';
import type { LedgerId, Row } from '@tai-autonomics/governor';
import { nodeSha256 } from '@tai-autonomics/governor/node';
import { either as E } from 'fp-ts';

/** Where a segment is, as its name says. */
export interface SegmentName {
  readonly object: string;
  readonly ledger: LedgerId;
  readonly first: number;
  readonly last: number;
  /** The leaf of its last receipt. */
  readonly head: string;
}

/** A segment that was read. */
export interface Segment extends SegmentName {
  /** The tree of the ledger at its end. */
  readonly tree: Frontier;
  readonly receipts: readonly Uint8Array[];
}

/** A receipt as a line of a segment needs it. */
export type Line = Pick<Row, 'seq' | 'leaf' | 'bytes'>;

const FORMAT = 'tai-autonomics/segment@1';
const NAME = /^(?<ledger>[a-z0-9._-]+)\/(?<first>\d{16})-(?<last>\d{16})-(?<head>[A-Za-z0-9_-]{43})\.ndjson$/;

/** Of which segment an object is, by its name; `undefined` for any other object. */
export const segmentNamed = (object: string): SegmentName | undefined => {
  const { ledger, first, last, head } = NAME.exec(object)?.groups ?? {};
  if (ledger === undefined || head === undefined || Number(last) < Number(first)) return undefined;
  return { object, ledger, first: Number(first), last: Number(last), head };
};

/** What the names of a ledger's segments begin with. */
export const segmentsPrefix = (ledger: LedgerId): string => `${ledger}/`;

/** Writes a segment after the tree of all that stands before it. A receipt whose bytes have another hash than its leaf is in no segment. */
export const encodeSegment = (
  ledger: LedgerId,
  before: Frontier,
  lines: readonly [Line, ...Line[]],
): E.Either<string, { readonly name: SegmentName; readonly bytes: Uint8Array; readonly tree: Frontier }> => {
  const first = before.size;
  let tree = before;
  for (const [n, { seq, leaf, bytes }] of lines.entries()) {
    if (seq !== first + n) return E.left(`receipt ${first + n} is missing`);
    if (Buffer.compare(leafHash(nodeSha256, bytes), leaf) !== 0)
      return E.left(`receipt ${seq} was changed in the store: its bytes have another hash`);
    tree = appendLeaf(nodeSha256, tree, leaf);
  }
  const last = first + lines.length - 1;
  const head = encodeBase64url(lines[lines.length - 1]?.leaf ?? new Uint8Array(0));
  const says = { format: FORMAT, ledger, first, last, head, tree: tree.hashes.map(encodeBase64url) };
  const bytes = Buffer.concat([
    Buffer.from(`${JSON.stringify(says)}\n`),
    ...lines.flatMap(({ bytes: receipt }) => [isLine(receipt) ? receipt : packed(receipt), LINE_FEED]),
  ]);
  const object = `${segmentsPrefix(ledger)}${sixteen(first)}-${sixteen(last)}-${head}.ndjson`;
  return E.right({ name: { object, ledger, first, last, head }, bytes, tree });
};

/** Reads a segment back; a sentence for what is none, or not the one of its name. */
export const decodeSegment = (name: SegmentName, bytes: Uint8Array): E.Either<string, Segment> => {
  const other = E.left(`${name.object} is not the segment that its name says`);
  const lines = linesOf(bytes);
  const says = jsonOf(Buffer.from(lines[0] ?? []).toString('utf8'));
  const receipts = lines.slice(1).map(receiptOfLine);
  const { format, ledger, first, last, head, tree: hashes } = says;
  const isIt =
    format === FORMAT && ledger === name.ledger && first === name.first && last === name.last && head === name.head;
  if (!isIt || receipts.length !== name.last - name.first + 1 || !Array.isArray(hashes)) return other;
  const tree = frontierOf(name.last + 1, hashes.map(bytesOf));
  const whole = receipts.filter((receipt) => receipt !== undefined);
  if (tree === undefined || whole.length !== receipts.length) return other;
  const end = whole[whole.length - 1];
  return end !== undefined && encodeBase64url(leafHash(nodeSha256, end)) === name.head
    ? E.right({ ...name, tree, receipts: whole })
    : other;
};

/** The receipt of a line, without its line feed; `undefined` for a line that is none. */
export const receiptOfLine = (line: Uint8Array): Uint8Array | undefined =>
  line[0] === QUOTE ? unpacked(line) : new Uint8Array(line);

/** Where the line of each receipt begins, in bytes, and where the last one ends. */
export const placesIn = (bytes: Uint8Array): Float64Array => {
  const places: number[] = [];
  for (let end = bytes.indexOf(NEW_LINE); end >= 0; end = bytes.indexOf(NEW_LINE, end + 1)) places.push(end + 1);
  return Float64Array.from(places);
};

/** The tree before the first receipt. */
export const noTree: Frontier = emptyFrontier;

const LINE_FEED = Buffer.from('\n');
const [NEW_LINE, QUOTE] = [0x0a, 0x22];

const sixteen = (n: number): string => String(n).padStart(16, '0');

/** A receipt is canonical JSON: an object without a line break. Bytes of any other form are packed into a string. */
const isLine = (bytes: Uint8Array): boolean => bytes.length > 0 && bytes[0] !== QUOTE && !bytes.includes(NEW_LINE);

const packed = (bytes: Uint8Array): Buffer => Buffer.from(`"${encodeBase64url(bytes)}"`);

const unpacked = (line: Uint8Array): Uint8Array | undefined =>
  decodeBase64url(Buffer.from(line.subarray(1, -1)).toString('latin1'));

const bytesOf = (hash: unknown): Uint8Array =>
  (typeof hash === 'string' ? decodeBase64url(hash) : undefined) ?? new Uint8Array(0);

/** Every line ends with a line feed; what stands behind the last one is half a line, and then it is no segment. */
const linesOf = (bytes: Uint8Array): readonly Uint8Array[] => {
  const lines: Uint8Array[] = [];
  let from = 0;
  for (let end = bytes.indexOf(NEW_LINE); end >= 0; end = bytes.indexOf(NEW_LINE, from)) {
    lines.push(bytes.subarray(from, end));
    from = end + 1;
  }
  return from === bytes.length ? lines : [];
};

const jsonOf = (text: string): Readonly<Record<string, unknown>> => {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === 'object' && json !== null ? (json as Readonly<Record<string, unknown>>) : {};
  } catch {
    return {};
  }
};
