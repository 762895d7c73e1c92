/**
 * The bytes of a group of receipts. First what never changes, row after row: a line of JSON with the leaf and the intent, then the
 * receipt itself. Apart from it the disclosures, which can be purged.
 */
import { createHash } from 'node:crypto';
import type { Row, StoredDisclosure } from '@tai-autonomics/governor';
import { entriesOf, toDisclosures } from '../entries.ts';

/** What never changes of rows. */
export const encodeRows = (rows: readonly Row[]): Buffer =>
  Buffer.concat(
    rows.flatMap(({ leaf, bytes, intent }) => [
      Buffer.from(
        `${JSON.stringify({ bytes: bytes.length, leaf: Buffer.from(leaf).toString('base64url'), ...(intent === undefined ? {} : { intent: [intent.id, intent.digest] }) })}\n`,
      ),
      bytes,
    ]),
  );

/** The disclosures of rows, in the order of the rows. */
export const encodeDisclosures = (all: readonly (readonly StoredDisclosure[])[]): Buffer =>
  Buffer.from(JSON.stringify(all.map(entriesOf)));

/** Rows from `first`, without their disclosures; `undefined` for what `encodeRows` never wrote. */
export const decodeRows = (first: number, encoded: Uint8Array): readonly Row[] | undefined => {
  const rows: Row[] = [];
  const all = Buffer.from(encoded.buffer, encoded.byteOffset, encoded.byteLength);
  for (let at = 0; at < all.length; ) {
    const end = all.indexOf(NEW_LINE, at);
    const header = end < 0 ? undefined : headerOf(all.toString('utf8', at, end));
    if (header === undefined || end + 1 + header.bytes > all.length) return undefined;
    at = end + 1 + header.bytes;
    rows.push({
      seq: first + rows.length,
      leaf: header.leaf,
      bytes: Uint8Array.from(all.subarray(end + 1, at)),
      disclosures: [],
      ...(header.intent === undefined ? {} : { intent: { id: header.intent[0], digest: header.intent[1] } }),
    });
  }
  return rows;
};

/** The disclosures of each row; `undefined` for what `encodeDisclosures` never wrote. */
export const decodeDisclosures = (encoded: Uint8Array): readonly (readonly StoredDisclosure[])[] | undefined => {
  const all = jsonOf(Buffer.from(encoded).toString('utf8'));
  return Array.isArray(all) && all.every((each) => typeof each === 'string')
    ? all.map((each: string) => (each === '' ? [] : toDisclosures(each)))
    : undefined;
};

/** Under what an intent is found: of one length, whatever its id is. */
export const keyOf = (intentId: string): string => createHash('sha256').update(intentId).digest('base64url');

const NEW_LINE = 0x0a;

interface Header {
  readonly bytes: number;
  readonly leaf: Uint8Array;
  readonly intent?: readonly [string, string];
}

const headerOf = (line: string): Header | undefined => {
  const json = jsonOf(line);
  if (typeof json !== 'object' || json === null) return undefined;
  const { bytes, leaf, intent } = json as Readonly<Record<string, unknown>>;
  if (typeof bytes !== 'number' || !Number.isSafeInteger(bytes) || bytes < 0 || typeof leaf !== 'string')
    return undefined;
  const header = { bytes, leaf: Uint8Array.from(Buffer.from(leaf, 'base64url')) };
  if (intent === undefined) return header;
  const [id, digest] = Array.isArray(intent) ? intent : [];
  return typeof id === 'string' && typeof digest === 'string' ? { ...header, intent: [id, digest] } : undefined;
};

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
