/**
 * What an auditor remembers of refusals that asked for an approval: an approval is about exactly the refusal that it names,
 * and what has the binding of a refusal is exactly what was refused. Bounded: of a refusal beyond the bound nothing is said.
 */

import type { P256 } from '../approval/passkey.ts';
import { type ShownRefusal, shownRefusal } from '../approval/shown-refusal.ts';
import { signerOf } from '../approval/signed-statement.ts';
import type { Catalog } from '../catalog.ts';
import type { CompiledAction } from '../compile/action.ts';
import { sameJson } from '../data/same-json.ts';
import type { Observation, Refusal, Subject } from '../observation.ts';
import type { Action } from '../policy/action.ts';
import { isFactTerm } from '../policy/fact.ts';
import { encodeBase64url, type Json, nobleEd25519, nobleSha256, type Receipt } from '../receipt/index.ts';
import { namesRefusal } from '../refusal.ts';
import { bindingRecord } from './binding.ts';
import { type Disclosed, recordedRefusal } from './receipted-decision.ts';

/** What was found of the refusal that a decision names. */
export type RefusalCheck = 'as_recorded' | 'not_known' | { readonly falsified: string };

/** Follows a ledger's refusals, decision by decision. */
export interface NamedRefusals {
  /** Compares a decision with the refusals before it, and remembers it. `wholePrefix`: nothing before it is missing. */
  check(at: DisclosedDecision, wholePrefix: boolean): RefusalCheck;
  /** The id of the agent or service whose refusal an intent names, if it is remembered. */
  requesterOf(intent: Observation['intent']): string | undefined;
  /** A refusal could not be looked at: from now on one that is not known may be that one. */
  missed(): void;
}
/** A decision whose disclosures are here. */
export interface DisclosedDecision {
  readonly receipt: Receipt;
  readonly leaf: Uint8Array;
  readonly disclosed: Disclosed;
  readonly catalog: Catalog;
  readonly observation: Observation;
}

interface Remembered {
  readonly leaf: string;
  readonly resource: string;
  readonly refusal: Refusal;
  readonly requester: Subject;
  readonly shown: ShownRefusal | undefined;
}

/** Refusals that are remembered at once; the oldest makes room. */
const REFUSALS_MAX = 10_000;

