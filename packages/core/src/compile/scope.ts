/** What a name can mean while an action is compiled, and where complaints go. */

import { LAST_INSTANT } from '../data/instant.ts';
import { HINTS_MAX, type Issue, type Path, picture, suggestion } from '../data/issue.ts';
import { admit, describeType, MAX_STRING, sameType, type Type, type Value } from '../data/value.ts';
import type { Observation } from '../observation.ts';
import { type Argument, type Fact, type FactId, isFactTerm, type Term } from '../policy/fact.ts';
import { argumentReader, createReads, type Reader, type Readers, readerOf, type Sight } from '../reading.ts';
import { own } from '../receipt/encoding/own.ts';

/** Collects what is wrong, with the path in the document. */
export interface Complaints {
  readonly issues: Issue[];
  readonly add: (path: Path, expected: string, found: string) => void;
  /** The nearest known name, for the first complaints alone: whoever is sent a hostile catalog needs none. */
  readonly hint: (name: string, known: () => Iterable<string>) => string;
  /** How many parts all `each` together may unfold into. */
  readonly most: number;
  /** Room for so many more of them; `false` where a catalog has no more. */
  readonly unfold: (parts: number) => boolean;
}

/**
 * Into how many parts the `each` of a catalog may unfold: rows times requirements are a product. The gates' own are a few
 * parts for each action, so a catalog with more actions may have more.
 */
export const unfoldedMax = (actions: number): number => Math.max(500_000, 100 * actions);

/** The facts that a condition or a term may name, and their readers. */
export interface Scope {
  readonly fact: (id: FactId) => Fact | undefined;
  readonly names: () => Iterable<FactId>;
  readonly reader: (id: FactId) => Reader;
}

/** What was read, by place: the same fact is read once a decision. */
export interface Slots {
  readonly slotOf: (id: FactId) => number;
  readonly facts: readonly FactId[];
}

const ARGUMENT = 'argument.';
/** How many facts a fact may be kept through, one by the next. */
const KEPT_THROUGH_MAX = 16;

export const complaints = (most: number = unfoldedMax(0)): Complaints => {
  const issues: Issue[] = [];
  let left = most;
  return {
    issues,
    most,
    unfold: (parts) => {
      left -= parts;
      return left >= 0;
    },
    add: (path, expected, found) => void issues.push({ path, expected, found }),
    hint: (name, known) => (issues.length < HINTS_MAX ? suggestion(name, known()) : ''),
  };
};

/** Reads a term where a value of a type is expected; complains about an unknown fact or another type. */
export const compileTerm = (term: Term, type: Type, scope: Scope, path: Path, to: Complaints): Reader => {
  if (!isFactTerm(term)) {
    const value = term === '' && type.type === 'string' ? '' : admit(type)(term);
    if (value === undefined) to.add(path, describeType(type), picture(term));
    return () => value ?? '';
  }
  const fact = scope.fact(term.fact);
  if (fact === undefined) {
    to.add([...path, 'fact'], `a known fact${to.hint(term.fact, scope.names)}`, `\`${term.fact}\``);
    return () => '';
  }
  if (!comparable(fact.type, type) || isTooLong(fact.type, type))
    to.add(path, describeType(type), `\`${term.fact}\`, which is ${describeType(fact.type)}`);
  const reader = scope.reader(term.fact);
  const plus = own(term, 'plus');
  if (plus === undefined) return reader;
  if (fact.type.type !== 'integer' && fact.type.type !== 'instant')
    to.add(path, 'an integer or an instant where `plus` stands', describeType(fact.type));
  const [least, most] =
    fact.type.type === 'instant' ? [0, LAST_INSTANT] : [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];
  return (o) => {
    const sight = reader(o);
    // Saturates: what is filled in has to be of its type.
    return typeof sight === 'number' ? Math.min(Math.max(sight + plus, least), most) : sight;
  };
};

/** The facts of a catalog with their readers, made once and shared by all actions. */
export const catalogScope = (
  facts: ReadonlyMap<FactId, Fact>,
  plan: Readers['plan'],
  pathOf: (id: FactId) => Path,
  to: Complaints,
): Scope => {
  const readers = new Map<FactId, Reader>();
  const opening = new Set<FactId>();
  /** How many facts each is kept through. */
  const through = new Map<FactId, number>();
  const reads = createReads();
  const scope: Scope = {
    fact: (id) => facts.get(id),
    names: () => facts.keys(),
    reader: (id) => {
      const made = readers.get(id);
      if (made !== undefined) return made;
      if (isArgument(id)) return argumentReader(id.slice(ARGUMENT.length), { means: id, type: { type: 'string' } });
      const fact = facts.get(id);
      if (opening.size > KEPT_THROUGH_MAX) {
        to.add(pathOf(id), `a fact that is kept through at most ${KEPT_THROUGH_MAX} others`, `\`${id}\``);
        return () => '';
      }
      if (fact === undefined || opening.has(id)) {
        to.add(pathOf(id), 'a fact whose key does not lead back to itself', `\`${id}\``);
        return () => '';
      }
      opening.add(id);
      let deepest = 0;
      const reader = readerOf(id, fact, {
        plan,
        reads,
        term: (term, type, place) => {
          const compiled = compileTerm(term, type, keyScope(scope), [...pathOf(id), 'key', place], to);
          if (isFactTerm(term)) deepest = Math.max(deepest, 1 + (through.get(term.fact) ?? 0));
          return compiled;
        },
      });
      opening.delete(id);
      through.set(id, deepest);
      if (deepest > KEPT_THROUGH_MAX)
        to.add(pathOf(id), `a fact that is kept through at most ${KEPT_THROUGH_MAX} others`, `\`${id}\``);
      readers.set(id, reader);
      return reader;
    },
  };
  return scope;
};

