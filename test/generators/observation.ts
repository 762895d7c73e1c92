/** Observations of a catalog, near the places where its decisions turn. */
import type { Catalog, Evidence, Observation, State } from '@tai-autonomics/core';
import {
  type Fact,
  type FactId,
  type ObservedFact,
  ROLES,
  SUBJECT_TYPES,
  type Type,
  type Value,
} from '@tai-autonomics/core/author';
import { type CompiledAction, cellKey } from '@tai-autonomics/core/engine';
import type { Dice } from './dice.ts';
import { hostile, near, stated, typed, WORDS, wire } from './values.ts';

const SUBJECTS = ['sub_bot', 'sub_ann', 'sub_bob', 'sub_eve'] as const;
const RESOURCES = ['svc', 'svc2', '*'] as const;
const BINDINGS = ['bind', 'bind2'] as const;

/** The pseudonym of a resource; the whole tenant keeps its name. */
export const refOf = (resource: string): string => (resource === '*' ? '*' : `res_${resource}`);

const observedOf = (catalog: Catalog, id: FactId): ObservedFact | undefined => {
  const fact = catalog.facts.get(id);
  return fact?.origin === 'observed' ? fact : undefined;
};

/** One statement about an observed fact, mostly of its type and mostly fresh. */
const statement = (d: Dice, id: FactId, fact: ObservedFact, o: Pick<Observation, 'at' | 'intent'>): Evidence => ({
  fact: id,
  about: d.chance(90) ? o.intent.resource.id : d.pick([...RESOURCES, '']),
  value: d.chance(85) ? stated(fact.type, typed(d, fact.type, o.at)) : hostile(d, fact.type),
  source: d.chance(90) ? d.pick(fact.sources) : d.pick(['agent', 'somebody', ...fact.sources]),
  observedAt: d.chance(70)
    ? o.at
    : d.pick([o.at - fact.maxAgeMs, o.at - fact.maxAgeMs - 1, o.at + 1, o.at - 1, 0, Number.NaN, -1, 1.5]),
});

/** The key of a cell, near to what the observation's own facts would read. */
const keyFor = (d: Dice, o: Observation, parts: number): string =>
  cellKey(
    d.times(parts, () =>
      d.pick([o.intent.subject.ref, o.intent.resource.ref, o.intent.binding, o.intent.action.id, '*', ...WORDS]),
    ),
  );

const withCell = (state: State, cell: string, key: string, value: Value | undefined): State => {
  const values = new Map(state.cells.get(cell));
  if (value === undefined) values.delete(key);
  else values.set(key, value);
  return { ...state, cells: new Map(state.cells).set(cell, values) };
};

const cellsOf = (catalog: Catalog, action: CompiledAction | undefined): readonly string[] => {
  const read = (action?.recorded ?? []).map((id) => catalog.facts.get(id));
  return read.flatMap((fact: Fact | undefined) => (fact?.origin === 'ledger' ? [fact.cell] : []));
};

type Change = (d: Dice, catalog: Catalog, o: Observation) => Observation;

const changeCell: Change = (d, catalog, o) => {
  const own = cellsOf(catalog, catalog.actions.get(o.intent.action.id));
  const cell = own.length > 0 && d.chance(90) ? d.pick(own) : d.pick([...catalog.cells.keys()]);
  const declared = catalog.cells.get(cell);
  if (declared === undefined) return o;
  const keys = [...(o.state.cells.get(cell)?.keys() ?? [])];
  const key = keys.length > 0 && d.chance(50) ? d.pick(keys) : keyFor(d, o, declared.key.length);
  const strings =
    cell === 'entitlement_plan'
      ? [...catalog.plans.keys(), 'none']
      : [...catalog.plans.values()].map(({ sku_id }) => sku_id);
  const value =
    cell === 'entitlement_plan' || cell === 'entitlement_sku' ? d.pick(strings) : typed(d, declared.type, o.at);
  return { ...o, state: withCell(o.state, cell, key, d.chance(25) ? undefined : value) };
};

const changeEvidence: Change = (d, catalog, o) => {
  const own = catalog.actions.get(o.intent.action.id)?.observes ?? [];
  const all = [...catalog.facts.keys()].filter((id) => observedOf(catalog, id) !== undefined);
  if (all.length === 0) return o;
  const id = own.length > 0 && d.chance(90) ? d.pick(own) : d.pick(all);
  const fact = observedOf(catalog, id) as ObservedFact;
  const others = d.chance(60) ? o.evidence.filter((e) => e.fact !== id) : o.evidence;
  const more = d.times(d.below(4), () => statement(d, id, fact, o));
  return { ...o, evidence: d.chance(50) ? [...others, ...more] : [...more, ...others] };
};

const changeArgument: Change = (d, catalog, o) => {
  const declared = catalog.actions.get(o.intent.action.id)?.action.arguments ?? {};
  const given: Record<string, unknown> = { ...o.intent.action.arguments };
  const names = Object.keys(declared);
  if (names.length === 0 || d.chance(15))
    given[d.pick(['zz', 'aa', 'not an argument', '__proto_', 'constructor'])] = d.pick([1, null, 'x']);
  else {
    const name = d.pick(names);
    const type = declared[name]?.type as Type;
    if (d.chance(20)) delete given[name];
    else given[name] = d.chance(75) ? wire(type, typed(d, type, o.at)) : hostile(d, type);
  }
  return { ...o, intent: { ...o.intent, action: { ...o.intent.action, arguments: given } } };
};

