/** Where two catalogs decide differently: every kind of difference, each with an observation that shows it. */

import type { Catalog } from '../../catalog.ts';
import type { CompiledAction } from '../../compile/action.ts';
import type { Wire } from '../../data/value.ts';
import { decide } from '../../decide.ts';
import type { Decision } from '../../decision.ts';
import type { Observation } from '../../observation.ts';
import type { Fact } from '../../policy/fact.ts';
import { owns } from '../../receipt/encoding/own.ts';
import { observationJson } from '../observation-json.ts';
import { NO, type Node, type Path } from '../solver/diagram.ts';
import { type Budget, DEFAULT_BUDGET, pose, type Question, SPENT } from '../solver/question.ts';
import type { Solution } from '../solver/search.ts';
import { exampleOf, type Places, WISHES } from '../symbolic/example.ts';
import { approvalOf, type Event, eventsOf, type Stage } from '../symbolic/formula.ts';
import { signature } from '../symbolic/origin.ts';
import { FREE, type Side } from '../symbolic/readings.ts';
import { termFacts } from '../symbolic/term-facts.ts';
import { listsDiffer } from './alignment.ts';
import { type Compared, compareDecisions } from './compare-decisions.ts';
import { linkOf } from './link.ts';
import { effectsDiffer } from './payload.ts';

/** Observations of one action that are decided differently in the same way, and one of them: the smallest, where a diagram can hold them. */
export interface Difference extends Compared {
  readonly action: string;
  /** Whether only one of the catalogs has the action. */
  readonly change: 'added' | 'removed' | 'changed';
  readonly example: {
    readonly observation: Observation;
    /** What `tai decide` reads, under each catalog: cells that it doesn't have are left out. */
    readonly json: readonly [Readonly<Record<string, Wire>>, Readonly<Record<string, Wire>>];
    readonly decisions: readonly [Decision, Decision];
  };
}
/** All differences of two catalogs. */
export interface CatalogDiff {
  readonly answer: 'alike' | 'different' | 'not_decided';
  readonly differences: readonly Difference[];
  /** Whether there are more than were asked for. Actions that come after the last one listed were not looked at then. */
  readonly truncated: boolean;
  /** Into how many regions the diagrams divide the observations of actions that are not written alike; 0 for what was searched. */
  readonly regions: number;
  /** Actions about which not everything is known, and why. */
  readonly undecided: readonly { readonly action: string; readonly why: string }[];
}
/** How many differences are listed, and what may be spent on each action. */
export interface DiffOptions {
  readonly most?: number;
  readonly budget?: Budget;
}

interface Built {
  readonly different: Node;
  readonly approvals: readonly [Node, Node];
  /** Codes whose reasons can differ: where they do, and where each side gives the code. */
  readonly codes: ReadonlyMap<string, CodeNodes>;
}
interface CodeNodes {
  readonly differ: Node;
  readonly before: Node;
  readonly after: Node;
}

interface Found {
  readonly differences: readonly Difference[];
  readonly truncated: boolean;
  readonly regions: number;
  readonly undecided?: string;
}

const MOST = 64;
/** Some regions were compared coarsely, and no example was found in them. */
const COARSE = 'some observations may be decided differently, but none of those tried was';
/** Most examples that turn out to be decided alike before an action is given up. */
const REFINEMENTS_MAX = 50;

/**
 * Compares the decisions of two catalogs over every observation that is typed in both (a cell that only one of them has
 * is typed by that one): verdict, reasons in their order, next steps, plan and writes. `alike` exactly if they decide alike.
 */
export const diff = (
  before: Catalog,
  after: Catalog,
  { most = MOST, budget = DEFAULT_BUDGET }: DiffOptions = {},
): CatalogDiff => {
  const catalogs = [before, after] as const;
  const differences: Difference[] = [];
  const undecided: { readonly action: string; readonly why: string }[] = [];
  let regions = 0;
  let truncated = false;
  for (const id of [...new Set([...before.actions.keys(), ...after.actions.keys()])].sort()) {
    if (truncated) break;
    const [x, y] = [before.actions.get(id), after.actions.get(id)];
    if (x !== undefined && y !== undefined) {
      if (writtenAs(before, x) === writtenAs(after, y)) continue;
      const found = differencesOf(catalogs, [x, y], most - differences.length, budget);
      differences.push(...found.differences);
      truncated ||= found.truncated;
      regions += found.regions;
      if (found.undecided !== undefined) undecided.push({ action: id, why: found.undecided });
      continue;
    }
    const [catalog, only] = x === undefined ? ([after, y] as const) : ([before, x] as const);
    const example = only === undefined ? undefined : exampleAlone(catalog, only, budget);
    const found =
      example === undefined ? undefined : differenceOf(x === undefined ? 'added' : 'removed', catalogs, example);
    if (found === undefined) undecided.push({ action: id, why: SPENT });
    else if (differences.length < most) differences.push(found);
    else truncated = true;
  }
  const answer = differences.length > 0 ? 'different' : undecided.length > 0 ? 'not_decided' : 'alike';
  return { answer, differences, truncated, regions, undecided };
};

