/** From an admitted intent to a durable ruling: idempotency, evidence, the queue, and opening a tenant. */

import { type Decision, decide, type Evidence } from '@tai-autonomics/core';
import { audienceOf, emptyState, needsEvidence, outward, parseInstant, withReceipt } from '@tai-autonomics/core/engine';
import { owns } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { Asked, Caller, Decided, NotDecided, ReceiptPlace, TenantId } from '../api.ts';
import type { InsuranceWatch } from '../assurance/insurance-watch.ts';
import { notReady } from '../catalogs/catalogs.ts';
import type { Context } from '../context.ts';
import { ACCEPT_CLOCK, type Ahead, aheadOf } from '../ledger/clock-behind.ts';
import type { Draft } from '../ledger/draft.ts';
import { goneTo, movedTo, staysFor, takesOver } from '../ledger/elsewhere.ts';
import { OPERATOR } from '../ledger/operator.ts';
import { createTries, type Tries } from '../ledger/tries.ts';
import type { IntentKey, Row } from '../ports.ts';
import { ACCEPT_RESTORE } from '../seal/lost.ts';
import type { NamedStamp } from '../subjects/known-subjects.ts';
import type { Tenant, Tenants } from '../tenant.ts';
import { actionOf } from './admit.ts';
import { gather } from './gather-evidence.ts';
import { withIncident } from './named-incident.ts';
import { namedRefusal } from './named-refusal.ts';
import { withPseudonyms } from './pseudonyms.ts';
import { recallFrom } from './recall.ts';
import {
  type Admitted,
  type Attempt,
  glanceFor,
  keyOf,
  observationFor,
  type Recorder,
  type Ruling,
  recordIntent,
  systemOf,
} from './record-decision.ts';
import { recordedAnswer } from './recorded-answer.ts';
import { keyFor } from './run-key.ts';

/** A ruling that is durable. */
export interface Taken {
  readonly tenant: Tenant;
  readonly ruling: Ruling;
}

/** An intent that was decided before. */
export interface Repeated {
  readonly tenant: Tenant;
  readonly repeated: Decided;
}

/** What became of an intent. */
export type Took = Taken | Repeated | NotDecided;

type Ask = Asked & { readonly id: string };

export interface Intake {
  /** Decides and records; a repeated intent id gets its recorded answer. */
  take(caller: Caller, asked: Ask, repeatable: boolean): Promise<Took>;
}

const WAITING_MAX = 4_096;
const RETRY_MS = 1_000;

const conflict: NotDecided = {
  decided: false,
  why: 'intent_conflict',
  detail: 'this intent id was used for another request; use a new id',
};

/** What deciding one intent takes. */
type Deciding = Recorder & Pick<Context, 'store' | 'clock' | 'observers' | 'ownerOf' | 'subjects' | 'place'>;

