/** From an admitted intent to a durable ruling: idempotency, evidence, the queue, and opening a tenant. */
import { decide, type Evidence, emptyState, type Json, needsEvidence, outward } from '@tai-autonomics/core';
import { either as E } from 'fp-ts';
import type { Draft } from './draft.ts';
import { gather } from './gather.ts';
import type { Asked, Caller, Decided, NotDecided } from './governed.ts';
import type { Shared } from './governor.ts';
import { OPERATOR } from './operator.ts';
import type { IntentKey, Row } from './ports.ts';
import { recordedAnswer } from './recorded-answer.ts';
import { type Admitted, canonicalText, observationFor, type Recorded, type Ruling, recordIntent } from './recorder.ts';
import type { Tenant, Tenants } from './tenant.ts';

/** A ruling that is durable. */
export interface Taken {
  readonly tenant: Tenant;
  readonly ruling: Ruling;
}

export interface Intake {
  /** Decides and records; a repeated intent id gets its recorded answer. */
  take(
    caller: Caller,
    asked: Asked & { readonly id: string },
    repeatable: boolean,
  ): Promise<Taken | Decided | NotDecided>;
  /** Ledgers that are shorter than what was signed of them, or another. */
  cutLedgers(): Promise<readonly string[]>;
}

const WAITING_MAX = 4_096;
/** How often evidence is gathered anew because the state moved while observers were looking. */
const ADMISSIONS = 3;

const conflict: NotDecided = {
  decided: false,
  why: 'intent_conflict',
  detail: 'this intent id was used for another request; use a new id',
};

type Ask = Asked & { readonly id: string };

const keyOf = (shared: Shared, caller: Caller, asked: Ask): IntentKey => {
  const { identity } = shared;
  const { type, id } = caller.subject;
  const request: Json = {
    subject: [type, id],
    action: asked.action,
    resource: asked.resource,
    arguments: (asked.arguments ?? {}) as Json,
  };
  return {
    id: identity.digest(caller.tenant, 'intent', asked.id),
    digest: identity.digest(caller.tenant, 'request', canonicalText(request)),
  };
};

type Enqueued = Recorded | NotDecided | { readonly duplicate: true };
const isNotDecided = (x: Enqueued): x is NotDecided => typeof x === 'object' && 'decided' in x;

