/** Writes and step arguments become functions that resolve them; a receipt carries only what they resolve to. */

import type { Path } from '../data/issue.ts';
import { express, type Type, type Value, type Wire } from '../data/value.ts';
import type { ActionStep } from '../decision.ts';
import type { Observation } from '../observation.ts';
import type { Limits, Write } from '../policy/action.ts';
import type { Condition } from '../policy/condition.ts';
import type { Cell, CellId, Term } from '../policy/fact.ts';
import type { Reader, Sight } from '../reading.ts';
import { owns } from '../receipt/encoding/own.ts';
import type { CellChange, CellWrite } from '../state.ts';
import { compileCondition, TRUE } from './evaluator.ts';
import { type Complaints, compileTerm, createSlots, type Scope, valueAt } from './scope.ts';

type Resolve<A> = (o: Observation) => A;

interface Resolved {
  readonly happens: Resolve<boolean>;
  readonly write: Resolve<CellWrite>;
}

const NONE: readonly CellWrite[] = [];

/** Resolves an action's writes, in the order in which they are written. All conditions are of the state before them. */
export const compileWrites = (
  writes: readonly Write[],
  cells: ReadonlyMap<CellId, Cell>,
  scope: Scope,
  path: Path,
  to: Complaints,
): Resolve<readonly CellWrite[]> => {
  const resolved = writes.flatMap((w, i): readonly Resolved[] => {
    const here = [...path, i];
    const cell = cells.get(w.cell);
    if (cell === undefined) {
      to.add([...here, 'cell'], `a known cell${to.hint(w.cell, () => cells.keys())}`, `\`${w.cell}\``);
      return [];
    }
    if (cell.key.length !== w.key.length)
      to.add([...here, 'key'], `${cell.key.length} key parts (${cell.key.join(', ')})`, String(w.key.length));
    const key = w.key.map((term, k) => compileTerm(term, keyType(term, scope), scope, [...here, 'key', k], to));
    const change = compileChange(w, cell, scope, [...here, 'change'], to);
    const write: Resolve<CellWrite> = (o) => ({
      cell: w.cell,
      key: key.map((reader) => String(valueAt(reader, o) ?? '')),
      change: change(o),
    });
    return [{ happens: compileWhen(w.when, scope, [...here, 'when'], to), write }];
  });
  if (resolved.length === 0) return () => NONE;
  if (resolved.every(({ happens }) => happens === ALWAYS)) return (o) => resolved.map(({ write }) => write(o));
  return (o) => resolved.filter(({ happens }) => happens(o)).map(({ write }) => write(o));
};

/** Resolves the arguments of a step. */
export const compileStep = (
  step: string,
  terms: Readonly<Record<string, Term>>,
  limits: Limits,
  scope: Scope,
  path: Path,
  to: Complaints,
): {
  readonly resolve: Resolve<ActionStep>;
  readonly readers: ReadonlyMap<string, { readonly reader: Reader; readonly type: Type }>;
} => {
  const readers = new Map(
    Object.entries(terms).map(([name, term]) => {
      const type: Type =
        typeof term === 'object' && owns(term, 'fact') ? (scope.fact(term.fact)?.type ?? STRING) : typeOf(term);
      return [name, { reader: compileTerm(term, type, scope, [...path, name], to), type }] as const;
    }),
  );
  const within = { ...limits };
  const resolve = (o: Observation): ActionStep => {
    const filled: Record<string, Wire> = {};
    for (const [name, { reader, type }] of readers) filled[name] = express(type, valueAt(reader, o) ?? '');
    return { step, with: filled, limits: within };
  };
  return { resolve, readers };
};

/** A key part is text; an integer stands there in decimal. */
const keyType = (term: Term, scope: Scope): Type => {
  const type = typeof term === 'object' && owns(term, 'fact') ? scope.fact(term.fact)?.type : undefined;
  return type?.type === 'integer' ? type : STRING;
};

const compileChange = (w: Write, cell: Cell, scope: Scope, path: Path, to: Complaints): Resolve<CellChange> => {
  const { change } = w;
  if (owns(change, 'clear')) return () => CLEAR;
  if (owns(change, 'plus')) {
    if (cell.type.type !== 'integer') to.add(path, 'a cell of integers where `plus` stands', cell.type.type);
    const counted: CellChange = { plus: change.plus };
    return () => counted;
  }
  if (owns(change, 'set')) {
    const reader = compileTerm(change.set, cell.type, scope, [...path, 'set'], to);
    return (o) => setTo(cell.type, valueAt(reader, o) ?? '');
  }
  const term = owns(change, 'add') ? change.add : change.remove;
  const kind = owns(change, 'add') ? 'add' : 'remove';
  if (cell.type.type !== 'set') to.add(path, `a cell that holds a set where \`${kind}\` stands`, cell.type.type);
  const reader = compileMembers(term, cell.type.type === 'set' ? cell.type.of : undefined, scope, [...path, kind], to);
  return (o) => (kind === 'add' ? { add: members(valueAt(reader, o)) } : { remove: members(valueAt(reader, o)) });
};

const CLEAR: CellChange = { clear: true };

const setTo = (type: Type, value: Value): CellChange => {
  if (typeof value === 'object') return { replace: value };
  return type.type === 'instant' && typeof value === 'number' ? { at: value } : { set: value };
};

/** A set, or a string that stands for the set of it alone. */
const compileMembers = (
  term: Term,
  of: readonly string[] | undefined,
  scope: Scope,
  path: Path,
  to: Complaints,
): Reader => {
  const single =
    typeof term === 'string' ||
    (typeof term === 'object' && owns(term, 'fact') && scope.fact(term.fact)?.type.type !== 'set');
  const one: Type = of === undefined ? STRING : { type: 'enum', values: of };
  const many: Type = of === undefined ? { type: 'set' } : { type: 'set', of };
  return compileTerm(term, single ? one : many, scope, path, to);
};

const members = (value: Value | undefined): readonly string[] =>
  typeof value === 'object' ? value : value === undefined ? [] : [String(value)];

/** Whether a write happens. What is observed can't decide it: it would have to be known before anything is approved. */
const compileWhen = (when: Condition | undefined, scope: Scope, path: Path, to: Complaints): Resolve<boolean> => {
  if (when === undefined) return ALWAYS;
  const slots = createSlots();
  const test = compileCondition(when, path, { scope, slots, to });
  for (const id of slots.facts)
    if (scope.fact(id)?.origin === 'observed') to.add(path, 'a fact that is not observed', `\`${id}\``);
  const readers = slots.facts.map((id) => (scope.fact(id) === undefined ? (): Sight => '' : scope.reader(id)));
  return (o) => test(readers.map((reader) => reader(o))) === TRUE;
};

const ALWAYS: Resolve<boolean> = () => true;

const typeOf = (value: Value): Type => {
  if (typeof value === 'boolean') return { type: 'boolean' };
  if (typeof value === 'number') return { type: 'integer' };
  return typeof value === 'string' ? STRING : { type: 'set' };
};

const STRING: Type = { type: 'string' };
