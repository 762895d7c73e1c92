/** Packs may declare roles of their own, under their own names; the nine stay. */
import { type CatalogSource, compileCatalog, decide, type Pack, printIssue } from '@tai-autonomics/core';
import { isRole, jsonSchemaOf, ROLES, type Role, rolesOf } from '@tai-autonomics/core/author';
import { readEntitlementEvent, visibleTools } from '@tai-autonomics/core/engine';
import { loadCatalog } from '@tai-autonomics/governor';
import { nodeSha256 } from '@tai-autonomics/governor/node';
import { library } from '@tai-autonomics/packs';
import fc from 'fast-check';
import { either as E } from 'fp-ts';
import { describe, expect, test } from 'vitest';
import { standIn } from '../entitlements/six.ts';
import { compiled, type Document, observed } from '../fixtures/tenant.ts';
import { runs } from '../runs.ts';

/** The least pack, whose one action needs roles. */
const needing = (name: string, roles: readonly Role[], declared: Readonly<Record<string, string>>): Pack => {
  const plain = standIn(name, { roles: declared, required_iam_roles: [] });
  const actions = Object.entries(plain.actions).map(([id, action]) => [id, { ...action, roles }]);
  return { ...plain, actions: Object.fromEntries(actions) };
};

const PACKS = ['door', 'lift'] as const;
const OWN: readonly Role[] = ['door/open', 'door/watch', 'lift/ride'];
const door = needing('door', ['door/open', 'read_metrics'], { 'door/open': 'may open', 'door/watch': 'may watch' });
const lift = needing('lift', ['lift/ride'], { 'lift/ride': 'may ride' });
const ALL = [...ROLES, ...OWN];
const source: CatalogSource = {
  ...library,
  packs: [...library.packs, door, lift],
  plans: { ...library.plans, all: { title: 'All', sku_id: 'all-1', packs: PACKS, iam_roles: ALL, quota: 10 } },
};
const catalog = compiled(source);

interface Held {
  readonly plan?: readonly Role[];
  readonly granted?: readonly Role[];
  readonly scope?: readonly Role[];
}

const asked = (action: string, { plan = ALL, granted = ALL, scope = ALL }: Held, intent: Document = {}): Document => ({
  at: '2026-01-26T12:00:00.000Z',
  mode: 'eval',
  intent: { subject: { type: 'agent', id: 'bot', scope }, action: { id: action }, resource: { id: 'x' }, ...intent },
  state: {
    entitlement_status: 'active',
    entitlement_plan: 'all',
    entitlement_sku: 'all-1',
    entitlement_packs: [...PACKS, 'receipt_verifier'].sort(),
    entitlement_roles: [...plan].sort(),
    entitlement_expires_at: '2027-01-26T12:00:00.000Z',
    granted_roles: { bot: [...granted].sort() },
    relations: { ann: ['owner'] },
  },
});

const isApproved = (action: string, held: Held): boolean =>
  decide(catalog, observed(catalog, asked(action, held))).verdict === 'approve';

const some = fc.subarray<Role>([...ALL]);

test('an action is approved exactly if its pack’s role is in the plan, in the grant and in the scope', () => {
  fc.assert(
    fc.property(some, some, some, (plan, granted, scope) => {
      const holds = (...roles: readonly Role[]): boolean =>
        [plan, granted, scope].every((held) => roles.every((role) => held.includes(role)));
      expect(isApproved('look_door', { plan, granted, scope })).toBe(holds('door/open', 'read_metrics'));
      expect(isApproved('look_lift', { plan, granted, scope })).toBe(holds('lift/ride'));
    }),
    { numRuns: runs(200) },
  );
});

test('a role of one pack never grants in another', () => {
  fc.assert(
    fc.property(some, (held) => {
      const without = held.filter((role) => !role.startsWith('door/'));
      const on = (roles: readonly Role[]): Held => ({ plan: roles, granted: roles, scope: roles });
      expect(isApproved('look_lift', on(held))).toBe(isApproved('look_lift', on(without)));
    }),
    { numRuns: runs(200) },
  );
});

test('an agent sees the tools that its scope can be enough for', () => {
  const state = observed(catalog, asked('look_door', {})).state;
  const tools = (scope: readonly Role[]) =>
    visibleTools(catalog, state, { type: 'agent', scope }).map(({ tool }) => tool);
  expect(tools(['lift/ride'])).toContain('lift_look');
  expect(tools(['lift/ride'])).not.toContain('door_look');
});

test('a role that is missing is asked of the owner by its name', () => {
  const decision = decide(catalog, observed(catalog, asked('look_lift', { granted: ROLES })));
  expect(decision).toMatchObject({
    verdict: 'refuse',
    reasons: [
      {
        code: 'insufficient_privilege',
        roles: { missing: ['lift/ride'] },
        next: { submit: { action: 'grant_role', arguments: { roles: ['lift/ride'] } } },
      },
    ],
  });
});

