/** A ledger store that lives as long as its process: for tests, previews and the eval mode of a demonstration. */
import type {
  Answer,
  Appended,
  Head,
  LedgerId,
  LedgerStore,
  Row,
  StoredCheckpoint,
  StoreFault,
} from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';
import { checkpointFault, closedFault, groupFault, noLeaf } from './group.ts';

interface Ledger {
  readonly rows: Row[];
  readonly seqOf: Map<string, number>;
  readonly checkpoints: Map<number, StoredCheckpoint>;
}

/**
 * Keeps ledgers in memory. It declares that it lasts as long as its process: it forgets nothing while it is open. Bytes are
 * copied on the way in and on the way out, so that no caller can change what is recorded.
 */
export const memoryStore = (): LedgerStore => {
  const ledgers = new Map<LedgerId, Ledger>();
  let closed = false;

  const answer = async <A>(compute: () => A): Answer<A> => (closed ? E.left(closedFault) : E.right(compute()));

  const opened = (id: LedgerId): Ledger => {
    const ledger = ledgers.get(id) ?? { rows: [], seqOf: new Map(), checkpoints: new Map() };
    ledgers.set(id, ledger);
    return ledger;
  };

  return {
    capabilities: { durable: 'process', shared: false },
    append: async (id, expected, rows) => {
      if (closed) return E.left(closedFault);
      const fault = groupFault(id, expected, rows);
      return fault === undefined ? E.right(append(opened(id), expected, rows)) : E.left(fault);
    },
    head: (id) => answer(() => headOf(ledgers.get(id))),
    read: (id, from, to) => read(() => (closed ? undefined : (ledgers.get(id)?.rows ?? [])), from, to),
    find: (id, intentId) =>
      answer(() => {
        const ledger = ledgers.get(id);
        const row = ledger?.rows[ledger.seqOf.get(intentId) ?? -1];
        return row === undefined ? undefined : copyRow(row);
      }),
    purge: (id, seq, names) => answer(() => purge(ledgers.get(id), seq, names)),
    putCheckpoint: async (id, checkpoint) => {
      if (closed) return E.left(closedFault);
      const fault = checkpointFault(id, checkpoint);
      return fault === undefined ? E.right(putCheckpoint(opened(id), checkpoint)) : E.left(fault);
    },
    checkpoint: (id, atMost = Number.MAX_SAFE_INTEGER) => answer(() => latestCheckpoint(ledgers.get(id), atMost)),
    shed: (id, to) =>
      answer(() => {
        const rows = ledgers.get(id)?.rows ?? [];
        for (const [n, row] of rows.entries()) if (row.seq < to) rows[n] = { ...row, bytes: new Uint8Array(0) };
      }),
    forget: (id, expected) =>
      answer(() => {
        const head = headOf(ledgers.get(id));
        return head?.size === expected.size && equalBytes(head.leaf, expected.leaf) && ledgers.delete(id);
      }),
    ledgers: () => answer(() => [...ledgers].flatMap(([id, { rows }]) => (rows.length > 0 ? [id] : [])).sort()),
    close: async () => {
      closed = true;
    },
  };
};

const append = (ledger: Ledger, expected: Head, rows: readonly Row[]): Appended => {
  for (const { intent } of rows) {
    const seq = intent === undefined ? undefined : ledger.seqOf.get(intent.id);
    if (intent !== undefined && seq !== undefined) return { appended: 'duplicate', id: intent.id, seq };
  }
  const head = headOf(ledger) ?? { size: 0, leaf: noLeaf() };
  const agrees = head.size === expected.size && (head.size === 0 || equalBytes(head.leaf, expected.leaf));
  if (!agrees) return { appended: 'conflict', head };
  for (const row of rows) {
    ledger.rows.push(copyRow(row));
    if (row.intent !== undefined) ledger.seqOf.set(row.intent.id, row.seq);
  }
  return { appended: 'ok' };
};

async function* read(
  rowsNow: () => readonly Row[] | undefined,
  from: number,
  to: number,
): AsyncGenerator<E.Either<StoreFault, Row>> {
  for (let seq = Math.max(0, from); seq < to; seq += 1) {
    const rows = rowsNow();
    if (rows === undefined) {
      yield E.left(closedFault);
      return;
    }
    const row = rows[seq];
    if (row === undefined) return;
    yield E.right(copyRow(row));
  }
}

const purge = (ledger: Ledger | undefined, seq: number, names: readonly string[]): number => {
  const row = ledger?.rows[seq];
  if (ledger === undefined || row === undefined) return 0;
  const kept = row.disclosures.filter(({ name }) => !names.includes(name));
  ledger.rows[seq] = { ...row, disclosures: kept };
  return row.disclosures.length - kept.length;
};

const putCheckpoint = ({ checkpoints }: Ledger, { size, note }: StoredCheckpoint): StoredCheckpoint => {
  const stored = checkpoints.get(size) ?? { size, note };
  checkpoints.set(size, stored);
  return { ...stored };
};

const latestCheckpoint = (ledger: Ledger | undefined, atMost: number): StoredCheckpoint | undefined => {
  let latest: StoredCheckpoint | undefined;
  for (const checkpoint of ledger?.checkpoints.values() ?? []) {
    if (checkpoint.size <= atMost && checkpoint.size >= (latest?.size ?? 0)) latest = checkpoint;
  }
  return latest === undefined ? undefined : { ...latest };
};

const headOf = (ledger: Ledger | undefined): Head | undefined => {
  const last = ledger?.rows.at(-1);
  return last === undefined ? undefined : { size: last.seq + 1, leaf: copyBytes(last.leaf) };
};

const equalBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, index) => byte === b[index]);

/** `slice` of a Node Buffer would share its memory; a fresh Uint8Array never does. */
const copyBytes = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes);

const copyRow = ({ seq, leaf, bytes, disclosures, intent }: Row): Row => ({
  seq,
  leaf: copyBytes(leaf),
  bytes: copyBytes(bytes),
  disclosures: disclosures.map(({ name, text }) => ({ name, text })),
  ...(intent === undefined ? {} : { intent: { id: intent.id, digest: intent.digest } }),
});
