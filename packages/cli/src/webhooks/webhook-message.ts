/** What a webhook tells of a receipt, and the message that says so. */
import {
  type CloudEvent,
  isAndon,
  receiptEvent,
  signalEvent,
  webhookHeaders,
  writeMessage,
} from '@tai-autonomics/adapter-http/events';
import type { Receipt } from '@tai-autonomics/core/receipt';
import type { CatalogStore, LoadedCatalog, Row, Signal, SignalTable } from '@tai-autonomics/governor';
import { readSignalReceipt, signalOf, signalTable } from '@tai-autonomics/governor/operator';
import { either as E } from 'fp-ts';
import type { Post } from './webhook-post.ts';

/** What a webhook tells of: the signals of packs, every receipt, or the Andons that are raised and cleared. */
export const TOLD = ['signals', 'receipts', 'andons'] as const;
/** What a webhook tells of. */
export type Told = (typeof TOLD)[number];

/** How it is told: as Standard Webhooks writes it, or as a CloudEvent in one of its modes. */
export const FORMS = ['standard', 'structured', 'binary', 'batch'] as const;
/** How it is told. */
export type Form = (typeof FORMS)[number];

/** Something to tell. */
export interface Telling {
  readonly seq: number;
  /** RFC 3339: when its receipt was written. */
  readonly at: string;
  readonly name: string;
  readonly event: CloudEvent;
}

/** Where catalogs are read that decided earlier. */
export interface Catalogs {
  readonly catalog: LoadedCatalog;
  readonly catalogStore: CatalogStore;
}

/** What a row has to tell; `undefined` for nothing. Left: the catalog that says so can't be read. */
export const tellingOf = async (
  catalogs: Catalogs,
  told: Told,
  signals: readonly string[] | undefined,
  row: Row,
  tenant: string | undefined,
): Promise<E.Either<string, Telling | undefined>> => {
  const receipt = readSignalReceipt(row);
  if (E.isLeft(receipt)) return E.right(undefined);
  const { seq, at, event } = receipt.right;
  const telling = (name: string, cloud: CloudEvent) => E.right({ seq, at, name, event: cloud });
  if (told !== 'signals')
    return told === 'receipts' || isAndon(receipt.right)
      ? telling(event, receiptEvent(receipt.right, row, tenant))
      : E.right(undefined);
  const signal = await signalIn(catalogs, receipt.right, row);
  if (E.isLeft(signal)) return signal;
  return signal.right === undefined || signals?.includes(signal.right.signal) === false
    ? E.right(undefined)
    : telling(signal.right.signal, signalEvent(signal.right, tenant));
};

/** How many are told in one message of a batch. */
export const BATCH_MAX = 100;

/**
 * The message of what is told, signed at an instant. Its id is made of leaves: what comes twice is known by it. A batch that is
 * sent again may have grown, and has another id then; each of its events keeps its own.
 */
export const messageOf = (
  form: Form,
  secrets: readonly string[],
  [first, ...more]: readonly [Telling, ...Telling[]],
  atMs: number,
): Post => {
  const last = more.at(-1);
  const id = `msg_${first.event.id}${last === undefined ? '' : `-${last.event.id}`}`;
  const { headers, body }: Post =
    form === 'standard'
      ? { headers: {}, body: standardBody(first) }
      : writeMessage(form, [first.event, ...more.map(({ event }) => event)]);
  const type = headers['content-type'];
  return {
    headers: { ...headers, ...webhookHeaders({ id, body, ...(type === undefined ? {} : { type }) }, secrets, atMs) },
    body,
  };
};

const standardBody = ({ name, at, event }: Telling): string =>
  JSON.stringify({
    type: name,
    timestamp: at,
    data: event.data?.form === 'json' ? event.data.value : {},
  });

const tables = new WeakMap<CatalogStore, Map<string, SignalTable>>();

/** The signal that a row is, by the catalog that its receipt names. */
const signalIn = async (
  { catalog, catalogStore }: Catalogs,
  receipt: Receipt,
  row: Row,
): Promise<E.Either<string, Signal | undefined>> => {
  const { digest } = receipt.catalog;
  const known = tables.get(catalogStore) ?? new Map<string, SignalTable>();
  tables.set(catalogStore, known);
  const last = known.get(digest) ?? (digest === catalog.digest ? signalTable(catalog.catalog.source) : undefined);
  const read = last === undefined ? await keptTable(catalogStore, digest) : E.right(last);
  if (E.isLeft(read)) return read;
  const table = read.right;
  if (table !== undefined) known.set(digest, table);
  return E.right(table === undefined ? undefined : signalOf(receipt, row.leaf, table));
};

/** Of a catalog that decided earlier its text is enough: what is kept under a digest has it. */
const keptTable = async (
  catalogStore: CatalogStore,
  digest: string,
): Promise<E.Either<string, SignalTable | undefined>> => {
  const text = await catalogStore.read(digest);
  if (E.isLeft(text)) return E.left(text.left.detail);
  return E.right(
    text.right === undefined ? undefined : signalTable(JSON.parse(text.right) as Parameters<typeof signalTable>[0]),
  );
};
