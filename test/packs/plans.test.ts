/** Every plan × pack × action: what is sold can be done by whoever is granted it, and what is not sold does not exist. */
import { type CatalogSource, compileCatalog, decide } from '@tai-autonomics/core';
import { visibleTools } from '@tai-autonomics/core/engine';
import { library } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { describe, expect, test } from 'vitest';
import { type Document, lawful, merged, observed, shipped } from '../fixtures/tenant.ts';

/** The ledger of a tenant that bought all of a plan. */
const stateOf = ({ plans }: CatalogSource, id: string): Document => {
  const { sku_id = '', packs = [], iam_roles = [] } = plans[id] ?? {};
  return {
    entitlement_plan: id,
    entitlement_sku: sku_id,
    entitlement_packs: [...packs].sort(),
    entitlement_roles: [...iam_roles].sort(),
  };
};

const bought = library.packs.filter((pack) => pack.always !== true);
const table = Object.entries(library.plans).flatMap(([plan, row]) =>
  bought.flatMap(({ pack_id, actions }) =>
    Object.entries(actions)
      // Shown to act by a lawful observation of its own; one with no fixture is named below.
      .filter(([action]) => lawful[action] !== undefined)
      .map(([action, { roles }]) => {
        const sold = row.packs.includes(pack_id);
        const short = roles.some((role) => !row.iam_roles.includes(role));
        return {
          plan,
          pack: pack_id,
          action,
          want: sold ? (short ? 'insufficient_privilege' : 'approve') : 'tool_not_found',
        };
      }),
  ),
);

const answerOf = (plan: string, action: string): string => {
  const document = merged(lawful[action], { state: stateOf(library, plan) });
  const decision = decide(shipped, observed(shipped, document));
  return decision.verdict === 'approve' ? 'approve' : decision.reasons[0].code;
};

describe('what a plan sells', () => {
  test.for(table)('$plan × $pack × $action: $want', ({ plan, action, want }) =>
    expect(answerOf(plan, action)).toBe(want),
  );

  test('every action of what is sold has a lawful observation to try it with', () => {
    const untried = bought
      .flatMap(({ actions }) => Object.keys(actions))
      .filter((action) => lawful[action] === undefined);
    expect(untried).toEqual([]);
  });

  test('each plan’s own roles reach every action of its packs, so no cell of the table lacks a role (X-02, X-03)', () => {
    expect(table.filter(({ want }) => want === 'insufficient_privilege')).toEqual([]);
    expect(new Set(table.map(({ want }) => want))).toEqual(new Set(['approve', 'tool_not_found']));
  });

  test('the tools of a plan are those of its packs and of what is always on', () => {
    for (const [id, { packs }] of Object.entries(library.plans)) {
      const active = library.packs.filter((pack) => pack.always === true || packs.includes(pack.pack_id));
      const { state } = observed(shipped, merged(lawful['check_health'], { state: stateOf(library, id) }));
      expect(visibleTools(shipped, state).map(({ tool }) => tool)).toEqual(
        active.flatMap(({ tools }) => tools.map(({ tool }) => tool)).sort(),
      );
    }
  });
});

test('under the roles of the founding professional plan a throttle can be seen and not be set (X-02)', () => {
  const founding: CatalogSource = {
    ...library,
    plans: {
      ...library.plans,
      professional: {
        ...(library.plans['professional'] as CatalogSource['plans'][string]),
        iam_roles: ['read_deployment', 'write_rollback', 'read_audit_trail'],
      },
    },
  };
  const catalog = compileCatalog(founding);
  if (E.isLeft(catalog)) throw new Error('does not compile');
  const codesOf = (action: string): readonly string[] => {
    const document = merged(lawful[action], { state: stateOf(founding, 'professional') });
    const decision = decide(catalog.right, observed(catalog.right, document));
    return decision.verdict === 'approve' ? [] : decision.reasons.map(({ code }) => code);
  };
  expect(codesOf('detect_storm')).toEqual([]);
  expect(codesOf('activate_throttle')).toEqual(['insufficient_privilege']);
});

test('a pack’s roles are those of its actions and may be more: what its actions do not need disables nothing (X-49)', () => {
  for (const { actions, required_iam_roles } of bought) {
    const needed = new Set(Object.values(actions).flatMap(({ roles }) => roles));
    expect(required_iam_roles).toEqual(expect.arrayContaining([...needed]));
  }
  const withoutMetrics = { state: { entitlement_roles: ['read_deployment', 'write_config'] } };
  const document = merged(
    merged(lawful['activate_throttle'], { state: stateOf(library, 'professional') }),
    withoutMetrics,
  );
  expect(decide(shipped, observed(shipped, document)).verdict).toBe('approve');
});

test.for([
  { kind: 'actions', alias: 'rollback_trigger', is: 'trigger_rollback' },
  { kind: 'actions', alias: 'remediate_iam_drift', is: 'remediate_drift' },
  { kind: 'tools', alias: 'ac_storm_discipline_governor', is: 'storm_detector' },
  { kind: 'tools', alias: 'ac_iam_drift_guard', is: 'drift_detector' },
  { kind: 'plans', alias: 'enterprise-tier', is: 'enterprise' },
] as const)('$alias is another spelling of $is (X-09, X-36, X-37)', ({ kind, alias, is }) => {
  expect(library.aliases?.[kind]?.[alias]).toBe(is);
});
