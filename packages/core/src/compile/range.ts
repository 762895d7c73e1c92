/**
 * Cells stay in their types. A write that could take a cell out of its type does not load, or becomes a requirement of
 * gate 8, `cell_out_of_range`: written as a condition, so that proofs and comparisons see what a decision does.
 */

import type { Path } from '../data/issue.ts';
import { describeType, MAX_STRING, type Type } from '../data/value.ts';
import { type Action, type Remedy, STATUSES, type Write } from '../policy/action.ts';
import type { CatalogSource } from '../policy/catalog-source.ts';
import type { Condition } from '../policy/condition.ts';
import { type Cell, type CellId, type Fact, type FactId, isFactTerm, type Term } from '../policy/fact.ts';
import type { PlacedRequirement } from '../policy/with-policy.ts';
import { own, owns } from '../receipt/encoding/own.ts';
import type { Complaints, Scope } from './scope.ts';

/** What an action's writes are looked at with. */
export interface Written {
  readonly action: Action;
  readonly cells: ReadonlyMap<CellId, Cell>;
  readonly source: CatalogSource;
  readonly scope: Scope;
  readonly path: Path;
  readonly to: Complaints;
}

/** A write in its list. */
interface Placed {
  readonly write: Write;
  readonly path: Path;
}

type IntegerType = Extract<Type, { readonly type: 'integer' }>;

/** The code of a write that would leave its cell's type. */
export const OUT_OF_RANGE = 'cell_out_of_range';

const ALWAYS: Condition = { all: [] };
const NEVER: Condition = { any: [] };
/** Conditional writes of one cell in one list; each combination of them becomes a condition. */
const MAX_CONDITIONAL = 4;

/** What has to hold so that every cell is of its type after the writes; each condition once. */
export const rangeRequirements = (w: Written): readonly PlacedRequirement[] => {
  const found = [
    ...placedWrites(w.action).flatMap((placed) => ofTerm(w, placed)),
    ...byCell(placed(w.action.writes, 'writes')).flatMap((writes) => ofCount(w, writes)),
  ];
  for (const later of afterwards(w.action)) ofLaterCount(w, later);
  const said = new Set<string>();
  return found.filter(({ requirement: { when } }) => {
    const text = JSON.stringify(when);
    return text !== JSON.stringify(ALWAYS) && !said.has(text) && said.add(text) !== undefined;
  });
};

export const placed = (writes: readonly Write[], ...path: Path): readonly Placed[] =>
  writes.map((write, i) => ({ write, path: [...path, i] }));

export const afterwards = ({ does }: Action): readonly Placed[] =>
  owns(does, 'after')
    ? STATUSES.flatMap((status) => placed(does.after[status].writes, 'does', 'after', status, 'writes'))
    : [];

/** The fact that reads a place of the ledger; the first by its name. */
export const readerOf = ({ scope }: Written, { cell, key }: Write, otherwise: number | undefined): FactId | undefined =>
  [...scope.names()].sort().find((id) => {
    const fact = scope.fact(id);
    return (
      fact?.origin === 'ledger' &&
      fact.cell === cell &&
      JSON.stringify(fact.key) === JSON.stringify(key) &&
      (otherwise === undefined || fact.otherwise === otherwise)
    );
  });

const placedWrites = (action: Action): readonly Placed[] => [...placed(action.writes, 'writes'), ...afterwards(action)];

const byCell = (writes: readonly Placed[]): readonly (readonly [Placed, ...Placed[]])[] => {
  const groups = new Map<CellId, [Placed, ...Placed[]]>();
  for (const one of writes) {
    const group = groups.get(one.write.cell);
    if (group === undefined) groups.set(one.write.cell, [one]);
    else group.push(one);
  }
  return [...groups.values()];
};

/** What is set or added has to be of the cell's type, if it happens. */
const ofTerm = (w: Written, { write, path }: Placed): readonly PlacedRequirement[] => {
  const { change } = write;
  const type = w.cells.get(write.cell)?.type;
  const term = owns(change, 'set') ? change.set : owns(change, 'add') ? change.add : undefined;
  if (type === undefined || term === undefined || !isFactTerm(term)) return [];
  const fact = w.scope.fact(term.fact);
  if (fact === undefined) return [];
  const here = [...path, 'change', owns(change, 'set') ? 'set' : 'add'];
  if (isLonger(fact.type, type)) {
    w.to.add([...w.path, ...here], describeType(type), `\`${term.fact}\`, which is ${describeType(fact.type)}`);
    return [];
  }
  const fits = owns(change, 'add') ? memberFits(term.fact, fact, type) : valueFits(term, fact.type, type);
  if (fits === NEVER) {
    w.to.add([...w.path, ...here], describeType(type), `\`${term.fact}\`, which is ${describeType(fact.type)}`);
    return [];
  }
  if (fits === ALWAYS) return [];
  const means = `what is written to \`${write.cell}\` is ${describeType(type)}`;
  return [required(w, path, means, unless(write.when, fits), remedyFor(term.fact))];
};

