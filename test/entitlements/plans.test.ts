/** Plans: any lawful selection is accepted, an unlawful one is explained; and the matrix says of each plan what decisions say. */
import type { CatalogSource, Issue } from '@tai-autonomics/core';
import { ROLES, type Role } from '@tai-autonomics/core/author';
import { buildMatrix, checkPlan, type LawfulPlan, library, matrixMarkdown, type Sale } from '@tai-autonomics/packs';
import fc from 'fast-check';
import { either as E } from 'fp-ts';
import { describe, expect, test } from 'vitest';
import { hasItsTurn, runs } from '../runs.ts';
import { everything, SIX, sixSource, standIn, subsetsOf } from './six.ts';

const plan = (differs: object = {}) => ({
  plan_id: 'partner',
  title: 'Partner',
  sku_id: 'partner-1',
  packs: [],
  iam_roles: ROLES,
  quota: 10,
  ...differs,
});
const checked = (json: unknown, source: CatalogSource = sixSource): LawfulPlan | readonly Issue[] =>
  E.toUnion(checkPlan(source, json));
const issues = (json: unknown, source: CatalogSource = sixSource): readonly string[] => {
  const answer = checkPlan(source, json);
  return E.isLeft(answer) ? answer.left.map(({ path, expected }) => `${path.join('.')}: ${expected}`) : [];
};

describe('tai plan check', () => {
  const selections = subsetsOf(SIX).map((packs) => ({ packs, note: packs.join(' + ') || '(nothing)' }));
  test.for(selections.filter((_, i) => hasItsTurn(i)))('P-45, P-46: $note is a lawful selection', ({ packs }) => {
    expect(checked(plan({ packs }))).toMatchObject({
      id: 'partner',
      packs: [...new Set(['receipt_verifier', ...packs])].sort(),
      warnings: [],
    });
  });

  test('what ships is lawful as it ships', () => {
    for (const [plan_id, row] of Object.entries(library.plans))
      expect(issues({ plan_id, ...row }, library), plan_id).toEqual([]);
  });

  test('X-02: the founding document’s professional plan lacks the role for two actions that it sells', () => {
    const founding = plan({
      plan_id: 'professional',
      sku_id: 'rollback-guard-professional',
      packs: ['receipt_verifier', 'rollback_guard', 'storm_discipline'],
      iam_roles: ['read_deployment', 'write_rollback', 'read_audit_trail'],
    });
    const found = issues(founding, library);
    expect(found).toHaveLength(2);
    for (const action of ['activate_throttle', 'adjust_throttle'])
      expect(found.join('\n')).toContain(`iam_roles: \`write_config\` too, without which \`${action}\``);
  });

  test('X-03: the founding document’s enterprise plan lacks the roles of iam_drift_guard', () => {
    const founding = plan({
      plan_id: 'enterprise',
      sku_id: 'governance-suite-enterprise',
      packs: ['receipt_verifier', 'rollback_guard', 'storm_discipline', 'iam_drift_guard'],
      iam_roles: ['read_deployment', 'write_rollback', 'read_audit_trail', 'write_policy', 'admin_dashboard'],
    });
    expect(issues(founding, library).join('\n')).toMatch(/`read_iam`.*`detect_drift`/);
    expect(issues(founding, library).join('\n')).toMatch(/`read_iam` and `write_iam`.*`remediate_drift`/);
  });

  test('X-49: a role that a pack names and no action needs is a warning, not a reason to refuse', () => {
    const roles = ROLES.filter((role) => role !== 'read_audit_trail');
    expect(checked(plan({ packs: ['rollback_guard'], iam_roles: roles }))).toMatchObject({
      warnings: [{ path: ['iam_roles'], expected: expect.stringContaining('`read_audit_trail`') }],
    });
  });

  test('a plan is lawful exactly if its roles reach every action of every pack that it sells', () => {
    const roles = fc.subarray<Role>([...ROLES]);
    const packs = fc.subarray(SIX.filter((name) => name !== 'receipt_verifier'));
    fc.assert(
      fc.property(packs, roles, (sold, allowed) => {
        const needed = sixSource.packs
          .filter((pack) => (sold as readonly string[]).includes(pack.pack_id))
          .flatMap((pack) => Object.values(pack.actions).flatMap((action): readonly Role[] => action.roles));
        const reached = needed.every((role) => allowed.includes(role));
        expect(issues(plan({ packs: sold, iam_roles: allowed })).length === 0).toBe(reached);
      }),
      { numRuns: runs(60) },
    );
  });

  const torn: CatalogSource = {
    ...sixSource,
    packs: [
      ...sixSource.packs,
      standIn('needy', { requires: ['storm_discipline'] }),
      standIn('rival', { incompatible_with: ['rollback_guard'] }),
    ],
  };
  test.for([
    { note: 'no plan at all', json: [], at: /^: an object \(a plan\)/ },
    { note: 'a plan without an id', json: { ...plan(), plan_id: undefined }, at: /^plan_id: a snake_case name/ },
    {
      note: 'a misspelt pack',
      json: plan({ packs: ['rolback_guard'] }),
      at: /^packs\.0: .*unknown_pack.*did you mean `rollback_guard`/,
    },
    {
      note: 'a pack that nobody buys',
      json: plan({ packs: ['receipt_verifier', 'platform'] }),
      at: /^packs\.1: .*pack_not_in_plan/,
    },
    {
      note: 'a missing prerequisite',
      json: plan({ packs: ['needy'] }),
      at: /^packs\.0: .*pack_prerequisite_missing.*`storm_discipline`/,
    },
    {
      note: 'packs that exclude each other',
      json: plan({ packs: ['rival', 'rollback_guard'] }),
      at: /^packs\.1: .*pack_conflict.*`rival`/m,
    },
    {
      note: 'a pack twice',
      json: plan({ packs: ['rollback_guard', 'rollback_guard'] }),
      at: /^packs\.1: each name once/,
    },
    {
      note: 'a role in the colon spelling',
      json: plan({ iam_roles: ['read:deployment'] }),
      at: /^iam_roles\.0: .*did you mean `read_deployment`/,
    },
    { note: 'the SKU of another plan', json: plan({ sku_id: everything.sku_id }), at: /^sku_id: a SKU of its own/ },
    { note: 'a member too many', json: plan({ seats: 4 }), at: /^seats: no member `seats`/ },
    { note: 'a quota that is none', json: plan({ quota: -1 }), at: /^quota: an integer from 0/ },
  ])('$note is explained, at its place', ({ json, at }) => expect(issues(json, torn).join('\n')).toMatch(at));

  test('each pack is spoken of once, however many have something to say about it', () => {
    const found = issues(plan({ packs: ['nothing', 'needy'] }), torn);
    expect(found.map((line) => line.split(':')[0])).toEqual(['packs.0', 'packs.1']);
  });
});

