/** The second generator's catalogs: what is said of all observations is what `decide` says of each, and what runs stays in its types. */
import { type Catalog, decide, diff, lint, type Observation, prove } from '@tai-autonomics/core';
import type { Condition } from '@tai-autonomics/core/author';
import { createFold } from '@tai-autonomics/core/engine';
import { either as E } from 'fp-ts';
import { expect, test } from 'vitest';
import { type Dice, holds } from '../generators/dice.ts';
import type { Json } from '../generators/second/catalog.ts';
import { strayCells } from '../reference/cell-types.ts';
import { pinned } from '../reference/pinned.ts';
import { sightings } from '../runs.ts';
import { type Scene, sceneAround, sceneOf } from './second-scene.ts';

const isApproved = (catalog: Catalog, o: Observation): boolean => decide(catalog, o).verdict === 'approve';
const copy = (source: Json): Record<string, never> => JSON.parse(JSON.stringify(source)) as Record<string, never>;
interface Editable {
  readonly packs: readonly [
    {
      readonly facts: Record<string, { otherwise?: unknown; maxAgeMs?: number }>;
      readonly actions: Record<string, { requires: { code: string; when: unknown; means: string }[] }>;
    },
  ];
}
const edited = (source: Json, edit: (pack: Editable['packs'][0]) => void): Json => {
  const next = copy(source) as unknown as Editable;
  edit(next.packs[0]);
  return next as unknown as Json;
};

test('after any run of approved actions every cell is of its type', () => {
  const seen = { approved: 0, counted: 0 };
  holds(250, (d) => {
    const scene = sceneOf(d);
    if (scene === undefined) return;
    const { catalog, observe } = scene;
    const first = observe();
    const fold = createFold(first.state);
    for (let seq = 0; seq < 25; seq++) {
      const decision = decide(catalog, { ...observe(d.pick([...catalog.actions.keys()])), state: fold.state });
      if (decision.verdict === 'refuse') continue;
      fold.apply({ kind: 'decision', seq, verdict: 'approve', writes: decision.writes });
      seen.approved += 1;
      seen.counted += decision.writes.filter(({ change }) => 'plus' in change).length;
      expect(strayCells(catalog, fold.state), JSON.stringify(decision.writes)).toEqual([]);
    }
  });
  expect(seen.approved).toBeGreaterThan(sightings(500));
  expect(seen.counted).toBeGreaterThan(sightings(100));
});

test('removing all evidence of a fact, or requiring one thing more, never turns a refusal into an approval', () => {
  let refused = 0;
  holds(150, (d) => {
    const scene = sceneOf(d);
    if (scene === undefined) return;
    const { catalog, source, observe } = scene;
    const requires = catalog.source.packs[0]?.actions['act']?.requires ?? [];
    const more = sceneAround(
      d,
      edited(source, ({ actions }) => {
        const [act] = [actions['act']];
        act?.requires.splice(d.below(act.requires.length + 1), 0, {
          ...(d.pick(requires) as never as { code: string; when: unknown }),
          means: 'one thing more',
        });
      }),
    );
    for (let i = 0; i < 8; i++) {
      const o = observe();
      if (isApproved(catalog, o)) continue;
      refused += 1;
      const { fact } = d.pick([...o.evidence, { fact: '' }]);
      expect(isApproved(catalog, { ...o, evidence: o.evidence.filter((e) => e.fact !== fact) })).toBe(false);
      if (more !== undefined) expect(isApproved(more.catalog, o)).toBe(false);
    }
  });
  expect(refused).toBeGreaterThan(sightings(300));
});

const proofOf = (catalog: Catalog, when: Condition, verdict: 'never_approve' | 'always_approve'): string => {
  const proof = prove(catalog, { action: 'act', when, verdict });
  if (E.isLeft(proof)) throw new Error(JSON.stringify(proof.left));
  return proof.right.answer;
};

test('prove says of one observation alone what decide says of it', () => {
  const seen = { approve: 0, refuse: 0 };
  holds(60, (d) => {
    const scene = sceneOf(d);
    if (scene === undefined) return;
    const { catalog, observe } = scene;
    const action = catalog.actions.get('act');
    for (let i = 0; i < 6 && action !== undefined; i++) {
      const o = observe();
      const when = pinned(catalog, action, o);
      if (when === undefined) continue;
      const { verdict } = decide(catalog, o);
      seen[verdict] += 1;
      expect(proofOf(catalog, when, 'never_approve'), verdict).toBe(verdict === 'approve' ? 'broken' : 'holds');
    }
  });
  expect(seen.approve).toBeGreaterThan(sightings(10));
  expect(seen.refuse).toBeGreaterThan(sightings(50));
});

test('an action of which lint says that it is never approved never is', () => {
  let never = 0;
  holds(150, (d) => {
    const scene = sceneOf(d);
    if (scene === undefined) return;
    const found = lint(scene.catalog.source).filter(({ rule }) => rule === 'action_never_approved');
    const isNever = found.some(({ path }) => path.at(-1) === 'act');
    never += Number(isNever);
    for (let i = 0; i < 20; i++) if (isApproved(scene.catalog, scene.observe())) expect(isNever).toBe(false);
  });
  expect(never).toBeGreaterThan(0);
});

const EDITS: readonly ((d: Dice, pack: Editable['packs'][0]) => void)[] = [
  (d, { actions }) => void actions['act']?.requires.splice(d.below(2), 1),
  (_, { actions }) => void actions['act']?.requires.reverse(),
  (d, { actions }) => {
    const requirement = d.pick(actions['act']?.requires ?? []);
    if (requirement !== undefined) requirement.when = { not: requirement.when };
  },
  (_, { facts }) => {
    for (const fact of Object.values(facts)) if (fact.maxAgeMs !== undefined) fact.maxAgeMs = 90_000;
  },
  (_, { facts }) => {
    for (const fact of Object.values(facts)) if (fact.otherwise === false) fact.otherwise = true;
  },
];

test('two catalogs that diff calls alike decide alike, and what it shows is decided differently', () => {
  const seen = { alike: 0, different: 0 };
  const shown = (x: unknown): string => JSON.stringify(x);
  holds(60, (d) => {
    const before = sceneOf(d);
    const after: Scene | undefined =
      before &&
      sceneAround(
        d,
        edited(before.source, (pack) => d.pick(EDITS)(d, pack)),
      );
    if (before === undefined || after === undefined) return;
    const { answer, differences } = diff(before.catalog, after.catalog);
    if (answer !== 'not_decided') seen[answer] += 1;
    for (const { example } of differences)
      expect(shown(decide(before.catalog, example.observation))).not.toBe(
        shown(decide(after.catalog, example.observation)),
      );
    for (let i = 0; i < 20 && answer === 'alike'; i++) {
      const o = before.observe();
      expect(shown(decide(before.catalog, o))).toBe(shown(decide(after.catalog, o)));
    }
  });
  expect(seen.alike).toBeGreaterThan(sightings(10));
  expect(seen.different).toBeGreaterThan(sightings(20));
});
