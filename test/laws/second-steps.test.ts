/** L1, L2 and L3 over the second generator's catalogs: of the steps of which `lint` says nothing, wherever they are told. */
import {
  type Catalog,
  type Choose,
  decide,
  lint,
  type NextStep,
  type Observation,
  type Reason,
} from '@tai-autonomics/core';
import { takeStep } from '@tai-autonomics/core/analysis';
import { type CellWrite, evolve, parseInstant } from '@tai-autonomics/core/engine';
import { expect, test } from 'vitest';
import { type Dice, holds } from '../generators/dice.ts';
import { sightings } from '../runs.ts';
import { sceneOf } from './second-scene.ts';
import { isSame, reasonsOf } from './steps.ts';

type Authority = Extract<NextStep, { kind: 'authority' }>;

/** What the requirements of `act` mean whose steps lint complains about, or could not decide. */
const complainedOf = ({ source }: Catalog): ReadonlySet<string> => {
  // The laws throw the same dice, and meet the same catalogs.
  const name = JSON.stringify(source);
  const known = COMPLAINED.get(name) ?? complaintsOf(source);
  COMPLAINED.set(name, known);
  return known;
};
const COMPLAINED = new Map<string, ReadonlySet<string>>();

const complaintsOf = (source: Catalog['source']): ReadonlySet<string> => {
  const { requires = [] } = source.packs[0]?.actions['act'] ?? {};
  const places = lint(source)
    .filter(({ rule, severity }) => severity === 'error' || rule === 'not_decided')
    .map(({ path }) => path.slice(2, 6).join('.'));
  return new Set(requires.filter((_, i) => places.includes(`actions.act.requires.${i}`)).map(({ means }) => means));
};

const PEOPLE = ['ann', 'bob', 'cy', 'dan', 'eve', 'fay'] as const;

const chosenBy = (d: Dice, { type, from, to }: Choose): unknown => {
  if (type.type === 'enum') return d.pick(type.values);
  const [low, high] = [typeof from === 'number' ? from : 0, typeof to === 'number' ? to : 9];
  return type.type === 'integer' ? low + d.below(high - low + 1) : 'chosen';
};

/** What submissions lead to: what they wrote, and the observation after them. */
interface Submitted {
  readonly after: Observation;
  readonly writes: readonly CellWrite[];
}

/** The submissions, one after the other, each of them decided; `undefined` where one has to wait for steps of its own. */
const submitted = (
  d: Dice,
  catalog: Catalog,
  o: Observation,
  next: Authority,
  isAlone: boolean,
): Submitted | undefined => {
  const { submit, except = [], times = 1 } = next;
  const settled = new Set([
    ...Object.keys(submit.arguments),
    ...submit.choose.filter((c) => (c.from ?? c.to ?? c.oneOf) !== undefined).map((c) => c.argument),
  ]);
  let after = o;
  const writes: CellWrite[] = [];
  for (const by of PEOPLE.filter((name) => name !== o.intent.subject.ref && !except.includes(name)).slice(0, times)) {
    const given = Object.fromEntries(submit.choose.map((c) => [c.argument, chosenBy(d, c)]));
    const decision = decide(catalog, {
      ...after,
      intent: {
        subject: { type: next.who.type, id: by, ref: by, scope: [] },
        action: { id: submit.action, arguments: { ...submit.arguments, ...given } },
        resource: { id: submit.resource, ref: submit.resource },
        binding: 'another binding',
      },
    });
    if (decision.verdict === 'refuse') {
      const obstacles = decision.reasons.filter(
        ({ next: n }) => n.kind === 'none' || (n.kind === 'request' && settled.has(n.argument)),
      );
      if (isAlone) expect(obstacles, `${JSON.stringify(next)} is refused for ever`).toEqual([]);
      return undefined;
    }
    writes.push(...decision.writes);
    const entry = { kind: 'decision', seq: 0, verdict: 'approve', writes: decision.writes } as const;
    after = { ...after, state: evolve(after.state, entry) };
  }
  return { after, writes };
};

