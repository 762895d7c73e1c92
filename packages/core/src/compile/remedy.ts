/** Remedies become templates, checked against the action that they lead to and filled in only when something is refused. */

import { frozen } from '../data/frozen.ts';
import { formatInstant, isInstant, LAST_INSTANT, type Ms, parseInstant } from '../data/instant.ts';
import type { Path } from '../data/issue.ts';
import { admit, describeType, express, type Type, type Value, type Wire } from '../data/value.ts';
import type { Choose, NextStep, Submit } from '../next-step.ts';
import type { Observation } from '../observation.ts';
import type { Action, Choice, Code, Remedy, Requirement, Times } from '../policy/action.ts';
import { type Condition, factsOf } from '../policy/condition.ts';
import { isFactTerm, type Term } from '../policy/fact.ts';
import type { Sight } from '../reading.ts';
import { RECEIPT_ARGUMENTS } from '../refusal.ts';
import { compileCondition, TRUE } from './evaluator.ts';
import { compileOpening, speaksOfTime } from './opening.ts';
import { type Complaints, compileTerm, createSlots, type Scope, valueAt } from './scope.ts';

/** Fills a next step in from an observation. */
export type Template = (o: Observation) => NextStep;

interface Drawer {
  readonly scope: Scope;
  readonly action: (id: string) => Action | undefined;
  readonly actions: () => Iterable<string>;
  readonly to: Complaints;
}
/** A drawer for the requirements of one action. */
interface OwnDrawer extends Drawer {
  /** The conditions that the action waits for, unfolded. */
  readonly waits: readonly Condition[];
  /** Codes of what holds now and will not any more at an instant, all else as it is. */
  readonly lapses: (o: Observation, instant: Ms) => readonly Code[];
}

type Filled = (o: Observation) => Wire | undefined;

/** The template of a requirement's remedy, or the one next step where nothing has to be filled in. */
export const compileRemedy = (
  r: Requirement,
  when: Condition,
  args: Action['arguments'],
  path: Path,
  d: OwnDrawer,
): Template | NextStep => {
  const { remedy } = r;
  switch (remedy.by) {
    case 'authority': {
      const step = compileAuthority(remedy, [...path, 'submit'], d);
      if (remedy.times === undefined) return step;
      const counted = compileTimes(remedy.times, [...path, 'times'], d);
      return (o) => {
        const told = step(o);
        return told.kind === 'authority' ? { ...told, ...counted(o) } : told;
      };
    }
    case 'request': {
      const argument = args[remedy.argument];
      checkAsked(remedy.argument, args, [...path, 'argument'], d);
      if (remedy.or !== undefined) checkAsked(remedy.or, args, [...path, 'or'], d);
      const hint =
        argument === undefined
          ? r.means
          : `${r.means}; ${remedy.argument}: ${argument.means} (${describeType(argument.type)})`;
      const other = remedy.or === undefined ? {} : { or: remedy.or };
      const step = { kind: 'request', argument: remedy.argument, ...other, means: hint } as const;
      if (argument !== undefined || remedy.argument !== 'resource') return step;
      return ({ intent: { resource } }) =>
        resource.nearest === undefined || resource.nearest.length === 0
          ? step
          : { ...step, candidates: resource.nearest };
    }
    case 'world': {
      if (remedy.action !== undefined && d.action(remedy.action) === undefined) {
        d.to.add(
          [...path, 'action'],
          `an action of this catalog${d.to.hint(remedy.action, d.actions)}`,
          `\`${remedy.action}\``,
        );
      }
      const observe = factsOf(when).filter((id) => d.scope.fact(id)?.origin === 'observed');
      return {
        kind: 'world',
        until: when,
        means: r.means,
        observe,
        ...(remedy.action === undefined ? {} : { action: remedy.action }),
      };
    }
    case 'time':
      return remedy.notBefore === undefined ? compileWait(when, path, d) : compileTime(remedy.notBefore, path, d);
    case 'nobody':
      return { kind: 'none', why: remedy.why };
  }
};
const unbounded: Filled = () => undefined;

