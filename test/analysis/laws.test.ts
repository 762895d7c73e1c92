/**
 * L1, L4 and L5 of the design over the whole shipped catalog, bare and under a tenant's policy document with windows, a
 * freeze and approvals by several, by enumeration: for every reason that any action can give,
 * the smallest observation to which it is given and, where there is one, the smallest to which nothing else is.
 */
import { type Catalog, decide, type Observation, type Reason, whatWouldApprove } from '@tai-autonomics/core';
import { takeStep, type Witness, type Witnesses, witnessesOf } from '@tai-autonomics/core/analysis';
import { describe, expect, test } from 'vitest';
import { shippedControlled } from '../fixtures/change-control.ts';
import { shipped } from '../fixtures/tenant.ts';
import { hasItsTurn, isAmong, isLongRun, sightings } from '../runs.ts';

const allOf = (catalog: Catalog): readonly (readonly [string, Witnesses])[] =>
  [...catalog.actions.keys()].map((id) => [id, witnessesOf(catalog, id) as Witnesses]);
const CATALOGS = [
  { name: 'the shipped catalog', catalog: shipped, all: allOf(shipped) },
  { name: 'the shipped catalog under a policy document', catalog: shippedControlled, all: allOf(shippedControlled) },
];

const reasonOf = (catalog: Catalog, o: Observation, { gate, code, means }: Witness): Reason | undefined => {
  const decision = decide(catalog, o);
  if (decision.verdict === 'approve') return undefined;
  return decision.reasons.find((reason) => reason.gate === gate && reason.code === code && reason.means === means);
};

/** A ledger always has an owner: the first entry names one, and the last one can't be removed. */
const owned = (o: Observation): Observation => {
  const relations = new Map(o.state.cells.get('relations')).set('sub_owner', ['approver', 'owner']);
  return { ...o, state: { ...o.state, cells: new Map(o.state.cells).set('relations', relations) } };
};

describe.for(CATALOGS)('every answer of $name', ({ catalog, all }) => {
  test('has an observation that shows it: each action is approved for somebody, each reason is given to somebody', () => {
    for (const [id, { approve, reasons, complete }] of all) {
      expect(complete, id).toBe(true);
      expect(approve === undefined ? undefined : decide(catalog, approve).verdict, id).toBe('approve');
      for (const witness of reasons) {
        expect(
          witness.given === undefined ? undefined : reasonOf(catalog, witness.given, witness),
          `${id}: ${witness.code}`,
        ).toBeDefined();
        if (witness.alone === undefined) continue;
        const decision = decide(catalog, witness.alone);
        expect(decision.verdict === 'refuse' && decision.reasons.map(({ code, means }) => [code, means]), id).toEqual([
          [witness.code, witness.means],
        ]);
      }
    }
    expect(all.flatMap(([, { reasons }]) => reasons).length).toBeGreaterThan(300);
  });
});

describe.for(CATALOGS)('L1 over $name', ({ catalog, all }) => {
  test('whatever a next step leaves open, its reason is gone once the step is carried out', () => {
    let [carried, asked] = [0, 0];
    for (const [id, { reasons }] of all) {
      for (const witness of reasons) {
        asked += 1;
        if (!isAmong(asked, 4)) continue;
        for (const o of [witness.given, witness.alone].filter((x) => x !== undefined).map(owned)) {
          const reason = reasonOf(catalog, o, witness);
          if (reason === undefined || reason.next.kind === 'none') continue;
          for (const end of ['least', 'most'] as const) {
            const after = takeStep(catalog, o, reason, end);
            expect(after, `${id}: ${reason.code}: ${JSON.stringify(reason.next)}`).toBeDefined();
            if (after === undefined) continue;
            carried += 1;
            expect(
              reasonOf(catalog, after, witness),
              `${id}: ${reason.code}: ${JSON.stringify(reason.next)}`,
            ).toBeUndefined();
          }
        }
      }
    }
    expect(carried).toBeGreaterThan(isLongRun ? 1_000 : 250);
  });
});

describe.for(CATALOGS)('L4 over $name', ({ catalog, all }) => {
  test('following next steps from any action ends, and visits no action twice', () => {
    const next = (id: string): readonly string[] => {
      const steps = (catalog.actions.get(id)?.requirements ?? []).map(({ remedy }) => remedy);
      return steps.flatMap((remedy) =>
        remedy.by === 'authority'
          ? [remedy.submit.action]
          : remedy.by === 'world' && remedy.action !== undefined
            ? [remedy.action]
            : [],
      );
    };
    const follow = (id: string, way: readonly string[]): void => {
      expect(way).not.toContain(id);
      for (const other of new Set(next(id))) follow(other, [...way, id]);
    };
    for (const [id] of all) follow(id, []);
  });
});

/** Whether a set of changes gives an approval, none of which the action itself would have to bring about before it is approved. */
const mendable = (catalog: Catalog, o: Observation, id: string): boolean => {
  const answer = whatWouldApprove(catalog, o);
  return (
    answer.answer === 'sets' &&
    answer.sets.some(({ changes }) =>
      changes.every(({ by, actions = [] }) => by !== 'authority' || actions.some((a) => a !== id)),
    )
  );
};

/** Without the tool nothing else is looked at: whether it can be had is asked where the mode, which nobody changes, allows it. */
const inMode = (o: Observation, { gate }: Witness): Observation =>
  gate === 'registry' ? { ...o, mode: 'contractual' } : o;

/** Nothing is left to choose for the one who would submit it: what that action requires is not looked at here. */
const isEmptyChoice = ({ next }: Reason): boolean => next.kind === 'none' && next.why.startsWith('no value of ');

describe.for(CATALOGS)('L5 over $name', ({ catalog, all }) => {
  test('a next step is none exactly if no values of what anybody can change give an approval', () => {
    const seen = { none: 0, sets: 0 };
    let asked = 0;
    for (const [id, { reasons }] of all) {
      for (const witness of reasons) {
        if (witness.alone === undefined) continue;
        const o = inMode(owned(witness.alone), witness);
        const reason = reasonOf(catalog, o, witness) as Reason;
        asked += 1;
        // Those without a way on are few; of the others each has its turn in the long run.
        if (reason.next.kind !== 'none' && !hasItsTurn(asked, 4)) continue;
        const shown = `${id}: ${reason.code}: ${JSON.stringify(reason.next)}`;
        expect(mendable(catalog, o, id), shown).toBe(reason.next.kind !== 'none' || isEmptyChoice(reason));
        seen[reason.next.kind === 'none' ? 'none' : 'sets'] += 1;
      }
    }
    expect(seen.none).toBeGreaterThan(2);
    expect(seen.sets).toBeGreaterThan(sightings(50));
  });
});
