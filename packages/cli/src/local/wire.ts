/** What goes over a deployment's socket is JSON: the few values with bytes in them, written out and read back. */
import type { Caller, Head, Row, StoredCheckpoint, StoreFault } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';
import type { Config } from '../deployment/config.ts';
import type { LocalDeployment } from './local-deployment.ts';

/** What the process that holds a deployment says of it. */
export interface About {
  readonly config: Config;
  /** base64url of 32 bytes. */
  readonly publicKey: string;
  readonly aliases?: NonNullable<LocalDeployment['aliases']>;
}

/** A row, with its bytes as base64url. */
export type WrittenRow = Omit<Row, 'leaf' | 'bytes'> & { readonly leaf: string; readonly bytes: string };
export type WrittenHead = Omit<Head, 'leaf'> & { readonly leaf: string };
/** As many rows as a page holds; the next begins where it ends. */
export type Page = E.Either<StoreFault, readonly WrittenRow[]>;
export type HeadAnswer = E.Either<StoreFault, WrittenHead | undefined>;
export type CheckpointAnswer = E.Either<StoreFault, StoredCheckpoint | undefined>;

export const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');
export const bytes = (written: string): Uint8Array => new Uint8Array(Buffer.from(written, 'base64url'));

const writeRow = ({ leaf, bytes: own, ...row }: Row): WrittenRow => ({
  ...row,
  leaf: text(leaf),
  bytes: text(own),
});
export const readRow = ({ leaf, bytes: own, ...row }: WrittenRow): Row => ({
  ...row,
  leaf: bytes(leaf),
  bytes: bytes(own),
});
export const writeHead = ({ size, leaf }: Head): WrittenHead => ({ size, leaf: text(leaf) });
export const readHead = ({ size, leaf }: WrittenHead): Head => ({ size, leaf: bytes(leaf) });

const ROWS_MAX = 256;
const BYTES_MAX = 4_194_304;

/** The rows from one place on, until a page is full. */
export const readPage = async (store: LocalDeployment['store'], ...range: Range): Promise<Page> => {
  const rows: WrittenRow[] = [];
  let size = 0;
  for await (const row of store.read(...range)) {
    // What was read before a fault is answered first; the fault is met again by whoever reads on.
    if (E.isLeft(row)) return rows.length > 0 ? E.right(rows) : row;
    rows.push(writeRow(row.right));
    size += row.right.bytes.length + row.right.disclosures.reduce((sum, { text: said }) => sum + said.length, 0);
    if (rows.length === ROWS_MAX || size >= BYTES_MAX) break;
  }
  return E.right(rows);
};

/** A ledger, the first place and the one after the last. */
export type Range = readonly [ledger: string, from: number, to: number];

type Members = Readonly<Record<string, unknown>>;
export const isMembers = (x: unknown): x is Members => typeof x === 'object' && x !== null && !Array.isArray(x);
export const isCount = (x: unknown): x is number => Number.isSafeInteger(x) && (x as number) >= 0;

const SUBJECTS = ['agent', 'user', 'service', 'marketplace', 'system'];
export const isCaller = (x: unknown): x is Caller =>
  isMembers(x) &&
  typeof x['tenant'] === 'string' &&
  isMembers(x['subject']) &&
  SUBJECTS.includes(x['subject']['type'] as string) &&
  typeof x['subject']['id'] === 'string' &&
  Array.isArray(x['scope']) &&
  x['scope'].every((role) => typeof role === 'string');