/** Everything on which the decisions of an action depend, as one text: equal texts, equal decisions. */
const writtenAs = (catalog: Catalog, action: CompiledAction): string => {
  const facts = new Map<string, Fact | undefined>();
  const look = (id: string): void => {
    if (facts.has(id)) return;
    const fact = catalog.facts.get(id);
    facts.set(id, fact);
    if (fact?.origin === 'ledger') termFacts(fact.key).forEach(look);
  };
  const requirements = action.requirements.map(({ gate, code, means, when, remedy }) => ({
    gate,
    code,
    means,
    when,
    remedy,
  }));
  const { arguments: args, invalid, writes, does } = action.action;
  for (const id of [...action.facts, ...termFacts(requirements), ...termFacts(writes), ...termFacts(does)]) look(id);
  const asked = requirements.flatMap(({ remedy }) => (remedy.by === 'authority' ? [remedy.submit.action] : []));
  const usesPlan = [...facts.values()].some((fact) => fact?.origin === 'plan');
  return signature({
    requirements,
    facts: [...facts].map(([id, fact]) => [id, fact ?? null]),
    cells: [...facts.values()].flatMap((fact) => (fact?.origin === 'ledger' ? [catalog.cells.get(fact.cell)] : [])),
    written: writes.map(({ cell }) => catalog.cells.get(cell) ?? null),
    asked: asked.map((id) => catalog.actions.get(id)?.action.arguments ?? null),
    plans: usesPlan ? [...catalog.plans].sort(([x], [y]) => (x < y ? -1 : 1)) : [],
    own: {
      args,
      invalid: invalid ?? null,
      writes,
      does: owns(does, 'with') ? [does.effect, does.step, does.with] : does.effect,
      limits: action.limits,
    },
  });
};

/**
 * Finds one difference after the other: each answer takes its whole region out of the question. What lies beside an
 * answer that was searched is looked at before the next one is searched for.
 */
const differencesOf = (
  catalogs: readonly [Catalog, Catalog],
  actions: readonly [CompiledAction, CompiledAction],
  most: number,
  budget: Budget,
): Found => {
  const q = pose(sidesOf(catalogs, actions), budget, compareSides, { axioms: linkOf });
  const places = placesOf(q);
  const { and, or, not } = q.space.algebra;
  const differences: Difference[] = [];
  const kinds = new Set<string>();
  const [x, y] = q.built?.approvals ?? [NO, NO];
  let flips = or(and(x, not(y)), and(not(x), y));
  let left = q.built?.different ?? NO;
  const regions = q.solver.regions(left);
  const neighbours = createNeighbours(q);
  for (let refined = 0; ; ) {
    // Verdicts first: what was approved and is refused, or the other way round, is what one looks for.
    const near = neighbours.next(flips === NO ? left : and(left, flips));
    const flipped = near !== undefined || flips === NO ? 'none' : q.solver.solve(and(left, flips));
    if (near === undefined && flipped === 'none') flips = NO;
    const solved = near ?? (flipped === 'none' ? q.solver.solve(left) : flipped);
    if (solved === 'spent') return { differences, truncated: false, regions, undecided: SPENT };
    const unsure = refined === 0 ? {} : { undecided: COARSE };
    if (solved === 'none' || places === undefined) return { differences, truncated: false, regions, ...unsure };
    const assignment = q.assignment(solved.path, WISHES);
    const found =
      assignment === undefined ? undefined : differenceOf('changed', catalogs, exampleOf(places, assignment));
    const isNew = found !== undefined && !kinds.has(kindOf(found));
    if (near !== undefined && !isNew) continue;
    if (differences.length >= most) return { differences, truncated: true, regions };
    if (!isNew) {
      // What was compared coarsely is alike here; another example may not be.
      refined += 1;
      if (refined > REFINEMENTS_MAX) return { differences, truncated: false, regions, undecided: COARSE };
      let cube = not(NO);
      for (const { variable, value } of solved.path) cube = and(cube, q.space.circuit.literal(variable, [value]));
      left = and(left, not(cube));
      continue;
    }
    differences.push(found);
    kinds.add(kindOf(found));
    if (solved.isCheapest !== true) neighbours.add(solved.path);
    const rest = and(left, not(regionOf(q, found)));
    if (rest === left) return { differences, truncated: false, regions, undecided: COARSE };
    left = rest;
  }
};

/** What lies beside answers that were searched. */
interface Neighbours {
  readonly add: (path: Path) => void;
  /** Something beside them on which a formula holds, or did when it was found; `undefined` once all was looked at. */
  readonly next: (formula: Node) => Solution | undefined;
}