/** What a request may ask for besides arguments of the action. */
const OUTSIDE: readonly string[] = ['credential', 'resource'];

const checkAsked = (name: string, args: Action['arguments'], path: Path, d: OwnDrawer): void => {
  if (args[name] === undefined && !OUTSIDE.includes(name))
    d.to.add(
      path,
      `an argument of the action, \`credential\` or \`resource\`${d.to.hint(name, () => [...Object.keys(args), ...OUTSIDE])}`,
      `\`${name}\``,
    );
};

/** What a term is in wire form. A constant is put into it once. */
const compileFilled = (term: Term, type: Type, path: Path, d: Drawer): Filled => {
  const reader = compileTerm(term, type, d.scope, path, d.to);
  const wireOf = (value: Value | undefined): Wire | undefined =>
    // A fact that was never written reads as an empty string: there is nothing to fill in, so it has to be chosen.
    value === undefined || value === '' ? undefined : express(type, value);
  if (isFactTerm(term)) return (o) => wireOf(valueAt(reader, o));
  const constant = wireOf(admit(type)(term));
  return () => constant;
};

const compileChoice = (c: Choice, target: Action, path: Path, d: Drawer): ((o: Observation) => Choose) => {
  const argument = target.arguments[c.argument];
  if (argument === undefined)
    d.to.add(
      [...path, 'argument'],
      `an argument of the action${d.to.hint(c.argument, () => Object.keys(target.arguments))}`,
      `\`${c.argument}\``,
    );
  const type: Type = argument?.type ?? { type: 'string' };
  const means = argument?.means ?? '';
  const bound = (term: Choice['from'], name: string): Filled =>
    term === undefined ? unbounded : compileFilled(term, type, [...path, name], d);
  const [from, to] = [bound(c.from, 'from'), bound(c.to, 'to')];
  const { argument: name, oneOf } = c;
  if ((c.from ?? c.to) !== undefined && type.type !== 'integer' && type.type !== 'instant')
    d.to.add([...path, c.from === undefined ? 'to' : 'from'], 'bounds of an integer or an instant', describeType(type));
  for (const word of wordsOutside(type, oneOf ?? [])) d.to.add([...path, 'oneOf'], describeType(type), `\`${word}\``);
  const choose = (low: Wire | undefined, high: Wire | undefined): Choose => {
    const made: { -readonly [K in keyof Choose]: Choose[K] } = { argument: name, type, means };
    if (low !== undefined) made.from = low;
    if (high !== undefined) made.to = high;
    if (oneOf !== undefined) made.oneOf = oneOf;
    return made;
  };
  if (from !== unbounded || to !== unbounded) return (o) => choose(from(o), to(o));
  const fixed = frozen(choose(undefined, undefined));
  return () => fixed;
};

const wordsOutside = (type: Type, words: readonly string[]): readonly string[] => {
  const isOfType = admit(type);
  return words.filter((word) => isOfType(word) === undefined);
};

const settleOnce = (name: string, settled: Set<string>, path: Path, to: Complaints): void => {
  if (settled.has(name)) to.add(path, 'an argument that is not settled yet', `\`${name}\` again`);
  settled.add(name);
};

type Authority = Extract<Remedy, { by: 'authority' }>;

/** The integers and instants that may be chosen, as numbers. */
const spanOf = ({ type, from, to }: Choose): readonly [number, number] => {
  const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = type.type === 'integer' ? type : {};
  const bound = (wire: Wire | undefined, none: number): number =>
    typeof wire === 'string' ? (parseInstant(wire) ?? none) : typeof wire === 'number' ? wire : none;
  return [Math.max(min, bound(from, min)), Math.min(max, bound(to, max))];
};

