/** Catalogs and observations that a ledger can come to: where the laws of next steps are held. */
import type { Observation } from '@tai-autonomics/core';
import type { FactId, Value } from '@tai-autonomics/core/author';
import { changeControlled } from '../fixtures/change-control.ts';
import { lawful, lawfulReleases, observed, withPublishing } from '../fixtures/tenant.ts';
import type { Dice } from '../generators/dice.ts';
import { altered } from '../generators/observation.ts';
import { type Ground, later } from './steps.ts';

const lawfulObservations = Object.values({ ...lawful, ...lawfulReleases }).map((document) =>
  observed(withPublishing, document),
);
const good = new Map<FactId, Value>([
  ['deployment_stable', true],
  ['rollback_target_known', true],
  ['checks_green', true],
  ['iam_reachable', true],
  ['drift_detected', true],
]);
const ground: Ground = { catalog: withPublishing, good };

/**
 * An observation that a ledger can come to: there is an owner (the last one can't be removed) and an approver, and what was
 * bought has an id of the form that events are taken with.
 */
export const possible = (o: Observation): Observation => {
  const relations = new Map(o.state.cells.get('relations')).set('sub_ann', ['owner']).set('sub_bob', ['approver']);
  const cells = new Map(o.state.cells).set('relations', relations);
  const bought = cells.get('entitlement_id')?.get('');
  if (typeof bought === 'string' && /^\W/.test(bought)) cells.set('entitlement_id', new Map([['', 'ent-1']]));
  return { ...o, state: { ...o.state, cells } };
};

/** The shipped catalog, and a lawful observation of it with a few things otherwise. */
export const onTheShipped = (d: Dice): readonly [Ground, Observation] => [
  ground,
  possible(altered(d, withPublishing, d.pick(lawfulObservations), 4)),
];

/** The shipped catalog under a tenant's document: change windows, a freeze, two approvals. */
const controlled: Ground = { catalog: changeControlled, good };
/** The same under a tenant's document. */
export const underADocument = (d: Dice): readonly [Ground, Observation] => {
  const o = possible(altered(d, changeControlled, d.pick(lawfulObservations), 3));
  // In and around the windows, the freeze and the end of what is approved.
  const at = d.pick([
    '2026-01-26T12:00:00Z',
    '2026-01-24T07:00:00Z',
    '2026-01-30T12:00:00Z',
    '2026-12-24T09:00:00Z',
    '2026-12-17T16:00:00Z',
  ]);
  const moved = d.chance(60) ? later(o, Date.parse(at)) : o;
  const count = d.below(3);
  const cells = new Map(o.state.cells);
  const put = (cell: string, key: string, value: Value): void => void cells.set(cell, new Map([[key, value]]));
  if (d.chance(70)) put('approval_count', 'bind', count);
  if (d.chance(70)) put('approval_approvers', 'bind', ['sub_bob', 'sub_carol'].slice(0, count));
  if (d.chance(70)) put('approval_expires_at', 'bind', moved.at + d.pick([1, 3_600_000, 86_400_000]));
  if (d.chance(70)) put('insurance_verified_at', '', moved.at - d.pick([0, 3_600_000]));
  return [controlled, { ...moved, state: { ...o.state, cells } }];
};