/** The scope of one action: the catalog's facts and `argument.<name>` for each of its arguments. */
export const actionScope = (
  outer: Scope,
  args: Readonly<Record<string, Argument>>,
  readArgument: (name: string, argument: Argument) => Reader,
): Scope => {
  const own = new Map<FactId, { readonly fact: Fact; readonly reader: Reader }>(
    Object.entries(args).map(([name, a]) => [
      `argument.${name}`,
      { fact: { means: a.means, type: a.type, origin: 'request', argument: name }, reader: readArgument(name, a) },
    ]),
  );
  const kept = new Map<FactId, Reader>();
  const reads = createReads();
  const scope: Scope = {
    fact: (id) => own.get(id)?.fact ?? outer.fact(id),
    names: () => [...own.keys(), ...outer.names()],
    reader: (id) => {
      const known = own.get(id)?.reader ?? kept.get(id);
      if (known !== undefined) return known;
      const fact = argumentsBehind(id, outer).length > 0 ? outer.fact(id) : undefined;
      if (fact === undefined) {
        const outside = outer.reader(id);
        kept.set(id, outside);
        return outside;
      }
      // A key that leads back to itself was complained about where the catalog's facts are read.
      kept.set(id, () => '');
      const reader = readerOf(id, fact, {
        plan: () => () => '',
        reads,
        term: (term, type) => compileTerm(term, type, scope, [], complaints()),
      });
      kept.set(id, reader);
      return reader;
    },
  };
  return scope;
};

/** Complains about facts that are kept by an argument that an action does not have, or that is no text there. */
export const checkKept = (
  ids: Iterable<FactId>,
  args: Readonly<Record<string, Argument>>,
  scope: Scope,
  path: Path,
  to: Complaints,
): void => {
  for (const id of new Set(ids)) {
    for (const name of argumentsBehind(id, scope)) {
      const kind = Object.hasOwn(args, name) ? args[name]?.type.type : undefined;
      if (kind !== 'string' && kind !== 'enum')
        to.add(
          path,
          `an action with a text \`${name}\` among its arguments, by which \`${id}\` is kept`,
          kind ?? 'none',
        );
    }
  }
};

export const createSlots = (): Slots => {
  const places = new Map<FactId, number>();
  const facts: FactId[] = [];
  return {
    facts,
    slotOf: (id) => {
      const known = places.get(id);
      if (known !== undefined) return known;
      places.set(id, facts.length);
      facts.push(id);
      return facts.length - 1;
    },
  };
};

/** The value that a reader sees, or `undefined` for a gap. */
export const valueAt = (reader: Reader, o: Observation): Value | undefined => {
  const sight: Sight = reader(o);
  return typeof sight === 'symbol' ? undefined : sight;
};

/** Facts, and those by which they are kept, each once and in the order in which one meets them. No recursion: a chain may be long. */
export const namedBehind = (ids: readonly FactId[], factOf: (id: FactId) => Fact | undefined): readonly FactId[] => {
  const seen = new Set<FactId>();
  const left = ids.toReversed();
  for (let id = left.pop(); id !== undefined; id = left.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    const fact = factOf(id);
    if (fact?.origin === 'ledger') for (const term of fact.key.toReversed()) if (isFactTerm(term)) left.push(term.fact);
  }
  return [...seen];
};

/** Types of one kind can be compared; two enumerations need not have the same words, two records the same fields. */
const comparable = (a: Type, b: Type): boolean => {
  if (a.type === 'records') return sameType(a, b);
  const kind = ({ type }: Type): string => (type === 'enum' ? 'string' : type);
  return kind(a) === kind(b);
};

/** Whether a long text would stand where only a short one can: in a cell, in a key, in another action's argument. */
const isTooLong = (fact: Type, type: Type): boolean =>
  fact.type === 'string' &&
  type.type === 'string' &&
  (fact.maxLength ?? MAX_STRING) > Math.max(MAX_STRING, type.maxLength ?? MAX_STRING);

const isArgument = (id: FactId): boolean => id.startsWith(ARGUMENT);

/** Names in the key of a fact: the catalog's, and arguments of whatever action looks at it, which are texts. */
const keyScope = (scope: Scope): Scope => ({
  ...scope,
  fact: (id) =>
    isArgument(id)
      ? { means: id, type: { type: 'string' }, origin: 'request', argument: id.slice(ARGUMENT.length) }
      : scope.fact(id),
});

/** The arguments by which a fact is kept: its key names them, or the facts in its key are kept by them. */
const argumentsBehind = (id: FactId, facts: { readonly fact: Scope['fact'] }): readonly string[] => {
  if (isArgument(id)) return [];
  const seen = namedBehind([id], (one) => (isArgument(one) ? undefined : facts.fact(one)));
  return [...seen].filter(isArgument).map((one) => one.slice(ARGUMENT.length));
};
