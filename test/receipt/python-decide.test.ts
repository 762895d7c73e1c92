/**
 * Deciding, twice: `python/decide.py` was written from the format's pages and shares no code with the packages. Of any
 * observation both give the same verdict, the same codes in the same order and of the same gates, trace, writes and plan.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import {
  type Catalog,
  compileCatalog,
  type Decision,
  decide,
  type Observation,
  type Reason,
} from '@tai-autonomics/core';
import { wireWrite } from '@tai-autonomics/core/engine';
import { either as E } from 'fp-ts';
import { expect, test } from 'vitest';
import { lawful, lawfulReleases, observed, withPublishing } from '../fixtures/tenant.ts';
import { catalogOf } from '../generators/catalog.ts';
import { type Dice, holds } from '../generators/dice.ts';
import { altered, observationOf } from '../generators/observation.ts';
import { sceneOf } from '../laws/second-scene.ts';
import { needs } from '../outside-tools.ts';
import { sightings } from '../runs.ts';

interface Case {
  readonly catalog: Catalog;
  readonly observations: readonly Observation[];
}

/** How many writes would leave their cells' types is told by ours, and not by theirs. */
const isToldAgain = ({ code }: Reason, i: number, all: readonly Reason[]): boolean =>
  code === 'cell_out_of_range' && all.findIndex((other) => other.code === code) < i;

const ours = (decision: Decision): object => ({
  verdict: decision.verdict,
  reasons:
    decision.verdict === 'refuse'
      ? decision.reasons.filter((...one) => !isToldAgain(...one)).map(({ gate, code }) => [gate, code])
      : [],
  trace: decision.trace,
  writes: decision.verdict === 'approve' ? decision.writes.map(wireWrite) : [],
  plan: decision.verdict === 'approve' ? decision.actionPlan : [],
});

const theirs = (cases: readonly Case[]): readonly unknown[] => {
  const told = ({ id, at, mode, catalog = '', intent, evidence, state }: Observation): object => {
    const cells = [...state.cells].flatMap(([cell, values]) => [...values].map(([key, value]) => [cell, key, value]));
    return { id, at, mode, catalog, intent, evidence, cells };
  };
  const line = ({ catalog, observations }: Case): string =>
    `${JSON.stringify({ catalog: catalog.source, told: observations.map(told) })}\n`;
  const script = fileURLToPath(new URL('python/decide.py', import.meta.url));
  const input = cases.map(line).join('');
  const { stdout, stderr } = spawnSync('python3', [script], { input, encoding: 'utf8', maxBuffer: 1 << 28 });
  expect(stderr).toBe('');
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((text) => JSON.parse(text));
};

/** JSON cannot say of a member that it is undefined, so nobody can ask that of another program. */
const canBeTold = ({ intent }: Observation): boolean => {
  let isWhole = true;
  JSON.stringify(intent, (_, x) => {
    if (x === undefined) isWhole = false;
    return x;
  });
  return isWhole;
};

/** Of all of them both say the same; answers by their first code, and how often. */
const compared = (all: readonly Case[]): ReadonlyMap<string, number> => {
  const cases = all.map(({ catalog, observations }) => ({ catalog, observations: observations.filter(canBeTold) }));
  const answers = theirs(cases);
  const seen = new Map<string, number>();
  let at = 0;
  for (const { catalog, observations } of cases)
    for (const o of observations) {
      const decision = decide(catalog, o);
      const codes = decision.verdict === 'approve' ? ['approve'] : decision.reasons.map(({ code }) => code);
      for (const code of new Set(codes)) seen.set(code, (seen.get(code) ?? 0) + 1);
      expect({ o, said: answers[at++] }).toEqual({ o, said: ours(decision) });
    }
  expect(answers).toHaveLength(at);
  return seen;
};

const made = (times: number, make: (d: Dice) => Case | undefined): readonly Case[] => {
  const cases: Case[] = [];
  holds(times, (d) => {
    const one = make(d);
    if (one !== undefined) cases.push(one);
  });
  return cases;
};

test('of the shipped catalog, near every boundary', (context) => {
  needs(context, 'python3');
  const all = [...Object.values(lawful), ...Object.values(lawfulReleases)].map((one) => observed(withPublishing, one));
  const observations = made(3_000, (d) => ({
    catalog: withPublishing,
    observations: [altered(d, withPublishing, d.pick(all), 4)],
  })).flatMap((one) => one.observations);
  const seen = compared([{ catalog: withPublishing, observations: [...all, ...observations] }]);
  expect(seen.get('approve') ?? 0).toBeGreaterThan(all.length / 2);
  expect(seen.size).toBeGreaterThan(sightings(40));
});

test('of generated catalogs: every origin, type, operator and nesting', (context) => {
  needs(context, 'python3');
  const cases = made(200, (d) => {
    const compiled = compileCatalog(catalogOf(d));
    if (E.isLeft(compiled)) return undefined;
    const catalog = compiled.right;
    const observations = Array.from({ length: 12 }, () => altered(d, catalog, observationOf(d, catalog)));
    return { catalog, observations };
  });
  const seen = compared(cases);
  expect(seen.get('approve') ?? 0).toBeGreaterThan(sightings(100));
  expect(seen.get('cell_out_of_range') ?? 0).toBeGreaterThan(sightings(10));
});

test('of catalogs of the second generator: keys through keys, windows, counters, conditional writes', (context) => {
  needs(context, 'python3');
  const cases = made(400, (d) => {
    const scene = sceneOf(d);
    if (scene === undefined) return undefined;
    const ids = [...scene.catalog.actions.keys()];
    return { catalog: scene.catalog, observations: Array.from({ length: 10 }, () => scene.observe(d.pick(ids))) };
  });
  const seen = compared(cases);
  expect(seen.get('approve') ?? 0).toBeGreaterThan(sightings(100));
  expect(seen.get('cell_out_of_range') ?? 0).toBeGreaterThan(sightings(2));
});
