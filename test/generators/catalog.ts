/**
 * Small lawful catalogs: the platform and up to three packs with facts of every origin and type, every operator, nested
 * conditions, every remedy and every kind of write. Names are short and say what they are: p1_f0 is pack 1's fact 0.
 */
import {
  type Argument,
  type Cell,
  DAYS,
  OPS,
  type Op,
  type RecordsType,
  ROLES,
  STATUSES,
  SUBJECT_TYPES,
  type Type,
  type Window,
} from '@tai-autonomics/core/author';
import { platform, receiptVerifier } from '@tai-autonomics/packs';
import type { Dice } from './dice.ts';
import { typed, WORDS, wire } from './values.ts';

type Json = { readonly [member: string]: unknown };
/** A place of a cell, and what its fact reads where nothing was written. */
interface Place {
  readonly cell: string;
  readonly key: readonly unknown[];
  readonly otherwise: unknown;
}
/** What an action under construction may name. */
export interface Names {
  /** Facts by name, with their types. */
  readonly facts: ReadonlyMap<string, Type>;
  readonly observed: ReadonlyMap<string, Type>;
  readonly cells: ReadonlyMap<string, Cell>;
  /** Places of cells that a fact reads: what is counted there can be checked. */
  readonly places?: readonly Place[];
  readonly actions: ReadonlyMap<string, Json>;
  /** Whether conditions may speak of the catalog itself (`each`, `catalog`, `row`) and of the time (`within`). */
  readonly tables: boolean;
  /** Whether a requirement looks at the time, so that one can wait for it. */
  readonly looksAtTime?: boolean;
}

const AT = Date.UTC(2026, 0, 26, 12);
/** Types of facts, arguments and cells. */
export const TYPES: readonly Type[] = [
  { type: 'boolean' },
  { type: 'integer' },
  { type: 'integer', min: 0, max: 9 },
  { type: 'string' },
  { type: 'enum', values: ['a', 'b', 'zz'] },
  { type: 'instant' },
  { type: 'set' },
  { type: 'set', of: ['a', 'b', 'zz'] },
];
/** Lists of records: only what is observed or asked with can be one. */
export const RECORDS: readonly Type[] = [
  { type: 'records', fields: { n: { type: 'integer', min: 0, max: 9 }, s: { type: 'string' } } },
  {
    type: 'records',
    fields: { b: { type: 'boolean' }, e: { type: 'enum', values: ['a', 'b', 'zz'] }, t: { type: 'instant' } },
    max: 3,
  },
];
const STRING: Type = { type: 'string' };

/** The facts that every catalog has and that packs may look at, with their types. */
const COMMON: readonly (readonly [string, Type])[] = [
  ['at', { type: 'instant' }],
  ['mode', { type: 'enum', values: ['eval', 'contractual'] }],
  ['subject', STRING],
  ['subject_type', { type: 'enum', values: SUBJECT_TYPES }],
  ['scope', { type: 'set', of: ROLES }],
  ['resource', STRING],
  ['resource_ref', STRING],
  ['binding', STRING],
  ['plan_packs', { type: 'set' }],
  ['plan_ceiling', { type: 'set', of: ROLES }],
  ['plan_quota', { type: 'integer', min: 0 }],
  ['entitlement_plan', STRING],
  ['entitlement_expires_at', { type: 'instant' }],
  ['granted_roles', { type: 'set', of: ROLES }],
  ['approval_expires_at', { type: 'instant' }],
];

const kindOf = ({ type }: Type): string => (type === 'enum' ? 'string' : type);
const ofKind = (n: Names, kind: string): readonly string[] =>
  [...n.facts].filter(([, type]) => kindOf(type) === kind).map(([id]) => id);

/** Windows of every shape around the instant at which everything happens: a Monday at noon. */
export const windowsFor = (d: Dice): readonly Window[] =>
  d.times(1 + d.below(3), () => {
    const clocks = ['00:00', '06:00', '12:00', '12:01', '18:30', '23:59', '24:00'];
    const from = d.pick(clocks.slice(0, -1));
    const to = d.pick(clocks.slice(1).filter((clock) => clock !== from));
    const days = d.some(DAYS);
    return days.length === 0 ? { from, to } : { days, from, to };
  });

const constantFor = (d: Dice, op: Op, type: Type): unknown => {
  if (op === 'during') return windowsFor(d);
  if (op === 'within') return d.pick([0, 1, 60_000, 86_400_000]);
  if (op === 'contains') return type.type === 'set' && type.of !== undefined ? d.pick(type.of) : d.pick(WORDS);
  if (op === 'startsWith') return d.pick(WORDS).slice(0, 1);
  if (type.type === 'set') return d.some(WORDS);
  if (op === 'oneOf') return d.times(1 + d.below(3), () => constantFor(d, 'is', type));
  return type.type === 'string' && d.chance(10) ? '' : wire(type, typed(d, type, AT));
};