const isEmpty = (choose: Choose): boolean => {
  const { type, from, to } = choose;
  if (from === undefined && to === undefined) return false;
  // Instants are spelt alike, so their texts are in the order of time.
  if (typeof from === 'string' && typeof to === 'string') return from > to;
  const [low, high] = spanOf(choose);
  return type.type === 'integer' && low > high;
};

const noValue = ({ argument, from, to }: Choose): NextStep => ({
  kind: 'none',
  why: `no value of \`${argument}\` would do${from === undefined ? '' : `: it is not before ${String(from)}`}${to === undefined ? '' : `, not after ${String(to)}`}`,
});

/** The submission, now or from the first instant on at which something is left to choose; `none` where nothing ever is. */
const compileAuthority = (remedy: Authority, path: Path, d: Drawer): Template => {
  const submit = compileSubmit(remedy, path, d);
  const { who } = remedy;
  return (o) => {
    const now = submit(o);
    const empty = now.choose.filter(isEmpty);
    if (empty.length === 0) return { kind: 'authority', who, submit: now };
    const far = empty.map((choice) => {
      const [low, high] = spanOf(choice);
      return choice.type.type === 'instant' ? low - high : 0;
    });
    const at = Math.min(LAST_INSTANT, o.at + Math.max(...far));
    const then = submit({ ...o, at });
    const still = then.choose.find(isEmpty);
    return still === undefined
      ? { kind: 'authority', who, submit: then, notBefore: formatInstant(at) }
      : noValue(still);
  };
};

const compileSubmit = (remedy: Authority, path: Path, d: Drawer): ((o: Observation) => Submit) => {
  const { submit } = remedy;
  const target = d.action(submit.action);
  if (target === undefined) {
    d.to.add(
      [...path, 'action'],
      `an action of this catalog${d.to.hint(submit.action, d.actions)}`,
      `\`${submit.action}\``,
    );
    return () => ({ action: submit.action, resource: '', arguments: {}, choose: [] });
  }
  checkWho(remedy, target, path, d);
  const resource = compileTerm(
    submit.resource ?? { fact: 'resource' },
    { type: 'string' },
    d.scope,
    [...path, 'resource'],
    d.to,
  );
  const sorted = Object.entries(submit.arguments).sort(([x], [y]) => (x < y ? -1 : 1));
  const terms = sorted.map(([name, term]) => {
    const argument = target.arguments[name];
    if (argument === undefined)
      d.to.add(
        [...path, 'arguments', name],
        `an argument of the action${d.to.hint(name, () => Object.keys(target.arguments))}`,
        `\`${name}\``,
      );
    const type: Type = argument?.type ?? { type: 'string' };
    return {
      name,
      type,
      means: argument?.means ?? '',
      fill: compileFilled(term, type, [...path, 'arguments', name], d),
    };
  });
  const given = new Set([
    ...terms.map(({ name }) => name),
    ...(submit.refusal === true ? namesReceipt(target, path, d) : []),
  ]);
  const choices = (submit.choose ?? []).map((c, i) => {
    settleOnce(c.argument, given, [...path, 'choose', i, 'argument'], d.to);
    return compileChoice(c, target, [...path, 'choose', i], d);
  });
  settleAll(target, given, path, d);
  return (o) => {
    const args: Record<string, Wire> = {};
    const choose: Choose[] = [];
    for (const { name, type, means, fill } of terms) {
      const value = fill(o);
      if (value === undefined) choose.push({ argument: name, type, means });
      else args[name] = value;
    }
    for (const choice of choices) choose.push(choice(o));
    return {
      action: submit.action,
      resource: String(valueAt(resource, o) || o.intent.resource.id),
      arguments: args,
      ...(submit.refusal === true ? { refusal: true } : {}),
      choose,
    };
  };
};

