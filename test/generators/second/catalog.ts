/**
 * Catalogs from the words of the design alone: a second generator, which shares nothing with the first but the dice.
 *
 * What the first never reaches meets here: several facts over one cell, keys that coincide, records, change windows, counters,
 * writes with conditions, approvals by several, remedies that write what others read. Nothing is true by construction:
 * whether a step helps is for `lint` to say, and the laws hold of what it lets through.
 */
import type { Dice } from '../dice.ts';

export type Json = { readonly [member: string]: unknown };

/** What a cell holds: its type, and values that matter. */
export interface Kind {
  readonly type: Json;
  readonly values: readonly unknown[];
}

/** The instant at which everything happens: a Monday at noon. */
export const NOON = '2026-01-26T12:00:00.000Z';
const HOUR_LATER = '2026-01-26T13:00:00.000Z';
const HOUR_EARLIER = '2026-01-26T11:00:00.000Z';

const FLAG: Kind = { type: { type: 'boolean' }, values: [false, true] };
const COLOUR: Kind = { type: { type: 'enum', values: ['amber', 'green', 'red'] }, values: ['amber', 'green', 'red'] };
const COUNT: Kind = { type: { type: 'integer', min: 0, max: 9 }, values: [0, 1, 2, 3, 9] };
const NAME: Kind = { type: { type: 'string' }, values: ['ann', 'bob', 'svc'] };
const MOMENT: Kind = { type: { type: 'instant' }, values: [HOUR_EARLIER, NOON, HOUR_LATER] };
const NAMES: Kind = { type: { type: 'set' }, values: [[], ['ann'], ['ann', 'bob'], ['bob']] };
const RINGS: Kind = {
  type: { type: 'set', of: ['canary', 'fleet'] },
  values: [[], ['canary'], ['canary', 'fleet'], ['fleet']],
};
const CHECKS: Kind = {
  type: { type: 'records', fields: { name: NAME.type, passed: FLAG.type, runs: COUNT.type }, max: 3 },
  values: [[], [{ name: 'ann', passed: true, runs: 1 }], [{ name: 'bob', passed: false, runs: 2 }]],
};
const KEPT = [FLAG, COLOUR, COUNT, COUNT, NAME, MOMENT, NAMES, RINGS];

/** A fact that conditions can look at. */
export interface Known extends Kind {
  readonly id: string;
}
interface Shelf extends Kind {
  readonly cell: string;
  readonly key: readonly unknown[];
}

const kindOf = ({ type }: Kind): string => (type['type'] === 'enum' ? 'string' : String(type['type']));
const named = (entries: readonly (readonly [string, unknown])[]): Json => Object.fromEntries(entries);

const comparisonWith = (d: Dice, known: Known, all: readonly Known[]): Json => {
  const { id, values } = known;
  const value = d.pick(values);
  const others = all.filter((other) => other.id !== id && kindOf(other) === kindOf(known));
  const right = others.length > 0 && d.chance(25) ? { fact: d.pick(others).id } : value;
  switch (kindOf(known)) {
    case 'integer':
      return { fact: id, [d.pick(['is', 'atLeast', 'atMost', 'above', 'below'])]: right };
    case 'instant':
      return d.chance(20)
        ? { fact: id, within: 3_600_000 }
        : { fact: id, [d.pick(['before', 'after', 'notBefore', 'notAfter'])]: right };
    case 'set': {
      const op = d.pick(['contains', 'containsAll', 'subsetOf', 'disjointFrom']);
      const members = (values as readonly (readonly string[])[]).flat();
      return { fact: id, [op]: op === 'contains' ? d.pick(members) : right };
    }
    case 'records':
      return {
        fact: id,
        [d.pick(['every', 'some'])]: d.pick([
          { fact: 'field.passed', is: true },
          { fact: 'field.runs', atLeast: 2 },
        ]),
      };
    default:
      return { fact: id, is: right };
  }
};

