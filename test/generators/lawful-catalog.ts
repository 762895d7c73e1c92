/**
 * Catalogs whose remedies are true: each requirement can be met by what its remedy says. For L1 to L3, which are claims
 * about lawful catalogs; that a remedy is a lie is for the linter to find.
 *
 * A hidden good world is chosen first: a value for each fact. Every condition is made to hold in it, whatever it says.
 */
import type { Condition, FactId, Type, Value } from '@tai-autonomics/core/author';
import { platform, receiptVerifier } from '@tai-autonomics/packs';
import { type Truth, truthOf } from '../reference/decide-condition.ts';
import { condition, type Names, RECORDS, TYPES, windowsFor } from './catalog.ts';
import type { Dice } from './dice.ts';
import { typed, wire } from './values.ts';

type Json = { readonly [member: string]: unknown };

/** A catalog as it is written, and the good world. */
export interface LawfulCatalog {
  readonly source: Json;
  readonly good: ReadonlyMap<FactId, Value>;
}

const AT = Date.UTC(2026, 0, 26, 12);
const NO_NAMES: Names = { facts: new Map(), observed: new Map(), cells: new Map(), actions: new Map(), tables: false };

const asRead = (type: Type, value: Value): Value =>
  type.type === 'set' ? [...(value as readonly string[])].sort() : value;

/** A condition over these facts that holds in the good world. */
const holding = (d: Dice, facts: ReadonlyMap<FactId, Type>, good: ReadonlyMap<FactId, Value>): Json => {
  const made = condition(d, { ...NO_NAMES, facts }, 2) as unknown as Condition;
  const truth: Truth = truthOf(made, {
    at: AT,
    read: (id) => ({ known: good.get(id) as Value }),
    typeOf: (id) => facts.get(id) as Type,
  });
  return (truth === 'true' ? made : { not: made }) as unknown as Json;
};

const valued = (d: Dice, types: readonly (readonly [FactId, Type])[]): readonly (readonly [FactId, Value])[] =>
  types.map(([id, type]) => [id, asRead(type, typed(d, type, AT))]);