/** The cells that a requirement's facts are read from, those of their keys among them. */
const cellsOf = (catalog: Catalog, facts: readonly string[]): ReadonlySet<string> => {
  const cells = new Set<string>();
  const seen = new Set<string>();
  const look = (id: string): void => {
    const fact = catalog.facts.get(id);
    if (seen.has(id) || fact?.origin !== 'ledger') return;
    seen.add(id);
    cells.add(fact.cell);
    for (const term of fact.key) if (typeof term === 'object' && 'fact' in term) look(term.fact);
  };
  facts.forEach(look);
  return cells;
};
/** What a reason rests on: of one that asks for information, everything that the requirements look at which need it. */
const factsBehind = (catalog: Catalog, { facts, next }: Reason): readonly string[] => {
  const action = catalog.actions.get('act');
  if (next.kind !== 'information' || action === undefined) return facts;
  return action.requirements
    .map(({ slots }) => slots.map((slot) => action.facts[slot] as string))
    .filter((looked) => looked.includes(next.fact))
    .flat();
};
const cellsWritten = (writes: readonly CellWrite[]): readonly string[] => [...new Set(writes.map(({ cell }) => cell))];

test('L1: a step that lint does not complain about is approved or leads on, and its reason is gone after it', () => {
  // Reached: steps of one and of several, that count, and that write what other requirements of the same refusal read.
  const seen = { submitted: 0, several: 0, counting: 0, meeting: 0, others: 0, complained: 0 };
  holds(150, (d) => {
    const scene = sceneOf(d);
    if (scene === undefined) return;
    const { catalog, observe } = scene;
    const complained = complainedOf(catalog);
    for (let i = 0; i < 12; i++) {
      const o = observe();
      const reasons = reasonsOf(catalog, o);
      for (const reason of reasons) {
        const { next } = reason;
        if (complained.has(reason.means)) seen.complained += 1;
        if (next.kind === 'none' || complained.has(reason.means)) continue;
        const done = next.kind === 'authority' ? submitted(d, catalog, o, next, reasons.length === 1) : undefined;
        const after = next.kind === 'authority' ? done?.after : takeStep(catalog, o, reason, 'least');
        if (next.kind !== 'authority') expect(after, JSON.stringify(next)).toBeDefined();
        if (after === undefined) continue;
        seen[next.kind !== 'authority' ? 'others' : next.times === undefined ? 'submitted' : 'several'] += 1;
        seen.counting += Number(done?.writes.some(({ change }) => 'plus' in change) === true);
        const others = reasons.filter((other) => other !== reason).map(({ facts }) => cellsOf(catalog, facts));
        const written = cellsWritten(done?.writes ?? []);
        seen.meeting += Number(others.some((cells) => written.some((cell) => cells.has(cell))));
        expect(gone(catalog, after, reason), JSON.stringify(next)).toEqual([]);
      }
    }
  });
  expect(seen.submitted).toBeGreaterThan(sightings(150));
  expect(seen.several).toBeGreaterThan(sightings(60));
  expect(seen.counting).toBeGreaterThan(sightings(60));
  expect(seen.meeting).toBeGreaterThan(sightings(60));
  expect(seen.others).toBeGreaterThan(sightings(200));
  expect(seen.complained).toBeGreaterThan(sightings(200));
});

const gone = (catalog: Catalog, after: Observation, reason: Reason): readonly Reason[] =>
  reasonsOf(catalog, after).filter((other) => isSame(other, reason));

test('L2: supplying all the information asked for leaves no evidence reason, whatever well-typed values arrive', () => {
  let supplied = 0;
  holds(150, (d) => {
    const scene = sceneOf(d);
    if (scene === undefined) return;
    const { catalog, observe } = scene;
    for (let i = 0; i < 8; i++) {
      const o = observe();
      const asked = new Set(
        reasonsOf(catalog, o).flatMap(({ next }) => (next.kind === 'information' ? [next.fact] : [])),
      );
      if (asked.size === 0) continue;
      supplied += 1;
      // What others saw of the same: any values of the types, seen now.
      const evidence = observe().evidence.filter(({ fact, source }) => asked.has(fact) && source === 'probe');
      const told = new Set(evidence.map(({ fact }) => fact));
      const after = {
        ...o,
        evidence: [
          ...o.evidence.filter(({ fact }) => !told.has(fact)),
          ...evidence.map((e) => ({ ...e, observedAt: o.at })),
        ],
      };
      const left = reasonsOf(catalog, after).flatMap(({ next }) => (next.kind === 'information' ? [next.fact] : []));
      expect(left.filter((fact) => told.has(fact))).toEqual([]);
    }
  });
  expect(supplied).toBeGreaterThan(sightings(100));
});

