/**
 * What a ledger says about itself in clear, and what nobody may seal after it: which catalog decides, with which meaning,
 * that it is closed, and that it moved. Clear members only, so withholding hides nothing of it, and no engine is needed to see it.
 */
import { owns } from './encoding/own.ts';
import type { Receipt, WireWrite } from './receipt.ts';
import { KEY_REVOKED, KEY_ROTATED, LEDGER_KEY_CELL, REVOKED_KEYS_CELL } from './signing/key-history.ts';

/** What the receipts so far say of the ledger. */
export interface LedgerRules {
  /** The digest of the catalog that decides next; absent in an empty ledger. */
  readonly catalog?: string;
  /** The `engine.semantics` of the next receipt; absent in an empty ledger. */
  readonly semantics?: number;
  /** The receipt that closed it. */
  readonly closedBy?: number;
  /** The receipt by which it left its place; absent where it is at one. */
  readonly movedBy?: number;
}

/** The rules after one more receipt, and what it breaks of those before it. */
export interface FollowedRules {
  readonly rules: LedgerRules;
  readonly broken: string | undefined;
}

/** The cell that names the catalog which decides, by its digest. */
export const ACTIVE_CATALOG_CELL = 'active_catalog';
/** The cell in which `engine_upgraded`, the last receipt of the old meaning, says which one follows. */
export const SEMANTICS_CELL = 'engine_semantics';
const STATUS_CELL = 'ledger_status';
/** The event that ends a ledger. */
export const LEDGER_CLOSED = 'ledger_closed';
/** The event by which a ledger leaves its place, and the one by which the place that it names goes on with it. */
const LEDGER_MOVED = 'ledger_moved';
const TAKEN_OVER = 'ledger_taken_over';
/** The place where it goes on, from the one to the other; and the place that took it over last. */
const MOVED_TO_CELL = 'ledger_moved_to';
const PLACE_CELL = 'ledger_place';
/** The cell that names what was erased from beside a receipt, by the receipt's place. */
export const PURGED_CELL = 'purged_disclosures';

/** The event by which an operator says that a ledger was restored from an older copy. */
export const RESTORE_ACCEPTED = 'restore_accepted';
/** By the size and the root of what had been sealed and was lost: how many receipts the copy had. */
export const RESTORES_CELL = 'accepted_restores';

/** What may still be approved in a closed ledger, and the one cell that each may write. */
const EVEN_WHEN_CLOSED: ReadonlyMap<string, string> = new Map([
  [KEY_ROTATED, LEDGER_KEY_CELL],
  [KEY_REVOKED, REVOKED_KEYS_CELL],
  ['disclosures_purged', PURGED_CELL],
  ['engine_upgraded', SEMANTICS_CELL],
  [RESTORE_ACCEPTED, RESTORES_CELL],
  ['clock_accepted', 'clock_accepted_until'],
]);

/** The rules of an empty ledger. */
export const noLedgerRules: LedgerRules = {};

/** Follows one receipt of a whole ledger. A receipt that breaks a rule changes none, so that only it is named. */
export const followRules = (rules: LedgerRules, receipt: Receipt): FollowedRules => {
  const broken =
    meaningFlaw(rules, receipt) ??
    catalogFlaw(rules, receipt) ??
    closedFlaw(rules, receipt) ??
    movedFlaw(rules, receipt);
  if (broken !== undefined) return { rules, broken };
  const writes = appliedBy(receipt);
  const catalog = setIn(writes, ACTIVE_CATALOG_CELL, 'string') ?? rules.catalog ?? receipt.catalog.digest;
  const semantics = setIn(writes, SEMANTICS_CELL, 'number') ?? receipt.engine.semantics;
  const closes =
    isApproval(receipt) && (receipt.event === LEDGER_CLOSED || setIn(writes, STATUS_CELL, 'string') === 'closed');
  const closedBy = rules.closedBy ?? (closes ? receipt.seq : undefined);
  const movedBy = movedAfter(rules, receipt);
  const next: LedgerRules = {
    catalog,
    semantics,
    ...(closedBy !== undefined && { closedBy }),
    ...(movedBy !== undefined && { movedBy }),
  };
  return { rules: isSame(rules, next) ? rules : next, broken };
};

/** A ledger changes its meaning by a receipt, from the next one on, and in no other way. */
const meaningFlaw = ({ semantics: due }: LedgerRules, { engine: { semantics } }: Receipt): string | undefined =>
  due === undefined || due === semantics
    ? undefined
    : `semantics ${semantics} is used, where the receipts before it say ${due}`;

/** Each decision is taken by the catalog that is active at its place; what follows from one names the one that took it. */
const catalogFlaw = ({ catalog }: LedgerRules, receipt: Receipt): string | undefined =>
  receipt.kind !== 'decision' || catalog === undefined || catalog === receipt.catalog.digest
    ? undefined
    : `it was decided with another catalog than the one that is active in the ledger, ${catalog}`;

const closedFlaw = ({ closedBy }: LedgerRules, receipt: Receipt): string | undefined => {
  if (closedBy === undefined || !isApproval(receipt)) return undefined;
  const own = EVEN_WHEN_CLOSED.get(receipt.event);
  return own !== undefined && receipt.deadline === undefined && receipt.writes.every(({ cell }) => cell === own)
    ? undefined
    : `it was approved in a ledger that receipt ${closedBy} closed`;
};

/** From its move on a ledger waits for the place that it named: nothing is approved, begun or ended in it before. */
const movedFlaw = ({ movedBy }: LedgerRules, receipt: Receipt): string | undefined => {
  if (movedBy === undefined || (receipt.kind === 'decision' && receipt.verdict === 'refuse')) return undefined;
  const isTakeOver =
    isApproval(receipt) &&
    receipt.event === TAKEN_OVER &&
    receipt.deadline === undefined &&
    receipt.writes.every(({ cell }) => cell === PLACE_CELL || cell === MOVED_TO_CELL);
  return isTakeOver ? undefined : `receipt ${movedBy} moved the ledger, and this is not the receipt that takes it over`;
};

const movedAfter = ({ movedBy }: LedgerRules, receipt: Receipt): number | undefined => {
  if (!isApproval(receipt)) return movedBy;
  if (receipt.event === TAKEN_OVER) return undefined;
  return receipt.event === LEDGER_MOVED || setIn(receipt.writes, MOVED_TO_CELL, 'string') !== undefined
    ? receipt.seq
    : movedBy;
};

const isSame = (one: LedgerRules, other: LedgerRules): boolean =>
  one.catalog === other.catalog &&
  one.semantics === other.semantics &&
  one.closedBy === other.closedBy &&
  one.movedBy === other.movedBy;

const isApproval = (
  receipt: Receipt,
): receipt is Receipt & { readonly verdict: 'approve'; readonly deadline?: string } =>
  receipt.kind === 'decision' && receipt.verdict === 'approve';

const appliedBy = (receipt: Receipt): readonly WireWrite[] =>
  receipt.kind === 'decision' && receipt.verdict === 'refuse' ? [] : receipt.writes;

/** What the last write to a cell without a key sets. */
const setIn = <K extends 'string' | 'number'>(
  writes: readonly WireWrite[],
  cell: string,
  type: K,
): (K extends 'string' ? string : number) | undefined => {
  const last = writes.findLast((write) => write.cell === cell && write.key.length === 0);
  const is = last !== undefined && owns(last, 'set') && typeof last.set === type && last.set !== '';
  return is ? (last.set as K extends 'string' ? string : number) : undefined;
};