const createNeighbours = (q: Question<Built | undefined>): Neighbours => {
  const { approvals = [], codes = [] } = q.built ?? {};
  const tells = [...approvals, ...[...codes].flatMap(([, { differ, before, after }]) => [differ, before, after])];
  const unseen: Path[] = [];
  const beside: Path[] = [];
  return {
    add: (path) => void unseen.push(path),
    next: (formula) => {
      for (let path = unseen[0]; beside.length === 0 && path !== undefined; path = unseen[0]) {
        unseen.shift();
        beside.push(...q.beside(formula, path, WISHES, tells));
      }
      const path = beside.shift();
      return path === undefined ? undefined : { path };
    },
  };
};

const sidesOf = (
  catalogs: readonly [Catalog, Catalog],
  actions: readonly [CompiledAction, CompiledAction],
): readonly [Side, Side] => {
  const foreign = (own: CompiledAction, other: CompiledAction): Side['foreign'] =>
    new Map(Object.entries(other.action.arguments).filter(([name]) => own.action.arguments[name] === undefined));
  const [a, b] = actions;
  return [
    { catalog: catalogs[0], action: a, given: FREE, foreign: foreign(a, b) ?? new Map() },
    { catalog: catalogs[1], action: b, given: FREE, foreign: foreign(b, a) ?? new Map() },
  ];
};

const compareSides = ([a, b]: readonly Stage[]): Built | undefined => {
  if (a === undefined || b === undefined) return undefined;
  const { and, or } = a.space.algebra;
  const [left, right] = [eventsOf(a), eventsOf(b)];
  const approvals = [approvalOf(a), approvalOf(b)] as const;
  const both = and(approvals[0], approvals[1]);
  const different = or(listsDiffer(a, b, left, right), and(both, effectsDiffer(a, b)));
  const names = [...new Set([...left, ...right].map(({ code }) => code))].sort();
  const of = (events: readonly Event[], code: string): readonly Event[] => events.filter((e) => e.code === code);
  const codes = names.map((code): readonly [string, CodeNodes] => {
    const differ = listsDiffer(a, b, of(left, code), of(right, code));
    return [code, { differ, before: given(a, left, code), after: given(b, right, code) }];
  });
  return { different, approvals, codes: new Map(codes.filter(([, { differ }]) => differ !== NO)) };
};

const given = (st: Stage, events: readonly Event[], code: string): Node =>
  events.filter((e) => e.code === code).reduce<Node>((any, { when }) => st.space.algebra.or(any, when), NO);

const placesOf = (q: Question<unknown>): readonly [Places, ...Places[]] | undefined => {
  const [first, ...rest] = q.stages.map(({ side, readings }): Places => ({ side, origins: readings.origins }));
  return first === undefined ? undefined : [first, ...rest];
};

const differenceOf = (
  change: Difference['change'],
  catalogs: readonly [Catalog, Catalog],
  observation: Observation,
): Difference | undefined => {
  const decisions = [decide(catalogs[0], observation), decide(catalogs[1], observation)] as const;
  const compared = compareDecisions(...decisions);
  if (compared.differs.length === 0) return undefined;
  return {
    action: observation.intent.action.id,
    change,
    ...compared,
    example: {
      observation,
      json: [observationJson(catalogs[0], observation), observationJson(catalogs[1], observation)],
      decisions,
    },
  };
};

/** In which way decisions differ, as a text. */
const kindOf = ({ verdict, gained, lost, changed }: Difference): string => signature([verdict, gained, lost, changed]);

/** The observations that differ in the same way: the same two verdicts, the same codes gained and lost. */
const regionOf = (q: Question<Built | undefined>, d: Difference): Node => {
  const { and, not } = q.space.algebra;
  const built = q.built;
  if (built === undefined) return NO;
  const side = (i: 0 | 1): Node => (d.verdict[i] === 'approve' ? built.approvals[i] : not(built.approvals[i]));
  let region = and(side(0), side(1));
  for (const [code, { differ, before, after }] of built.codes) {
    const gained = and(not(before), after);
    const lost = and(before, not(after));
    const kind = d.gained.includes(code)
      ? gained
      : d.lost.includes(code)
        ? lost
        : d.changed.includes(code)
          ? and(and(before, after), differ)
          : not(differ);
    region = and(region, kind);
  }
  return region;
};

/** An approval of an action that only one catalog has, as small as one is found; any observation of it if it never is approved. */
const exampleAlone = (catalog: Catalog, action: CompiledAction, budget: Budget): Observation | undefined => {
  const q = pose([{ catalog, action, given: FREE }], budget, ([st]) => (st === undefined ? NO : approvalOf(st)));
  const places = placesOf(q);
  const approved = q.solver.solve(q.built);
  const solved = typeof approved === 'string' ? q.solver.solve(q.space.algebra.not(NO)) : approved;
  const assignment = typeof solved === 'string' ? undefined : q.assignment(solved.path, WISHES);
  return assignment === undefined || places === undefined ? undefined : exampleOf(places, assignment);
};
