/** At start-up: no ledger may be shorter than what was signed of it, or gone. */
import { setImmediate as turn } from 'node:timers/promises';
import type { Mode } from '@tai-autonomics/core';
import { either as E } from 'fp-ts';
import type { Identity } from '../ledger/identity.ts';
import type { HighWaterMark, LedgerStore, Signer } from '../ports.ts';
import { cutLine } from './checkpoint-signing.ts';

/** So many marks are compared before a governor starts; the others while it runs, so that no number of tenants keeps it from starting. */
export const MARKS_AT_START = 1_000;

/**
 * One line for each ledger of this deployment that was cut, or restored from an older copy. Sizes only: that it is the
 * same ledger is checked when its tenant is first asked for. A ledger that is wholly gone is found in contractual mode;
 * in an evaluation it may belong to an earlier pilot with a store of its own. Of the marks `from ≤ n < to`.
 */
export const cutLedgers = async (
  mode: Mode,
  identity: Identity,
  store: LedgerStore,
  signer: Signer,
  [from, to]: readonly [number, number] = [0, MARKS_AT_START],
): Promise<readonly string[]> => {
  const marks = await signer.marks();
  if (E.isLeft(marks)) return [marks.left];
  const judge = async ({ origin, size }: HighWaterMark): Promise<readonly string[]> => {
    const ledger = identity.ledgerOf(origin);
    if (ledger === undefined || size === 0) return [];
    const head = await store.head(ledger);
    if (E.isLeft(head)) return [head.left.detail];
    if (head.right === undefined && mode === 'eval') return [];
    const stands = head.right?.size ?? 0;
    return stands < size ? [cutLine(origin, stands, size)] : [];
  };
  const lines: string[] = [];
  for (const [n, mark] of marks.right.slice(from, to).entries()) {
    lines.push(...(await judge(mark)));
    // Others have their turn.
    if (n % MARKS_A_TURN === MARKS_A_TURN - 1) await turn();
  }
  return lines;
};

/** Marks that are compared in one turn of the event loop. */
const MARKS_A_TURN = 64;

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