/** One place for intents of one governor. */
export const createIntake = (shared: Shared, tenants: Tenants): Intake => {
  const { options, recorder, identity } = shared;
  const { store, observers, clock } = options;
  const { catalog } = recorder.catalog;
  /** Intents in flight, so that two callers with one id share one decision. */
  const inFlight = new Map<
    string,
    { readonly digest: string; readonly answer: Promise<Taken | Decided | NotDecided> }
  >();

  const enqueue = (
    tenant: Tenant,
    first: (draft: Draft) => void,
    admitted: Admitted,
    mayRetry: boolean,
  ): Promise<Enqueued> =>
    new Promise((resolve) => {
      let recorded: Recorded = 'again';
      tenant.ledger.enqueue({
        write: (draft) => {
          first(draft);
          recorded = recordIntent(recorder, admitted, draft, mayRetry);
        },
        done: () => resolve(recorded),
        failed: resolve,
      });
    });

  const evidenceFor = async (tenant: Tenant, caller: Caller, asked: Ask): Promise<readonly Evidence[]> => {
    const { state, head } = tenant.ledger;
    const blind = observationFor(recorder, { caller, asked, evidence: [] }, Math.max(clock(), head.lastAt), state);
    return gather(observers, asked.resource, needsEvidence(catalog, blind));
  };

  const repeated = async (tenant: Tenant, row: Row, key: IntentKey): Promise<Decided | NotDecided> => {
    if (row.intent?.digest !== key.digest) return conflict;
    const running = tenant.running.get(row.seq);
    if (running !== undefined) await running;
    const answer = await recordedAnswer(store, tenant.ledger.id, row);
    if (E.isLeft(answer)) return { decided: false, why: 'store_unavailable', detail: answer.left };
    return { decided: true, ...answer.right, decision: outward(answer.right.decision), repeated: true };
  };

  /** The marketplace's first valid activation opens a tenant; nothing else does, and nothing that would be refused. */
  const opening = (tenant: Tenant, caller: Caller, asked: Ask): ((draft: Draft) => void) | NotDecided => {
    if (tenant.ledger.head.size > 0 || caller.tenant === OPERATOR) return () => {};
    const unknown: NotDecided = {
      decided: false,
      why: 'unknown_tenant',
      detail: 'no valid activation has opened this tenant',
    };
    if (caller.subject.type !== 'marketplace' || asked.action !== 'apply_entitlement') return unknown;
    const o = observationFor(
      recorder,
      { caller, asked, evidence: [] },
      Math.max(clock(), tenant.ledger.head.lastAt),
      emptyState,
    );
    const decision = decide(catalog, o);
    if (decision.verdict === 'refuse')
      return {
        ...unknown,
        detail: `the activation is refused: ${decision.reasons.map(({ code }) => code).join(', ')}`,
      };
    const owner = options.ownerOf(caller.tenant);
    if (owner === undefined) return { ...unknown, detail: 'no owner is named for this tenant' };
    const system: Caller = { tenant: caller.tenant, subject: { type: 'system', id: 'governor' }, scope: [] };
    const open: Ask = {
      id: `open ${caller.tenant}`,
      action: 'open_tenant',
      resource: '*',
      arguments: { owner: identity.subject(caller.tenant, owner.type, owner.id) },
    };
    return (draft) => {
      if (draft.head.size === 0)
        recordIntent(
          recorder,
          { caller: system, asked: open, key: keyOf(shared, system, open), evidence: [] },
          draft,
          false,
        );
    };
  };

  const decideOnce = async (
    tenant: Tenant,
    caller: Caller,
    asked: Ask,
    key: IntentKey,
  ): Promise<Taken | Decided | NotDecided> => {
    const first = opening(tenant, caller, asked);
    if (typeof first !== 'function') return first;
    for (let n = 1; n <= ADMISSIONS; n++) {
      const evidence = await evidenceFor(tenant, caller, asked);
      const recorded = await enqueue(tenant, first, { caller, asked, key, evidence }, n < ADMISSIONS);
      if (recorded === 'again') continue;
      if (isNotDecided(recorded)) return recorded;
      if ('malformed' in recorded) return { decided: false, why: 'malformed', detail: recorded.malformed };
      if ('ruling' in recorded || 'decision' in recorded) return { tenant, ruling: recorded as Ruling };
    }
    return {
      decided: false,
      why: 'overloaded',
      detail: 'the state changed each time while evidence was gathered',
      retryAfterMs: 1_000,
    };
  };

  const takeFresh = async (
    caller: Caller,
    asked: Ask,
    key: IntentKey,
    repeatable: boolean,
  ): Promise<Taken | Decided | NotDecided> => {
    const opened = await tenants.open(caller.tenant);
    if (E.isLeft(opened)) return opened.left;
    const tenant = opened.right;
    if (tenant.ledger.waiting >= (options.waitingMax ?? WAITING_MAX)) {
      return { decided: false, why: 'overloaded', detail: 'too many intents of this tenant wait', retryAfterMs: 1_000 };
    }
    if (repeatable) {
      const row = await store.find(tenant.ledger.id, key.id);
      if (E.isLeft(row))
        return { decided: false, why: 'store_unavailable', detail: row.left.detail, retryAfterMs: 1_000 };
      if (row.right !== undefined) return repeated(tenant, row.right, key);
    }
    return decideOnce(tenant, caller, asked, key);
  };

  const joined = async (
    earlier: Promise<Taken | Decided | NotDecided>,
    caller: Caller,
    asked: Ask,
    key: IntentKey,
  ): Promise<Taken | Decided | NotDecided> => {
    const answer = await earlier;
    return 'decided' in answer && !answer.decided ? answer : takeFresh(caller, asked, key, true);
  };

  return {
    take: (caller, asked, repeatable) => {
      const key = keyOf(shared, caller, asked);
      const place = `${caller.tenant}\u0000${key.id}`;
      const earlier = inFlight.get(place);
      if (earlier !== undefined)
        return earlier.digest === key.digest ? joined(earlier.answer, caller, asked, key) : Promise.resolve(conflict);
      const answer = takeFresh(caller, asked, key, repeatable).finally(() => void inFlight.delete(place));
      inFlight.set(place, { digest: key.digest, answer });
      return answer;
    },
    cutLedgers: async () => {
      const operator = await tenants.open(OPERATOR);
      return E.isLeft(operator) && operator.left.why === 'not_ready' ? [operator.left.detail] : [];
    },
  };
};