const operatorsOn = (type: Type): readonly Op[] =>
  (Object.keys(OPS) as readonly Op[]).filter((op) => {
    if (op === 'oneOf') return type.type !== 'set';
    return OPS[op] === 'any' || OPS[op] === kindOf(type);
  });

/** What every record of a list is, or some: over its fields, and over what is known outside. */
const quantified = (
  d: Dice,
  n: Names,
  fact: string,
  { fields }: RecordsType,
  row: 'plan' | 'pack' | undefined,
): Json => {
  const own = Object.entries(fields).map(([name, type]) => [`field.${name}`, type] as const);
  const outside = [...n.facts].filter(([, type]) => type.type !== 'records' && d.chance(20));
  const inner = condition(d, { ...n, facts: new Map<string, Type>([...outside, ...own]) }, 2, row);
  return { fact, [d.pick(['every', 'some'])]: inner };
};

const comparison = (d: Dice, n: Names, row: 'plan' | 'pack' | undefined): Json => {
  const fact = d.pick([...n.facts.keys()]);
  const type = n.facts.get(fact) as Type;
  if (type.type === 'records') return quantified(d, n, fact, type, row);
  const op = d.pick(operatorsOn(type).filter((other) => n.tables || other !== 'within'));
  if (row !== undefined && type.type === 'string' && d.chance(60)) {
    return { fact, is: { row: row === 'plan' ? d.pick(['id', 'sku_id']) : 'id' } };
  }
  if (type.type === 'set' && op !== 'contains') {
    if (row !== undefined && d.chance(60)) {
      return {
        fact,
        [op]: { row: row === 'plan' ? d.pick(['packs', 'iam_roles']) : d.pick(['requires', 'incompatible_with']) },
      };
    }
    if (n.tables && d.chance(20)) return { fact, [op]: { catalog: d.pick(['packs', 'plans', 'roles', 'actions']) } };
  }
  if (n.tables && op === 'oneOf' && type.type === 'string' && d.chance(30))
    return { fact, oneOf: { catalog: d.pick(['packs', 'plans', 'roles', 'actions']) } };
  const others = ofKind(n, op === 'contains' ? 'string' : kindOf(type));
  const isAlone = op === 'oneOf' || op === 'within' || op === 'during' || op === 'startsWith' || others.length === 0;
  if (isAlone || d.chance(60)) return { fact, [op]: constantFor(d, op, type) };
  const isNumber = type.type === 'integer' || type.type === 'instant';
  return {
    fact,
    [op]: {
      fact: d.pick(others),
      ...(isNumber && d.chance(40) ? { plus: d.pick([0, 1, -1, 60_000, -86_400_000]) } : {}),
    },
  };
};

/** A condition over the facts that are named, at most so deep. */
export const condition = (d: Dice, n: Names, depth = 3, row?: 'plan' | 'pack'): Json => {
  const part = (): Json => condition(d, n, depth - 1, row);
  switch (depth === 0 ? 0 : d.below(8)) {
    case 4:
      return { not: part() };
    case 5:
      return { all: d.times(d.below(4), part) };
    case 6:
      return { any: d.times(d.below(4), part) };
    case 7: {
      if (row !== undefined || !n.tables) return comparison(d, n, row);
      const table = d.pick(['plan', 'pack'] as const);
      return { each: table, holds: condition(d, n, depth - 1, table) };
    }
    default:
      return comparison(d, n, row);
  }
};

/** Whether a fact can be a value of a type at all: two lists of words may have none in common. */
const mayMean = (from: Type | undefined, to: Type): boolean =>
  from?.type !== 'enum' || to.type !== 'enum' || from.values.some((word) => to.values.includes(word));

/** A constant of a type, or a fact of its kind. */
const term = (d: Dice, n: Names, type: Type): unknown => {
  const facts =
    type.type === 'records'
      ? [...n.facts].filter(([, other]) => JSON.stringify(other) === JSON.stringify(type)).map(([id]) => id)
      : ofKind(n, kindOf(type)).filter((id) => mayMean(n.facts.get(id), type));
  if (facts.length === 0 || d.chance(40)) return type.type === 'records' ? [] : wire(type, typed(d, type, AT));
  const isNumber = type.type === 'integer' || type.type === 'instant';
  const isSmall = type.type === 'integer' && type.max !== undefined;
  return {
    fact: d.pick(facts),
    ...(isNumber && d.chance(30) ? { plus: d.pick(isSmall ? [1, -1] : [1, -1, 86_400_000]) } : {}),
  };
};