/** What a requirement rests on: its facts, and what the keys of those that the ledger keeps are read from. */
const restsOn = (catalog: Catalog, facts: readonly string[]): ReadonlySet<string> => {
  const seen = new Set<string>();
  const look = (id: string): void => {
    if (seen.has(id)) return;
    seen.add(id);
    const fact = catalog.facts.get(id);
    if (fact?.origin !== 'ledger') return;
    seen.add(`cell ${fact.cell}`);
    for (const term of fact.key) if (typeof term === 'object' && 'fact' in term) look(term.fact);
  };
  facts.forEach(look);
  return seen;
};

/** What one step changed, and the observation after it; `undefined` where it can't be taken yet. */
const takenBy = (
  d: Dice,
  catalog: Catalog,
  o: Observation,
  reason: Reason,
): { readonly after: Observation; readonly changed: readonly string[] } | undefined => {
  const { next } = reason;
  if (next.kind === 'authority') {
    const done = submitted(d, catalog, o, next, false);
    return done && { after: done.after, changed: cellsWritten(done.writes).map((cell) => `cell ${cell}`) };
  }
  const after = takeStep(catalog, o, reason, d.chance(50) ? 'least' : 'most');
  if (after === undefined) return undefined;
  if (next.kind === 'time') return { after, changed: ['at'] };
  if (next.kind === 'information') return { after, changed: [next.fact] };
  // Whatever it took: the ledger’s cells are the world of who asks.
  return { after, changed: reason.facts.flatMap((id) => [...restsOn(catalog, [id])]) };
};

test('L3: once all steps are carried out, of whatever kind, the action is approved, unless one changed what another requirement rests on', () => {
  const seen = { approved: 0, together: 0, mixed: 0, meeting: 0 };
  const kinds = new Set<string>();
  holds(150, (d) => {
    const scene = sceneOf(d);
    if (scene === undefined) return;
    const { catalog, observe } = scene;
    const complained = complainedOf(catalog);
    for (let i = 0; i < 12; i++) {
      const o = observe();
      const reasons = reasonsOf(catalog, o);
      if (reasons.length === 0 || reasons.some(({ next, means }) => next.kind === 'none' || complained.has(means)))
        continue;
      let after: Observation | undefined = o;
      const by: { readonly reason: Reason; readonly changed: readonly string[] }[] = [];
      for (const reason of reasons) {
        const isThere = after !== undefined && reasonsOf(catalog, after).some((now) => isSame(now, reason));
        // What another step mended already needs none; what it tells anew is taken as it is told now.
        if (after === undefined || !isThere) continue;
        const now = reasonsOf(catalog, after).find((other) => isSame(other, reason)) ?? reason;
        const done = takenBy(d, catalog, after, now);
        after = done?.after;
        by.push({ reason, changed: done?.changed ?? [] });
      }
      if (after === undefined) continue;
      const left = reasonsOf(catalog, after);
      for (const reason of left) {
        const behind = restsOn(catalog, factsBehind(catalog, reason));
        const others = by.filter((one) => !isSame(one.reason, reason)).flatMap(({ changed }) => changed);
        expect(
          others.some((what) => behind.has(what)),
          `${reason.means} is left`,
        ).toBe(true);
      }
      for (const { next } of reasons) kinds.add(next.kind);
      if (left.length > 0) seen.meeting += 1;
      else {
        seen[reasons.length > 1 ? 'together' : 'approved'] += 1;
        seen.mixed += Number(new Set(reasons.map(({ next }) => next.kind)).size > 1);
      }
    }
  });
  expect([...kinds]).toEqual(expect.arrayContaining(['authority', 'information', 'request', 'time']));
  expect(seen.approved).toBeGreaterThan(sightings(100));
  expect(seen.together).toBeGreaterThan(sightings(60));
  expect(seen.mixed).toBeGreaterThan(sightings(30));
  expect(seen.meeting).toBeGreaterThan(sightings(3));
});

test('what a step says of itself is true: bounds leave something to choose, waits lie ahead, and nobody is asked twice', () => {
  holds(150, (d) => {
    const scene = sceneOf(d);
    if (scene === undefined) return;
    for (let i = 0; i < 10; i++) {
      const o = scene.observe();
      for (const { next } of reasonsOf(scene.catalog, o)) {
        if (next.kind === 'time') expect(parseInstant(next.notBefore)).toBeGreaterThan(o.at);
        if (next.kind !== 'authority') continue;
        for (const { from, to } of next.submit.choose)
          if (typeof from === 'number' && typeof to === 'number') expect(from).toBeLessThanOrEqual(to);
        expect(next.times ?? 2).toBeGreaterThan(1);
      }
    }
  });
});
