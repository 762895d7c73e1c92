/** Recorded decisions under another catalog: what is said of them is what deciding again would have said. */
import { type Catalog, decide, type Observation } from '@tai-autonomics/core';
import { createReplayer, type Replayed } from '@tai-autonomics/core/analysis';
import { codesOf, isInstant } from '@tai-autonomics/core/engine';
import { canonicalize, type Json, type Receipt } from '@tai-autonomics/core/receipt';
import { library } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { describe, expect, test } from 'vitest';
import { compiled, lawful, lawfulReleases, observed, shipped, withPublishing } from '../fixtures/tenant.ts';
import { catalogOf } from '../generators/catalog.ts';
import { type Dice, holds } from '../generators/dice.ts';
import { altered, observationOf } from '../generators/observation.ts';
import { sightings } from '../runs.ts';
import { gathered, recordOf } from './recorded.ts';

type Members = { [member: string]: unknown };
const text = (x: unknown): string => {
  const canonical = canonicalize(x as Json);
  return E.isRight(canonical) ? canonical.right : JSON.stringify(canonical.left);
};

const base = Object.values({ ...lawful, ...lawfulReleases }).map((document) => observed(withPublishing, document));

/** What a governor takes in: evidence in JSON, from an instant, and the catalog that it decides with. */
const recordable = (o: Observation): Observation => ({
  ...o,
  intent: JSON.parse(JSON.stringify(o.intent)) as Observation['intent'],
  catalog: 'd',
  evidence: o.evidence.filter((e) => isInstant(e.observedAt) && E.isRight(canonicalize(e.value as Json))),
});
const draw = (d: Dice, catalog: Catalog): Observation =>
  recordable(
    altered(d, catalog, catalog === withPublishing ? d.pick(base) : observationOf(d, catalog), d.pick([1, 4])),
  );

const packsOf = (source: unknown): readonly Members[] => (source as { packs: Members[] }).packs;
/** The generated packs; the platform's stay as they are. */
const ownPacks = (source: unknown): readonly Members[] =>
  packsOf(source).filter(({ pack_id }) => /^p\d$/.test(String(pack_id)));
const actionsOf = (source: unknown): readonly Members[] =>
  ownPacks(source).flatMap(({ actions }) => Object.values(actions as Members) as Members[]);
const factsOf = (source: unknown): readonly Members[] =>
  ownPacks(source).flatMap(({ facts }) => Object.values(facts as Members) as Members[]);
const requirementsOf = (source: unknown): readonly Members[] =>
  actionsOf(source).flatMap(({ requires }) => requires as Members[]);

const addRequirement = (d: Dice, source: unknown): void => {
  const [actions, requirements] = [actionsOf(source), requirementsOf(source)];
  if (actions.length === 0 || requirements.length === 0) return;
  (d.pick(actions)['requires'] as Members[]).push({ ...d.pick(requirements), remedy: { by: 'nobody', why: 'so' } });
};
type Edit = (d: Dice, source: unknown) => void;
const EDITS: readonly Edit[] = [
  addRequirement,
  addRequirement,
  (d, source) => {
    const full = actionsOf(source).filter(({ requires }) => (requires as Members[]).length > 0);
    if (full.length === 0) return;
    const requires = d.pick(full)['requires'] as Members[];
    requires.splice(d.below(requires.length), 1);
  },
  (d, source) => {
    const facts = factsOf(source);
    if (facts.length === 0) return;
    const fact = d.pick(facts);
    if (fact['origin'] === 'observed') {
      fact['maxAgeMs'] = d.pick([1, 60_000, 3_600_000]);
      fact['sources'] = d.pick([['git'], ['probe'], ['git', 'probe'], ['metrics']]);
    } else fact['otherwise'] = d.pick(facts)['otherwise'] ?? fact['otherwise'];
  },
  (d, source) => {
    const kept = factsOf(source).filter(({ origin }) => origin === 'ledger');
    if (kept.length === 0) return;
    const [one, two] = [d.pick(kept), d.pick(kept)];
    const { cell, key } = one;
    Object.assign(one, { cell: two['cell'], key: two['key'] });
    Object.assign(two, { cell, key });
  },
  (d, source) => {
    const actions = actionsOf(source);
    if (actions.length > 0) d.pick(actions)['roles'] = d.pick([[], ['write_iam'], ['read_deployment']]);
  },
  (_d, source) => {
    const { plans } = source as { plans: Members };
    for (const plan of Object.values(plans) as Members[]) plan['packs'] = (plan['packs'] as string[]).slice(1);
  },
];

/** A generated catalog and what some edits make of it; `undefined` if that doesn't compile. */
const pair = (d: Dice, edits: readonly Edit[]): readonly [Catalog, Catalog] | undefined => {
  const source = catalogOf(d);
  const edited: unknown = structuredClone(source);
  for (const edit of edits) edit(d, edited);
  const after = E.tryCatch(() => compiled(edited), String);
  return E.isLeft(after) ? undefined : [compiled(source), after.right];
};