/** A condition over some facts. */
const conditionOver = (d: Dice, all: readonly Known[], depth = 2): Json => {
  if (depth === 0 || d.chance(55)) return comparisonWith(d, d.pick(all), all);
  const part = (): Json => conditionOver(d, all, depth - 1);
  return d.pick([() => ({ all: [part(), part()] }), () => ({ any: [part(), part()] }), () => ({ not: part() })])();
};

const KEYS: readonly (readonly unknown[])[] = [[], [], [{ fact: 'resource_ref' }], [{ fact: 'subject' }], ['fixed']];

const changeOf = (d: Dice, { type, values }: Kind, args: readonly Known[]): Json => {
  const alike = args.filter((a) => JSON.stringify(a.type) === JSON.stringify(type));
  if (type['type'] === 'integer' && d.chance(40)) return { plus: 1 };
  if (type['type'] === 'set' && d.chance(60)) {
    const members = (values as readonly (readonly string[])[]).flat();
    return {
      [d.pick(['add', 'add', 'remove'])]:
        type['of'] === undefined && d.chance(50) ? { fact: 'subject' } : d.pick(members),
    };
  }
  if (alike.length > 0 && d.chance(60)) return { set: { fact: d.pick(alike).id } };
  return d.chance(10) ? { clear: true } : { set: d.pick(values) };
};

const internal = (more: Json): Json => ({
  means: 'changes the ledger',
  who: ['user'],
  entitlement: 'none',
  roles: [],
  arguments: {},
  requires: [],
  emits: { approve: 'ledger_changed', refuse: 'action_refused' },
  writes: [],
  does: { effect: 'internal' },
  ...more,
});

/** Approvals by so many, each once, in two cells of their own. */
const VOTES: Json = internal({
  arguments: { what: { means: 'what is approved', type: { type: 'string' } } },
  writes: [
    {
      cell: 'votes',
      key: [{ fact: 'argument.what' }],
      change: { plus: 1 },
      when: { not: { fact: 'voted_here', contains: { fact: 'subject' } } },
    },
    { cell: 'voters', key: [{ fact: 'argument.what' }], change: { add: { fact: 'subject' } } },
  ],
});
const voted = (upTo: number, excepts: boolean): Json => ({
  code: 'wrong',
  means: `${upTo} approved it`,
  when: { fact: 'votes', atLeast: upTo },
  remedy: {
    by: 'authority',
    who: { type: 'user' },
    submit: { action: 'vote', arguments: { what: { fact: 'binding' } } },
    times: { upTo, counted: { fact: 'votes' }, while: { all: [] }, ...(excepts ? { except: { fact: 'voters' } } : {}) },
  },
});

interface Mend {
  readonly id: string;
  readonly args: readonly Known[];
}

const remedyOf = (d: Dice, mends: readonly Mend[], facts: readonly Known[], asked: readonly Known[]): Json => {
  const roll = d.below(10);
  if (roll < 5 && mends.length > 0) {
    const { id, args } = d.pick(mends);
    const settled: [string, unknown][] = [];
    const choose: Json[] = [];
    for (const { id: name, type, values } of args) {
      const argument = name.slice('argument.'.length);
      const alike = facts.filter((f) => JSON.stringify(f.type) === JSON.stringify(type));
      const isOrdered = type['type'] === 'integer';
      if (d.chance(60))
        settled.push([argument, alike.length > 0 && d.chance(40) ? { fact: d.pick(alike).id } : d.pick(values)]);
      else
        choose.push({
          argument,
          ...(isOrdered && d.chance(70) ? { from: d.pick(values), ...(d.chance(50) ? { to: 9 } : {}) } : {}),
        });
    }
    return { by: 'authority', who: { type: 'user' }, submit: { action: id, arguments: named(settled), choose } };
  }
  if (roll < 7 && asked.length > 0) return { by: 'request', argument: d.pick(asked).id.slice('argument.'.length) };
  return roll < 9 ? { by: 'world' } : { by: 'nobody', why: 'nobody can' };
};

