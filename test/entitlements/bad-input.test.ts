/**
 * Each field of each pack, plan and entitlement, wrong in each way: refused with path and reason, nothing loads, and
 * nothing is ever thrown.
 */
import { type CatalogSource, compileCatalog, decide, type Issue, type Pack } from '@tai-autonomics/core';
import { ROLES } from '@tai-autonomics/core/author';
import { emptyState } from '@tai-autonomics/core/engine';
import { library } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { describe, expect, test } from 'vitest';
import { hasItsTurn } from '../runs.ts';
import { decided, eventOf } from './apply.ts';
import { everything, six, sixSource, standIn } from './six.ts';
import { type Form, type Place, spoils } from './spoil.ts';

const issuesOf = (source: unknown): readonly Issue[] => {
  const compiled = compileCatalog(source);
  return E.isLeft(compiled) ? compiled.left : [];
};

const isPrefix = (a: Place, b: Place): boolean => a.length <= b.length && a.every((step, i) => step === b[i]);
/** An issue that speaks of the place, of what is in it, or of what it is in; the whole document is too wide an answer. */
const speaksOf =
  (place: Place, whole: number) =>
  ({ path }: Issue): boolean =>
    path.length >= whole && (isPrefix(path, place) || isPrefix(place, path));

const DICTIONARIES = new Set([
  'facts',
  'cells',
  'actions',
  'codes',
  'arguments',
  'with',
  'plans',
  'tools',
  'properties',
]);
const OPTIONAL = new Set(
  ['always', 'relation', 'invalid', 'detector', 'limits', 'plus', 'otherwise', 'maxLength', 'min', 'max', 'of'].concat([
    'form',
    'resource',
    'choose',
    'from',
    'to',
    'aliases',
    'evenWhenClosed',
    'evenWhenSuspended',
    // Where a wait has no instant, it is computed from what is waited for.
    'notBefore',
  ]),
);
const SETS = new Set(
  [
    'signals',
    'required_iam_roles',
    'incompatible_with',
    'requires',
    'receipt_events',
    'actions',
    'who',
    'roles',
  ].concat(['sources', 'values', 'of', 'packs', 'iam_roles']),
);
const REFERENCES = new Set([
  'fact',
  'cell',
  'code',
  'approve',
  'refuse',
  'begins',
  'emits',
  'argument',
  'row',
  'catalog',
]);
const LISTS_OF_NAMES = new Set([
  'requires',
  'incompatible_with',
  'signals',
  'actions',
  'roles',
  'required_iam_roles',
  'who',
  'packs',
  'iam_roles',
]);

const last = (place: Place, back = 1): string | number | undefined => place.at(-back);
const isEntry = (place: Place): boolean => {
  const parent = last(place, 2);
  // `requires` of an action holds objects, and `tools` of a pack is a list.
  return typeof last(place) === 'string' && typeof parent === 'string' && DICTIONARIES.has(parent);
};

const packForm: Form = {
  isOptional: (place) => {
    const name = String(last(place));
    // A schema of results says as much as it likes.
    if (isEntry(place) || place.includes('returns')) return true;
    if (name === 'oneOf') return typeof last(place, 2) === 'number' && last(place, 3) === 'choose';
    if (name === 'action' || name === 'or') return last(place, 2) === 'remedy';
    // A write may be made always; a requirement always says when.
    if (name === 'when') return place.includes('writes');
    return OPTIONAL.has(name) && !(name === 'otherwise' && place.includes('facts'));
  },
  // A step is handed what the pack says, of whatever type.
  isFree: (place) => place.includes('with') || (last(place) === 'action' && last(place, 2) === 'with'),
  isSet: (place) => SETS.has(String(last(place))) && !(last(place) === 'requires' && place.includes('actions')),
  isReference: (place) => {
    const [name, parent] = [last(place), last(place, 2)];
    if (typeof name === 'number') return typeof parent === 'string' && LISTS_OF_NAMES.has(parent);
    if (name === 'action') return parent === 'submit' || parent === 'remedy';
    return REFERENCES.has(String(name)) && !isEntry(place);
  },
};

