/** Decides one intent on a draft and records it, with what followed from it at once. */

import type { Catalog, Decision, Evidence, Observation, State } from '@tai-autonomics/core';
import {
  bindingRecord,
  codesOf,
  decisionBody,
  type Engine,
  eventOf,
  evidenceRecords,
  intentRecord,
  movesCatalog,
  nearestNames,
  needsEvidence,
  readingsRecord,
  type SurfaceChange,
  surfaceChange,
  TOOL_SURFACE_CHANGED,
} from '@tai-autonomics/core/engine';
import { canonicalizeJson, type Json, owns } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { Asked, Caller, TenantId } from '../api.ts';
import type { LoadedCatalog } from '../catalogs/loaded-catalog.ts';
import type { Context } from '../context.ts';
import type { Draft, Written } from '../ledger/draft.ts';
import type { Identity } from '../ledger/identity.ts';
import type { IntentKey, ResourceDirectory, TenantResource } from '../ports.ts';
import { WHOLE_TENANT } from '../resources/name.ts';
import { beginningOf, type Common } from './beginning.ts';
import { isByCaller } from './by-caller.ts';
import type { Named } from './named-refusal.ts';

/** An intent as it was admitted: who asks, what, and the evidence that was gathered for it. */
export interface Admitted {
  readonly caller: Caller;
  readonly asked: Asked & { readonly id: string; readonly action: string };
  readonly key: IntentKey;
  readonly evidence: readonly Evidence[];
  /** The refusal and the subject that it names, and who signed it, if any. */
  readonly named?: Named;
  /** The catalog under which it was looked at; absent where any will do. */
  readonly catalog?: string;
  /** Observers were asked, whether or not they saw anything. */
  readonly looked: boolean;
}

/** What was decided and recorded. */
export interface Ruling {
  readonly decision: Decision;
  readonly observation: Observation;
  /** The catalog that decided. */
  readonly catalog: LoadedCatalog;
  /** Whether tools appeared or disappeared, or another catalog says from now on what they are. */
  readonly changesTools: boolean;
  readonly receipt: Written;
  readonly consequences: readonly Written[];
  /** Present where an action began in the append that approved it: its caller carries it out. */
  readonly begun?: Written;
}

/** What a recorder knows of its deployment. */
export type Recorder = Pick<Context, 'mode' | 'catalogs' | 'identity' | 'resources'>;

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
export const observationFor = (...about: About): Observation => {
  const o = unboundFor(...about);
  return { ...o, intent: { ...o.intent, binding: bindingOf(o, ...about) } };
};

/** The same for whoever looks at it and keeps nothing of it: what the intent is bound to is computed when somebody asks for that. */
export const glanceFor = (...about: About): Observation => {
  const o = unboundFor(...about);
  let binding: string | undefined;
  return {
    ...o,
    intent: {
      ...o.intent,
      get binding() {
        binding ??= bindingOf(o, ...about);
        return binding;
      },
    },
  };
};

/** Decides with the catalog that is active in the draft, and records. Nothing is durable until the draft is. */
export const recordIntent = (context: Recorder, admitted: Admitted, draft: Draft, mayRetry: boolean): Attempt => {
  const { catalogs } = context;
  const before = draft.state;
  const catalog = catalogs.heldIn(before);
  if (catalog === undefined) return { absent: catalogs.digestIn(before) };
  const o = observationFor(context, catalog, admitted, draft.at, before);
  if (mayRetry && isAgain(catalog, admitted, o)) return 'again';
  const { engine } = draft;
  if (engine === undefined) return { malformed: 'the ledger moved to a version of the engine that is not here' };
  const decision = engine.decide(catalog.catalog, o);
  const moved = movedState(engine, before, decision);
  // A catalog that can't be had would leave a ledger in which nothing can be decided any more.
  const next = moved === undefined ? catalog : catalogs.heldIn(moved);
  if (next === undefined) return { absent: catalogs.digestIn(moved ?? before) };
  const { incident, trace } = admitted.asked;
  const common: Common = { id: admitted.key.id, subject: o.intent.subject.ref, catalog, incident, trace };
  const receipt = recordDecision(admitted, common, o, decision, draft);
  if (E.isLeft(receipt)) return { malformed: `at ${receipt.left.path.join('.')}: expected ${receipt.left.expected}` };
  const change =
    decision.verdict === 'approve' && decision.writes.length > 0
      ? surfaceChange(catalog.catalog, before, draft.state, next.catalog)
      : undefined;
  const consequences = change === undefined ? [] : recordChange(common, receipt.right, change, draft);
  const changesTools = consequences.length > 0 || next !== catalog;
  const begun = decision.verdict === 'approve' ? beginByCaller(common, o, receipt.right, draft) : undefined;
  return {
    decision,
    observation: o,
    catalog,
    changesTools,
    receipt: receipt.right,
    consequences,
    ...(begun === undefined ? {} : { begun }),
  };
};

type About = readonly [
  recorder: Recorder,
  catalog: LoadedCatalog,
  admitted: Pick<Admitted, 'caller' | 'asked' | 'evidence' | 'named'> & Partial<Pick<Admitted, 'key'>>,
  at: number,
  state: State,
];

/** The text of a JSON value in its one canonical form; empty for what has none. */
export const canonicalText = (json: Json): string => E.getOrElse(() => '')(canonicalizeJson(json));