const replayOf = (
  catalogs: readonly [Catalog, Catalog],
  o: Observation,
  hide?: (name: string) => boolean,
): Replayed => {
  const { receipt, disclosed } = recordOf(catalogs[0], 'd', o, hide);
  const replayer = createReplayer({ under: catalogs[1], catalogs: new Map([['d', catalogs[0]]]) });
  return replayer.step(receipt, disclosed) as Replayed;
};

/** Compares what a replay says with deciding the whole observation, evidence that nobody asked for included. */
const agrees = (d: Dice, catalogs: readonly [Catalog, Catalog], drawn: Observation): Replayed['answer'] | 'partly' => {
  // As it is recorded: under a catalog of this digest.
  const o: Observation = { ...drawn, catalog: 'd' };
  const hide = d.chance(20) ? (name: string) => name.startsWith('evidence/') && name.length % 2 === 0 : undefined;
  const replayed = replayOf(catalogs, o, hide);
  if (replayed.answer === 'not_decided') return replayed.answer;
  const before = decide(catalogs[0], gathered(catalogs[0], o));
  const after = decide(catalogs[1], o);
  const said = text([replayed, after]);
  expect(replayed.verdict, said).toEqual([before.verdict, after.verdict]);
  if (replayed.answer === 'same') expect(text(after), said).toBe(text(before));
  else if (!('unread' in replayed)) expect(text(replayed.after), said).toBe(text(after));
  else {
    for (const code of replayed.gained) expect(codesOf(after), said).toContain(code);
    return 'partly';
  }
  return replayed.answer;
};

describe('replay', () => {
  test('under the same catalog flips nothing, and can tell of every decision', () => {
    holds(40, (d) => {
      const catalog = d.chance(50) ? withPublishing : compiled(catalogOf(d));
      for (const o of d.times(8, () => draw(d, catalog))) {
        const replayed = replayOf([catalog, catalog], { ...o, catalog: 'd' });
        expect(replayed.answer, text(replayed)).toBe('same');
      }
    });
  });

  test('under a catalog with a requirement more never turns a refusal into an approval', () => {
    const seen = { same: 0, changed: 0, flipped: 0, not_decided: 0 };
    holds(60, (d) => {
      const catalogs = pair(d, [addRequirement]);
      if (catalogs === undefined) return;
      for (const o of d.times(40, () => draw(d, catalogs[0]))) {
        const replayed = replayOf(catalogs, o);
        seen[replayed.answer] += 1;
        expect(replayed.verdict).not.toEqual(['refuse', 'approve']);
      }
    });
    expect(seen.flipped).toBeGreaterThanOrEqual(sightings(4));
    expect(seen.same).toBeGreaterThan(sightings(50));
  });

  test('with a reading left out, or one of no type of its fact, says what is so or that it cannot be told', () => {
    const seen = { same: 0, changed: 0, flipped: 0, not_decided: 0 };
    holds(160, (d) => {
      const edits = d.chance(50) ? [] : [d.pick(EDITS)];
      const catalogs = d.chance(30) ? ([withPublishing, withPublishing] as const) : pair(d, edits);
      if (catalogs === undefined) return;
      for (const drawn of d.times(10, () => draw(d, catalogs[0]))) {
        const o: Observation = { ...drawn, catalog: 'd' };
        const { receipt, disclosed } = recordOf(catalogs[0], 'd', o);
        const readings = { ...(disclosed.get('state/readings') as { [fact: string]: Json }) };
        const names = Object.keys(readings);
        if (names.length === 0) continue;
        for (const name of d.times(1 + d.below(2), () => d.pick(names))) {
          if (d.chance(70)) delete readings[name];
          else readings[name] = null;
        }
        const replayer = createReplayer({ under: catalogs[1], catalogs: new Map([['d', catalogs[0]]]) });
        const replayed = replayer.step(receipt, new Map(disclosed).set('state/readings', readings)) as Replayed;
        seen[replayed.answer] += 1;
        if (replayed.answer === 'not_decided') continue;
        const verdicts = [decide(catalogs[0], gathered(catalogs[0], o)).verdict, decide(catalogs[1], o).verdict];
        expect(replayed.verdict, text([names.filter((name) => readings[name] === undefined), replayed])).toEqual(
          verdicts,
        );
      }
    });
    expect(seen.not_decided).toBeGreaterThan(sightings(50));
    expect(seen.same).toBeGreaterThan(sightings(50));
  });

  test('says what deciding the whole observation says, or that it cannot be told', () => {
    const seen = { same: 0, changed: 0, flipped: 0, not_decided: 0, partly: 0 };
    holds(160, (d) => {
      const catalogs = pair(
        d,
        d.times(1 + d.below(3), () => d.pick(EDITS)),
      );
      if (catalogs === undefined) return;
      for (const o of d.times(10, () => draw(d, catalogs[0]))) seen[agrees(d, catalogs, o)] += 1;
    });
    const { partly: _, ...often } = seen;
    for (const times of Object.values(often)) expect(times, text(seen)).toBeGreaterThan(sightings(10));
  });
});

