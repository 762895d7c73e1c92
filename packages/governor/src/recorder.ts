/** Decides one intent on a draft and records it, with what followed from it at once. */
import {
  bindingRecord,
  canonicalize,
  codesOf,
  type Decision,
  decisionBody,
  type Evidence,
  eventOf,
  evidenceRecords,
  intentRecord,
  type Json,
  type Mode,
  needsEvidence,
  type Observation,
  readingsRecord,
  type State,
  surfaceChange,
} from '@tai-autonomics/core';
import { either as E } from 'fp-ts';
import type { Draft, Written } from './draft.ts';
import type { Asked, Caller, TenantId } from './governed.ts';
import type { Identity } from './identity.ts';
import type { LoadedCatalog } from './loaded-catalog.ts';
import type { IntentKey } from './ports.ts';

/** An intent as it was admitted: who asks, what, and the evidence that was gathered for it. */
export interface Admitted {
  readonly caller: Caller;
  readonly asked: Asked & { readonly id: string; readonly action: string };
  readonly key: IntentKey;
  readonly evidence: readonly Evidence[];
  /** Observers were asked, whether or not they saw anything. */
  readonly looked: boolean;
}

/** What was decided and recorded. */
export interface Ruling {
  readonly decision: Decision;
  readonly observation: Observation;
  readonly receipt: Written;
  readonly consequences: readonly Written[];
}

/** What a recorder knows of its deployment. */
export interface RecorderContext {
  readonly mode: Mode;
  readonly catalog: LoadedCatalog;
  readonly identity: Identity;
}

/** The text of a JSON value in its one canonical form; empty for what has none. */
const canonicalText = (json: Json): string => E.getOrElse(() => '')(canonicalize(json));

/** What the receipt of a changed tool surface records. */
export const SURFACE_CHANGED = 'tool_surface_changed';

/** The governor itself, as a subject of a tenant. No credential can speak for it. */
export const systemOf = (tenant: TenantId): Caller => ({
  tenant,
  subject: { type: 'system', id: 'governor' },
  scope: [],
});

/**
 * How an intent is found again. Its id belongs to whoever asks: nobody can use up the id of somebody else's intent, nor
 * be told what was answered to another.
 */
export const keyOf = (identity: Identity, caller: Caller, asked: Asked & { readonly id: string }): IntentKey => {
  const { type, id } = caller.subject;
  const args = (asked.arguments ?? {}) as Json;
  const request: Json = { subject: [type, id], action: asked.action, resource: asked.resource, arguments: args };
  return {
    id: identity.digest(caller.tenant, 'intent', canonicalText([type, id, asked.id])),
    digest: identity.digest(caller.tenant, 'request', canonicalText(request)),
  };
};

/** O for an intent at an instant, on a state. */
export const observationFor = (
  context: RecorderContext,
  admitted: Pick<Admitted, 'caller' | 'asked' | 'evidence'>,
  at: number,
  state: State,
): Observation => {
  const { identity, mode, catalog } = context;
  const { caller, asked, evidence } = admitted;
  const { type, id } = caller.subject;
  const unbound: Observation = {
    id: asked.id,
    at,
    mode,
    intent: {
      subject: { type, id, ref: identity.subject(caller.tenant, type, id), scope: [...new Set(caller.scope)].sort() },
      action: { id: asked.action, arguments: asked.arguments ?? {} },
      resource: { id: asked.resource, ref: identity.resource(caller.tenant, asked.resource) },
      binding: '',
    },
    evidence,
    state,
  };
  const binding = identity.digest(
    caller.tenant,
    'binding',
    canonicalText(bindingRecord(catalog.catalog, catalog.digest, unbound)),
  );
  return { ...unbound, intent: { ...unbound.intent, binding } };
};

const disclosuresOf = (context: RecorderContext, o: Observation, decision: Decision): ReadonlyMap<string, Json> =>
  new Map<string, Json>([
    ['request/intent', intentRecord(o.id, o.intent)],
    ['state/readings', readingsRecord(context.catalog.catalog, o) as Json],
    ['decision/body', decisionBody(decision)],
    ...evidenceRecords(o.evidence),
  ]);

/** `again`: gates 1 to 3 pass now but did not when evidence was gathered, so the intent has to be admitted anew. */
export type Recorded = Ruling | 'again' | { readonly malformed: string };

const isAgain = (context: RecorderContext, admitted: Admitted, o: Observation): boolean =>
  !admitted.looked && needsEvidence(context.catalog.catalog, o).length > 0;

/** Decides and records. Nothing is durable until the draft is. */
export const recordIntent = (
  context: RecorderContext,
  admitted: Admitted,
  draft: Draft,
  mayRetry: boolean,
): Recorded => {
  const { catalog } = context.catalog;
  const before = draft.state;
  const o = observationFor(context, admitted, draft.at, before);
  if (mayRetry && isAgain(context, admitted, o)) return 'again';
  const { engine } = draft;
  if (engine === undefined) return { malformed: 'the ledger moved to a version of the engine that is not here' };
  const decision = engine.decide(catalog, o);
  const action = catalog.actions.get(o.intent.action.id);
  const runs = decision.verdict === 'approve' && action !== undefined && 'after' in action.action.does;
  const common = {
    id: admitted.key.id,
    subject: o.intent.subject.ref,
    ...(admitted.asked.incident === undefined ? {} : { incident: admitted.asked.incident }),
    ...(admitted.asked.trace === undefined ? {} : { trace: admitted.asked.trace }),
  };
  const receipt = draft.record({
    ...common,
    body: {
      kind: 'decision',
      verdict: decision.verdict,
      codes: codesOf(decision),
      ...(runs ? { deadline: o.at + action.limits.timeoutMs } : {}),
    },
    event: eventOf(action, decision),
    writes: decision.verdict === 'approve' ? decision.writes : [],
    disclosures: disclosuresOf(context, o, decision),
    intent: admitted.key,
  });
  if (E.isLeft(receipt)) return { malformed: `at ${receipt.left.path.join('.')}: expected ${receipt.left.expected}` };
  const consequences: Written[] = [];
  const change =
    decision.verdict === 'approve' && decision.writes.length > 0
      ? surfaceChange(catalog, before, draft.state)
      : undefined;
  if (change !== undefined) {
    const written = draft.record({
      ...common,
      body: { kind: 'consequence', of: { seq: receipt.right.seq, leaf: receipt.right.leaf } },
      event: SURFACE_CHANGED,
      writes: [],
      disclosures: new Map<string, Json>([['consequence/body', { added: change.added, removed: change.removed }]]),
    });
    if (E.isRight(written)) consequences.push(written.right);
  }
  return { decision, observation: o, receipt: receipt.right, consequences };
};