/** Starts at the beginning of a ledger. Without `p256`, an approval by a passkey on that curve is `not_known`. */
export const createNamedRefusals = (p256?: P256): NamedRefusals => {
  const refusals = new Map<number, Remembered>();
  const bound = new Map<string, Json>();
  let isWhole = true;
  let isForgotten = false;
  const compare = (
    { receipt: issued, observation: { intent }, catalog }: DisclosedDecision,
    wholePrefix: boolean,
  ): RefusalCheck => {
    const compiled = catalog.actions.get(intent.action.id);
    const action = compiled?.action;
    if (action === undefined || !namesRefusal(action))
      return intent.refusal === undefined
        ? signedAsSaid(p256, action, issued, intent)
        : { falsified: 'it names a refusal, and its action names none' };
    const { receipt, leaf } = intent.action.arguments;
    const named = typeof receipt === 'number' ? refusals.get(receipt) : undefined;
    const { refusal } = intent;
    const isThere = named !== undefined && named.leaf === leaf && named.resource === intent.resource.id;
    if (isThere) {
      const signed = signedAsSaid(p256, action, issued, intent, named.shown);
      return signed === 'as_recorded'
        ? sameRefusal(named, refusal, compiled?.facts.includes('refusal_person') === true)
        : signed;
    }
    if (refusal === undefined) return signedAsSaid(p256, action, issued, intent);
    return wholePrefix && isWhole ? { falsified: 'the refusal that it names is not in the ledger' } : 'not_known';
  };
  const remember = ({ receipt, leaf, disclosed, catalog, observation }: DisclosedDecision): void => {
    const recorded = recordedRefusal(receipt, disclosed);
    if (recorded === undefined) return;
    const { refusal, resource, requester } = recorded;
    refusals.set(receipt.seq, {
      leaf: encodeBase64url(leaf),
      resource,
      refusal,
      requester,
      shown: shownRefusal(catalog, receipt, encodeBase64url(leaf), disclosed),
    });
    bound.set(refusal.binding, bindingRecord(catalog, receipt.catalog.digest, observation));
    if (refusals.size <= REFUSALS_MAX) return;
    isWhole = false;
    isForgotten = true;
    for (const seq of refusals.keys()) {
      refusals.delete(seq);
      break;
    }
    for (const binding of bound.keys()) {
      if (bound.size > REFUSALS_MAX) bound.delete(binding);
      break;
    }
  };
  return {
    check: (at, wholePrefix) => {
      const { catalog, receipt, observation } = at;
      const known = bound.get(observation.intent.binding);
      if (known !== undefined && !sameJson(known, bindingRecord(catalog, receipt.catalog.digest, observation)))
        return { falsified: 'it has the binding of another request that was refused' };
      const found = compare(at, wholePrefix);
      remember(at);
      // What it was approved for may be among what is forgotten: then nothing shows that it is the same.
      const isOpen = known === undefined && isForgotten && found === 'as_recorded' && isKeptByBinding(at);
      return isOpen ? 'not_known' : found;
    },
    requesterOf: ({ action: { arguments: given } }) => {
      const { receipt } = given;
      const requester = typeof receipt === 'number' ? refusals.get(receipt)?.requester : undefined;
      return requester?.type === 'user' ? undefined : requester?.id;
    },
    missed: () => {
      isWhole = false;
    },
  };
};

/** What is said of a refusal is what stands there; who has the requester's name is said exactly where an action asks for it. */
const sameRefusal = (named: Remembered, refusal: Refusal | undefined, readsPerson: boolean): RefusalCheck => {
  const { namesake, person: _, persons: _all, ...said } = refusal ?? { asks: [], binding: '', requester: '' };
  if (refusal === undefined || !sameJson(named.refusal, said))
    return { falsified: 'the refusal that it names is not the one that stands there' };
  const hasNamesake = readsPerson && named.requester.type !== 'user';
  return hasNamesake === (namesake !== undefined)
    ? 'as_recorded'
    : { falsified: 'it does not say which user has the name of the requester' };
};

/** Whether an approved action read what is kept for exactly this request: its approvals. */
const isKeptByBinding = ({ receipt, catalog, observation }: DisclosedDecision): boolean => {
  const action: CompiledAction | undefined = catalog.actions.get(observation.intent.action.id);
  const isApproval = receipt.kind === 'decision' && receipt.verdict === 'approve';
  return (
    isApproval &&
    action?.recorded.some((id) => {
      const fact = catalog.facts.get(id);
      return fact?.origin === 'ledger' && fact.key.some((term) => isFactTerm(term) && term.fact === 'binding');
    }) === true
  );
};

/** A signature that an intent is said to carry is one: anybody can check it, and nobody without the key can make it. */
const signedAsSaid = (
  p256: P256 | undefined,
  action: Action | undefined,
  { origin }: Receipt,
  intent: Observation['intent'],
  shown?: ShownRefusal,
): RefusalCheck => {
  const { signedBy } = intent;
  if (signedBy === undefined) return 'as_recorded';
  const checks = { sha256: nobleSha256, ed25519: nobleEd25519, ...(p256 === undefined ? {} : { p256 }) };
  const context = { ledger: origin, key: signedBy, ...(shown === undefined ? {} : { shown }) };
  const signer = action === undefined ? undefined : signerOf(checks, action, intent, context);
  if (signer === 'not_checked') return 'not_known';
  return signer?.key === signedBy
    ? 'as_recorded'
    : { falsified: 'it is not signed by the key that it says, over what its subject was shown' };
};
