/** A decision as its receipt records it: who asked what, when, what was read, and what was answered. */

import { parseInstant } from '../data/instant.ts';
import type { Decision, Reason } from '../decision.ts';
import type { Intent, Observation, Refusal, Subject } from '../observation.ts';
import { NAMED_KINDS } from '../policy/action.ts';
import type { FactId } from '../policy/fact.ts';
import { isPlainObject } from '../receipt/encoding/json.ts';
import { own, ownMembers } from '../receipt/encoding/own.ts';
import type { Json, Receipt, ReceiptOf } from '../receipt/index.ts';
import { refusalOf } from '../refusal.ts';
import { emptyState } from '../state.ts';
import { evidenceOf } from './decision-disclosures.ts';
import { cellWrite } from './entry.ts';

/** What is disclosed of a receipt, by name. */
export type Disclosed = ReadonlyMap<string, Json>;

type Members = Readonly<Record<string, unknown>>;

/** What was recorded of an observation: all but the state, of which only readings were kept. */
export interface RecordedObservation {
  readonly observation: Observation;
  readonly readings: Readonly<Record<FactId, unknown>>;
}

/** The disclosures without which nothing can be said of a decision. */
export const ALWAYS = ['request/intent', 'state/readings', 'decision/body'] as const;

/** Which of these disclosures are not here; and how many others, which can only be evidence. */
export const withheldOf = (receipt: Receipt, disclosed: Disclosed, expected: readonly string[]): readonly string[] => {
  const missing = expected.filter((name) => !disclosed.has(name));
  const others = receipt._sd.length - disclosed.size - missing.length;
  return others > 0 ? [...missing, `${others} of evidence`] : missing;
};

/** The observation that a receipt keeps, with an empty state; `undefined` if what is disclosed is not of its form. */
export const recordedObservation = (receipt: Receipt, disclosed: Disclosed): RecordedObservation | undefined => {
  const intent = intentOf(disclosed.get('request/intent'));
  const readings = disclosed.get('state/readings');
  const at = parseInstant(receipt.at);
  if (intent === undefined || !isPlainObject(readings) || at === undefined) return undefined;
  const evidence = evidenceOf(disclosed);
  const { id, mode, catalog } = receipt;
  const observation = { id, at, mode, catalog: catalog.digest, intent, evidence, state: emptyState };
  return { observation, readings };
};

/** The decision that a receipt records; `undefined` if its body is not of its form, or of another verdict. */
export const recordedDecision = (receipt: ReceiptOf<'decision'>, disclosed: Disclosed): Decision | undefined => {
  const body = disclosed.get('decision/body');
  if (!isPlainObject(body) || own(body, 'verdict') !== receipt.verdict || !Array.isArray(own(body, 'trace')))
    return undefined;
  if (receipt.verdict === 'approve')
    return Array.isArray(own(body, 'actionPlan'))
      ? ({ ...body, writes: receipt.writes.map(cellWrite) } as unknown as Decision)
      : undefined;
  const reasons = own(body, 'reasons');
  return Array.isArray(reasons) && reasons.length > 0 && reasons.every(isReason)
    ? (body as unknown as Decision)
    : undefined;
};

/** The refusal that a receipt records, and about which resource; `undefined` for any that asks for no approval, or is not disclosed. */
export const recordedRefusal = (
  receipt: Receipt,
  disclosed: Disclosed,
): { readonly refusal: Refusal; readonly resource: string; readonly requester: Subject } | undefined => {
  if (receipt.kind !== 'decision' || receipt.verdict !== 'refuse') return undefined;
  const intent = intentOf(disclosed.get('request/intent'));
  const decision = recordedDecision(receipt, disclosed);
  if (intent === undefined || decision?.verdict !== 'refuse') return undefined;
  const refusal = refusalOf(intent, decision);
  return refusal === undefined ? undefined : { refusal, resource: intent.resource.id, requester: intent.subject };
};

const intentOf = (json: Json | undefined): Intent | undefined => {
  if (!isPlainObject(json)) return undefined;
  const { subject, action, resource, binding } = ownMembers(json);
  const scope = isPlainObject(subject) ? own(subject, 'scope') : undefined;
  // What an issuer discloses is read as text: an object in its place would be asked for its own text, or have none.
  const whole =
    isPlainObject(subject) &&
    areTexts(own(subject, 'id'), own(subject, 'ref'), own(subject, 'type')) &&
    Array.isArray(scope) &&
    areTexts(...scope) &&
    isPlainObject(action) &&
    isPlainObject(own(action, 'arguments')) &&
    isPlainObject(resource) &&
    areTexts(own(action, 'id'), own(resource, 'id'), own(resource, 'ref'), binding) &&
    isPlace(resource) &&
    (!Object.hasOwn(json, 'refusal') || isRefusal(own(json, 'refusal'))) &&
    KINDS.has(own(json, 'named')) &&
    areTexts(own(json, 'signedBy') ?? '', own(json, 'person') ?? '') &&
    isTexts(own(json, 'persons') ?? []);
  return whole ? (json as unknown as Intent) : undefined;
};

const KINDS: ReadonlySet<unknown> = new Set([undefined, ...NAMED_KINDS]);
const ENVIRONMENTS: ReadonlySet<unknown> = new Set([undefined, 'sandbox', 'production', 'unknown']);

const isPlace = (resource: Members): boolean => {
  const nearest = own(resource, 'nearest') ?? [];
  return ENVIRONMENTS.has(own(resource, 'environment')) && Array.isArray(nearest) && areTexts(...nearest);
};

const isRefusal = (x: unknown): boolean => {
  if (!isPlainObject(x)) return false;
  const { requester, namesake = '', person = '', persons = [], binding, asks } = ownMembers(x);
  return areTexts(requester, namesake, person, binding) && isTexts(persons) && isTexts(asks);
};

const isTexts = (x: unknown): boolean => Array.isArray(x) && areTexts(...x);

const areTexts = (...all: readonly unknown[]): boolean => all.every((x) => typeof x === 'string');

const isReason = (x: unknown): x is Reason =>
  isPlainObject(x) &&
  typeof own(x, 'code') === 'string' &&
  typeof own(x, 'gate') === 'string' &&
  isPlainObject(own(x, 'next'));