/** The pack with what it builds on, and a plan that sells it all: less to compile than the whole library. */
const issuesWith = (pack: unknown, id: string, place: Place): readonly Issue[] => {
  const [platform, verifier] = library.packs;
  // One pack that can be off, so that `each` pack is somebody. Incidents are about what the other packs remedy.
  const others = id === 'incident_response' ? library.packs.slice(2) : [];
  const packs = [platform, verifier, standIn('other'), ...others].map((other) =>
    other?.pack_id === id ? pack : other,
  );
  const i = packs.includes(pack) ? packs.indexOf(pack) : packs.push(pack) - 1;
  const plan = { title: 'All', sku_id: 'all-1', packs: ['receipt_verifier'], iam_roles: ROLES, quota: 1 };
  return issuesOf({ catalog: library.catalog, packs, plans: { all: plan } }).filter(
    speaksOf(['packs', i, ...place], 2),
  );
};

/** The same place in every entry of a dictionary and in every item of a list. */
const shapeOf = (place: Place): string =>
  place.map((step, i) => (typeof step === 'number' || isEntry(place.slice(0, i + 1)) ? '*' : step)).join('.');

describe.each(library.packs.map((pack) => [pack.pack_id, pack] as const))('pack %s', (id, pack) => {
  test('every field, wrong in every way, is refused at its place', () => {
    const seen = new Map<string, number>();
    const accepted: string[] = [];
    for (const { place, how, document } of spoils(pack, packForm)) {
      const shape = `${shapeOf(place)}: ${how}`;
      const before = seen.get(shape) ?? 0;
      seen.set(shape, before + 1);
      // What has one form is tried at its first place; names, which are looked up, at four.
      if (before >= (how === 'a name of nothing' ? 4 : 1) || !hasItsTurn(seen.size, 6)) continue;
      if (issuesWith(document(), id, place.slice(0, how === 'missing' ? -1 : undefined)).length === 0)
        accepted.push(`${place.join('.')}: ${how}`);
    }
    expect(accepted).toEqual([]);
    expect(seen.size).toBeGreaterThan(100);
  });
});

const planForm: Form = {
  // A plan without terms promises nothing.
  isOptional: (place) => last(place) === 'support',
  isFree: () => false,
  isSet: (place) => SETS.has(String(last(place))),
  isReference: (place) => typeof last(place) === 'number',
};

describe('plans', () => {
  test.for(Object.entries(library.plans))(
    '%s: every field, wrong in every way, is refused at its place',
    ([id, plan]) => {
      const accepted: string[] = [];
      for (const [i, { place, how, document }] of [...spoils(plan, planForm)].entries()) {
        if (!hasItsTurn(i)) continue;
        const plans = { ...library.plans, [id]: document() };
        const where = place.slice(0, how === 'missing' ? -1 : undefined);
        if (!issuesOf({ ...library, plans }).some(speaksOf(['plans', id, ...where], 2)))
          accepted.push(`${place.join('.')}: ${how}`);
      }
      expect(accepted).toEqual([]);
    },
  );
});

type Change = (source: CatalogSource) => unknown;
const withPacks =
  (...packs: readonly Pack[]): Change =>
  (source) => ({ ...source, packs: [...source.packs, ...packs] });
const withPlan =
  (differs: object): Change =>
  (source) => ({ ...source, plans: { ...source.plans, extra: { ...everything, sku_id: 'extra-1', ...differs } } });
/** Where a pack stands that is put behind the others, by name. */
const added = sixSource.packs.length;
const loop = {
  fact: { means: 'm', type: { type: 'string' }, origin: 'ledger', cell: 'c', key: [{ fact: 'fact' }], otherwise: '' },
} as const;
const cell = { c: { means: 'm', key: ['k'], type: { type: 'string' } } } as const;