const isLonger = (from: Type, to: Type): boolean => {
  if (to.type !== 'string') return false;
  const most = own(to, 'maxLength') ?? MAX_STRING;
  if (from.type === 'enum') return from.values.some((word) => word.length > most);
  return from.type === 'string' && (own(from, 'maxLength') ?? MAX_STRING) > most;
};

const valueFits = (term: Extract<Term, { readonly fact: FactId }>, from: Type, to: Type): Condition => {
  const { fact } = term;
  if (to.type === 'enum') return wordFits(fact, from, to.values);
  if (to.type === 'set') return from.type === 'set' ? setFits(fact, from, own(to, 'of')) : ALWAYS;
  if (to.type !== 'integer' || from.type !== 'integer') return ALWAYS;
  return numberFits(fact, own(term, 'plus') ?? 0, from, to);
};

const memberFits = (fact: FactId, declared: Fact, to: Type): Condition => {
  const from = declared.type;
  if (to.type !== 'set') return ALWAYS;
  const of = own(to, 'of');
  if (from.type === 'set') return setFits(fact, from, of);
  if (of !== undefined) return wordFits(fact, from, of);
  // The empty text stands for what was never written; it is no member.
  const mayBeEmpty = declared.origin === 'ledger' || (declared.origin === 'context' && declared.of === 'catalog');
  return from.type === 'string' && mayBeEmpty ? { not: { fact, is: '' } } : ALWAYS;
};

const wordFits = (fact: FactId, from: Type, words: readonly string[]): Condition => {
  if (from.type !== 'enum') return { fact, oneOf: [...words].sort() };
  const common = from.values.filter((word) => words.includes(word));
  if (common.length === from.values.length) return ALWAYS;
  return common.length === 0 ? NEVER : { fact, oneOf: [...common].sort() };
};

const setFits = (fact: FactId, from: Extract<Type, { readonly type: 'set' }>, of?: readonly string[]): Condition => {
  const words = own(from, 'of');
  if (of === undefined || words?.every((word) => of.includes(word)) === true) return ALWAYS;
  return { fact, subsetOf: [...of].sort() };
};

const numberFits = (fact: FactId, plus: number, from: IntegerType, to: IntegerType): Condition => {
  const [low, high] = boundsOf(from);
  const [least, most] = [own(to, 'min'), own(to, 'max')];
  const parts: Condition[] = [];
  if (least !== undefined && low + plus < least) {
    if (high + plus < least) return NEVER;
    parts.push({ fact, atLeast: least - plus });
  }
  if (most !== undefined && high + plus > most) {
    if (low + plus > most) return NEVER;
    parts.push({ fact, atMost: most - plus });
  }
  return allOf(parts);
};

const boundsOf = (type: IntegerType): readonly [number, number] => [
  own(type, 'min') ?? Number.MIN_SAFE_INTEGER,
  own(type, 'max') ?? Number.MAX_SAFE_INTEGER,
];

/** A counter with bounds: whichever of its writes happen, it ends within them. */
const ofCount = (w: Written, writes: readonly [Placed, ...Placed[]]): readonly PlacedRequirement[] => {
  const [{ write: first, path }] = writes;
  const type = w.cells.get(first.cell)?.type;
  const bounded = type?.type === 'integer' && (own(type, 'min') !== undefined || own(type, 'max') !== undefined);
  if (!bounded || !writes.some(({ write }) => owns(write.change, 'plus'))) return [];
  const [least, most] = boundsOf(type);
  const at = (index: number): Path => [...w.path, ...(writes[index]?.path ?? path)];
  if (least > 0 || most < 0) {
    w.to.add(at(0), 'a cell that may hold 0, at which a counter begins, where `plus` stands', describeType(type));
    return [];
  }
  const isSame = ({ write: { key } }: Placed): boolean => JSON.stringify(key) === JSON.stringify(first.key);
  if (!writes.every(isSame)) return ofCounters(w, writes, type);
  const held = readerOf(w, first, 0);
  const conditional = writes.filter(({ write }) => write.when !== undefined);
  if (conditional.length > MAX_CONDITIONAL) {
    w.to.add(at(0), `at most ${MAX_CONDITIONAL} conditional writes of a counter with bounds`, `${conditional.length}`);
    return [];
  }
  return combinations(conditional).flatMap((happening) => {
    const ends = endOf(writes.filter((one) => one.write.when === undefined || happening.includes(one)));
    const fits = endFits(ends, held, type);
    if (fits === ALWAYS) return [];
    if (fits === undefined) {
      w.to.add(
        at(0),
        `a fact of the ledger that reads \`${first.cell}\` at this key, and 0 where nothing was written`,
        'none',
      );
      return [];
    }
    const these = conditional.map((one): Condition => {
      const when = one.write.when ?? ALWAYS;
      return happening.includes(one) ? when : { not: when };
    });
    const means = `\`${first.cell}\` stays ${describeType(type)}`;
    return [required(w, path, means, unless(allOf(these), fits), { by: 'world' })];
  });
};