describe('the matrix', () => {
  const matrix = buildMatrix(sixSource);

  test('has a row for each action of each pack, and a column for each plan', () => {
    const actions = sixSource.packs.flatMap((pack) => Object.keys(pack.actions));
    expect(matrix.rows.map(({ action }) => action)).toEqual(actions);
    for (const { plans } of matrix.rows) expect(Object.keys(plans)).toEqual(Object.keys(sixSource.plans));
  });

  test('says `yes` of everything to the plan that sells everything, and of nothing that is off to base', () => {
    expect(matrix.rows.filter(({ plans }) => plans['everything'] !== 'yes')).toEqual([]);
    expect(matrix.rows.filter(({ plans, always }) => plans['base'] === 'yes' && !always)).toEqual([]);
  });

  test('says which roles a plan lacks', () => {
    const poor = { ...everything, sku_id: 'poor-1', iam_roles: ['read_deployment'] as const };
    const { rows } = buildMatrix({ ...sixSource, plans: { poor } });
    const sale = (action: string): Sale | undefined => rows.find((row) => row.action === action)?.plans['poor'];
    expect(sale('trigger_rollback')).toEqual({ lacks: ['write_rollback'] });
    expect(sale('check_rollback_status')).toBe('yes');
  });

  test('its Markdown is well formed: every row of a table has the cells of its head', () => {
    const lines = matrixMarkdown(matrix).split('\n');
    const width = 3 + matrix.plans.length;
    const rows = lines.filter((line) => line.startsWith('|'));
    expect(rows.length).toBeGreaterThan(matrix.rows.length);
    for (const row of rows) expect(row.split(' | ')).toHaveLength(width);
    expect(lines.filter((line) => line.startsWith('## '))).toHaveLength(sixSource.packs.length);
  });
});
