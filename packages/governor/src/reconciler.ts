/** Looks, after their deadlines, at approved actions whose outcome nobody recorded. */
import { formatInstant, outcomeOf } from '@tai-autonomics/core';
import type { Dispatcher } from './dispatch.ts';
import type { Shared } from './governor.ts';
import { findingFor, GRACE_MS, type Overdue, overdue } from './reconcile.ts';
import { recordIntent } from './recorder.ts';
import type { Tenant } from './tenant.ts';

export interface Reconciler {
  /** Looks now, and again when the next open action is due. */
  watch(tenant: Tenant): void;
  stop(): void;
}

type GiveUp = Extract<Overdue, { readonly give_up: unknown }>['give_up'];

/** The reconciler of one governor. */
export const createReconciler = (shared: Shared, dispatcher: Dispatcher): Reconciler => {
  const { options, recorder, identity } = shared;
  const timers = new Map<Tenant, NodeJS.Timeout>();
  let stopped = false;

  const giveUp = (tenant: Tenant, lost: GiveUp): Promise<void> =>
    new Promise((resolve) => {
      const deadline = tenant.ledger.state.open.get(lost.of.seq)?.deadline ?? 0;
      const system = { tenant: tenant.id, subject: { type: 'system', id: 'governor' }, scope: [] } as const;
      const asked = {
        id: `unknown outcome of ${lost.of.seq}`,
        action: 'raise_andon',
        resource: lost.resource,
        arguments: { severity: 'high', finding: findingFor(lost.of.seq, deadline) },
      };
      const expected =
        lost.observation === undefined ? undefined : outcomeOf(recorder.catalog.catalog, lost.observation, 'unknown');
      tenant.ledger.enqueue({
        write: (draft) => {
          if (!draft.state.open.has(lost.of.seq)) return;
          draft.record({
            body: { kind: 'outcome', of: lost.of, status: 'unknown' },
            event: expected?.event ?? 'action_executed',
            id: lost.id,
            subject: lost.observation?.intent.subject.ref ?? identity.subject(tenant.id, 'system', 'governor'),
            writes: expected?.writes ?? [],
            disclosures: new Map([
              [
                'outcome/body',
                {
                  status: 'unknown',
                  result: {
                    why: 'no outcome was recorded until after the deadline',
                    deadline: formatInstant(deadline),
                  },
                },
              ],
            ]),
          });
          const key = {
            id: identity.digest(tenant.id, 'intent', asked.id),
            digest: identity.digest(tenant.id, 'request', asked.id),
          };
          recordIntent(recorder, { caller: system, asked, key, evidence: [] }, draft, false);
        },
        done: resolve,
        failed: () => resolve(),
      });
    });

  const look = async (tenant: Tenant): Promise<void> => {
    const found = await overdue(recorder.catalog, options.store, tenant, options.clock());
    for (const lost of found) {
      if (stopped) return;
      if ('drive' in lost) await dispatcher.dispatch(lost.drive);
      else await giveUp(tenant, lost.give_up);
    }
    plan(tenant);
  };

  const plan = (tenant: Tenant): void => {
    clearTimeout(timers.get(tenant));
    if (stopped || tenant.ledger.state.open.size === 0) return;
    const due = Math.min(...[...tenant.ledger.state.open.values()].map(({ deadline }) => deadline)) + GRACE_MS;
    const timer = setTimeout(() => void look(tenant), Math.min(Math.max(due - options.clock(), 1_000), 2_147_000_000));
    timer.unref();
    timers.set(tenant, timer);
  };

  return {
    watch: (tenant) => void look(tenant),
    stop: () => {
      stopped = true;
      for (const timer of timers.values()) clearTimeout(timer);
    },
  };
};
