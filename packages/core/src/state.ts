/**
 * The state of a tenant: a fold of its ledger, and nothing else. `evolve` is generic: it applies writes, opens
 * approved actions and closes ended ones; it knows the name of no action, no cell and no pack.
 */

import type { Ms } from './data/instant.ts';
import type { Value } from './data/value.ts';
import type { OutcomeStatus } from './policy/action.ts';
import type { CellId } from './policy/fact.ts';
import { owns } from './receipt/encoding/own.ts';

/** A place in a ledger: the number of receipts before it. */
export type Seq = number;

/** A resolved change of one cell: what a receipt carries in clear. */
export interface CellWrite {
  readonly cell: CellId;
  readonly key: readonly string[];
  readonly change: CellChange;
}
/** What one resolved write does to its cell. An integer `at` is an instant. */
export type CellChange =
  | { readonly set: boolean | number | string }
  /** An instant; RFC 3339 on the wire. */
  | { readonly at: Ms }
  /** A whole set. */
  | { readonly replace: readonly string[] }
  | { readonly add: readonly string[] }
  | { readonly remove: readonly string[] }
  | { readonly plus: number }
  | { readonly clear: true };

/** An approved action whose outcome is not recorded yet. */
export interface OpenAction {
  readonly deadline: Ms;
  /** Whether its handler may have started. */
  readonly begun: boolean;
}

/** What the ledger says now. Keyed cells hold values by the key's text; see `cellKey`. */
export interface State {
  readonly cells: ReadonlyMap<CellId, ReadonlyMap<string, Value>>;
  readonly open: ReadonlyMap<Seq, OpenAction>;
  /** The digest of the catalog that the first receipt names. It decides until the ledger activates another. */
  readonly began?: string;
}

/** What `evolve` reads of a receipt: clear members only, so a redacted ledger folds to the same state. */
export type Entry = { /** The digest of the catalog that it names. */ readonly catalog?: string } & (
  | {
      readonly kind: 'decision';
      readonly seq: Seq;
      readonly verdict: 'approve' | 'refuse';
      readonly writes: readonly CellWrite[];
      /** Present where something will run. */
      readonly deadline?: Ms;
    }
  | {
      readonly kind: 'outcome';
      readonly seq: Seq;
      readonly of: Seq;
      readonly status: OutcomeStatus;
      readonly writes: readonly CellWrite[];
    }
  | { readonly kind: 'consequence'; readonly seq: Seq; readonly of: Seq; readonly writes: readonly CellWrite[] }
);

type Draft = { readonly cells: Map<CellId, Map<string, Value>>; readonly open: Map<Seq, OpenAction>; began?: string };

/** A fold that owns its state and changes it in place: for long ledgers. `state` is a view; read it before the next `apply`. */
export interface Fold {
  readonly state: State;
  apply(entry: Entry): void;
}

/** The state of an empty ledger. */
export const emptyState: State = { cells: new Map(), open: new Map() };

/** A key's text. A cell has a fixed number of key parts, so the text is unambiguous within it. */
export const cellKey = (parts: readonly string[]): string =>
  parts.length === 0 ? '' : parts.length === 1 ? (parts[0] as string) : JSON.stringify(parts);

/** What stands in a cell that has no key; `undefined` where nothing was written. */
export const valueIn = ({ cells }: Pick<State, 'cells'>, cell: CellId): Value | undefined => cells.get(cell)?.get('');

/** The state after one entry. Total; a refusal changes nothing. The fold of a prefix, then of the rest, is the fold of all. */
export const evolve = (state: State, entry: Entry): State => {
  const writes = writesOf(entry);
  const touches = entry.kind !== 'decision' || entry.deadline !== undefined;
  const began = state.began ?? entry.catalog;
  if (!touches && writes.length === 0 && began === state.began) return state;
  const cells = writes.length === 0 ? state.cells : new Map(state.cells);
  const owned = new Set<CellId>();
  const own = (cell: CellId): Map<string, Value> => {
    const before = cells.get(cell);
    if (owned.has(cell) && before !== undefined) return before as Map<string, Value>;
    const copy = new Map(before);
    owned.add(cell);
    (cells as Map<CellId, Map<string, Value>>).set(cell, copy);
    return copy;
  };
  for (const w of writes) write(cells as Map<CellId, Map<string, Value>>, own, w);
  const open = touches ? new Map(state.open) : state.open;
  if (touches) openAndClose(open as Map<Seq, OpenAction>, entry);
  return { cells, open, ...(began !== undefined && { began }) };
};

/** Starts a fold, at the empty state or at a copy of another. After any entries its state equals `evolve`'s. */
export const createFold = (from: State = emptyState): Fold => {
  const cells = new Map([...from.cells].map(([id, values]) => [id, new Map(values)]));
  const draft: Draft = { cells, open: new Map(from.open), ...(from.began !== undefined && { began: from.began }) };
  const own = (cell: CellId): Map<string, Value> => {
    const before = draft.cells.get(cell);
    if (before !== undefined) return before;
    const made = new Map<string, Value>();
    draft.cells.set(cell, made);
    return made;
  };
  return {
    state: draft,
    apply: (entry) => {
      if (draft.began === undefined && entry.catalog !== undefined) draft.began = entry.catalog;
      for (const w of writesOf(entry)) write(draft.cells, own, w);
      openAndClose(draft.open, entry);
    },
  };
};

const writesOf = (entry: Entry): readonly CellWrite[] =>
  entry.kind === 'decision' && entry.verdict === 'refuse' ? [] : entry.writes;

const write = (
  cells: Map<CellId, Map<string, Value>>,
  own: (cell: CellId) => Map<string, Value>,
  w: CellWrite,
): void => {
  const cell = own(w.cell);
  const key = cellKey(w.key);
  const after = changed(cell.get(key), w.change);
  if (after === undefined) cell.delete(key);
  else cell.set(key, after);
  if (cell.size === 0) cells.delete(w.cell);
};

const changed = (before: Value | undefined, change: CellChange): Value | undefined => {
  if (owns(change, 'set')) return change.set;
  if (owns(change, 'at')) return change.at;
  if (owns(change, 'replace')) return union([], change.replace);
  if (owns(change, 'add')) return union(asSet(before), change.add);
  if (owns(change, 'remove')) return asSet(before).filter((item) => !change.remove.includes(item));
  if (owns(change, 'plus')) return counted(typeof before === 'number' ? before : 0, change.plus);
  return undefined;
};

/** A counter without bounds stays an integer. */
const counted = (before: number, by: number): number =>
  Math.min(Math.max(before + by, Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER);

const union = (a: readonly string[], b: readonly string[]): readonly string[] => [...new Set([...a, ...b])].sort();

const asSet = (value: Value | undefined): readonly string[] => (typeof value === 'object' ? value : []);

const openAndClose = (open: Map<Seq, OpenAction>, entry: Entry): void => {
  if (entry.kind === 'decision') {
    if (entry.verdict === 'approve' && entry.deadline !== undefined)
      open.set(entry.seq, { deadline: entry.deadline, begun: false });
  } else if (entry.kind === 'outcome') open.delete(entry.of);
  else {
    const action = open.get(entry.of);
    if (action !== undefined && !action.begun) open.set(entry.of, { ...action, begun: true });
  }
};
