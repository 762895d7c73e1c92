/** A compliance engineer's table: given this evidence, this decision. It runs with the suite, and reads like a policy. */
import { compileCatalog, decide, parseObservation } from '@tai-autonomics/core';
import { library } from '@tai-autonomics/packs';
import { either as E, function as F } from 'fp-ts';
import { expect, test } from 'vitest';
import { askRollback, evidence, ledger } from './checkout.ts';

const catalog = compileCatalog(library);

/** The reasons of the decision, in the order of the gates; none is an approval. */
const reasonsOf = (seen: object, said: object): readonly string[] =>
  F.pipe(
    E.Do,
    E.bind('catalog', () => catalog),
    E.bind('observation', (known) =>
      parseObservation(known.catalog, askRollback({ ...evidence, ...seen }, { ...ledger, ...said })),
    ),
    E.map((known) => decide(known.catalog, known.observation)),
    E.match(
      (issues) => issues.map(({ path, expected }) => `${path.join('.')}: expected ${expected}`),
      (decision) => (decision.verdict === 'refuse' ? decision.reasons.map(({ code }) => code) : []),
    ),
  );

/** What differs from the scene in which everything holds: what git saw, what the ledger says. */
type Row = readonly [note: string, seen: object, said: object, ...reasons: readonly string[]];

test.for<Row>([
  ['everything holds, so it is approved', {}, {}],
  ['an uncommitted edit', { deployment_stable: false }, {}, 'deployment_not_stable'],
  ['nobody looked: silence is no consent', { deployment_stable: null }, {}, 'evidence_missing'],
  ['"true" is a text, not a truth', { deployment_stable: 'true' }, {}, 'evidence_missing'],
  ['nothing to go back to', { rollback_target_known: false }, {}, 'rollback_target_unknown'],
  ['bought, but granted to nobody', {}, { granted_roles: {} }, 'insufficient_privilege'],
  ['approved for another agent', {}, { approval_requester: { 'this rollback': 'x' } }, 'rollback_policy_not_approved'],
  [
    'approved until this very instant',
    {},
    { approval_expires_at: { 'this rollback': '2026-11-21T08:00:00Z' } },
    'approval_expired',
  ],
  ['expires at this very instant', {}, { entitlement_expires_at: '2026-11-21T08:00:00Z' }, 'expired'],
  ['suspended', {}, { entitlement_status: 'suspended' }, 'suspended'],
  ['a plan without the pack: no such tool', {}, { entitlement_plan: 'base' }, 'tool_not_found'],
  ['insured, but not checked for a day', {}, { insurance_verified_at: '2026-11-20T07:59:59Z' }, 'insurance_stale'],
  ['no agreement', {}, { msa_status: 'none' }, 'msa_unsigned'],
  ['somebody stopped the line', {}, { andon: { 'service/checkout': 'high' } }, 'andon_open'],
  [
    'all that is wrong is said at once',
    { deployment_stable: false },
    { granted_roles: {}, approval_requester: {} },
    ...['insufficient_privilege', 'deployment_not_stable', 'rollback_policy_not_approved'],
  ],
])('%s', ([, seen, said, ...reasons]) => expect(reasonsOf(seen, said)).toEqual(reasons));
