/**
 * Blocks: one document is one append, and whoever creates it has written the append. What is too large for a document goes ahead of it
 * in parts, which nobody reads before the block that names them is there.
 */
import { randomBytes } from 'node:crypto';
import type { Answer, LedgerId, Row } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';
import { decodeDisclosures, decodeRows, encodeDisclosures, encodeRows, keyOf } from './body.ts';
import type { Calls } from './calls.ts';
import {
  type FirestoreClient,
  type FirestoreDocument,
  type FirestoreFields,
  type FirestoreReference,
  WHOLE,
} from './client.ts';
import { damaged } from './fault.ts';

/** What a block says of itself, without the rows. */
export interface BlockHead {
  readonly first: number;
  readonly last: number;
  readonly head: Uint8Array;
  /** The key of each row's intent, in their order; empty for a row without one. */
  readonly intents: readonly string[];
}

/** A block that was read whole. */
export interface Block extends BlockHead {
  readonly document: FirestoreDocument;
  readonly rows: readonly Row[];
}

/** Bytes on their way into a document: within it, or in parts that went ahead. */
export interface Body {
  readonly field: Uint8Array | string;
  readonly parts: readonly Part[];
}

interface Part {
  readonly ref: FirestoreReference;
  readonly fields: FirestoreFields;
}

/** A document of Firestore may have 1 MiB; of that, this much for the receipts and disclosures of an append. */
export const INLINE_BYTES = 900_000;
/** So many parts go in one request, which may have 10 MiB, and 4 MB where gRPC has its default. */
const PARTS_AT_ONCE = 4;

export const ledgerPath = (ledger: LedgerId): string => `tai_ledgers/l_${ledger}`;
export const blocksPath = (ledger: LedgerId): string => `${ledgerPath(ledger)}/tai_blocks`;
export const blockPath = (ledger: LedgerId, first: number): string => `${blocksPath(ledger)}/${sixteen(first)}`;
export const checkpointsPath = (ledger: LedgerId): string => `${ledgerPath(ledger)}/tai_checkpoints`;
export const partsPath = (ledger: LedgerId): string => `${ledgerPath(ledger)}/tai_parts`;

/** Numbers in the order of their digits: 2^53 has sixteen. */
export const sixteen = (n: number): string => String(n).padStart(16, '0');

/** A mark of one attempt to write: by it a writer knows its own document again. */
export const newMark = (): string => randomBytes(12).toString('base64url');

/** The documents of an append: the block, and the parts that go ahead of it. */
export const encodeBlock = (
  client: FirestoreClient,
  ledger: LedgerId,
  rows: readonly [Row, ...Row[]],
  { prev, mark }: { readonly prev: Uint8Array; readonly mark: string },
): { readonly fields: FirestoreFields; readonly parts: readonly Part[] } => {
  const first = rows[0].seq;
  const bytes = encodeRows(rows);
  const disclosed = encodeDisclosures(rows.map(({ disclosures }) => disclosures));
  const isSmall = bytes.length + disclosed.length <= INLINE_BYTES;
  const receipts = bodyOf(client, ledger, first, bytes, `${mark}r`, isSmall);
  const disclosures = bodyOf(client, ledger, first, disclosed, `${mark}d`, isSmall);
  const keys = rows.map(({ intent }) => (intent === undefined ? '' : keyOf(intent.id)));
  return {
    fields: {
      first,
      last: first + rows.length - 1,
      prev: Buffer.from(prev),
      head: Buffer.from(rows[rows.length - 1]?.leaf ?? prev),
      mark,
      intents: keys,
      rows: receipts.field,
      disclosures: disclosures.field,
    },
    parts: [...receipts.parts, ...disclosures.parts],
  };
};

/** Disclosures anew, after a purge. */
export const encodePurged = (
  client: FirestoreClient,
  ledger: LedgerId,
  { first, rows, document }: Block,
  mark: string,
): Body => {
  const disclosed = encodeDisclosures(rows.map(({ disclosures }) => disclosures));
  const beside = bytesOf(document.data()?.['rows'])?.length ?? 0;
  return bodyOf(client, ledger, first, disclosed, `${mark}d`, beside + disclosed.length <= INLINE_BYTES);
};

/** The parts that a field of a block names; none where its bytes are within. */
export const partsOf = (client: FirestoreClient, ledger: LedgerId, field: unknown): readonly FirestoreReference[] => {
  const [name = '', count = '0'] = typeof field === 'string' ? field.split('/') : [];
  return Array.from({ length: Number(count) || 0 }, (_, n) => client.doc(partPath(ledger, name, n)));
};