/** Counters of one cell at several keys, which may turn out to be one: then only what can't pass a bound loads. */
const ofCounters = (
  w: Written,
  writes: readonly [Placed, ...Placed[]],
  type: IntegerType,
): readonly PlacedRequirement[] => {
  const [least, most] = [own(type, 'min'), own(type, 'max')];
  const all = writes.map(({ write: { change } }) => (owns(change, 'plus') ? change.plus : 0));
  const isSafe =
    (most === undefined || all.every((by) => by <= 0)) && (least === undefined || all.every((by) => by >= 0));
  if (!isSafe)
    w.to.add([...w.path, ...writes[0].path], 'one key for all writes of a counter with bounds', writes[0].write.cell);
  return [];
};

/** Every choice of the writes that may happen. */
const combinations = (writes: readonly Placed[]): readonly (readonly Placed[])[] =>
  writes.reduce<readonly (readonly Placed[])[]>((all, one) => all.flatMap((these) => [these, [...these, one]]), [[]]);

/** What a counter comes to: how much more than before, or than a value that it is set to. `undefined`: it is not counted. */
const endOf = (writes: readonly Placed[]): { readonly by: number; readonly from?: Term } | undefined => {
  let end: { readonly by: number; readonly from?: Term } = { by: 0 };
  let isCounted = false;
  for (const {
    write: { change },
  } of writes) {
    if (owns(change, 'plus')) {
      end = { ...end, by: end.by + change.plus };
      isCounted = true;
    } else {
      end = { by: 0, from: owns(change, 'set') ? change.set : 0 };
      isCounted = false;
    }
  }
  return isCounted ? end : undefined;
};

const endFits = (end: ReturnType<typeof endOf>, held: FactId | undefined, type: IntegerType): Condition | undefined => {
  if (end === undefined) return ALWAYS;
  const { by, from } = end;
  const [least, most] = boundsOf(type);
  if (typeof from === 'number') return from + by < least || from + by > most ? NEVER : ALWAYS;
  const isSafe = (own(type, 'max') === undefined || by <= 0) && (own(type, 'min') === undefined || by >= 0);
  if (isSafe) return ALWAYS;
  const [fact, plus] = from !== undefined && isFactTerm(from) ? [from.fact, own(from, 'plus') ?? 0] : [held, 0];
  return fact === undefined ? undefined : numberFits(fact, plus + by, type, type);
};

/** After an approval a counter may move towards a bound only as far as the approval moved it away. */
const ofLaterCount = (w: Written, { write, path }: Placed): void => {
  const type = w.cells.get(write.cell)?.type;
  const { change } = write;
  if (!owns(change, 'plus') || type?.type !== 'integer') return;
  if (own(type, change.plus > 0 ? 'max' : 'min') === undefined) return;
  const isGivenBack = w.action.writes.some(
    ({ cell, key, change: before, when }) =>
      cell === write.cell &&
      when === undefined &&
      JSON.stringify(key) === JSON.stringify(write.key) &&
      owns(before, 'plus') &&
      Math.sign(before.plus) === -Math.sign(change.plus) &&
      Math.abs(before.plus) >= Math.abs(change.plus),
  );
  if (!isGivenBack || isSetSomewhere(w.source, write.cell))
    w.to.add(
      [...w.path, ...path],
      `what the approval itself counted, given back, of a cell that nothing sets or clears`,
      `\`${write.cell}\` plus ${change.plus}`,
    );
};

const isSetSomewhere = (source: CatalogSource, cell: CellId): boolean => setCellsOf(source).has(cell);

/** The cells that some action sets, clears or adds to. Looked for once a catalog: every counter of every action asks. */
const setCellsOf = (source: CatalogSource): ReadonlySet<CellId> => {
  const known = SET_CELLS.get(source);
  if (known !== undefined) return known;
  const actions = source.packs.flatMap((pack) => Object.values(pack.actions));
  const writes = actions.flatMap(placedWrites).map(({ write }) => write);
  const cells = new Set(writes.flatMap(({ cell, change }) => (owns(change, 'plus') ? [] : [cell])));
  SET_CELLS.set(source, cells);
  return cells;
};

const SET_CELLS = new WeakMap<CatalogSource, ReadonlySet<CellId>>();

const allOf = (parts: readonly Condition[]): Condition => {
  const [only] = parts;
  if (only === undefined) return ALWAYS;
  return parts.length === 1 ? only : { all: parts };
};

/** It fits, where the write happens at all. */
const unless = (when: Condition | undefined, fits: Condition): Condition =>
  when === undefined || when === ALWAYS ? fits : { any: [{ not: when }, fits] };

const remedyFor = (fact: FactId): Remedy =>
  fact.startsWith('argument.') ? { by: 'request', argument: fact.slice('argument.'.length) } : { by: 'world' };

const required = (w: Written, path: Path, means: string, when: Condition, remedy: Remedy): PlacedRequirement => ({
  requirement: { code: OUT_OF_RANGE, means, when, remedy },
  path: [...w.path, ...path],
});