test.for<{ readonly note: string; readonly change: Change; readonly at: string; readonly says: RegExp }>([
  {
    note: 'a pack twice',
    change: withPacks(standIn('twin'), standIn('twin', { tools: [], actions: {} })),
    at: `packs.${added + 1}`,
    says: /no other pack declares/,
  },
  {
    note: 'a tool of two packs',
    change: withPacks(
      standIn('first'),
      standIn('second', { tools: standIn('first').tools.map((tool) => ({ ...tool, actions: ['look_second'] })) }),
    ),
    at: `packs.${added + 1}.tools.0`,
    says: /no other pack declares/,
  },
  {
    note: 'a pack that requires itself',
    change: withPacks(standIn('self', { requires: ['self'] })),
    at: `packs.${added}.requires`,
    says: /without a circle/,
  },
  {
    note: 'three packs that require each other in a circle',
    change: withPacks(
      standIn('a', { requires: ['b'] }),
      standIn('b', { requires: ['c'] }),
      standIn('c', { requires: ['a'] }),
    ),
    at: `packs.${added + 2}.requires`,
    says: /without a circle/,
  },
  {
    note: 'a pack that excludes itself',
    change: withPacks(standIn('self', { incompatible_with: ['self'] })),
    at: `packs.${added}.incompatible_with.0`,
    says: /neither itself/,
  },
  {
    note: 'a pack that excludes what it requires',
    change: withPacks(standIn('torn', { requires: ['rollback_guard'], incompatible_with: ['rollback_guard'] })),
    at: `packs.${added}.incompatible_with.0`,
    says: /what it requires/,
  },
  {
    note: 'a pack that excludes what is always on',
    change: withPacks(standIn('torn', { requires: [], incompatible_with: ['receipt_verifier'] })),
    at: `packs.${added}.incompatible_with.0`,
    says: /can be off/,
  },
  {
    note: 'a fact whose key leads back to itself',
    change: withPacks(standIn('loop', { facts: loop, cells: cell })),
    at: `packs.${added}.facts.fact`,
    says: /does not lead back/,
  },
  {
    note: 'a plan that lacks what its packs require',
    change: (source) =>
      withPlan({ packs: ['needy'] })({
        ...source,
        packs: [...source.packs, standIn('needy', { requires: ['storm_discipline'] })],
      }),
    at: 'plans.extra.packs.0',
    says: /`storm_discipline` too/,
  },
  {
    note: 'a plan that sells packs that exclude each other',
    change: (source) =>
      withPlan({ packs: ['rollback_guard', 'rival'] })({
        ...source,
        packs: [...source.packs, standIn('rival', { incompatible_with: ['rollback_guard'] })],
      }),
    at: 'plans.extra.packs.1',
    says: /no `rollback_guard` beside/,
  },
  {
    note: 'two plans of one SKU',
    change: withPlan({ sku_id: everything.sku_id }),
    at: 'plans.extra.sku_id',
    says: /SKU of its own/,
  },
  {
    note: 'an alias that is a plan already',
    change: (source) => ({ ...source, aliases: { plans: { everything: 'base' } } }),
    at: 'aliases.plans.everything',
    says: /another spelling/,
  },
  {
    note: 'an alias of nothing',
    change: (source) => ({ ...source, aliases: { tools: { old: 'new_tool' } } }),
    at: 'aliases.tools.old',
    says: /one of the catalog/,
  },
  {
    note: 'an argument that is given and left to choose',
    change: withPacks(
      standIn('torn', {
        codes: { wanting: 'w' },
        actions: {
          look_torn: {
            ...(standIn('torn').actions['look_torn'] as Pack['actions'][string]),
            requires: [
              {
                code: 'wanting',
                means: 'm',
                when: { fact: 'entitlement_status', is: 'active' },
                remedy: {
                  by: 'authority',
                  who: { type: 'user', relation: 'owner' },
                  submit: {
                    action: 'set_disclosure',
                    arguments: { disclose_catalog: true },
                    choose: [{ argument: 'disclose_catalog' }],
                  },
                },
              },
            ],
          },
        },
      }),
    ),
    at: `packs.${added}.actions.look_torn.requires.0.remedy.submit.choose.0.argument`,
    says: /not settled yet/,
  },
])('$note is refused, with path and reason', ({ change, at, says }) => {
  const issues = issuesOf(change(sixSource));
  expect(issues.map(({ path }) => path.join('.'))).toContain(at);
  expect(issues.map(({ path, expected, found }) => `${path.join('.')}: ${expected}, ${found}`).join('\n')).toMatch(
    says,
  );
});

