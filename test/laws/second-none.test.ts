/** L5 over the second generator's catalogs: a next step is `none` only where nothing that anybody can change would do. */
import { type Catalog, lint, type Observation, prove, type Reason, whatWouldApprove } from '@tai-autonomics/core';
import { takeStep } from '@tai-autonomics/core/analysis';
import { either as E } from 'fp-ts';
import { expect, test } from 'vitest';
import { type Dice, holds } from '../generators/dice.ts';
import { type Json, secondCatalog } from '../generators/second/catalog.ts';
import { sightings } from '../runs.ts';
import { sceneAround, sceneOf } from './second-scene.ts';
import { reasonsOf } from './steps.ts';

/** What the requirements of `act` mean of whose `none` lint says that something would help, or could not decide. */
const complainedOf = ({ source }: Catalog): ReadonlySet<string> => {
  const { requires = [] } = source.packs[0]?.actions['act'] ?? {};
  const places = lint(source)
    .filter(({ rule }) => rule === 'step_would_help' || rule === 'not_decided')
    .map(({ path }) => path.slice(2, 6).join('.'));
  return new Set(requires.filter((_, i) => places.includes(`actions.act.requires.${i}`)).map(({ means }) => means));
};

/** What the requirements of `act` mean of whose steps lint says that they don't help, or undo each other, or could not decide. */
const doubtedIn = ({ source }: Catalog): ReadonlySet<string> => {
  const { requires = [] } = source.packs[0]?.actions['act'] ?? {};
  const places = lint(source)
    .filter(({ rule }) => DOUBTS.has(rule))
    .map(({ path }) => path.slice(2, 6).join('.'));
  return new Set(requires.filter((_, i) => places.includes(`actions.act.requires.${i}`)).map(({ means }) => means));
};
const DOUBTS: ReadonlySet<string> = new Set(['step_does_not_help', 'steps_undo_each_other', 'not_decided']);

const isNever = (catalog: Catalog): boolean => {
  const proof = prove(catalog, { verdict: 'never_approve', action: 'act' });
  return E.isRight(proof) && proof.right.answer === 'holds';
};

/** Whether some change would do that somebody else than the action itself brings about. */
const isMendable = (catalog: Catalog, o: Observation): boolean => {
  const answer = whatWouldApprove(catalog, o);
  return (
    answer.answer === 'sets' &&
    answer.sets.some(({ changes }) =>
      changes.every(({ by, actions = [] }) => by !== 'authority' || actions.some((id) => id !== 'act')),
    )
  );
};

test('where the only reason of a refusal says that nothing helps, and lint does not object, nothing does', () => {
  const seen = { none: 0, complained: 0 };
  holds(400, (d) => {
    const scene = sceneOf(d);
    if (scene === undefined) return;
    const { catalog, observe } = scene;
    let complained: ReadonlySet<string> | undefined;
    for (let i = 0; i < 20; i++) {
      const o = observe();
      const [reason, ...more] = reasonsOf(catalog, o);
      if (reason === undefined || more.length > 0 || reason.next.kind !== 'none') continue;
      if (reason.code === 'cell_out_of_range' || reason.gate !== 'precondition') continue;
      complained ??= complainedOf(catalog);
      if (complained.has(reason.means)) {
        seen.complained += 1;
        continue;
      }
      seen.none += 1;
      expect(isMendable(catalog, o), `${reason.means}: ${JSON.stringify((reason as Reason).next)}`).toBe(false);
    }
  });
  expect(seen.none).toBeGreaterThan(sightings(10));
});

test('where the only reason of a refusal says what helps, and lint does not object, some change gives an approval', () => {
  const kinds = new Map<string, number>();
  holds(300, (d) => {
    const scene = sceneOf(d);
    if (scene === undefined) return;
    const { catalog, observe } = scene;
    let doubted: ReadonlySet<string> | undefined;
    let never: boolean | undefined;
    for (let i = 0; i < 12; i++) {
      const o = observe();
      const [reason, ...more] = reasonsOf(catalog, o);
      if (reason === undefined || more.length > 0 || reason.next.kind === 'none') continue;
      doubted ??= doubtedIn(catalog);
      // What is asked to be known may turn out wrong, and nobody's to change: then that is told.
      if (doubted.has(reason.means) || reason.next.kind === 'information') continue;
      // What lapses while one waits may have to be brought about anew, by whoever can.
      if (reason.next.kind === 'time' && reason.next.lapses !== undefined) continue;
      // What can never be approved is a fault of the catalog, which `prove` tells.
      never ??= isNever(catalog);
      if (never) continue;
      kinds.set(reason.next.kind, (kinds.get(reason.next.kind) ?? 0) + 1);
      // Of the world it is only said how it has to be: the smallest such change need not be one that an action writes.
      const isSo =
        reason.next.kind === 'world' ? whatWouldApprove(catalog, o).answer === 'sets' : isMendable(catalog, o);
      expect(isSo, `${reason.means}: ${JSON.stringify(reason.next)}`).toBe(true);
    }
  });
  for (const kind of ['authority', 'request', 'time', 'world'])
    expect(kinds.get(kind) ?? 0, kind).toBeGreaterThan(sightings(10));
});

/** The catalog, in which `act` also waits for an hour, and for another one is too late: one comes before the other. */
const withHours = (d: Dice, source: Json): Json => {
  const hour = (): string => `2026-01-2${d.pick([6, 7, 8])}T${10 + d.below(10)}:00:00.000Z`;
  const requires = (source as { packs: { actions: { act: { requires: unknown[] } } }[] }).packs[0]?.actions.act
    .requires;
  requires?.push(
    { code: 'wrong', means: 'it has opened', when: { fact: 'at', notBefore: hour() }, remedy: { by: 'time' } },
    {
      code: 'not_so',
      means: 'it is not over',
      when: { fact: 'at', before: hour() },
      remedy: { by: 'nobody', why: 'it is over' },
    },
  );
  return source;
};

test('a wait says what lapses meanwhile: all of it, and nothing else', () => {
  const seen = { waits: 0, lapses: 0 };
  holds(300, (d) => {
    const scene = sceneAround(d, withHours(d, secondCatalog(d)));
    if (scene === undefined) return;
    const { catalog, observe } = scene;
    for (let i = 0; i < 12; i++) {
      const o = observe();
      const reasons = reasonsOf(catalog, o);
      for (const reason of reasons.filter(({ next }) => next.kind === 'time')) {
        const { next } = reason;
        const lapses = next.kind === 'time' ? (next.lapses ?? []) : [];
        const after = takeStep(catalog, o, reason, 'least');
        if (after === undefined) continue;
        seen.waits += 1;
        seen.lapses += Number(lapses.length > 0);
        const then = reasonsOf(catalog, after);
        const before = reasons.map(({ code }) => code);
        const codes = then.filter((other) => other.next.kind !== 'information').map(({ code }) => code);
        const shown = JSON.stringify([next, before, then]);
        // What held for one reason, and now hangs on what is not known, asks for information in its place.
        if (codes.length === then.length) expect(codes, shown).toEqual(expect.arrayContaining([...lapses]));
        for (const code of codes) expect([...lapses, ...before], shown).toContain(code);
      }
    }
  });
  expect(seen.waits).toBeGreaterThan(sightings(20));
  expect(seen.lapses).toBeGreaterThan(sightings(5));
});
