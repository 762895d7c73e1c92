/** What the governor asks by itself, as the tenant's system: an intent like any other, decided and recorded. */
import { owns } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { Asked } from '../api.ts';
import type { Context } from '../context.ts';
import { type Attempt, keyOf, type Recorder, recordIntent, systemOf } from '../intent/record-decision.ts';
import type { Draft } from '../ledger/draft.ts';
import { createTries } from '../ledger/tries.ts';
import type { Tenant } from '../tenant.ts';

/** What asking as the system takes. */
export type Asking = Recorder & Pick<Context, 'onFault'>;

/** What the governor asks by itself. */
export type Ask = Asked & { readonly id: string };

/** Why it can't. */
export const NO_SUCH_ACTION = 'the catalog has no such action';

/**
 * Asks as the system, if `wanted` still holds when it is the intent's turn; `also` in the same append, or nothing of both.
 * Resolves when it is durable, or was not wanted; `false` if it is neither.
 */
export const askAsSystem = async (
  context: Asking,
  tenant: Tenant,
  asked: Ask,
  wanted: (draft: Draft) => boolean,
  also: readonly Ask[] = [],
): Promise<boolean> => {
  const { catalogs, identity, onFault } = context;
  const missed = (why: string): false => {
    onFault(`${tenant.ledger.origin}: ${asked.action} is not recorded: ${why}`);
    return false;
  };
  const catalog = await catalogs.loadIn(tenant.ledger.state);
  if (E.isLeft(catalog)) return missed(catalog.left.detail);
  if (!catalog.right.catalog.actions.has(asked.action)) return missed(NO_SUCH_ACTION);
  const caller = systemOf(tenant.id);
  const keyed = [asked, ...also].map((one) => ({ caller, asked: one, key: keyOf(identity, caller, one) }));
  return new Promise((resolve) => {
    let recorded: readonly Attempt[] = [];
    tenant.ledger.enqueue({
      intent: keyOf(identity, caller, asked).id,
      tries: createTries(),
      write: (draft) => {
        recorded = wanted(draft)
          ? keyed.map((one) => recordIntent(context, { ...one, evidence: [], looked: true }, draft, false))
          : [];
      },
      done: () => {
        const isAbsent = recorded.some((one) => typeof one === 'object' && owns(one, 'absent'));
        resolve(isAbsent ? missed('another catalog decides now') : true);
      },
      // A ledger that goes on elsewhere is looked after there.
      failed: ({ why, detail }) => resolve(why === 'moved' || missed(detail)),
      // Another process was faster, with the same.
      duplicate: () => resolve(true),
    });
  });
};