const submit = (d: Dice, n: Names): Json => {
  const [action, target] = d.pick([...n.actions]);
  const declared = Object.entries(target['arguments'] as { readonly [name: string]: Argument });
  const given: [string, unknown][] = [];
  const choose: Json[] = [];
  for (const [argument, { type, otherwise }] of declared) {
    if (otherwise !== undefined && d.chance(50)) continue;
    if (d.chance(60)) given.push([argument, term(d, n, type)]);
    else {
      const isOrdered = type.type === 'integer' || type.type === 'instant';
      choose.push({
        argument,
        ...(isOrdered && d.chance(50) ? { from: term(d, n, type) } : {}),
        ...(isOrdered && d.chance(50) ? { to: term(d, n, type) } : {}),
      });
    }
  }
  const who = target['who'] as readonly string[];
  const relation = target['relation'];
  return {
    by: 'authority',
    who: { type: d.pick(who), ...(relation === undefined ? {} : { relation }) },
    submit: {
      action,
      arguments: Object.fromEntries(given),
      ...(d.chance(30) ? { resource: term(d, n, STRING) } : {}),
      ...(choose.length > 0 || d.chance(30) ? { choose } : {}),
    },
    ...(d.chance(30)
      ? {
          times: {
            upTo: 2 + d.below(3),
            counted: term(d, n, { type: 'integer' }),
            while: condition(d, { ...n, tables: false }, 1),
            ...(d.chance(50) ? { except: term(d, n, { type: 'set' }) } : {}),
          },
        }
      : {}),
  };
};

const remedy = (d: Dice, n: Names, args: readonly string[]): Json => {
  switch (d.below(n.actions.size > 0 ? 5 : 4)) {
    case 1:
      return { by: 'request', argument: d.pick(['credential', ...args]) };
    case 2:
      return { by: 'world', ...(n.actions.size > 0 && d.chance(50) ? { action: d.pick([...n.actions.keys()]) } : {}) };
    case 3:
      return n.looksAtTime === true && d.chance(50)
        ? { by: 'time' }
        : { by: 'time', notBefore: term(d, n, { type: 'instant' }) };
    case 4:
      return submit(d, n);
    default:
      return { by: 'nobody', why: 'because' };
  }
};

/** A write; `later` ones, after the approval, count nothing and add nothing that has a bound. */
const write = (d: Dice, n: Names, later: boolean): Json & { readonly cell: string } => {
  const [cell, { key, type }] = d.pick([...n.cells]);
  const isCounter = type.type === 'integer' && type.min === undefined;
  const isClosed = type.type === 'set' && type.of !== undefined;
  const place = later ? undefined : n.places?.find((other) => other.cell === cell);
  const isCounted = place !== undefined && type.type === 'integer' && place.otherwise === 0;
  const changes = [
    'set',
    'clear',
    ...(isCounter || isCounted ? ['plus'] : []),
    ...(isClosed || (place !== undefined && type.type === 'set') ? ['add'] : []),
    ...(type.type === 'set' ? ['remove'] : []),
  ];
  const at = { cell, key: place?.key ?? key.map(() => term(d, n, STRING)) };
  const member: Type = type.type === 'set' && type.of !== undefined ? { type: 'enum', values: type.of } : STRING;
  switch (d.pick(changes)) {
    case 'clear':
      return { ...at, change: { clear: true } };
    case 'plus':
      return { ...at, change: { plus: d.pick([1, -1, 5]) } };
    case 'add':
      return { ...at, change: { add: term(d, n, d.chance(50) ? member : type) } };
    case 'remove':
      return { ...at, change: { remove: term(d, n, d.chance(50) ? member : type) } };
    default:
      return { ...at, change: { set: term(d, n, type) } };
  }
};

/** Writes, each of a cell of its own. */
const writes = (d: Dice, n: Names, later = false): readonly Json[] => {
  const all = n.cells.size === 0 ? [] : d.times(d.below(3), () => write(d, n, later));
  return all.filter(({ cell }, i) => all.findIndex((other) => other.cell === cell) === i);
};