describe('entitlements', () => {
  const refusal = (event: unknown) => {
    const decision = decided(six, emptyState, event);
    if (decision.verdict === 'approve') return undefined;
    return decision.reasons.map(({ code, next }) => `${code}: ${next.kind === 'request' ? next.argument : next.kind}`);
  };
  const form: Form = {
    isOptional: () => false,
    isFree: () => false,
    isSet: () => false,
    isReference: (place) => typeof last(place) === 'number' || ['plan_id', 'sku_id'].includes(String(last(place))),
  };
  // Without these there is no ledger to refuse it in: the operator's gets it.
  const unattributable = /^(event|event_id|record|record\.tenant_id)$/;

  test('every field, wrong in every way, is refused by its name, with a reason', () => {
    const wrong: string[] = [];
    for (const { place, how, document } of spoils(eventOf(), form)) {
      const name = place[0] === 'record' ? place[1] : place[0];
      const at = typeof name === 'string' ? place.slice(0, place[0] === 'record' ? 2 : 1).join('.') : 'record';
      if (unattributable.test(at)) continue;
      // The founding documents write an expiry as a number of seconds: that is read, and long past.
      const found = refusal(document());
      const asked = how === 'an unknown member' ? 'request' : String(name);
      const isNamed = found?.some(
        (reason) => reason.includes(asked) || reason.startsWith('invalid_entitlement_structure'),
      );
      if (isNamed !== true) wrong.push(`${place.join('.')}: ${how}: ${found?.join(', ') ?? 'approved'}`);
    }
    expect(wrong).toEqual([]);
  });

  test.for([
    { note: 'nothing is wrong', event: eventOf(), found: undefined },
    {
      note: 'a suspension',
      event: { ...eventOf(), event: 'entitlement.suspended' },
      found: undefined,
    },
    {
      note: 'a pack twice is once',
      event: eventOf({ record: { enabled_packs: ['rollback_guard', 'rollback_guard'] } }),
      found: undefined,
    },
    {
      note: 'an unknown member of the record',
      event: eventOf({ record: { seats: 5 } }),
      found: ['invalid_entitlement_structure: record.seats'],
    },
    {
      note: 'an unknown member of the event',
      event: { ...eventOf(), priority: 'high' },
      found: ['invalid_entitlement_structure: event.priority'],
    },
    {
      note: 'a member that would settle what the door derives',
      event: eventOf({ record: { status: 'active', rank: 9 } }),
      found: ['invalid_entitlement_structure: record.rank', 'invalid_entitlement_structure: record.status'],
    },
    {
      note: 'two things wrong are both said',
      event: eventOf({ record: { sku_id: 'x', iam_roles: ['root'] } }),
      found: ['unknown_role: iam_roles', 'sku_mismatch: sku_id', 'role_not_in_plan: iam_roles'],
    },
  ])('$note', ({ event, found }) => expect(refusal(event)).toEqual(found));

  test('a status that contradicts what changed is refused', () => {
    const intent = { change: 'cancelled', status: 'active' };
    const o = (differs: object) => ({
      id: 'i',
      at: Date.parse('2026-01-26T12:00:00Z'),
      mode: 'eval' as const,
      intent: {
        subject: { type: 'marketplace' as const, id: 'm', ref: 'm', scope: [] },
        action: {
          id: 'apply_entitlement',
          arguments: {
            event_id: 'e',
            entitlement_id: 'x',
            occurred_at: '2026-01-26T11:00:00Z',
            rank: 1,
            plan_id: 'base',
            sku_id: 'rollback-guard-base',
            enabled_packs: [],
            iam_roles: [],
            expiry: '2027-01-01T00:00:00Z',
            ...differs,
          },
        },
        resource: { id: 'r', ref: 'r' },
        binding: 'b',
      },
      evidence: [],
      state: emptyState,
    });
    const codes = (differs: object) => {
      const d = decide(six, o(differs));
      return d.verdict === 'refuse' ? d.reasons.map(({ code }) => code) : [];
    };
    expect(codes(intent)).toEqual(['event_contradicts_itself']);
    expect(codes({ change: 'cancelled', status: 'cancelled' })).toEqual([]);
    expect(codes({ status: 'suspended' })).toEqual([]);
  });
});
