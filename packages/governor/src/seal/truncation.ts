/** At start-up: no ledger may be shorter than what was signed of it, or gone. */
import { setImmediate as turn } from 'node:timers/promises';
import type { Mode } from '@tai-autonomics/core';
import { either as E } from 'fp-ts';
import type { Identity } from '../ledger/identity.ts';
import type { LedgerStore, Signer } from '../ports.ts';

/** A ledger that has fewer receipts than were signed of it. */
export interface CutLedger {
  readonly origin: string;
  /** How many receipts it has; 0 for one that is wholly gone. */
  readonly size: number;
  /** How many were signed. */
  readonly signed: number;
}

/** So many marks are compared before a governor starts; the others while it runs, so that no number of tenants keeps it from starting. */
export const MARKS_AT_START = 1_000;

/**
 * The ledgers of this deployment that were cut, or restored from an older copy; Left: what can't be told. Sizes only: that it
 * is the same ledger is checked when its tenant is first asked for. Of the marks `from ≤ n < to`.
 */
export const cutLedgers = async (
  identity: Identity,
  store: LedgerStore,
  signer: Signer,
  [from, to]: readonly [number, number] = [0, MARKS_AT_START],
): Promise<E.Either<string, readonly CutLedger[]>> => {
  const marks = await signer.marks();
  if (E.isLeft(marks)) return marks;
  const cut: CutLedger[] = [];
  for (const [n, { origin, size: signed }] of marks.right.slice(from, to).entries()) {
    // Others have their turn.
    if (n % MARKS_A_TURN === MARKS_A_TURN - 1) await turn();
    const ledger = identity.ledgerOf(origin);
    if (ledger === undefined || signed === 0) continue;
    const head = await store.head(ledger);
    if (E.isLeft(head)) return E.left(head.left.detail);
    const size = head.right?.size ?? 0;
    if (size < signed) cut.push({ origin, size, signed });
  }
  return E.right(cut);
};

/** Marks that are compared in one turn of the event loop. */
const MARKS_A_TURN = 64;

/** Whether a ledger that was cut forbids to start. One that is wholly gone may, in an evaluation, be an earlier pilot's with a store of its own. */
export const forbidsStart = (mode: Mode, { size }: CutLedger): boolean => size > 0 || mode !== 'eval';

/** What is wrong with a ledger that is shorter than what was signed of it. */
export const cutLine = ({ origin, size, signed }: CutLedger): string =>
  `the ledger ${origin} has ${size} receipts, but ${signed} were signed: ${size === 0 ? REMOVED : ''}it was cut or restored from an older copy`;

const REMOVED = 'it was removed, and then the operator’s ledger says so, or ';

/**
 * Roles never share a key: one line if this key sealed ledgers of the other mode, so that nobody can take a receipt of an
 * evaluation for one that binds.
 */
export const otherRole = async (mode: Mode, domain: string, signer: Signer): Promise<readonly string[]> => {
  const marks = await signer.marks();
  if (E.isLeft(marks)) return [marks.left];
  const [other, letter] = mode === 'eval' ? (['contractual', 'c'] as const) : (['eval', 'e'] as const);
  const prefix = `${domain}/r1/${letter}/`;
  return marks.right.some(({ origin, size }) => size > 0 && origin.startsWith(prefix))
    ? [`the signer’s key sealed ${other} ledgers of ${domain}; ${mode} ledgers need a key of their own`]
    : [];
};
