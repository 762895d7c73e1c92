/** The laws over the second generator: what is decided and recorded over all of its catalogs, next steps over those that pass `lint`. */
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
import {
  decisionBody,
  emptyState,
  evidenceOf,
  evidenceRecords,
  evolve,
  parseInstant,
  readingsRecord,
  stateOfReadings,
} from '@tai-autonomics/core/engine';
import { canonicalize, type Json } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { expect, test } from 'vitest';
import { type Dice, holds } from '../generators/dice.ts';
import { referenceDecide } from '../reference/decide.ts';
import { sceneOf } from './second-scene.ts';
import { isSame, reasonsOf } from './steps.ts';

type Authority = Extract<NextStep, { kind: 'authority' }>;
const text = (x: unknown): string => {
  const canonical = canonicalize(x as Json);
  return E.isRight(canonical) ? canonical.right : JSON.stringify(canonical.left);
};

test('decide and the reference agree', () => {
  let loaded = 0;
  holds(300, (d) => {
    const scene = sceneOf(d);
    if (scene === undefined) return;
    loaded += 1;
    for (let i = 0; i < 10; i++) {
      const o = scene.observe();
      expect(text(decide(scene.catalog, o))).toBe(text(referenceDecide(scene.catalog.source, o)));
    }
  });
  expect(loaded).toBeGreaterThan(20);
});

test('deciding again on what was recorded gives the same decision', () => {
  holds(300, (d) => {
    const scene = sceneOf(d);
    if (scene === undefined) return;
    const { catalog } = scene;
    for (let i = 0; i < 10; i++) {
      const o = scene.observe();
      const readings = JSON.parse(text(readingsRecord(catalog, o))) as { readonly [fact: string]: unknown };
      const bare = { ...o, evidence: evidenceOf(evidenceRecords(o.evidence)) };
      const again = { ...bare, state: stateOfReadings(catalog, readings, { ...bare, state: emptyState }) };
      expect(text(decisionBody(decide(catalog, again)))).toBe(text(decisionBody(decide(catalog, o))));
    }
  });
});

/** What the requirements of `act` mean whose steps lint complains about, or could not decide. */
const complainedOf = ({ source }: Catalog): ReadonlySet<string> => {
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

/** The observation after the submissions, each of them decided; `undefined` where one has to wait for steps of its own. */
const submitted = (
  d: Dice,
  catalog: Catalog,
  o: Observation,
  next: Authority,
  isAlone: boolean,
): Observation | undefined => {
  const { submit, except = [], times = 1 } = next;
  const settled = new Set([
    ...Object.keys(submit.arguments),
    ...submit.choose.filter((c) => (c.from ?? c.to ?? c.oneOf) !== undefined).map((c) => c.argument),
  ]);
  let after = o;
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
    after = {
      ...after,
      state: evolve(after.state, { kind: 'decision', seq: 0, verdict: 'approve', writes: decision.writes }),
    };
  }
  return after;
};

test('L1: a step that lint does not complain about is approved or leads on, and its reason is gone after it', () => {
  const seen = { submitted: 0, several: 0, others: 0, complained: 0 };
  holds(400, (d) => {
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
        const after =
          next.kind === 'authority'
            ? submitted(d, catalog, o, next, reasons.length === 1)
            : takeStep(catalog, o, reason, 'least');
        if (next.kind !== 'authority') expect(after, JSON.stringify(next)).toBeDefined();
        if (after === undefined) continue;
        seen[next.kind !== 'authority' ? 'others' : next.times === undefined ? 'submitted' : 'several'] += 1;
        expect(gone(catalog, after, reason), JSON.stringify(next)).toEqual([]);
      }
    }
  });
  expect(seen.submitted).toBeGreaterThan(5);
  expect(seen.several).toBeGreaterThan(20);
  expect(seen.others).toBeGreaterThan(100);
  expect(seen.complained).toBeGreaterThan(100);
});

const gone = (catalog: Catalog, after: Observation, reason: Reason): readonly Reason[] =>
  reasonsOf(catalog, after).filter((other) => isSame(other, reason));

test('what a step says of itself is true: bounds leave something to choose, waits lie ahead, and nobody is asked twice', () => {
  holds(300, (d) => {
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
