/** Looks, after their deadlines, at approved actions whose outcome nobody recorded. */

import { formatInstant, outcomeOf } from '@tai-autonomics/core/engine';
import type { Json } from '@tai-autonomics/core/receipt';
import { owns } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { messageOf } from '../bounds/bounded-text.ts';
import type { Context } from '../context.ts';
import type { Dispatcher } from '../intent/dispatch.ts';
import { keyOf, type Recorder, recordIntent, systemOf } from '../intent/record-decision.ts';
import type { Draft, Recorded } from '../ledger/draft.ts';
import { createTries } from '../ledger/tries.ts';
import { WAIT_MS_MAX } from '../node/timer.ts';
import type { Ms } from '../ports.ts';
import type { Tenant } from '../tenant.ts';
import { GRACE_MS, type Lost, overdue } from './reconcile.ts';

export interface Reconciler {
  /** Looks now, and again when the next open action is due. */
  watch(tenant: Tenant): void;
  /** An action was opened or closed: it looks when the next one is due. */
  noticed(tenant: Tenant): void;
  stop(): void;
}

/** What could not be reconciled is tried again after this. */
const WAIT_MS_MIN = 1_000;

/** The reconciler of one governor. */
export const createReconciler = (
  context: Pick<Context, 'store' | 'clock' | 'sealing' | 'onFault'> & Recorder,
  dispatcher: Dispatcher,
): Reconciler => {
  const { catalogs, store, clock, sealing, onFault } = context;
  const from = { catalogs, engines: sealing.engines, store };
  const timers = new Map<Tenant, NodeJS.Timeout>();
  let stopped = false;

  const reconcile = async (tenant: Tenant): Promise<void> => {
    for (const found of await overdue(from, tenant, clock())) {
      if (stopped) return;
      if (owns(found, 'drive')) await dispatcher.dispatch(found.drive);
      else if (E.isRight(await catalogs.loadIn(tenant.ledger.state))) await giveUp(context, tenant, found.giveUp);
    }
  };

  const look = async (tenant: Tenant): Promise<void> => {
    try {
      await reconcile(tenant);
    } catch (thrown) {
      onFault(`open actions could not be reconciled: ${messageOf(thrown)}`);
    }
    plan(tenant);
  };

  const plan = (tenant: Tenant): void => {
    clearTimeout(timers.get(tenant));
    timers.delete(tenant);
    const { open } = tenant.ledger.state;
    if (stopped || tenant.retired.signal.aborted || open.size === 0) return;
    const due = Math.min(...[...open.values()].map(({ deadline }) => deadline)) + GRACE_MS;
    const wait = Math.min(Math.max(due - clock(), WAIT_MS_MIN), WAIT_MS_MAX);
    const timer = setTimeout(() => void look(tenant), wait);
    timer.unref();
    timers.set(tenant, timer);
  };

  return {
    watch: (tenant) => void look(tenant),
    noticed: (tenant) => {
      if (tenant.ledger.state.open.size > 0 || timers.has(tenant)) plan(tenant);
    },
    stop: () => {
      stopped = true;
      for (const timer of timers.values()) clearTimeout(timer);
    },
  };
};

const unknownOutcome = ({ catalogs, identity }: Recorder, tenant: Tenant, lost: Lost, deadline: Ms): Recorded => {
  const { decided, of, id, incident, trace } = lost;
  const system = systemOf(tenant.id).subject;
  const expected =
    decided === undefined ? undefined : outcomeOf(decided.catalog.catalog, decided.observation, 'unknown');
  const why = 'no outcome was recorded until after the deadline';
  const body: Json = { status: 'unknown', result: { why, deadline: formatInstant(deadline) } };
  return {
    body: { kind: 'outcome', of, status: 'unknown' },
    catalog: decided?.catalog ?? catalogs.own,
    event: expected?.event ?? 'action_executed',
    id,
    subject: decided?.observation.intent.subject.ref ?? identity.subject(tenant.id, system.type, system.id),
    writes: expected?.writes ?? [],
    disclosures: new Map([['outcome/body', body]]),
    ...(incident === undefined ? {} : { incident }),
    ...(trace === undefined ? {} : { trace }),
  };
};

/** Stops the line for the resource of an action whose outcome is unknown. */
const raiseAndon = (recorder: Recorder, tenant: Tenant, lost: Lost, deadline: Ms, draft: Draft): void => {
  const caller = systemOf(tenant.id);
  const { seq } = lost.of;
  const finding = `the outcome of the action approved in receipt ${seq}, due ${formatInstant(deadline)}, is not known`;
  const asked = {
    id: `unknown outcome of ${seq}`,
    action: 'raise_andon',
    resource: lost.resource,
    arguments: { severity: 'high', finding },
  };
  const key = keyOf(recorder.identity, caller, asked);
  recordIntent(recorder, { caller, asked, key, evidence: [], looked: true }, draft, false);
};

const giveUp = (recorder: Recorder, tenant: Tenant, lost: Lost): Promise<void> =>
  new Promise((resolve) => {
    tenant.ledger.enqueue({
      tries: createTries(),
      write: (draft) => {
        const open = draft.state.open.get(lost.of.seq);
        // Its outcome is recorded after all, or another process gave it up.
        if (open === undefined) return;
        // Without the catalog that decides now the line could not be stopped.
        if (recorder.catalogs.heldIn(draft.state) === undefined) return;
        draft.record(unknownOutcome(recorder, tenant, lost, open.deadline));
        raiseAndon(recorder, tenant, lost, open.deadline, draft);
      },
      done: resolve,
      // It stays open, so it is looked at again.
      failed: () => resolve(),
    });
  });