/** Whoever is named may ask for the action at all. */
const checkWho = ({ who, submit }: Authority, target: Action, path: Path, d: Drawer): void => {
  if (!target.who.includes(who.type))
    d.to.add([...path, 'action'], `an action that a ${who.type} may ask for`, `\`${submit.action}\``);
  const { relation } = target;
  if (relation !== undefined && relation !== who.relation)
    d.to.add(
      [...path, 'action'],
      `an action that needs no relation \`${relation}\`, or \`who\` with it`,
      `\`${submit.action}\``,
    );
};

/** Every argument is given, or left to choose. */
const settleAll = (target: Action, given: ReadonlySet<string>, path: Path, d: Drawer): void => {
  for (const [name, argument] of Object.entries(target.arguments)) {
    if (!given.has(name) && argument.otherwise === undefined)
      d.to.add(path, `the argument \`${name}\` given or left to choose`, 'neither');
  }
};

/** The arguments by which an action names a receipt; it has to have them, and neither may be given otherwise. */
const namesReceipt = (target: Action, path: Path, d: Drawer): readonly string[] => {
  for (const [name, type] of Object.entries(RECEIPT_ARGUMENTS))
    if (target.arguments[name]?.type.type !== type)
      d.to.add([...path, 'refusal'], `an action with the argument \`${name}\` of type ${type}`, 'none');
  return Object.keys(RECEIPT_ARGUMENTS);
};

/** How many are missing, at least one, for the step is told only where not all are there; and who is there already. */
const compileTimes = (
  times: Times,
  path: Path,
  d: Drawer,
): ((o: Observation) => { readonly times?: number; readonly except?: readonly string[] }) => {
  const counted = compileTerm(times.counted, { type: 'integer' }, d.scope, [...path, 'counted'], d.to);
  const slots = createSlots();
  const test = compileCondition(times.while, [...path, 'while'], { scope: d.scope, slots, to: d.to });
  const readers = slots.facts.map((id) => (d.scope.fact(id) === undefined ? (): Sight => '' : d.scope.reader(id)));
  const { except } = times;
  const done =
    except === undefined ? () => [] : compileTerm(except, { type: 'set' }, d.scope, [...path, 'except'], d.to);
  return (o) => {
    const counts = test(readers.map((reader) => reader(o))) === TRUE;
    const there = counts ? Number(valueAt(counted, o) ?? 0) : 0;
    const missing = Math.max(1, Math.min(times.upTo, times.upTo - there));
    const told = counts ? done(o) : [];
    return {
      ...(missing < 2 ? {} : { times: missing }),
      ...(typeof told === 'object' && told.length > 0 ? { except: told } : {}),
    };
  };
};

const NEVER_AGAIN: NextStep = { kind: 'none', why: 'no later instant will do, as long as all else stays' };

/** Waits until the condition holds; together with all that the action waits for, if there is an instant for all of it. */
const compileWait = (when: Condition, path: Path, d: OwnDrawer): Template => {
  if (!speaksOfTime(when, d.scope))
    d.to.add(path, 'an instant in `notBefore`, or a condition that looks at `at`', 'neither');
  const opening = compileOpening(when, d.scope);
  const together = d.waits.length < 2 ? undefined : compileOpening({ all: d.waits }, d.scope);
  return (o) => {
    const opens = together?.(o) ?? opening(o);
    if (opens === undefined) return NEVER_AGAIN;
    const { notBefore, before } = opens;
    const lapses = d.lapses(o, notBefore);
    return {
      kind: 'time',
      notBefore: formatInstant(notBefore),
      ...(before === undefined ? {} : { before: formatInstant(before) }),
      ...(lapses.length === 0 ? {} : { lapses }),
    };
  };
};

const compileTime = (notBefore: Term, path: Path, d: Drawer): Template => {
  const reader = compileTerm(notBefore, { type: 'instant' }, d.scope, [...path, 'notBefore'], d.to);
  return (o) => {
    const value = valueAt(reader, o);
    if (typeof value === 'number' && value > LAST_INSTANT) return NEVER_AGAIN;
    return { kind: 'time', notBefore: formatInstant(isInstant(value) ? value : o.at) };
  };
};

export type { Drawer };