/** One place for intents of one governor. */
export const createIntake = (
  context: Deciding & Pick<Context, 'waitingMax' | 'subjects'>,
  tenants: Pick<Tenants, 'open'>,
  insurance: Pick<InsuranceWatch, 'bring'>,
): Intake => {
  const { identity, catalogs, subjects, place: here, waitingMax = WAITING_MAX } = context;
  /** Intents in flight, so that two callers with one id share one decision. */
  const inFlight = new Map<string, { readonly digest: string; readonly answer: Promise<Took> }>();
  /** How many intents of a tenant are on their way to their receipt. */
  const waiting = new Map<TenantId, number>();

  const waitAndDecide = async (c: Case): Promise<Took> => {
    const before = waiting.get(c.tenant.id) ?? 0;
    if (before >= waitingMax) return overloaded('too many intents of this tenant wait');
    waiting.set(c.tenant.id, before + 1);
    try {
      return await decideOnce(context, c);
    } finally {
      const left = (waiting.get(c.tenant.id) ?? 1) - 1;
      if (left > 0) waiting.set(c.tenant.id, left);
      else waiting.delete(c.tenant.id);
    }
  };

  const takeFresh = async (c: Case, repeatable: boolean): Promise<Took> => {
    const answer = repeatable ? await answered(context, c) : undefined;
    if (answer === undefined) return waitAndDecide(c);
    return owns(answer, 'later') ? takeFresh(answer.later, true) : answer;
  };

  const joined = async (earlier: Promise<Took>, c: Case): Promise<Took> => {
    const answer = await earlier;
    return owns(answer, 'decided') ? answer : takeFresh(c, true);
  };

  return {
    take: async (caller, asked, repeatable) => {
      const opened = await tenants.open(caller.tenant);
      if (E.isLeft(opened)) return opened.left;
      const tenant = opened.right;
      const to = goneTo(tenant.ledger.state, here, caller, asked);
      if (to !== undefined) return movedTo(to);
      // What lets a ledger go on can't wait for what is to be recorded in it.
      if (!letsGoOn(caller, asked) && !takesOver(caller, asked, here) && !(await insurance.bring(tenant)))
        return unavailable('what is known of the insurance could not be recorded');
      const catalog = await catalogs.loadIn(tenant.ledger.state);
      if (E.isLeft(catalog)) return catalog.left;
      const labelled = withIncident<Ask>(catalog.right.catalog, {
        ...asked,
        action: actionOf(catalog.right.catalog, asked.action),
      });
      if (E.isLeft(labelled)) return labelled.left;
      const called = labelled.right;
      const named = withPseudonyms(identity, catalog.right.catalog, caller.tenant, called);
      const stamp = await subjects.stamp(tenant, catalog.right.catalog, caller.subject, called, named);
      if (E.isLeft(stamp)) return stamp.left;
      const key = keyFor(context, catalog.right, tenant, caller, named);
      const c: Case = { tenant, caller, asked: named, key, stamp: stamp.right };
      // From here to the registration nothing is awaited: two callers with one id find each other.
      const place = `${caller.tenant}\u0000${key.id}`;
      const earlier = inFlight.get(place);
      if (earlier !== undefined) return earlier.digest === key.digest ? joined(earlier.answer, c) : conflict;
      const answer = takeFresh(c, repeatable).finally(() => void inFlight.delete(place));
      inFlight.set(place, { digest: key.digest, answer });
      return answer;
    },
  };
};

/** The operator's word that a ledger goes on that is ahead of the clock. */
const acceptsClock = ({ subject }: Caller, { action }: Asked): boolean =>
  subject.type === 'system' && action === ACCEPT_CLOCK;

/** What lets a ledger go on at all. */
const letsGoOn = (caller: Caller, asked: Asked): boolean =>
  acceptsClock(caller, asked) || (caller.subject.type === 'system' && asked.action === ACCEPT_RESTORE);

const overloaded = (detail: string): NotDecided => ({
  decided: false,
  why: 'overloaded',
  detail,
  retryAfterMs: RETRY_MS,
});
const unavailable = (detail: string): NotDecided => ({
  decided: false,
  why: 'store_unavailable',
  detail,
  retryAfterMs: RETRY_MS,
});
const purged = (receipt: ReceiptPlace): NotDecided => ({
  decided: false,
  why: 'purged',
  detail: `it was decided in receipt ${receipt.seq}, and what was decided has been erased; use a new id to ask anew`,
  receipt,
});
const unknownTenant = (detail: string): NotDecided => ({ decided: false, why: 'unknown_tenant', detail });

/** One intent on its way. */
interface Case {
  readonly tenant: Tenant;
  readonly caller: Caller;
  readonly asked: Ask;
  readonly key: IntentKey;
  /** Whom it names. */
  readonly stamp: NamedStamp;
}

/** Writes what has to stand before the intent, or says why the intent can't be taken. */
type Before = (draft: Draft) => NotDecided | undefined;

type Enqueued = Attempt | NotDecided | 'duplicate';