const unboundFor = (...[{ identity, mode, resources }, catalog, admitted, at, state]: About): Observation => {
  const { caller, asked, evidence, named = {}, key } = admitted;
  const { tenant } = caller;
  const { type, id } = caller.subject;
  return {
    id: key?.id ?? asked.id,
    at,
    mode,
    catalog: catalog.digest,
    intent: {
      subject: { type, id, ref: identity.subject(tenant, type, id), scope: [...new Set(caller.scope)].sort() },
      action: { id: asked.action, arguments: asked.arguments ?? {} },
      resource: {
        id: asked.resource,
        ref: identity.resource(tenant, asked.resource),
        ...(looksAtPlace(catalog, asked.action) ? placeOf(resources, { tenant, resource: asked.resource }) : {}),
      },
      binding: '',
      ...named,
    },
    evidence,
    state,
  };
};

const bindingOf = (unbound: Observation, ...[{ identity }, { catalog, digest }, { caller }]: About): string =>
  identity.digest(caller.tenant, 'binding', canonicalText(bindingRecord(catalog, digest, unbound)));

/** How many of the known names are told that a misspelt one may have meant. */
const NEAREST = 3;

/** Where a resource is, and for one that the tenant doesn't have, which ones are spelt like it. */
const placeOf = (
  resources: ResourceDirectory,
  of: TenantResource,
): Pick<Observation['intent']['resource'], 'environment' | 'nearest'> => {
  if (of.resource === WHOLE_TENANT) return {};
  const known = resources.find(of);
  return known === undefined
    ? { environment: 'unknown', nearest: nearestNames(of.resource, resources.names(of.tenant), NEAREST) }
    : { environment: known.environment };
};

/** Whether what is asked depends on where its resource is. */
const looksAtPlace = ({ catalog }: LoadedCatalog, action: string): boolean =>
  catalog.actions.get(action)?.facts.includes('environment') === true;

/** `id` is the caller's own; the observation has the one that stands in clear. */
const disclosuresOf = (id: string, catalog: Catalog, o: Observation, decision: Decision): ReadonlyMap<string, Json> => {
  const disclosed = new Map<string, Json>();
  disclosed.set('request/intent', intentRecord(id, o.intent));
  disclosed.set('state/readings', readingsRecord(catalog, o) as Json);
  disclosed.set('decision/body', decisionBody(decision));
  for (const [name, entries] of evidenceRecords(o.evidence)) disclosed.set(name, entries);
  return disclosed;
};

/**
 * `again`: the intent has to be admitted anew, since gates 1 to 3 pass now but did not when evidence was gathered, or
 * another catalog decides now. `absent`: nothing was recorded, for want of a catalog that is not in memory.
 */
export type Attempt = Ruling | 'again' | { readonly absent: string } | { readonly malformed: string };

/** What was seen for another catalog, or before gates 1 to 3 passed, is not all that is to be seen. */
const isAgain = (catalog: LoadedCatalog, { looked, catalog: under }: Admitted, o: Observation): boolean =>
  !(looked && (under ?? catalog.digest) === catalog.digest) && needsEvidence(catalog.catalog, o).length > 0;

/** The state after an approval that may change which catalog decides. */
const movedState = ({ createFold }: Engine, state: State, decision: Decision): State | undefined => {
  if (decision.verdict === 'refuse' || !movesCatalog(decision.writes)) return undefined;
  const fold = createFold(state);
  fold.apply({ kind: 'decision', seq: 0, verdict: 'approve', writes: decision.writes });
  return fold.state;
};

const recordDecision = (
  { asked, key }: Admitted,
  common: Common,
  o: Observation,
  decision: Decision,
  draft: Draft,
): ReturnType<Draft['record']> => {
  const { catalog } = common.catalog;
  const action = catalog.actions.get(asked.action);
  const runs = decision.verdict === 'approve' && action !== undefined && owns(action.action.does, 'after');
  const { id, subject, incident, trace } = common;
  return draft.record({
    id,
    subject,
    catalog: common.catalog,
    incident,
    trace,
    body: {
      kind: 'decision',
      verdict: decision.verdict,
      codes: codesOf(decision),
      ...(runs ? { deadline: o.at + action.limits.timeoutMs } : {}),
    },
    event: eventOf(action, decision),
    writes: decision.verdict === 'approve' ? decision.writes : [],
    disclosures: disclosuresOf(asked.id, catalog, o, decision),
    intent: key,
  });
};

const recordChange = (common: Common, of: Written, change: SurfaceChange, draft: Draft): readonly Written[] => {
  const written = draft.record({
    ...common,
    body: { kind: 'consequence', of: { seq: of.seq, leaf: of.leaf } },
    event: TOOL_SURFACE_CHANGED,
    writes: [],
    disclosures: new Map<string, Json>([['consequence/body', { added: change.added, removed: change.removed }]]),
  });
  return E.isRight(written) ? [written.right] : [];
};

/**
 * What its caller carries out begins in the append that approves it: the caller is answered once, and nothing can come in
 * between that would take the approval back.
 */
const beginByCaller = (
  common: Common,
  { intent }: Observation,
  { seq, leaf }: Written,
  draft: Draft,
): Written | undefined => {
  const does = common.catalog.catalog.actions.get(intent.action.id)?.action.does;
  if (does === undefined || !isByCaller(does)) return undefined;
  const written = draft.record(beginningOf(common, does, { seq, leaf }));
  return E.isRight(written) ? written.right : undefined;
};