const runs = (d: Dice, n: Names, effect: string): Json => {
  const steps = d.times(d.below(3), (i): readonly [string, unknown] => [
    `s${i}`,
    term(d, n, d.pick([...TYPES, ...RECORDS])),
  ]);
  const given = { effect, step: 'step', with: Object.fromEntries(steps) };
  if (effect === 'read') return given;
  const seen = { ...n, facts: new Map([...n.observed, ['at', { type: 'instant' } satisfies Type] as const]) };
  const after = STATUSES.map((status) => [status, { emits: 'action_executed', writes: writes(d, n, true) }]);
  return {
    ...given,
    verify: condition(d, seen, 2),
    idempotent: d.chance(50),
    begins: 'action_begun',
    after: Object.fromEntries(after),
  };
};

/** Whether a condition looks at the time; and at no fact that may be kept by instant. */
const looksAtTime = (when: unknown): boolean => {
  const text = JSON.stringify(when);
  return (text.includes('"fact":"at"') || text.includes('"within"')) && !/"fact":"p\d_l/.test(text);
};

/** A condition, and what would help. */
const requirement = (d: Dice, n: Names, args: readonly string[], depth = 3): Json => {
  const when = condition(d, n, depth);
  return { when, remedy: remedy(d, { ...n, looksAtTime: looksAtTime(when) }, args) };
};

const action = (d: Dice, n: Names, code: string): Json => {
  const args = d.times(d.below(3), (i): readonly [string, Json & Argument] => {
    const type = d.pick([...TYPES, ...RECORDS]);
    const otherwise = type.type === 'records' ? [] : wire(type, typed(d, type, AT));
    return [
      `a${i}`,
      { means: `argument ${i}`, type, ...(d.chance(30) && otherwise !== '' ? { otherwise: otherwise as never } : {}) },
    ];
  });
  const within: Names = {
    ...n,
    facts: new Map([...n.facts, ...args.map(([name, { type }]) => [`argument.${name}`, type] as const)]),
  };
  const effect = d.pick(['internal', 'read', 'external', 'contractual']);
  const least = effect === 'external' || effect === 'contractual' ? 1 : 0;
  const names = args.map(([name]) => name);
  const requires = d.times(least + d.below(4), (i) => ({
    code: d.chance(80) ? code : d.pick(['approval_expired', 'expired', 'suspended']),
    means: `requirement ${i}`,
    ...requirement(d, within, names),
  }));
  const who = d.some(SUBJECT_TYPES);
  return {
    means: 'does something',
    who: who.length === 0 ? ['agent'] : who,
    ...(d.chance(20) ? { relation: d.pick(['owner', 'approver']) } : {}),
    entitlement: d.pick(['active', 'none']),
    roles: d.chance(50) ? [] : d.some(ROLES.slice(0, 4)),
    arguments: Object.fromEntries(args),
    ...(d.chance(20) ? { invalid: code } : {}),
    requires,
    emits: { approve: 'action_approved', refuse: 'action_refused' },
    writes: writes(d, within),
    does: effect === 'internal' ? { effect } : runs(d, within, effect),
  };
};

const cellsFor = (d: Dice, p: string): readonly (readonly [string, Cell])[] =>
  d.times(1 + d.below(3), (i) => [
    `${p}_c${i}`,
    { means: `cell ${i}`, type: d.pick(TYPES), key: d.pick([[], ['one'], ['one', 'two']]) },
  ]);

const observedFor = (d: Dice, p: string): readonly (readonly [string, Json & { readonly type: Type }])[] =>
  d.times(1 + d.below(3), (i) => [
    `${p}_f${i}`,
    {
      means: `whether observed ${i}`,
      type: d.pick([...TYPES, ...RECORDS]),
      origin: 'observed',
      sources: d.pick([['git'], ['git', 'probe'], ['ci', 'git', 'probe']]),
      maxAgeMs: d.pick([1, 60_000, 86_400_000]),
    },
  ]);

const ledgerFor = (d: Dice, p: string, n: Names): readonly (readonly [string, Json & { readonly type: Type }])[] => {
  const cells = [...n.cells];
  return d.times(d.below(4), (i) => {
    const [cell, { type, key }] = d.pick(cells);
    const otherwise = type.type === 'string' && d.chance(50) ? '' : wire(type, typed(d, type, AT));
    return [
      `${p}_l${i}`,
      { means: `kept ${i}`, type, origin: 'ledger', cell, key: key.map(() => term(d, n, STRING)), otherwise },
    ];
  });
};

interface Made {
  readonly packs: readonly Json[];
  readonly names: Names;
}

