/** A log of receipts beside a store: a line for each that is durable, from which the ledger can be put together again. */
import { canonicalizeJson, encodeBase64url, type Json, leafHash } from '@tai-autonomics/core/receipt';
import type { Head, LedgerId, LedgerStore, Row, StoreFault } from '@tai-autonomics/governor';
import { nodeSha256 } from '@tai-autonomics/governor/node';
import { either as E } from 'fp-ts';
import { memoryStore } from './memory.ts';

/** What a log held. */
export interface LoggedLedgers {
  /** The ledgers, without their disclosures. */
  readonly store: LedgerStore;
  /** Lines that are no receipts: a log has others. */
  readonly others: number;
  /** One sentence for each ledger that is not whole, and up to where it is. */
  readonly gaps: readonly string[];
}

/** Rows that a process writes again when it first appends to a ledger: of the one before some may have been durable, and no lines yet. */
const AGAIN = 256;

/**
 * Writes a line for each receipt after it is durable, and for each checkpoint. A log misses none: what an append left without an
 * answer, or a process that ended between append and line, is written with the next one. A line may come twice.
 */
export const loggedStore = (
  store: LedgerStore,
  write: (line: string) => void,
  tell: (what: string) => void = () => undefined,
): LedgerStore => {
  const next = new Map<LedgerId, number>();
  const catchUp = async (ledger: LedgerId, to: number): Promise<void> => {
    const from = next.get(ledger) ?? Math.max(0, to - AGAIN);
    next.set(ledger, from);
    for await (const row of from < to ? store.read(ledger, from, to) : []) {
      if (E.isLeft(row)) {
        // They are written with the next append.
        tell(`the log of receipts misses some of ${ledger}: ${row.left.detail}`);
        return;
      }
      write(lineOf(ledger, row.right));
      next.set(ledger, row.right.seq + 1);
    }
  };
  return {
    ...store,
    append: async (ledger, expected, rows) => {
      const appended = await store.append(ledger, expected, rows);
      if (E.isLeft(appended) || appended.right.appended !== 'ok' || rows.length === 0) return appended;
      await catchUp(ledger, expected.size);
      if ((next.get(ledger) ?? expected.size) < expected.size) return appended;
      for (const row of rows) write(lineOf(ledger, row));
      next.set(ledger, expected.size + rows.length);
      return appended;
    },
    putCheckpoint: async (ledger, checkpoint) => {
      const stored = await store.putCheckpoint(ledger, checkpoint);
      if (E.isRight(stored))
        write(JSON.stringify({ log: FORMAT, ledger, checkpoint: stored.right.note, size: stored.right.size }));
      return stored;
    },
  };
};

/**
 * Puts ledgers together from the lines of a log, in any order and with other lines between. A receipt counts if its canonical bytes
 * have the hash that its line says; a ledger ends before the first that is missing.
 */
export const readReceiptLog = async (
  lines: AsyncIterable<string> | Iterable<string>,
): Promise<E.Either<StoreFault, LoggedLedgers>> => {
  const receipts = new Map<LedgerId, Map<number, Row>>();
  const checkpoints: { readonly ledger: LedgerId; readonly size: number; readonly note: string }[] = [];
  const wrong: string[] = [];
  let others = 0;
  for await (const line of lines) {
    const read = readLine(line);
    if (read === undefined) others += line === '' ? 0 : 1;
    else if (typeof read === 'string') wrong.push(read);
    else if ('note' in read) checkpoints.push(read);
    else {
      const ledger = receipts.get(read.ledger) ?? new Map<number, Row>();
      receipts.set(read.ledger, ledger);
      const known = ledger.get(read.row.seq);
      if (known !== undefined && Buffer.compare(known.leaf, read.row.leaf) !== 0)
        wrong.push(`${read.ledger}: there are two receipts ${read.row.seq}`);
      ledger.set(read.row.seq, known ?? read.row);
    }
  }
  const [first] = wrong;
  if (first !== undefined)
    return E.left({
      fault: 'corrupt',
      detail: `${first}${wrong.length > 1 ? `, and ${wrong.length - 1} more lines are wrong` : ''}`,
      outcome: 'not_written',
    });
  const store = memoryStore();
  const gaps: string[] = [];
  for (const [ledger, rows] of receipts) {
    const whole: Row[] = [];
    for (let row = rows.get(0); row !== undefined; row = rows.get(whole.length)) whole.push(row);
    const appended = await store.append(ledger, EMPTY, whole);
    if (E.isLeft(appended)) return appended;
    if (whole.length < rows.size)
      gaps.push(
        `${ledger}: receipt ${whole.length} is missing, and ${rows.size - whole.length} behind it are left out`,
      );
  }
  for (const { ledger, size, note } of checkpoints) {
    const stored = await store.putCheckpoint(ledger, { size, note });
    if (E.isLeft(stored)) return stored;
  }
  return E.right({ store, others, gaps });
};

const FORMAT = 'tai-autonomics/receipt-log@1';
const EMPTY: Head = { size: 0, leaf: new Uint8Array(32) };
/** The longest line that is read. */
const LINE_LENGTH = 4_000_000;

const lineOf = (ledger: LedgerId, { seq, leaf, bytes }: Row): string =>
  `{"log":"${FORMAT}","ledger":"${ledger}","seq":${seq},"leaf":"${encodeBase64url(leaf)}","receipt":${Buffer.from(bytes).toString('utf8')}}`;

/** `undefined` for a line that is not of this log, a sentence for one that is and is wrong. Whoever collects logs may have written its JSON anew: its canonical form counts. */
const readLine = (
  line: string,
  isInner = false,
):
  | { readonly ledger: LedgerId; readonly row: Row }
  | { readonly ledger: LedgerId; readonly size: number; readonly note: string }
  | string
  | undefined => {
  if (!line.includes(FORMAT) || line.length > LINE_LENGTH) return undefined;
  const json = jsonOf(line.slice(line.indexOf('{')));
  // A process ended in the middle of it: its receipt is missing, or was written again.
  if (json === undefined) return undefined;
  const { log, ledger, seq, size, leaf, checkpoint, receipt } = json;
  if (log !== FORMAT) return isInner ? undefined : readLine(innerOf(json), true);
  const named = typeof ledger === 'string' ? ledger : '';
  if (typeof checkpoint === 'string' && typeof size === 'number') return { ledger: named, size, note: checkpoint };
  const canonical = canonicalizeJson(receipt as Json);
  if (typeof seq !== 'number' || E.isLeft(canonical)) return `a line of ${named} is no receipt`;
  const bytes = new Uint8Array(Buffer.from(canonical.right));
  const hash = leafHash(nodeSha256, bytes);
  return encodeBase64url(hash) === leaf
    ? { ledger: named, row: { seq, leaf: hash, bytes, disclosures: [] } }
    : `${named}: receipt ${seq} was changed in the log: it has another hash`;
};

/** A line as collectors put it into one of theirs: of Docker, of Google Cloud Logging, of most others. */
const innerOf = ({ log, message, textPayload, jsonPayload }: Readonly<Record<string, unknown>>): string => {
  const text = [log, message, textPayload].find((each) => typeof each === 'string' && each.includes(FORMAT));
  return typeof text === 'string' ? text : (JSON.stringify(jsonPayload) ?? '');
};

const jsonOf = (text: string): Readonly<Record<string, unknown>> | undefined => {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === 'object' && json !== null ? (json as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
};