/** Writes parts ahead of their block. */
export const writeParts = async (calls: Calls, client: FirestoreClient, parts: readonly Part[]): Answer<void> => {
  for (let from = 0; from < parts.length; from += PARTS_AT_ONCE) {
    const written = await calls.commit(
      () =>
        parts
          .slice(from, from + PARTS_AT_ONCE)
          .reduce((batch, { ref, fields }) => batch.set(ref, fields, WHOLE), client.batch()),
      () => false,
    );
    if (E.isLeft(written)) return written;
  }
  return E.right(undefined);
};

/** Deletes parts that no block names: what is left of them is found by the next purge. */
export const discard = async (calls: Calls, client: FirestoreClient, parts: readonly Part[]): Promise<void> => {
  if (parts.length === 0) return;
  await calls.commit(
    () => parts.reduce((batch, { ref }) => batch.delete(ref), client.batch()),
    () => false,
  );
};

/** What a document says without its rows; a fault for one that is no block. */
export const readHead = (
  name: string,
  document: FirestoreDocument,
): E.Either<ReturnType<typeof damaged>, BlockHead> => {
  const { first, last, head, intents } = document.data() ?? {};
  const bytes = bytesOf(head);
  return isSeq(first) && isSeq(last) && last >= first && bytes !== undefined && Array.isArray(intents)
    ? E.right({ first, last, head: bytes, intents: intents.map(String) })
    : E.left(damaged(name, `${document.ref.path} is no block`));
};

/**
 * Reads a block whole. `undefined` when one of its parts is gone: something was purged or shed meanwhile, and the document names
 * others by now.
 */
export const readBlock = async (
  calls: Calls,
  { client, name }: { readonly client: FirestoreClient; readonly name: string },
  ledger: LedgerId,
  document: FirestoreDocument,
): Answer<Block | undefined> => {
  const head = readHead(name, document);
  if (E.isLeft(head)) return head;
  const { first, last } = head.right;
  const fields = document.data() ?? {};
  const [bytes, disclosed] = await Promise.all(
    [fields['rows'], fields['disclosures']].map((field) => readBody(calls, client, ledger, field)),
  );
  if (bytes === undefined || disclosed === undefined) return E.right(undefined);
  if (E.isLeft(bytes)) return bytes;
  if (E.isLeft(disclosed)) return disclosed;
  if (disclosed.right === undefined || bytes.right === undefined) return E.right(undefined);
  const rows = decodeRows(first, bytes.right);
  const disclosures = decodeDisclosures(disclosed.right);
  const count = last - first + 1;
  if (rows?.length !== count || disclosures?.length !== count)
    return E.left(damaged(name, `${document.ref.path} does not hold the receipts ${first} to ${last}`));
  return E.right({
    ...head.right,
    document,
    rows: rows.map((row, n) => ({ ...row, disclosures: disclosures[n] ?? [] })),
  });
};

const partPath = (ledger: LedgerId, name: string, n: number): string => `${partsPath(ledger)}/${name}-${n}`;

const isSeq = (x: unknown): x is number => typeof x === 'number' && Number.isSafeInteger(x) && x >= 0;

/** A copy, which nobody else holds. */
const bytesOf = (value: unknown): Uint8Array | undefined =>
  value instanceof Uint8Array ? new Uint8Array(value) : undefined;

const bodyOf = (
  client: FirestoreClient,
  ledger: LedgerId,
  first: number,
  bytes: Buffer,
  mark: string,
  isSmall: boolean,
): Body => {
  if (isSmall) return { field: bytes, parts: [] };
  const name = `${sixteen(first)}-${mark}`;
  const count = Math.ceil(bytes.length / INLINE_BYTES);
  return {
    field: `${name}/${count}`,
    parts: Array.from({ length: count }, (_, n) => ({
      ref: client.doc(partPath(ledger, name, n)),
      fields: { first, name, at: Date.now(), bytes: bytes.subarray(n * INLINE_BYTES, (n + 1) * INLINE_BYTES) },
    })),
  };
};

/** The bytes of a field; `undefined` when one of its parts is not there. */
const readBody = async (
  calls: Calls,
  client: FirestoreClient,
  ledger: LedgerId,
  field: unknown,
): Answer<Uint8Array | undefined> => {
  const within = bytesOf(field);
  if (within !== undefined) return E.right(within);
  const read: Uint8Array[] = [];
  for (const ref of partsOf(client, ledger, field)) {
    const part = await calls.get(ref);
    if (E.isLeft(part)) return part;
    const bytes = part.right.exists ? bytesOf(part.right.data()?.['bytes']) : undefined;
    if (bytes === undefined) return E.right(undefined);
    read.push(bytes);
  }
  return E.right(read.length === 0 ? undefined : Buffer.concat(read));
};
