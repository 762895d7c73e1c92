/**
 * Catalogs in which facts of the ledger are kept by everything that a key may be made of: constants, the context, arguments
 * with and without a default, short and long, words of a list; and by facts that are kept so themselves. The names of the
 * facts say nothing of the order in which they have to be read.
 */
import type { Catalog, Observation } from '@tai-autonomics/core';
import type { Type, Value } from '@tai-autonomics/core/author';
import { cellKey } from '@tai-autonomics/core/engine';
import { catalogAround, internal } from '../fixtures/made-up.ts';
import { compiled } from '../fixtures/tenant.ts';
import type { Dice } from './dice.ts';
import { typed, WORDS, wire } from './values.ts';

const ARGUMENTS: readonly Type[] = [
  { type: 'string', maxLength: 200 },
  { type: 'string', maxLength: 4_000 },
  { type: 'string' },
  { type: 'enum', values: ['a', 'b', 'zz'] },
];
const VALUES: readonly Type[] = [
  { type: 'boolean' },
  { type: 'integer', min: 0, max: 9 },
  { type: 'string' },
  { type: 'set' },
];
const LONG = 'long'.repeat(500);
const AT = Date.UTC(2026, 0, 26, 12);

const keyTerm = (d: Dice, args: readonly string[], texts: readonly string[]): unknown =>
  d.pick<unknown>([
    d.pick(WORDS),
    { fact: d.pick(['subject', 'resource_ref', 'binding', 'action']) },
    ...args.map((name) => ({ fact: `argument.${name}` })),
    ...[...texts, ...texts].map((fact) => ({ fact })),
  ]);

const conditionOn = (d: Dice, fact: string, type: Type): object => {
  if (type.type === 'set') return { fact, contains: d.pick(WORDS) };
  return { fact, is: wire(type, typed(d, type, AT)) };
};

/** A catalog with one action, `act`, that looks at some of its facts of the ledger. */
export const keptCatalog = (d: Dice): Catalog => {
  const names = d.times(1 + d.below(3), (i) => `a${i}`);
  const args = Object.fromEntries(
    names.map((name) => {
      const type = d.pick(ARGUMENTS);
      const otherwise = type.type === 'enum' ? 'zz' : d.pick(['a', 'b']);
      return [name, { means: name, type, ...(d.chance(60) ? { otherwise } : {}) }];
    }),
  );
  const facts: Record<string, object> = {};
  const cells: Record<string, object> = {};
  const texts: string[] = [];
  const looked: object[] = [];
  for (const id of d.times(2 + d.below(4), (i) => `${d.pick(['a', 'm', 'z'])}${i}`)) {
    const type = texts.length < 2 && d.chance(60) ? ({ type: 'string' } as const) : d.pick(VALUES);
    const key = d.times(d.below(3), () => keyTerm(d, names, texts));
    cells[id] = { means: id, key: key.map((_, k) => `k${k}`), type };
    const otherwise = type.type === 'string' && d.chance(50) ? '' : wire(type, typed(d, type, AT));
    facts[id] = { means: id, type, origin: 'ledger', cell: id, key, otherwise };
    if (type.type === 'string') texts.push(id);
    if (d.chance(70)) looked.push(conditionOn(d, id, type));
  }
  const requires = looked.map((when) => ({
    code: 'no',
    means: 'it is so',
    when: d.chance(30) ? { not: when } : when,
    remedy: { by: 'nobody', why: 'it is not' },
  }));
  return compiled(catalogAround({ facts, cells, actions: { act: internal({ arguments: args, requires }) } }));
};

/** Something asked of `act`, and a ledger in which its keys may be found. */
export const keptObservation = (d: Dice, catalog: Catalog): Observation => {
  const declared = catalog.actions.get('act')?.action.arguments ?? {};
  const given = Object.keys(declared).flatMap((name): readonly (readonly [string, unknown])[] =>
    d.chance(35) ? [] : [[name, d.chance(90) ? d.pick(['a', 'b', 'zz', LONG]) : d.pick([1, null, ''])]],
  );
  // Few words for most of them: what one fact holds is often what another is kept by.
  const part = (): string =>
    d.chance(60) ? d.pick(['a', 'b']) : d.pick(['zz', LONG, 'sub_ann', 'res_svc', 'bind', 'act', ...WORDS]);
  const held = (type: Type): Value =>
    type.type === 'string' && d.chance(70) ? d.pick(['a', 'b']) : typed(d, type, AT);
  const cells = new Map(
    [...catalog.cells].flatMap(([id, { key, type }]): readonly (readonly [string, ReadonlyMap<string, Value>])[] => {
      const values = d.times(d.below(6), () => [cellKey(d.times(key.length, part)), held(type)] as const);
      return values.length === 0 || !id.match(/^[amz]\d$/) ? [] : [[id, new Map(values)]];
    }),
  );
  return {
    id: 'i-1',
    at: AT,
    mode: 'eval',
    intent: {
      subject: { type: 'user', id: 'ann', ref: 'sub_ann', scope: [] },
      action: { id: 'act', arguments: Object.fromEntries(given) },
      resource: { id: 'svc', ref: 'res_svc' },
      binding: 'bind',
    },
    evidence: [],
    state: { cells, open: new Map() },
  };
};