const changeSubject: Change = (d, _catalog, o) => {
  const { subject } = o.intent;
  const ref = d.chance(50) ? subject.ref : d.pick(SUBJECTS);
  const type = d.chance(50) ? subject.type : d.pick(SUBJECT_TYPES);
  const scope = d.chance(50) ? subject.scope : [...d.some(ROLES)].sort();
  return { ...o, intent: { ...o.intent, subject: { type, id: ref.slice(4), ref, scope } } };
};

const ENVIRONMENTS = ['sandbox', 'production', 'unknown'] as const;

const changeAsked: Change = (d, catalog, o) => {
  if (d.chance(50)) return { ...o, intent: { ...o.intent, binding: d.pick(BINDINGS) } };
  const id = d.pick(RESOURCES);
  if (d.chance(20))
    return { ...o, intent: { ...o.intent, resource: { ...o.intent.resource, environment: d.pick(ENVIRONMENTS) } } };
  if (d.chance(70)) return { ...o, intent: { ...o.intent, resource: { id, ref: refOf(id) } } };
  return {
    ...o,
    intent: {
      ...o.intent,
      action: { ...o.intent.action, id: d.pick([...catalog.actions.keys(), 'no_such_action', '__proto__']) },
    },
  };
};

const changeTime: Change = (d, _catalog, o) => ({ ...o, at: near(d, o.at) });
const changeMode: Change = (_d, _catalog, o) => ({ ...o, mode: o.mode === 'eval' ? 'contractual' : 'eval' });

const CHANGES: readonly Change[] = [
  changeCell,
  changeCell,
  changeCell,
  changeEvidence,
  changeEvidence,
  changeArgument,
  changeSubject,
  changeTime,
  changeMode,
  changeAsked,
];

/** The same observation with a few things otherwise. */
export const altered = (d: Dice, catalog: Catalog, o: Observation, most = 3): Observation =>
  d.times(d.below(most + 1), () => d.pick(CHANGES)).reduce((now, change) => change(d, catalog, now), o);

const cellsAtHome = (d: Dice, catalog: Catalog, at: number): State['cells'] => {
  const [plan] = [...catalog.plans];
  const home: readonly (readonly [string, string, Value])[] = [
    ['entitlement_plan', '', plan?.[0] ?? ''],
    ['entitlement_sku', '', plan?.[1].sku_id ?? ''],
    ['entitlement_status', '', 'active'],
    ['entitlement_packs', '', [...(plan?.[1].packs ?? [])].sort()],
    ['entitlement_roles', '', [...(plan?.[1].iam_roles ?? [])].sort()],
    ['entitlement_expires_at', '', at + 1],
    ['insurance_status', '', 'valid'],
    ['insurance_expires_at', '', at + 1],
    ['insurance_verified_at', '', at],
    ['msa_status', '', 'signed'],
    ['msa_from', '', at],
    ['msa_until', '', at + 1],
    ['granted_roles', 'sub_bot', [...ROLES].sort()],
    ['relations', 'sub_bot', ['approver', 'owner']],
  ];
  const cells = new Map(home.map(([cell, key, value]) => [cell, new Map([[key, value]])]));
  const own = [...catalog.cells].filter(([id]) => /^p\d_/.test(id));
  const o = {
    intent: { subject: { ref: 'sub_bot' }, resource: { ref: 'res_svc' }, binding: 'bind', action: { id: 'p0_do0' } },
  } as Observation;
  for (const [id, cell] of own) {
    cells.set(
      id,
      new Map(d.times(d.below(4), () => [keyFor(d, o, cell.key.length), typed(d, cell.type, at)] as const)),
    );
  }
  return cells;
};

/** An observation of a generated catalog: a tenant that bought its first plan, with evidence and arguments of the right types. */
export const observationOf = (d: Dice, catalog: Catalog): Observation => {
  const at = Date.UTC(2026, 0, 26, 12);
  const action = d.pick([...catalog.actions.values()].filter(({ id }) => /^p\d_/.test(id)));
  const { who, arguments: declared } = action.action;
  const given = Object.entries(declared).map(([name, { type }]) => [name, wire(type, typed(d, type, at))] as const);
  const intent: Observation['intent'] = {
    subject: { type: d.pick(who), id: 'bot', ref: 'sub_bot', scope: [...ROLES].sort() },
    action: { id: action.id, arguments: Object.fromEntries(given) },
    resource: { id: 'svc', ref: 'res_svc' },
    binding: 'bind',
  };
  const observed = [...catalog.facts].filter(([, fact]) => fact.origin === 'observed') as readonly (readonly [
    FactId,
    ObservedFact,
  ])[];
  const evidence = observed.map(
    ([id, fact]): Evidence => ({
      fact: id,
      about: 'svc',
      value: stated(fact.type, typed(d, fact.type, at)),
      source: d.pick(fact.sources),
      observedAt: at,
    }),
  );
  return {
    id: 'i-1',
    at,
    mode: d.chance(70) ? 'contractual' : 'eval',
    intent,
    evidence,
    state: { cells: cellsAtHome(d, catalog, at), open: new Map() },
  };
};
