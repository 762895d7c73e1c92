/** At start-up: no ledger may be shorter than what was signed of it, or gone. */
import type { Mode } from '@tai-autonomics/core';
import { either as E } from 'fp-ts';
import type { Identity } from '../ledger/identity.ts';
import type { HighWaterMark, LedgerStore, Signer } from '../ports.ts';
import { cutLine } from './checkpoint-signing.ts';

/**
 * One line for each ledger of this deployment that was cut, or restored from an older copy. Sizes only: that it is the
 * same ledger is checked when its tenant is first asked for. A ledger that is wholly gone is found in contractual mode;
 * in an evaluation it may belong to an earlier pilot with a store of its own.
 */
export const cutLedgers = async (
  mode: Mode,
  identity: Identity,
  store: LedgerStore,
  signer: Signer,
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
  for (const mark of marks.right) lines.push(...(await judge(mark)));
  return lines;
};

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
