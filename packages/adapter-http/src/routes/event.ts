/**
 * Takes a marketplace's event: recorded in the tenant's ledger if it can be told whose it is, else in the operator's.
 * Either way there is a receipt before anybody is told that it arrived.
 */

import {
  ENTITLEMENT_EVENTS,
  type EntitlementIntent,
  nameFault,
  readEntitlementEvent,
} from '@tai-autonomics/core/engine';
import { encodeBase64url, isPlainObject } from '@tai-autonomics/core/receipt';
import type { Decided, NotDecided } from '@tai-autonomics/governor';
import { holdEvent, mayName, OPERATOR, sha256 } from '@tai-autonomics/governor/door';
import type { JsonDocument } from '@tai-autonomics/governor/json';
import { isTransient, notDecidedProblem, retryAfter } from '../answer/not-decided.ts';
import { isProblem, type Problem } from '../answer/problem.ts';
import type { Door } from '../options.ts';
import type { Sender } from '../request/authentication.ts';
import { tooLarge } from '../request/body.ts';
import { textIn } from '../request/bytes.ts';
import { readJson } from '../request/members.ts';

/** What is wrong with an event that no tenant's ledger can hold. */
export type Rejection = 'malformed' | 'unknown_event' | 'unknown_tenant' | 'refused';

/** What became of an event. */
export type Taken =
  /** Decided in the tenant's ledger; a refusal is recorded too, and final. */
  | { readonly taken: 'decided'; readonly decided: Decided }
  /** Decided earlier in the tenant's ledger; what was decided has been erased since. */
  | { readonly taken: 'erased'; readonly problem: Problem }
  /** Nothing is wrong with it: it is whole in the operator's ledger, and taken from there once the deployment is mended. */
  | { readonly taken: 'kept'; readonly problem: Problem }
  /** Its digest alone is in the operator's ledger: whoever delivers it has to keep the event itself. */
  | { readonly taken: 'rejected'; readonly problem: Problem }
  /** Not recorded anywhere: it must be sent again. */
  | { readonly taken: 'not_yet'; readonly problem: Problem };

/** An event as it arrived: the bytes whose digest is kept if it is rejected. */
export interface Arrival {
  readonly sender: Sender;
  readonly bytes: Uint8Array;
  readonly trace: { readonly trace?: string };
}

/**
 * Keeps the digest of an event that belongs to nobody. The digest is the intent's id: the same bytes leave one receipt, however
 * often they come, and whatever was found wrong with them the second time.
 */
export const rejectEvent = async (
  { governor }: Door,
  { sender, bytes, trace }: Arrival,
  why: Rejection,
  problem: Problem,
): Promise<Taken> => {
  const digest = encodeBase64url(sha256(bytes));
  const submitted = await governor.submit(callerIn(OPERATOR, sender), {
    id: digest,
    action: 'reject_event',
    resource: 'marketplace',
    arguments: { digest, why },
    ...trace,
  });
  if (submitted.decided) {
    const { receipt } = submitted;
    return { taken: 'rejected', problem: { ...problem, more: { ...problem.more, why, receipt } } };
  }
  // The same bytes are in the ledger already, whatever is left of what was said of them.
  if (submitted.why === 'intent_conflict' || submitted.why === 'purged') {
    return { taken: 'rejected', problem: { ...problem, more: { ...problem.more, why } } };
  }
  return notYet(submitted);
};

/** Takes one event of our own format, as bytes of JSON. The event's id is the intent's, so a repetition is answered alike. */
export const takeEvent = async (door: Door, arrival: Arrival): Promise<Taken> => {
  const { bodyBytes, depth } = door.limits;
  if (arrival.bytes.byteLength > bodyBytes) return rejectEvent(door, arrival, 'malformed', tooLarge(bodyBytes));
  const document = readJson(arrival.bytes, { maxBytes: bodyBytes, maxDepth: depth });
  if (isProblem(document)) return rejectEvent(door, arrival, 'malformed', document);
  const intent = readEntitlementEvent(sha256, document.value, door.aliases);
  if (intent === undefined) return rejectEvent(door, arrival, ...diagnose(document));
  // The operator's ledger can't be bought: an event can't name it.
  if (intent.tenant === OPERATOR) return rejectEvent(door, arrival, 'unknown_tenant', ofNobody);
  const misnamed = nameFault(intent.tenant);
  if (misnamed !== undefined)
    return rejectEvent(door, arrival, 'malformed', { problem: 'malformed', detail: `the tenant: ${misnamed}` });
  if (!mayName(arrival.sender, intent.tenant)) return rejectEvent(door, arrival, 'refused', notYours);
  return submitEvent(door, arrival, intent);
};