/** Something that has to be so, an action that makes it so, and whatever else that action changes on the way. */
interface Aim {
  readonly id: string;
  readonly action: Json;
  readonly requirement: Json;
}

/**
 * A requirement of a kept fact whose remedy writes the very cell: sets it, adds to it, or counts it up, by one after the
 * other. It may write what other requirements read as well, so that the steps of one refusal meet in one state.
 */
const aimAt = (d: Dice, i: number, shelves: readonly Shelf[], args: readonly Known[]): Aim => {
  const shelf = d.pick(shelves);
  const fact = `kept_${shelves.indexOf(shelf)}_0`;
  const value = d.pick(shelf.values);
  const members = kindOf(shelf) === 'set' ? (shelf.values as readonly (readonly string[])[]).flat() : [];
  const counts = kindOf(shelf) === 'integer' && d.chance(60);
  const most = 1 + d.below(3);
  const [when, change]: readonly [Json, Json] = counts
    ? [{ fact, atLeast: most }, { plus: 1 }]
    : members.length > 0
      ? ((member) => [{ fact, contains: member }, { add: member }] as const)(d.pick(members))
      : kindOf(shelf) === 'integer'
        ? [{ fact, atLeast: value }, { set: value }]
        : [{ fact, is: value }, { set: value }];
  const aside = d.chance(40) ? d.some(shelves).filter((other) => other !== shelf) : [];
  const id = `aim_${i}`;
  return {
    id,
    action: internal({
      writes: [
        { cell: shelf.cell, key: shelf.key, change },
        ...aside.map((other) => ({ cell: other.cell, key: other.key, change: changeOf(d, other, args) })),
      ],
    }),
    requirement: {
      code: 'wrong',
      means: `aim ${i} is met`,
      when,
      remedy: {
        by: 'authority',
        who: { type: 'user' },
        submit: { action: id, arguments: {} },
        ...(counts ? { times: { upTo: most, counted: { fact }, while: { all: [] } } } : {}),
      },
    },
  };
};