const enqueue = (
  recorder: Recorder & Pick<Context, 'place'>,
  { tenant }: Case,
  before: Before,
  admitted: Admitted,
  tries: Tries,
): Promise<Enqueued> =>
  new Promise((resolve) => {
    let recorded: Enqueued = 'again';
    tenant.ledger.enqueue({
      intent: admitted.key.id,
      tries,
      acceptsClock: acceptsClock(admitted.caller, admitted.asked),
      takesOver: takesOver(admitted.caller, admitted.asked, recorder.place),
      write: (draft) => {
        recorded =
          before(draft) ??
          staysFor(admitted.caller, admitted.asked, draft.state) ??
          recordIntent(recorder, admitted, draft, !tries.isSpent());
      },
      done: () => resolve(recorded),
      failed: resolve,
      duplicate: () => resolve('duplicate'),
    });
  });

/** Observers run only if gates 1 to 3 pass on what this process knows; else the queue may ask to look after all. */
const admission = async (
  context: Deciding,
  { tenant, caller, asked, key, stamp }: Case,
): Promise<Admitted | NotDecided> => {
  const { store, clock, catalogs, observers, subjects } = context;
  const { state, head } = tenant.ledger;
  const catalog = await catalogs.loadIn(state);
  if (E.isLeft(catalog)) return catalog.left;
  const at = Math.max(clock(), head.lastAt);
  const o = glanceFor(context, catalog.right, { caller, asked, evidence: [] }, at, state);
  const wanted = needsEvidence(catalog.right.catalog, o);
  const seen = await gather(
    observers,
    { tenant: caller.tenant, about: asked.resource },
    wanted,
    recallFrom(catalog.right.catalog, o),
  );
  const evidence = inLedgerTime(seen, aheadOf(tenant.ledger, clock()));
  const named = await namedRefusal(store, tenant.ledger, catalog.right, o.intent.subject.ref, asked, (requester) =>
    subjects.behind(tenant, requester),
  );
  if (E.isLeft(named)) return named.left;
  return {
    caller,
    asked,
    key,
    evidence,
    named: { ...named.right, ...stamp },
    catalog: catalog.right.digest,
    looked: wanted.length > 0,
  };
};

/** Where a ledger goes on ahead of the clock, what was seen keeps its age: it is dated by as much ahead. */
const inLedgerTime = (seen: readonly Evidence[], ahead: Ahead | undefined): readonly Evidence[] =>
  ahead?.isAccepted === true ? seen.map((one) => ({ ...one, observedAt: one.observedAt + ahead.byMs })) : seen;

/** What the activation of a tenant that nobody has opened would come to. */
const refusedActivation = (recorder: Recorder, { caller, asked }: Case, at: number): NotDecided | undefined => {
  const { own } = recorder.catalogs;
  const o = observationFor(recorder, own, { caller, asked, evidence: [] }, at, emptyState);
  const decision = decide(own.catalog, o);
  if (decision.verdict === 'approve') return undefined;
  return unknownTenant(`the activation is refused: ${decision.reasons.map(({ code }) => code).join(', ')}`);
};

/** The marketplace's first valid activation opens a tenant; nothing else does, and nothing that would be refused. */
const opening = async (context: Deciding, c: Case): Promise<Before | NotDecided> => {
  const { clock, ownerOf, identity } = context;
  const { tenant, caller, asked } = c;
  const isActivation = caller.subject.type === 'marketplace' && asked.action === 'apply_entitlement';
  if (caller.tenant === OPERATOR) {
    return isActivation ? unknownTenant('the operator ledger cannot be bought') : () => undefined;
  }
  // Another process may have opened it since this one looked.
  const known = tenant.ledger.head.size > 0 ? E.right(undefined) : await tenant.ledger.refresh();
  if (E.isLeft(known)) return known.left;
  if (tenant.ledger.head.size > 0) return () => undefined;
  if (!isActivation) return unknownTenant('no valid activation has opened this tenant');
  const refused = refusedActivation(context, c, clock());
  if (refused !== undefined) return refused;
  const owner = ownerOf(caller.tenant);
  if (owner === undefined) return { ...unknownTenant('no owner is named for this tenant'), keep: true };
  const system = systemOf(caller.tenant);
  const open: Ask = {
    id: 'open',
    action: 'open_tenant',
    resource: '*',
    arguments: { owner: identity.subject(caller.tenant, owner.type, owner.id) },
  };
  return (draft) => {
    if (draft.head.size > 0) return undefined;
    const late = refusedActivation(context, c, draft.at);
    if (late !== undefined) return late;
    const key = keyOf(identity, system, open);
    recordIntent(context, { caller: system, asked: open, key, evidence: [], looked: true }, draft, false);
    return undefined;
  };
};