describe('a rollback that was approved', () => {
  const approved = observed(shipped, lawful['trigger_rollback']);
  const unobserved = { fact: 'traffic', atMost: 10 };
  const withRequirements = (...conditions: readonly unknown[]): Catalog => {
    const source: unknown = structuredClone(library);
    const guard = packsOf(source).find(({ pack_id }) => pack_id === 'rollback_guard') as Members;
    Object.assign(guard['facts'] as Members, {
      traffic: { means: 'requests', type: { type: 'integer' }, origin: 'observed', sources: ['git'], maxAgeMs: 60_000 },
      stops: {
        means: 'a stop',
        type: shipped.cells.get('andon')?.type,
        origin: 'ledger',
        cell: 'andon',
        key: ['*'],
        otherwise: 'none',
      },
    });
    guard['codes'] = { ...(guard['codes'] as Members), not_today: 'not today' };
    const action = (guard['actions'] as Members)['trigger_rollback'] as Members;
    const remedy = { by: 'nobody', why: 'so' };
    for (const when of conditions)
      (action['requires'] as Members[]).push({ code: 'not_today', means: 'more', when, remedy });
    return compiled(source);
  };
  const under = (...conditions: readonly unknown[]): Replayed =>
    replayOf([shipped, withRequirements(...conditions)], approved);

  test('with nothing else required: the same', () => {
    expect(under()).toMatchObject({ answer: 'same', verdict: ['approve', 'approve'] });
  });
  test('with a fact required that nobody observed: not decided, and the fact is named', () => {
    expect(under(unobserved)).toMatchObject({ answer: 'not_decided', verdict: ['approve'], unread: ['traffic'] });
  });
  test('with a cell required that another fact read: decided', () => {
    expect(under({ fact: 'stops', is: 'none' })).toMatchObject({ answer: 'same' });
    expect(under({ not: { fact: 'stops', is: 'none' } })).toMatchObject({
      answer: 'flipped',
      verdict: ['approve', 'refuse'],
      gained: ['not_today'],
      differs: ['verdict', 'codes'],
    });
  });
  test('with something required that was not so, and something unread: refused for certain', () => {
    const replayed = under({ fact: 'deployment_stable', is: false }, unobserved);
    expect(replayed).toMatchObject({
      answer: 'flipped',
      verdict: ['approve', 'refuse'],
      gained: ['not_today'],
      unread: ['traffic'],
    });
    expect(replayed).not.toHaveProperty('after');
  });
  test('with something unread that decides nothing: decided', () => {
    expect(under({ any: [unobserved, { fact: 'deployment_stable', is: true }] })).toMatchObject({ answer: 'same' });
  });
  test('under a catalog without the action: refused as unknown', () => {
    const source: unknown = structuredClone(library);
    const guard = packsOf(source).find(({ pack_id }) => pack_id === 'rollback_guard') as Members;
    Object.assign(guard, { tools: [], actions: {}, requires: [] });
    const replayed = replayOf([shipped, compiled({ ...(source as Members), aliases: {} })], approved);
    expect(replayed).toMatchObject({ answer: 'flipped', gained: ['tool_not_found'] });
  });
});

describe('what cannot be told', () => {
  const o = base[0] as Observation;
  const both = [withPublishing, withPublishing] as const;
  test.for(['request/intent', 'state/readings', 'decision/body'])(
    'without %s: which disclosure is missing',
    (hidden) => {
      expect(replayOf(both, o, (name) => name === hidden)).toMatchObject({
        answer: 'not_decided',
        why: 'not disclosed',
        withheld: [hidden],
      });
    },
  );
  const recorded = recordOf(withPublishing, 'd', o);
  const step = (receipt: Receipt): Replayed | undefined =>
    createReplayer({ under: withPublishing, catalogs: new Map([['d', withPublishing]]) }).step(
      receipt,
      recorded.disclosed,
    );
  test('without the catalog that decided', () => {
    const { catalog } = recorded.receipt;
    expect(step({ ...recorded.receipt, catalog: { ...catalog, digest: 'e' } })).toMatchObject({
      answer: 'not_decided',
      why: 'the catalog e is not here',
    });
  });
  test('with a version of the engine that is not here', () => {
    const { engine } = recorded.receipt;
    expect(step({ ...recorded.receipt, engine: { ...engine, semantics: 99 } })).toMatchObject({
      answer: 'not_decided',
      why: 'semantics 99 is not part of this library',
    });
  });
  test('a consequence and an outcome are no decisions', () => {
    expect(step({ ...recorded.receipt, kind: 'consequence', of: { seq: 0, leaf: '' } } as Receipt)).toBeUndefined();
  });
});