describe('what names roles', () => {
  const granting = (roles: readonly string[]): Document =>
    asked(
      'grant_role',
      {},
      {
        subject: { type: 'user', id: 'ann' },
        action: { id: 'grant_role', arguments: { subject: 'bot', roles } },
        named: 'agent',
      },
    );

  test('an owner grants a role that a pack declares, and none that no pack declares', () => {
    const granted = decide(catalog, observed(catalog, granting(['lift/ride'])));
    expect(granted).toMatchObject({
      verdict: 'approve',
      writes: [{ cell: 'granted_roles', key: ['bot'], change: { add: ['lift/ride'] } }],
    });
    const strange = decide(catalog, observed(catalog, granting(['lift/rides'])));
    expect(strange).toMatchObject({ verdict: 'refuse', reasons: [{ code: 'arguments_invalid' }] });
  });

  test('doors describe it with the roles of the catalog', () => {
    const type = catalog.actions.get('grant_role')?.action.arguments['roles']?.type;
    expect(type === undefined ? undefined : jsonSchemaOf(type)).toMatchObject({ items: { enum: ALL } });
  });

  test('an entitlement event allows it if the plan does', () => {
    const event = (iam_roles: readonly string[]) =>
      readEntitlementEvent(nodeSha256, {
        event: 'entitlement.activated',
        event_id: 'e-1',
        entitlement_id: 'ent-1',
        occurred_at: '2026-01-26T11:00:00.000Z',
        record: {
          tenant_id: 'acme',
          plan_id: 'all',
          sku_id: 'all-1',
          enabled_packs: PACKS,
          iam_roles,
          expiry: '2027-01-26T12:00:00.000Z',
        },
      });
    const told = (iam_roles: readonly string[]) => {
      const { action = '', arguments: args = {} } = event(iam_roles) ?? {};
      const { state, ...rest } = asked(
        action,
        {},
        {
          subject: { type: 'marketplace', id: 'market' },
          action: { id: action, arguments: args },
        },
      );
      expect(state).toBeDefined();
      return decide(catalog, observed(catalog, rest));
    };
    expect(told(['lift/ride']).verdict).toBe('approve');
    expect(told(['lift/fly'])).toMatchObject({ reasons: [{ code: 'unknown_role' }, { code: 'role_not_in_plan' }] });
  });

  test('a scope with a role that no pack declares is no observation, and the nearest is named', () => {
    expect(() => observed(catalog, asked('look_lift', { scope: ['lift/rid'] }))).toThrow(
      'did you mean `lift/ride`?), found `lift/rid`',
    );
  });
});

test('a role whose pack has left the catalog changes nothing', () => {
  const left = compiled({
    ...source,
    packs: [...library.packs, lift],
    plans: {
      ...library.plans,
      all: {
        ...source.plans['all'],
        packs: ['lift'],
        iam_roles: [...ROLES, 'lift/ride'],
      },
    },
  });
  const before = observed(catalog, asked('look_lift', {}));
  expect(decide(left, before).verdict).toBe('approve');
  const without = observed(catalog, asked('look_lift', { granted: ['door/open', 'door/watch'] }));
  expect(decide(left, without)).toMatchObject({ verdict: 'refuse', reasons: [{ code: 'insufficient_privilege' }] });
});

describe('a catalog does not compile', () => {
  const says = (packs: readonly Pack[], plan: Partial<CatalogSource['plans'][string]> = {}): readonly string[] => {
    const all = { ...source.plans['all'], packs: packs.map(({ pack_id }) => pack_id), iam_roles: ROLES, ...plan };
    const made = compileCatalog({ ...library, packs: [...library.packs, ...packs], plans: { ...library.plans, all } });
    return E.isLeft(made) ? made.left.map(printIssue) : [];
  };
  const at = library.packs.length;

  test.for([
    {
      note: 'with a role under the name of another pack',
      packs: [door, needing('lift', ['door/open'], { 'door/open': 'may open' })],
      says: `at $.packs[${at + 1}].roles.door/open: expected a role of the pack, \`lift/…\`, found \`door/open\``,
    },
    {
      note: 'with an action that needs a role of another pack',
      packs: [door, needing('lift', ['door/open'], {})],
      says: `found \`door/open\``,
    },
    {
      note: 'with an action that needs a role that its pack does not declare',
      packs: [needing('door', ['door/opn'], { 'door/open': 'may open' })],
      says: '(did you mean `door/open`?), found `door/opn`',
    },
    {
      note: 'with a plan that allows a role of no pack',
      packs: [door],
      plan: { iam_roles: ['door/opens'] as readonly Role[] },
      says: 'at $.plans.all.iam_roles[0]: expected one of',
    },
  ])('$note', ({ packs, plan = {}, says: expected }) => {
    expect(says(packs, plan)).toEqual(expect.arrayContaining([expect.stringContaining(expected)]));
  });
});

test('a catalog without such roles is the very catalog that it was', () => {
  expect(rolesOf(library)).toBe(ROLES);
  const digest = (one: CatalogSource) => E.map(({ digest: d }: { digest: string }) => d)(loadCatalog(one));
  expect(digest(source)).not.toEqual(digest(library));
  expect(compiled(library).source).toEqual(JSON.parse(JSON.stringify(library)));
});

test('the form of a role has room for no second slash, no capital and no space', () => {
  expect(['a/b', 'read_iam', 'a_1/b_2'].every(isRole)).toBe(true);
  expect(['a/', '/b', 'a/b/c', 'A/b', 'a /b', 'a', '', 'read_iam/', 1].some(isRole)).toBe(false);
});