/** The case under an id of its own: the first one was answered before its time. */
interface Later {
  readonly later: Case;
}

/**
 * A marketplace sends an event with its id as often as it likes. One that was refused because its time had not come is
 * decided anew when it has; any other refusal is final.
 */
const isDue = (decision: Decision, { caller }: Case, now: number): boolean =>
  caller.subject.type === 'marketplace' &&
  decision.verdict === 'refuse' &&
  decision.reasons.every(({ next }) => next.kind === 'time' && (parseInstant(next.notBefore) ?? now + 1) <= now);

const laterCase = (identity: Context['identity'], c: Case, { seq }: Row): Later => {
  const asked: Ask = { ...c.asked, id: `${c.asked.id} after ${seq}` };
  return { later: { ...c, asked, key: { ...keyOf(identity, c.caller, asked), digest: c.key.digest } } };
};

/** The recorded answer, once what runs here for it has ended. */
const repeated = async (context: Deciding, c: Case, row: Row): Promise<Repeated | NotDecided | Later> => {
  const { store, clock, identity, catalogs } = context;
  const { tenant, key, caller, asked } = c;
  if (row.intent?.digest !== key.digest) return conflict;
  const running = tenant.running.get(row.seq);
  if (running !== undefined) await running;
  else if (tenant.ledger.state.open.has(row.seq)) await tenant.ledger.refresh();
  const isOpen = tenant.ledger.state.open.has(row.seq);
  const answer = await recordedAnswer(store, tenant.ledger, row, isOpen);
  if (E.isLeft(answer))
    return owns(answer.left, 'purged') ? purged(answer.left.purged) : unavailable(answer.left.unreadable);
  if (isDue(answer.right.decision, c, clock())) return laterCase(identity, c, row);
  // What was recorded is told to whom the caller is now: a disclosure that was taken back is not repeated.
  const { state, head } = tenant.ledger;
  const catalog = await catalogs.loadIn(state);
  if (E.isLeft(catalog)) return catalog.left;
  const now = observationFor(context, catalog.right, { caller, asked, evidence: [] }, head.lastAt, state);
  const told = outward(answer.right.decision, audienceOf(catalog.right.catalog, now));
  const decision = withReceipt(told, answer.right.receipt);
  return { tenant, repeated: { decided: true, ...answer.right, decision, repeated: true } };
};

/** The recorded answer to an intent, if there is one. */
const answered = async (context: Deciding, c: Case): Promise<Repeated | NotDecided | Later | undefined> => {
  const row = await context.store.find(c.tenant.ledger.id, c.key.id);
  if (E.isLeft(row)) return unavailable(row.left.detail);
  return row.right === undefined ? undefined : repeated(context, c, row.right);
};

const decideOnce = async (context: Deciding, c: Case): Promise<Took> => {
  const before = await opening(context, c);
  if (typeof before !== 'function') return before;
  const tries = createTries();
  while (!tries.isSpent()) {
    const admitted = await admission(context, c);
    if (owns(admitted, 'decided')) return admitted;
    const recorded = await enqueue(context, c, before, admitted, tries);
    if (recorded === 'again') continue;
    if (typeof recorded === 'object' && owns(recorded, 'absent')) {
      const loaded = await context.catalogs.load(recorded.absent);
      if (E.isLeft(loaded)) return notReady(recorded.absent, loaded.left);
      continue;
    }
    if (recorded === 'duplicate') {
      const answer = await answered(context, c);
      return answer === undefined || owns(answer, 'later') ? unavailable('its recorded answer is not there') : answer;
    }
    if (owns(recorded, 'malformed')) return { decided: false, why: 'malformed', detail: recorded.malformed };
    return owns(recorded, 'decided') ? recorded : { tenant: c.tenant, ruling: recorded };
  }
  return overloaded('the state changed each time while evidence was gathered');
};
