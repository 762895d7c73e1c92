/** A plan of several steps, with a fault at each place: nothing is done twice, what failed is taken back in reverse, a restart goes on. */
import type { Caller } from '@tai-autonomics/governor';
import { type RecipeRun, runName, runRecipe } from '@tai-autonomics/governor/operator';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runs } from '../runs.ts';
import { Cut, type FakeGovernor, type Fault, fakeGovernor } from './fake-governor.ts';

const caller: Caller = { tenant: 'acme', subject: { type: 'agent', id: 'a' }, scope: [] };
const step = (n: number): RecipeRun['plan'][number] => ({
  means: `does ${n}`,
  action: `do_${n}`,
  arguments: { n },
  undo: n === KEPT ? { by: 'nothing', why: 'it is kept' } : { by: 'action', action: `undo_${n}`, arguments: { n } },
});
const KEPT = 9;
const run = (...steps: readonly number[]): RecipeRun => ({
  incident: 'inc-1',
  resource: 'svc',
  recipe: 'mend',
  version: '1.0.0',
  plan: steps.map(step),
});

/** Goes on until the run stands somewhere for good, however often the caller dies. */
const goOn = async (governor: FakeGovernor, of: RecipeRun, giveUp = false) => {
  for (;;) {
    try {
      return await runRecipe(governor, caller, of, { giveUp });
    } catch (thrown) {
      if (!(thrown instanceof Cut)) throw thrown;
    }
  }
};

test('without a fault every step is done once, in order, and verified', async () => {
  const governor = fakeGovernor();
  const report = await runRecipe(governor, caller, run(1, 2, 3));
  expect(report.stands).toBe('verified');
  expect(governor.effects).toEqual(['do_1', 'do_2', 'do_3']);
  expect(governor.recorded.map(({ action }) => action)).toEqual([
    'check_incident',
    'do_1',
    'do_2',
    'do_3',
    'verify_incident',
  ]);
  expect(await runRecipe(governor, caller, run(1, 2, 3))).toEqual(report);
  expect(governor.effects.length).toBe(3);
});

test('a failure takes back what was done, the last step first, and says what stays', async () => {
  const governor = fakeGovernor();
  governor.faults.set('do_3', 'failed');
  const report = await runRecipe(governor, caller, run(1, KEPT, 2, 3));
  expect(report.stands).toBe('left');
  expect(governor.effects).toEqual(['do_1', 'do_9', 'do_2', 'undo_2', 'undo_1']);
  expect(report.steps.slice(-3).map(({ action, ended }) => [action, ended])).toEqual([
    ['undo_2', 'undone'],
    ['do_9', 'kept'],
    ['undo_1', 'undone'],
  ]);
  expect(report.steps.find(({ ended }) => ended === 'kept')?.why).toBe('it is kept');
});

test('what may have been done is taken back, too; what was refused waits, and nothing is taken back', async () => {
  const uncertain = fakeGovernor();
  uncertain.faults.set('do_2', 'unknown');
  expect((await runRecipe(uncertain, caller, run(1, 2))).stands).toBe('undone');
  expect(uncertain.effects).toEqual(['do_1', 'undo_2', 'undo_1']);
  const refused = fakeGovernor();
  refused.faults.set('do_2', 'refused');
  const waiting = await runRecipe(refused, caller, run(1, 2));
  expect([waiting.stands, waiting.steps.at(-1)?.why]).toEqual(['waiting', 'approval_missing']);
  expect((await runRecipe(refused, caller, run(1, 2))).stands).toBe('verified');
  expect(refused.effects).toEqual(['do_1', 'do_2']);
});

test('what its handler did is taken back, too, where what it promised is not seen', async () => {
  const governor = fakeGovernor();
  governor.faults.set('do_2', 'unseen');
  const report = await runRecipe(governor, caller, run(1, 2, 3));
  expect(report.stands).toBe('undone');
  expect(report.steps[2]).toMatchObject({ ended: 'uncertain', why: 'failed: what the action promised is not seen' });
  expect(governor.effects).toEqual(['do_1', 'do_2', 'undo_2', 'undo_1']);
});

test('what is not over after the last step is taken back', async () => {
  const governor = fakeGovernor();
  governor.faults.set('verify_incident', 'refused');
  expect((await runRecipe(governor, caller, run(1, 2))).stands).toBe('undone');
  expect(governor.effects).toEqual(['do_1', 'do_2', 'undo_2', 'undo_1']);
  expect((await runRecipe(governor, caller, run(1, 2))).stands).toBe('undone');
  expect(governor.effects.length).toBe(4);
});

