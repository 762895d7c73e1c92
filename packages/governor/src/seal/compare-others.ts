/** While a governor runs: the marks that were not compared with their ledgers before it started. */
import { setTimeout as pause } from 'node:timers/promises';
import { either as E } from 'fp-ts';
import { messageOf } from '../bounds/bounded-text.ts';
import type { Context } from '../context.ts';
import type { Ms } from '../ports.ts';
import type { Tenants } from '../tenant.ts';
import { notRemoved } from './removed.ts';
import { cutLedgers, cutLine, forbidsStart, MARKS_AT_START } from './truncation.ts';

/**
 * Adds to `cut` what is found, once. A store or signer that doesn't answer is said, and asked again: it says nothing about a ledger.
 * A tenant whose ledger was cut is refused in any case, when it is asked for.
 */
export const compareOthers = async (
  {
    mode,
    identity,
    store,
    signer,
    onFault,
    tenants,
  }: Pick<Context, 'mode' | 'identity' | 'store' | 'signer' | 'onFault'> & { readonly tenants: Pick<Tenants, 'open'> },
  cut: string[],
  closing: AbortSignal,
): Promise<void> => {
  const rest = [MARKS_AT_START, Number.MAX_SAFE_INTEGER] as const;
  while (!closing.aborted) {
    const found = await cutLedgers(identity, store, signer, rest).catch((thrown: unknown) => E.left(messageOf(thrown)));
    if (closing.aborted) return;
    if (E.isRight(found)) {
      const missing = found.right.filter((one) => forbidsStart(mode, one));
      const lines = (await notRemoved(identity, tenants, missing)).map(cutLine);
      cut.push(...lines);
      for (const line of lines) onFault(line);
      return;
    }
    onFault(`not all ledgers could be compared with what was signed of them: ${found.left}`);
    await pause(AGAIN_MS, undefined, { ref: false, signal: closing }).catch(() => {});
  }
};

/** After how long it is tried again. */
const AGAIN_MS: Ms = 60_000;
