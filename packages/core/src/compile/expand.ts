/** Unfolds what a condition says of the catalog itself: `each`, `{ "catalog": … }` and `{ "row": … }` become constants. */

import type { Path } from '../data/issue.ts';
import type { Value } from '../data/value.ts';
import type { CatalogSource } from '../policy/catalog-source.ts';
import {
  type Comparison,
  type Condition,
  comparisonOf,
  innerOf,
  isQuantified,
  type Right,
} from '../policy/condition.ts';
import { rolesOf } from '../policy/role.ts';
import { owns } from '../receipt/encoding/own.ts';
import type { Complaints } from './scope.ts';

type Row = Readonly<Record<string, Value>>;

/** The same condition without `each`, `catalog` and `row`. */
export const expandCondition = (
  c: Condition,
  source: CatalogSource,
  path: Path,
  to: Complaints,
  row?: Row,
): Condition => {
  if (owns(c, 'all'))
    return { all: c.all.map((part, i) => expandCondition(part, source, [...path, 'all', i], to, row)) };
  if (owns(c, 'any'))
    return { any: c.any.map((part, i) => expandCondition(part, source, [...path, 'any', i], to, row)) };
  if (owns(c, 'not')) return { not: expandCondition(c.not, source, [...path, 'not'], to, row) };
  if (owns(c, 'each')) {
    if (row !== undefined) to.add(path, 'no `each` inside another', '`each`');
    const rows = rowsOf(source, c.each);
    if (!to.unfold(rows.length * partsOf(c.holds))) {
      to.add(path, `at most ${to.most} parts of conditions, when every \`each\` of the catalog is unfolded`, 'more');
      return { all: [] };
    }
    return { all: rows.map((r) => expandCondition(c.holds, source, [...path, 'holds'], to, r)) };
  }
  if (!isQuantified(c)) return expandComparison(c, source, row, path, to);
  const kind = owns(c, 'every') ? 'every' : 'some';
  const inner = expandCondition(innerOf(c), source, [...path, kind], to, row);
  return kind === 'every' ? { fact: c.fact, every: inner } : { fact: c.fact, some: inner };
};

/** Complaints about an unfolded condition, each at the place where it was written and once, however many rows there are. */
export const aboutWritten = (c: Condition, at: Path, to: Complaints): Complaints => {
  let said: Set<string> | undefined;
  return {
    issues: to.issues,
    most: to.most,
    hint: to.hint,
    unfold: to.unfold,
    add: (path, expected, found) => {
      const written = [...at, ...writtenPlace(c, path.slice(at.length))];
      const complaint = JSON.stringify([written, expected, found]);
      said ??= new Set();
      if (!said.has(complaint)) to.add(written, expected, found);
      said.add(complaint);
    },
  };
};

/** How many parts a condition has. */
const partsOf = (c: unknown): number =>
  typeof c === 'object' && c !== null ? Object.values(c).reduce<number>((sum, part) => sum + partsOf(part), 1) : 1;

/** The rows of a table of the catalog. A pack's `requires` leaves out what is always on: it is satisfied by itself. */
const rowsOf = (source: CatalogSource, table: 'plan' | 'pack'): readonly Row[] => {
  if (table === 'plan') {
    // In the order of their names: a catalog is the same value in any order of its members.
    const plans = Object.entries(source.plans).sort(([x], [y]) => (x < y ? -1 : 1));
    return plans.map(([id, plan]) => ({
      id,
      sku_id: plan.sku_id,
      packs: sorted(plan.packs),
      iam_roles: sorted(plan.iam_roles),
    }));
  }
  const always = new Set(source.packs.filter((pack) => pack.always === true).map((pack) => pack.pack_id));
  return source.packs
    .filter((pack) => pack.always !== true)
    .map((pack) => ({
      id: pack.pack_id,
      requires: sorted(pack.requires.filter((other) => !always.has(other))),
      incompatible_with: sorted(pack.incompatible_with),
    }));
};

const sorted = (names: readonly string[]): readonly string[] => [...names].sort();

const expandComparison = (
  c: Comparison,
  source: CatalogSource,
  row: Row | undefined,
  path: Path,
  to: Complaints,
): Comparison => {
  const { fact, op, to: operand } = comparisonOf(c);
  return { fact, [op]: constantOf(operand, source, row, [...path, op], to) };
};

const constantOf = (operand: Right, source: CatalogSource, row: Row | undefined, path: Path, to: Complaints): Right => {
  if (typeof operand !== 'object' || Array.isArray(operand)) return operand;
  if (owns(operand, 'catalog')) return namesOf(source, operand.catalog);
  if (!owns(operand, 'row')) return operand;
  const value = row?.[operand.row];
  if (value === undefined) to.add(path, 'a column of the row that an `each` is at', `\`${operand.row}\``);
  return value ?? '';
};

const namesOf = (source: CatalogSource, kind: 'packs' | 'plans' | 'roles' | 'actions'): readonly string[] => {
  switch (kind) {
    case 'packs':
      return sorted(source.packs.map((pack) => pack.pack_id));
    case 'plans':
      return sorted(Object.keys(source.plans));
    case 'roles':
      return sorted(rolesOf(source));
    case 'actions':
      return sorted(source.packs.flatMap((pack) => Object.keys(pack.actions)));
  }
};

/** A place of an unfolded condition, where it was written: the rows of an `each` all come from its `holds`. */
const writtenPlace = (c: Condition | undefined, [step, ...rest]: Path): Path => {
  if (c === undefined || step === undefined) return step === undefined ? [] : [step, ...rest];
  if (owns(c, 'each')) return step === 'all' ? ['holds', ...writtenPlace(c.holds, rest.slice(1))] : [step, ...rest];
  if (owns(c, 'not') && step === 'not') return [step, ...writtenPlace(c.not, rest)];
  if (isQuantified(c) && (step === 'every' || step === 'some')) return [step, ...writtenPlace(innerOf(c), rest)];
  const parts = owns(c, 'all') && step === 'all' ? c.all : owns(c, 'any') && step === 'any' ? c.any : undefined;
  const [i] = rest;
  if (parts === undefined || typeof i !== 'number') return [step, ...rest];
  return [step, i, ...writtenPlace(parts[i], rest.slice(1))];
};