/** A lawful catalog with one pack: facts observed and kept, actions that mend the ledger, and one that changes the world. */
export const lawfulCatalogOf = (d: Dice): LawfulCatalog => {
  const some = (prefix: string, n: number, types: readonly Type[]): readonly (readonly [string, Type])[] =>
    d.times(n, (i) => [`${prefix}${i}`, d.pick(types)]);
  const observed = some('p0_f', 1 + d.below(4), [...TYPES, ...RECORDS]);
  const kept = some('p0_l', d.below(4), TYPES);
  const args = some('a', d.below(3), [...TYPES, ...RECORDS]);
  const argumentFacts = args.map(([name, type]) => [`argument.${name}`, type] as const);
  const good = new Map([...valued(d, observed), ...valued(d, kept), ...valued(d, argumentFacts)]);
  const keys = new Map(
    kept.map(([id]) => [id, d.pick([[], [{ fact: 'resource_ref' }], ['k', { fact: 'resource_ref' }]])]),
  );
  const means = (i: number | string): string => `that ${i} holds`;
  const worlds = d.times(d.below(3), (i) => ({
    code: 'p0_code',
    means: means(`world ${i}`),
    when: holding(d, new Map(observed), good),
    remedy: { by: 'world' },
  }));
  const mended = kept
    .filter(() => d.chance(70))
    .map(([id, type]) => ({
      code: 'p0_code',
      means: means(id),
      when: { fact: id, is: wire(type, good.get(id) as Value) },
      remedy: { by: 'authority', who: { type: 'user' }, submit: { action: `mend_${id}`, arguments: {} } },
    }));
  const asked = argumentFacts
    .filter(() => d.chance(70))
    .map(([id, type]) => ({
      code: 'p0_code',
      means: means(id),
      when: holding(d, new Map([[id, type]]), good),
      remedy: { by: 'request', argument: id.slice('argument.'.length) },
    }));
  const waits = d.chance(40)
    ? [
        {
          code: 'p0_code',
          means: means('time'),
          when: { fact: 'at', notBefore: { fact: 'p0_since' } },
          remedy: { by: 'time', notBefore: { fact: 'p0_since' } },
        },
      ]
    : [];
  // A window and its end, and a day on which nothing happens; whatever is waited for comes.
  const opens = d.chance(40)
    ? [
        {
          code: 'p0_code',
          means: means('opening'),
          when: {
            all: [
              { fact: 'at', during: windowsFor(d) },
              {
                any: [
                  { fact: 'at', before: '2026-01-27T00:00:00Z' },
                  { fact: 'at', notBefore: '2026-01-28T00:00:00Z' },
                ],
              },
            ],
          },
          remedy: { by: 'time' },
        },
      ]
    : [];
  const mends = kept.map(([id, type]) => [
    `mend_${id}`,
    {
      means: 'mends',
      who: ['user'],
      entitlement: 'none',
      roles: [],
      arguments: {},
      requires: [],
      emits: { approve: 'action_approved', refuse: 'action_refused' },
      writes: [{ cell: `${id}_cell`, key: keys.get(id), change: { set: wire(type, good.get(id) as Value) } }],
      does: { effect: 'internal' },
    },
  ]);
  const nothing = { emits: 'action_executed', writes: [] };
  const all = [...worlds, ...mended, ...asked, ...waits, ...opens];
  const acts = {
    means: 'acts',
    who: ['agent', 'service'],
    ...(d.chance(30) ? { relation: 'approver' } : {}),
    entitlement: d.pick(['active', 'none']),
    roles: d.chance(50) ? [] : ['read_deployment', 'write_config'],
    arguments: Object.fromEntries(args.map(([name, type]) => [name, { means: name, type }])),
    requires:
      all.length > 0 ? all : [{ code: 'p0_code', means: 'nothing', when: { all: [] }, remedy: { by: 'world' } }],
    emits: { approve: 'action_approved', refuse: 'action_refused' },
    writes: [],
    does: {
      effect: d.pick(['external', 'contractual']),
      step: 'step',
      with: d.chance(50) ? { seen: { fact: observed[0]?.[0] } } : {},
      verify: { all: [] },
      idempotent: true,
      begins: 'action_begun',
      after: { success: nothing, failed: nothing, timeout: nothing, memory_exceeded: nothing, unknown: nothing },
    },
  };
  const source = {
    catalog: { id: 'lawful', version: '0.0.1' },
    packs: [
      platform,
      receiptVerifier,
      {
        pack_id: 'p0',
        version: '1.0.0',
        description: 'A pack.',
        tools: [{ tool: 'acts', title: 'Acts', description: 'Acts.', actions: ['p0_do0'] }],
        signals: [],
        facts: {
          ...Object.fromEntries(
            observed.map(([id, type]) => [
              id,
              { means: id, type, origin: 'observed', sources: ['git', 'probe'], maxAgeMs: 60_000 },
            ]),
          ),
          ...Object.fromEntries(
            kept.map(([id, type]) => [
              id,
              {
                means: id,
                type,
                origin: 'ledger',
                cell: `${id}_cell`,
                key: keys.get(id),
                otherwise: wire(type, typed(d, type, AT)),
              },
            ]),
          ),
          p0_since: {
            means: 'since',
            type: { type: 'instant' },
            origin: 'ledger',
            cell: 'p0_since_cell',
            key: [],
            otherwise: '1970-01-01T00:00:00Z',
          },
        },
        cells: {
          ...Object.fromEntries(
            kept.map(([id, type]) => [
              `${id}_cell`,
              { means: id, key: (keys.get(id) ?? []).map((_, i) => `k${i}`), type },
            ]),
          ),
          p0_since_cell: { means: 'since', key: [], type: { type: 'instant' } },
        },
        actions: { ...Object.fromEntries(mends), p0_do0: acts },
        codes: { p0_code: 'a code' },
        required_iam_roles: [],
        incompatible_with: [],
        requires: [],
        receipt_events: [],
        storage: 'none',
        compute_limits: { timeoutMs: 1_000, memoryBytes: 1_048_576, cpuPercent: 1 },
      },
    ],
    plans: {
      full: {
        title: 'Full',
        sku_id: 'sku-full',
        packs: ['p0'],
        iam_roles: ['read_deployment', 'write_config', 'write_iam'],
        quota: 100,
      },
    },
  };
  return { source, good };
};
