/** Which pilots went on under a contract (M-15): from the receipts of their evaluations, and from nothing else. */
import { parseInstant } from '../data/instant.ts';
import { owns } from '../receipt/encoding/own.ts';
import type { Receipt } from '../receipt/index.ts';

/** What the receipts of one evaluation say of its pilot. Instants are milliseconds since the Unix epoch. */
export interface Pilot {
  readonly beganMs: number;
  /** When it was extended; absent where it was not. */
  readonly extendedMs?: number;
  /** When it was converted, and the origin of the ledger that its tenant went on in; absent where it was not. */
  readonly converted?: { readonly atMs: number; readonly ledger: string };
}

/** How many of some pilots were converted. */
export interface Conversion {
  readonly pilots: number;
  readonly extended: number;
  readonly converted: number;
  /** Converted of all, in hundredths of a percent, rounded down; absent where there was no pilot. */
  readonly rateBasisPoints?: number;
  /** The median of the days between beginning and conversion, rounded down; absent where none was converted. */
  readonly medianDays?: number;
}

/**
 * The pilot of an evaluation's ledger: all its receipts in order, from the first one on. `undefined` for a ledger that is
 * none of an evaluation, such as the one that its tenant went on in: no pilot is counted twice.
 */
export const pilotOf = (receipts: Iterable<Receipt>): Pilot | undefined => {
  let pilot: Pilot | undefined;
  for (const receipt of receipts) {
    if (receipt.mode !== 'eval') return undefined;
    const at = parseInstant(receipt.at) ?? 0;
    for (const write of receipt.writes) {
      if (write.cell === BEGAN && pilot === undefined) pilot = { beganMs: at };
      else if (pilot === undefined || receipt.kind !== 'decision') continue;
      else if (write.cell === CONVERTED && owns(write, 'set') && typeof write.set === 'string')
        pilot = { ...pilot, converted: { atMs: at, ledger: write.set } };
      else if (write.cell === ENDS && receipt.event === EXTENDED) pilot = { ...pilot, extendedMs: at };
    }
  }
  return pilot;
};

/** The rate at which pilots become contracts. */
export const conversionOf = (pilots: readonly Pilot[]): Conversion => {
  const spans = pilots
    .flatMap(({ beganMs, converted }) => (converted === undefined ? [] : [converted.atMs - beganMs]))
    .sort((a, b) => a - b);
  const median = spans[Math.floor((spans.length - 1) / 2)];
  return {
    pilots: pilots.length,
    extended: pilots.filter(({ extendedMs }) => extendedMs !== undefined).length,
    converted: spans.length,
    ...(pilots.length === 0 ? {} : { rateBasisPoints: Math.floor((spans.length * 10_000) / pilots.length) }),
    ...(median === undefined ? {} : { medianDays: Math.floor(median / DAY_MS) }),
  };
};

/** The cells and the event by which the platform keeps a pilot. */
const BEGAN = 'pilot_began_at';
const ENDS = 'pilot_ends_at';
const CONVERTED = 'pilot_converted_to';
const EXTENDED = 'pilot_extended';
const DAY_MS = 86_400_000;
