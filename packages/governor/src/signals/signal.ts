/**
 * Signals: the events of receipts that a pack tells to others. A signal occurs when a receipt of its event is durable, and
 * the catalog that the receipt names says that the event is one; nothing else decides that.
 */
import type { Pack } from '@tai-autonomics/core';
import type { EventId, PackId } from '@tai-autonomics/core/author';
import { encodeBase64url, type Receipt } from '@tai-autonomics/core/receipt';
import type { either as E } from 'fp-ts';
import type { TenantId } from '../api.ts';
import { sha256 } from '../bare/sha256.ts';
import { receiptOfRow } from '../ledger/read-row.ts';
import type { Row } from '../ports.ts';

/** One occurrence of a signal. It holds no evidence, no argument and no name of a subject: the receipt is where these are. */
export interface Signal {
  readonly signal: EventId;
  readonly pack: PackId;
  /** The ledger, and the place of the receipt in it. */
  readonly origin: string;
  readonly seq: number;
  /** base64url of the leaf hash. */
  readonly leaf: string;
  /** The receipt that approved it, of an outcome and of a consequence. */
  readonly of?: number;
  /** RFC 3339: when the receipt was written. */
  readonly at: string;
}

/** Told of a signal of a tenant. What it throws is said, and changes nothing. */
export type OnSignal = (tenant: TenantId, signal: Signal) => void;

/** The signals of a catalog, each with the pack that declares it; of two that declare one, the first. */
export type SignalTable = ReadonlyMap<EventId, PackId>;

/** Reads the table out of a catalog. */
export const signalTable = ({ packs }: { readonly packs: readonly Pick<Pack, 'pack_id' | 'signals'>[] }): SignalTable =>
  new Map(
    packs.flatMap(({ pack_id, signals }) => signals.map((signal): [EventId, PackId] => [signal, pack_id])).reverse(),
  );

/** The receipt of a row, which names the catalog that says whether its event is a signal. */
export const readSignalReceipt = (row: Row): E.Either<string, Receipt> => receiptOfRow(sha256, row);

/** The signal that a receipt is, by the table of the catalog that it names; `undefined` where it is none. */
export const signalOf = (receipt: Receipt, leaf: Uint8Array, table: SignalTable): Signal | undefined => {
  const { event, origin, seq, at } = receipt;
  const pack = table.get(event);
  if (pack === undefined) return undefined;
  const of = receipt.kind === 'decision' ? {} : { of: receipt.of.seq };
  return { signal: event, pack, origin, seq, leaf: encodeBase64url(leaf), ...of, at };
};
