/** Entitlement events on a state, without a governor: what the decision is, and what state it leaves. */
import { type Catalog, type Decision, decide, type State } from '@tai-autonomics/core';
import { type Entry, evolve, parseInstant, readEntitlementEvent } from '@tai-autonomics/core/engine';
import { canonicalize, encodeHex, encodeUtf8, type Json } from '@tai-autonomics/core/receipt';
import { nodeSha256 } from '@tai-autonomics/governor/node';
import { either as E } from 'fp-ts';
import { everything } from './six.ts';

/** The instant of the tests: the founding document's own date. */
const NOW = '2026-01-26T12:00:00.000Z';
const LATER = '2027-01-26T12:00:00.000Z';

/** An event as a marketplace would post it: everything, activated, unless it says otherwise. */
export interface EventParts {
  readonly event?: string;
  readonly event_id?: string;
  readonly entitlement_id?: string;
  readonly occurred_at?: string;
  readonly record?: object;
}

/** The record of the plan that sells everything. */
const record = {
  tenant_id: 'acme',
  plan_id: 'everything',
  sku_id: everything.sku_id,
  enabled_packs: everything.packs,
  iam_roles: everything.iam_roles,
  expiry: LATER,
} as const;

export const eventOf = (parts: EventParts = {}) => ({
  event: 'entitlement.activated',
  event_id: 'e-1',
  entitlement_id: 'ent-1',
  occurred_at: '2026-01-26T11:00:00.000Z',
  ...parts,
  record: { ...record, ...parts.record },
});

/** The decision of the event on a state. */
export const decided = (catalog: Catalog, state: State, event: unknown, at = NOW): Decision => {
  const intent = readEntitlementEvent(nodeSha256, event, catalog.source.aliases);
  if (intent === undefined) throw new Error('this is no event of ours');
  return decide(catalog, {
    id: intent.id,
    at: parseInstant(at) ?? Number.NaN,
    mode: 'eval',
    intent: {
      subject: { type: 'marketplace', id: 'market', ref: 'sub_market', scope: [] },
      action: { id: intent.action, arguments: intent.arguments },
      resource: { id: intent.resource, ref: 'res_entitlement' },
      binding: 'binding',
    },
    evidence: [],
    state,
  });
};

/** The decision of an activation whose record differs. */
export const applied = (catalog: Catalog, state: State, differs: object): Decision =>
  decided(catalog, state, eventOf({ record: differs }));

/** The state that a decision leaves. */
export const after = (state: State, decision: Decision): State => {
  const entry: Entry = {
    kind: 'decision',
    seq: 0,
    verdict: decision.verdict,
    writes: decision.verdict === 'approve' ? decision.writes : [],
  };
  return evolve(state, entry);
};

/** SHA-256 of a state's canonical text: equal exactly if the states are. */
export const digestOf = ({ cells, open }: State): string => {
  const json = {
    cells: Object.fromEntries([...cells].map(([cell, values]) => [cell, Object.fromEntries(values)])),
    open: Object.fromEntries([...open].map(([seq, action]) => [String(seq), { ...action }])),
  };
  const text = canonicalize(json as unknown as Json);
  if (E.isLeft(text)) throw new Error('a state is JSON');
  return encodeHex(nodeSha256(encodeUtf8(text.right) ?? new Uint8Array()));
};