test('a step back that is refused is said, asked for again by the next call, and does not keep the others', async () => {
  const governor = fakeGovernor();
  governor.faults.set('do_3', 'failed').set('undo_2', 'refused');
  const first = await runRecipe(governor, caller, run(1, 2, 3));
  expect([first.stands, first.steps.find(({ ended }) => ended === 'not_undone')?.action]).toEqual(['left', 'undo_2']);
  expect((await runRecipe(governor, caller, run(1, 2, 3))).stands).toBe('undone');
  expect(governor.effects).toEqual(['do_1', 'do_2', 'undo_1', 'undo_2']);
});

describe('who gives up takes back what was done', () => {
  test('and nobody goes on with that run', async () => {
    const governor = fakeGovernor();
    governor.faults.set('do_2', 'refused');
    await runRecipe(governor, caller, run(1, 2, 3));
    expect((await runRecipe(governor, caller, run(1, 2, 3), { giveUp: true })).stands).toBe('undone');
    expect((await runRecipe(governor, caller, run(1, 2, 3))).stands).toBe('undone');
    expect(governor.effects).toEqual(['do_1', 'undo_1']);
  });

  test('where a step was refused as often as it is asked for, too', async () => {
    const governor = fakeGovernor();
    for (let i = 0; i < 101; i++) {
      governor.faults.set('do_2', 'refused');
      await runRecipe(governor, caller, run(1, 2));
    }
    const spent = await runRecipe(governor, caller, run(1, 2));
    expect([spent.stands, spent.steps.at(-1)?.why]).toEqual([
      'waiting',
      'it was refused 100 times: nothing is left but to give up',
    ]);
    expect((await runRecipe(governor, caller, run(1, 2), { giveUp: true })).stands).toBe('undone');
    expect(governor.effects).toEqual(['do_1', 'undo_1']);
  });

  test('not once it is verified', async () => {
    const governor = fakeGovernor();
    await runRecipe(governor, caller, run(1));
    expect((await runRecipe(governor, caller, run(1), { giveUp: true })).stands).toBe('verified');
    expect(governor.effects).toEqual(['do_1']);
  });
});

const FAULTS: readonly Fault[] = ['refused', 'failed', 'unknown', 'cut_before', 'cut_after'];

test('with any faults anywhere: no effect happens twice, and at the end all stands or all that could be is taken back', async () => {
  const actions = ['check_incident', 'do_1', 'do_2', 'do_3', 'undo_1', 'undo_2', 'undo_3', 'verify_incident'];
  await fc.assert(
    fc.asyncProperty(
      fc.dictionary(fc.constantFrom(...actions), fc.constantFrom(...FAULTS), { maxKeys: 5 }),
      fc.boolean(),
      async (faults, giveUp) => {
        const governor = fakeGovernor();
        for (const [action, fault] of Object.entries(faults)) governor.faults.set(action, fault);
        let report = await goOn(governor, run(1, 2, 3), giveUp);
        for (let i = 0; i < 20 && (report.stands === 'waiting' || report.stands === 'left'); i++)
          report = await goOn(governor, run(1, 2, 3));
        expect(new Set(governor.effects).size).toBe(governor.effects.length);
        const forth = governor.effects.filter((effect) => effect.startsWith('do_'));
        const back = governor.effects.filter((effect) => effect.startsWith('undo_'));
        expect(forth).toEqual(['do_1', 'do_2', 'do_3'].slice(0, forth.length));
        if (report.stands === 'verified') expect([forth.length, back.length]).toEqual([3, 0]);
        if (report.stands === 'undone')
          for (const effect of forth) expect(back).toContain(effect.replace('do_', 'undo_'));
        // A step back may have ended badly: that is said, and it isn't tried a second time.
        if (report.stands === 'left') expect(report.steps.some(({ ended }) => ended === 'not_undone')).toBe(true);
      },
    ),
    { numRuns: runs(2_000) },
  );
});

test('another plan is another run', () => {
  expect(runName(run(1))).toBe(runName(run(1)));
  expect(runName(run(1))).not.toBe(runName(run(2)));
  expect(runName({ ...run(1), incident: 'inc-2' })).not.toBe(runName(run(1)));
});

test('an incident that comes back under its id has a plan of its own, whose steps are done again', async () => {
  const governor = fakeGovernor();
  await runRecipe(governor, caller, { ...run(1), planned: 'first' });
  const again = await runRecipe(governor, caller, { ...run(1), planned: 'second' });
  expect([again.stands, governor.effects]).toEqual(['verified', ['do_1', 'do_1']]);
});