const notYet = (notDecided: NotDecided): Taken => {
  // Whoever pushes knows one reason to wait, and no 429.
  const { detail, headers } = notDecidedProblem(notDecided);
  const problem = notDecided.why === 'overloaded' || !isTransient(notDecided) ? 'not_ready' : notDecided.why;
  return { taken: 'not_yet', problem: { problem, detail, headers: headers ?? { 'retry-after': '1' } } };
};

const callerIn = (tenant: string, { id, scope }: Sender) => ({
  tenant,
  subject: { type: 'marketplace', id } as const,
  scope,
});

const notOurs: Problem = { problem: 'event_rejected', detail: 'it is not an event of ours; its digest is recorded' };
const ofNobody: Problem = { problem: 'event_rejected', detail: 'it belongs to no tenant; its digest is recorded' };
const notYours: Problem = {
  problem: 'forbidden',
  detail: 'the key may not name this tenant; the event’s digest is recorded',
};
const ofNobodyYet: Problem = {
  problem: 'event_rejected',
  detail: 'no owner is named for its tenant; it is kept, and taken when one is',
};
const unkept: Problem = {
  problem: 'not_ready',
  detail: 'no owner is named for its tenant, and the operator’s ledger does not keep it; send it again',
  headers: retryAfter(),
};
const notOurFormat: Problem = {
  problem: 'event_rejected',
  detail: 'it is a message of another format, which needs an adapter in between; its digest is recorded',
};
const unreadable: Problem = {
  problem: 'event_rejected',
  detail: 'it lacks what every event has; its digest is recorded',
};

/** Why there is no intent in a document. */
const diagnose = ({ value }: JsonDocument): readonly [Rejection, Problem] => {
  const event = isPlainObject(value) ? value['event'] : undefined;
  if (typeof event === 'string' && !Object.hasOwn(ENTITLEMENT_EVENTS, event)) return ['unknown_event', notOurs];
  if (isPlainObject(value) && typeof event !== 'string') return ['malformed', notOurFormat];
  const record = isPlainObject(value) ? value['record'] : undefined;
  const isNameless = typeof event === 'string' && isPlainObject(record) && typeof record['tenant_id'] !== 'string';
  return isNameless ? ['unknown_tenant', ofNobody] : ['malformed', unreadable];
};

const FINAL: Readonly<Partial<Record<NotDecided['why'], Rejection>>> = {
  malformed: 'malformed',
  intent_conflict: 'refused',
  unknown_tenant: 'unknown_tenant',
};

/** Keeps an event whole, since nothing is wrong with it: when the deployment is mended it is taken from there. */
const keepEvent = async ({ governor }: Door, { sender, bytes, trace }: Arrival): Promise<Taken> => {
  const digest = encodeBase64url(sha256(bytes));
  const asked = holdEvent(digest, textIn(bytes));
  const submitted = await governor.submit(callerIn(OPERATOR, sender), { ...asked, ...trace });
  if (!submitted.decided) return notYet(submitted);
  const { decision, receipt } = submitted;
  // The operator's ledger refused to keep it: then nobody has it but the sender.
  if (decision.verdict === 'refuse') return { taken: 'not_yet', problem: unkept };
  const why: Rejection = 'unknown_tenant';
  return { taken: 'kept', problem: { ...ofNobodyYet, more: { why, receipt } } };
};

const submitEvent = async (door: Door, arrival: Arrival, intent: EntitlementIntent): Promise<Taken> => {
  const { tenant, ...asked } = intent;
  const submitted = await door.governor.submit(callerIn(tenant, arrival.sender), { ...asked, ...arrival.trace });
  if (submitted.decided) return { taken: 'decided', decided: submitted };
  if (submitted.why === 'purged') return { taken: 'erased', problem: notDecidedProblem(submitted) };
  if (submitted.keep === true) return keepEvent(door, arrival);
  const why = FINAL[submitted.why];
  if (why === undefined) return notYet(submitted);
  return rejectEvent(door, arrival, why, why === 'unknown_tenant' ? ofNobody : notDecidedProblem(submitted));
};
