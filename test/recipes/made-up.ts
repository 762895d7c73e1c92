/** A small world in which every observation can be written down: four facts, one action that mends, and recipes over them. */
import type { Catalog, Pack } from '@tai-autonomics/core';
import { type Condition, RECIPE_FORMAT, type Recipe, type Value } from '@tai-autonomics/core/author';
import { platform } from '@tai-autonomics/packs';
import fc from 'fast-check';
import { compiled } from '../fixtures/tenant.ts';

const seen = (means: string, type: Pack['facts'][string]['type']): Pack['facts'][string] => ({
  means,
  type,
  origin: 'observed',
  sources: ['monitor'],
  maxAgeMs: 60_000,
});
const internal = (
  args: Pack['actions'][string]['arguments'],
  roles: Pack['actions'][string]['roles'] = [],
): Pack['actions'][string] => ({
  means: 'does something about it',
  who: ['agent', 'service'],
  entitlement: 'none',
  roles,
  arguments: args,
  requires: [],
  emits: { approve: 'mended', refuse: 'not_mended' },
  writes: [],
  does: { effect: 'internal' },
});
const INCIDENT = { means: 'the incident', type: { type: 'string', form: 'id' }, otherwise: 'none' } as const;

/** What each fact can be. */
export const DOMAIN = {
  hot: [false, true],
  wet: [false, true],
  color: ['red', 'green', 'blue'],
  count: [0, 1, 2, 3],
} as const;
export type FactName = keyof typeof DOMAIN;
const FACTS = Object.keys(DOMAIN) as readonly FactName[];

const pack: Pack = {
  pack_id: 'made_up',
  version: '1.0.0',
  description: 'A small world.',
  always: true,
  tools: [{ tool: 'mender', title: 'Mend', description: 'Mends.', actions: ['mend', 'unmend', 'paint', 'look_away'] }],
  signals: [],
  facts: {
    hot: seen('whether it is hot', { type: 'boolean' }),
    wet: seen('whether it is wet', { type: 'boolean' }),
    color: seen('which colour it has', { type: 'enum', values: DOMAIN.color }),
    count: seen('how many there are', { type: 'integer', min: 0, max: 3 }),
  },
  cells: {},
  actions: {
    mend: internal(
      { incident: INCIDENT, by: { means: 'by how much', type: { type: 'integer', min: 0, max: 9 }, otherwise: 0 } },
      ['write_config'],
    ),
    unmend: internal({ by: { means: 'by how much', type: { type: 'integer', min: 0, max: 9 } } }, ['write_config']),
    paint: internal({ color: { means: 'which colour', type: { type: 'string' } } }),
    look_away: { ...internal({}), who: ['user'] },
  },
  codes: {},
  required_iam_roles: [],
  incompatible_with: [],
  requires: [],
  receipt_events: ['mended', 'not_mended'],
  storage: 'none',
  compute_limits: { timeoutMs: 1_000, memoryBytes: 16_777_216, cpuPercent: 10 },
};

export const catalog: Catalog = compiled({
  catalog: { id: 'made-up', version: '1.0.0' },
  packs: [platform, pack],
  plans: {},
});

/** A lawful recipe over this world. */
export const recipe = (over: Partial<Recipe> = {}): Recipe => ({
  format: RECIPE_FORMAT,
  recipe_id: 'cool_down',
  version: '1.0.0',
  title: 'Cool it down',
  category: 'troubleshooting',
  kind: 'heat',
  explanation: 'It is too hot.',
  symptom: { fact: 'hot', is: true },
  steps: [
    {
      means: 'mends it',
      action: 'mend',
      arguments: { by: 1 },
      undo: { by: 'action', action: 'unmend', arguments: { by: 1 } },
    },
  ],
  verify: { fact: 'hot', is: false },
  roles: ['write_config'],
  prevention: 'Keep it in the shade.',
  owner: 'platform',
  review: { state: 'reviewed', by: 'sre' },
  rollout: 100,
  ...over,
});

/** Facts as they are seen; what is absent is missing. */
export type World = Partial<Record<FactName, Value>>;

/** Every observation, with gaps (`gaps`) or without. */
export const worlds = (gaps: boolean): readonly World[] =>
  FACTS.reduce<readonly World[]>(
    (all, fact) =>
      all.flatMap((world) => [
        ...(gaps ? [world] : []),
        ...DOMAIN[fact].map((value): World => ({ ...world, [fact]: value })),
      ]),
    [{}],
  );

const comparison: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({ fact: fc.constantFrom('hot', 'wet'), is: fc.boolean() }),
  fc.record({ fact: fc.constant('color'), is: fc.constantFrom(...DOMAIN.color) }),
  fc.record({ fact: fc.constant('color'), oneOf: fc.subarray([...DOMAIN.color], { minLength: 1 }) }),
  fc.record({ fact: fc.constant('count'), atLeast: fc.integer({ min: 0, max: 3 }) }),
  fc.record({ fact: fc.constant('count'), below: fc.integer({ min: 0, max: 3 }) }),
  fc.record({ fact: fc.constant('count'), is: fc.integer({ min: 0, max: 3 }) }),
);

/** Symptoms of every shape: comparisons, `all`, `any`, `not`. */
export const symptoms: fc.Arbitrary<Condition> = fc.letrec<{ readonly condition: Condition }>((tie) => ({
  condition: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    comparison,
    fc.record({ all: fc.array(tie('condition'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ any: fc.array(tie('condition'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ not: tie('condition') }),
  ),
})).condition;