const pack = (d: Dice, { packs, names }: Made, i: number): Made => {
  const p = `p${i}`;
  const observed = observedFor(d, p);
  const withCells: Names = {
    ...names,
    cells: new Map([...names.cells, ...cellsFor(d, p)]),
    facts: new Map([...names.facts, ...observed.map(([id, { type }]) => [id, type] as const)]),
    observed: new Map([...names.observed, ...observed.map(([id, { type }]) => [id, type] as const)]),
  };
  const ledger = ledgerFor(d, p, withCells);
  const facts = new Map([...withCells.facts, ...ledger.map(([id, { type }]) => [id, type] as const)]);
  const places = [...(names.places ?? []), ...ledger.map(([, place]) => place as unknown as Place)];
  let n: Names = { ...withCells, facts, places };
  const actions = d.times(1 + d.below(2), (k): readonly [string, Json] => {
    const made: readonly [string, Json] = [`${p}_do${k}`, action(d, n, `${p}_code`)];
    // Later actions may lead to earlier ones: never in a circle.
    n = { ...n, actions: new Map([...n.actions, made]) };
    return made;
  });
  const own: Json = {
    pack_id: p,
    version: '1.0.0',
    description: 'A pack.',
    ...(d.chance(20) ? { always: true } : {}),
    tools: actions.map(([id]) => ({ tool: `${id}_tool`, title: 'A tool', description: 'A tool.', actions: [id] })),
    signals: [],
    facts: Object.fromEntries([...observed, ...ledger]),
    cells: Object.fromEntries([...n.cells].filter(([id]) => id.startsWith(p))),
    actions: Object.fromEntries(actions),
    codes: { [`${p}_code`]: 'a code of the pack' },
    required_iam_roles: [],
    incompatible_with: [],
    requires: d.some(packs.map(({ pack_id }) => pack_id)),
    receipt_events: [],
    storage: 'none',
    compute_limits: { timeoutMs: 1_000, memoryBytes: 1_048_576, cpuPercent: 1 },
  };
  return { packs: [...packs, own], names: n };
};

/** What a policy document may speak of: actions that a tenant may ask for, packs of them, what changes the world. */
const targetsOf = ({ packs, names }: Made): readonly string[] => {
  const asked = [...names.actions].filter(([, { who }]) =>
    (who as readonly string[]).some((type) => type !== 'marketplace' && type !== 'system'),
  );
  const ids = asked.map(([id]) => id);
  const isExternal = ([, { does }]: (typeof asked)[number]): boolean =>
    /^(external|contractual)$/.test((does as { readonly effect: string }).effect);
  const whole = packs.filter(({ actions }) => Object.keys(actions as Json).some((id) => ids.includes(id)));
  return [...ids, ...whole.map(({ pack_id }) => `pack:${pack_id}`), ...(asked.some(isExternal) ? ['*external'] : [])];
};

/** A policy document over the facts that all actions know. */
const policyOf = (d: Dice, made: Made, i: number): Json => {
  const targets = targetsOf(made);
  // Where a document leads to actions, it could lead in a circle.
  const n: Names = { ...made.names, actions: new Map() };
  const added = (k: number): Json => {
    const some = d.some(targets);
    return {
      actions: some.length === 0 ? targets.slice(0, 1) : some,
      code: 'own',
      means: `of the tenant ${k}`,
      ...requirement(d, n, [], 2),
    };
  };
  return {
    policy: { id: `t${i}`, version: '1.0.0' },
    requirements: targets.length === 0 ? [] : d.times(d.below(3), added),
    codes: { own: 'a code of the document' },
  };
};

const ALL = 'full';
/** A lawful catalog, as it is written. Its plan `full` sells everything. */
export const catalogOf = (d: Dice): Json => {
  const none: Names = {
    facts: new Map(COMMON),
    observed: new Map(),
    cells: new Map(),
    actions: new Map(),
    tables: true,
  };
  let made: Made = { packs: [], names: none };
  for (let i = 0; i <= d.below(3); i++) made = pack(d, made, i);
  const ids = made.packs.map(({ pack_id }) => pack_id as string);
  const plan = (title: string, packs: readonly string[], roles: readonly string[], quota: number): Json => ({
    title,
    sku_id: `sku-${title}`,
    packs,
    iam_roles: roles,
    quota,
  });
  return {
    catalog: { id: 'generated', version: '0.0.1' },
    packs: [platform, receiptVerifier, ...made.packs],
    plans: {
      [ALL]: plan('full', ids, ROLES, 100),
      ...(d.chance(50) ? { small: plan('small', [], d.some(ROLES), 1) } : {}),
    },
    ...(d.chance(40) ? { policies: d.times(1 + d.below(2), (i) => policyOf(d, made, i)) } : {}),
  };
};