/** A catalog of one pack that is always on: what is kept, who mends it, and one action that looks at all of it. */
export const secondCatalog = (d: Dice): Json => {
  const shelves: readonly Shelf[] = d.times(1 + d.below(3), (i) => ({
    ...d.pick(KEPT),
    cell: `cell_${i}`,
    key: d.pick(KEYS),
  }));
  // Up to two facts read one cell: by one key or by another, with a default each.
  // What is kept by a text that is kept itself is read through it.
  const isText = ({ type }: Kind): boolean => type['type'] === 'enum' || type['type'] === 'string';
  const through = shelves.flatMap((shelf, i) => (isText(shelf) ? [[{ fact: `kept_${i}_0` }]] : []));
  const kept = shelves.flatMap((shelf, i) =>
    d.times(1 + d.below(2), (k) => ({
      id: `kept_${i}_${k}`,
      ...shelf,
      key:
        k === 0 || shelf.key.length === 0
          ? shelf.key
          : d.pick([[{ fact: 'subject' }], ['fixed'], [{ fact: 'resource_ref' }], ...through, ...through]),
      otherwise: d.pick(shelf.values),
    })),
  );
  const seen: readonly Known[] = d.times(1 + d.below(2), (i) => ({
    id: `seen_${i}`,
    ...d.pick([FLAG, COLOUR, COUNT, RINGS, CHECKS]),
  }));
  const asked: readonly Known[] = d.times(d.below(2), (i) => ({
    id: `argument.asked_${i}`,
    ...d.pick([COLOUR, COUNT]),
  }));
  const mends = d.times(1 + d.below(2), (i) => {
    const args: readonly Known[] = d.times(d.below(2), (k) => ({
      id: `argument.given_${k}`,
      ...d.pick([COLOUR, COUNT]),
    }));
    const looked = [...kept, ...args];
    const writes = d.some(shelves).map((shelf) => ({
      cell: shelf.cell,
      key: shelf.key,
      change: changeOf(d, shelf, args),
      ...(d.chance(20) ? { when: conditionOver(d, looked, 0) } : {}),
    }));
    const requires = d.chance(40)
      ? [
          {
            code: 'not_so',
            means: 'it is as it has to be',
            when: conditionOver(d, looked, 1),
            remedy:
              args.length > 0 && d.chance(70)
                ? { by: 'request', argument: 'given_0' }
                : { by: 'nobody', why: 'it is not for anybody to change' },
          },
        ]
      : [];
    return {
      id: `mend_${i}`,
      args,
      action: internal({
        arguments: named(args.map(({ id, type }) => [id.slice(9), { means: id, type }])),
        requires,
        writes,
      }),
    };
  });
  const facts = [...kept, ...seen, ...asked];
  // Of some, nothing is required but what somebody can bring about.
  const isAimed = d.chance(35);
  const requires: Json[] = [
    ...d.times(isAimed ? 0 : 1 + d.below(3), (i) => ({
      code: 'wrong',
      means: `requirement ${i} holds`,
      when: conditionOver(d, facts),
      remedy: remedyOf(d, mends, [...kept, ...seen], asked),
    })),
  ];
  const aims = d.times(isAimed ? 1 + d.below(3) : d.below(2), (i) => aimAt(d, i, shelves, []));
  requires.push(...aims.map(({ requirement }) => requirement));
  if (d.chance(30)) requires.push(voted(2 + d.below(2), d.chance(80)));
  if (d.chance(25))
    requires.push({
      code: 'wrong',
      means: 'a window is open',
      when: { fact: 'at', during: [{ days: [d.pick(['mon', 'tue'])], from: d.pick(['11:00', '13:00']), to: '15:00' }] },
      remedy: { by: 'time' },
    });
  const pack = {
    pack_id: 'workshop',
    version: '1.0.0',
    description: 'A workshop.',
    always: true,
    requires: [],
    incompatible_with: [],
    required_iam_roles: [],
    tools: [],
    facts: named([
      ...kept.map(
        ({ id, type, cell, key, otherwise }) =>
          [id, { means: id, type, origin: 'ledger', cell, key, otherwise }] as const,
      ),
      ...seen.map(
        ({ id, type }) => [id, { means: id, type, origin: 'observed', sources: ['probe'], maxAgeMs: 60_000 }] as const,
      ),
      [
        'votes',
        {
          means: 'votes',
          type: { type: 'integer', min: 0 },
          origin: 'ledger',
          cell: 'votes',
          key: [{ fact: 'binding' }],
          otherwise: 0,
        },
      ],
      [
        'voters',
        {
          means: 'voters',
          type: NAMES.type,
          origin: 'ledger',
          cell: 'voters',
          key: [{ fact: 'binding' }],
          otherwise: [],
        },
      ],
      [
        'voted_here',
        {
          means: 'voters',
          type: NAMES.type,
          origin: 'ledger',
          cell: 'voters',
          key: [{ fact: 'argument.what' }],
          otherwise: [],
        },
      ],
    ]),
    cells: named([
      ...shelves.map(
        ({ cell, key, type }) => [cell, { means: cell, key: key.map((_, i) => `part_${i}`), type }] as const,
      ),
      ['votes', { means: 'votes', key: ['what'], type: { type: 'integer', min: 0 } }],
      ['voters', { means: 'voters', key: ['what'], type: NAMES.type }],
    ]),
    codes: { wrong: 'something is wrong', not_so: 'it is not so' },
    actions: {
      ...named([...mends, ...aims].map(({ id, action }) => [id, action])),
      vote: VOTES,
      act: internal({
        who: ['agent', 'user'],
        arguments: named(asked.map(({ id, type }) => [id.slice(9), { means: id, type }])),
        requires,
      }),
    },
    receipt_events: ['ledger_changed'],
    signals: [],
    storage: 'none',
    compute_limits: { timeoutMs: 1_000, memoryBytes: 1_048_576, cpuPercent: 1 },
  };
  return { catalog: { id: 'second', version: '1.0.0' }, packs: [pack], plans: {} };
};
