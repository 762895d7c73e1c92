/**
 * The public `decide` on parsed evidence, all reasons, next steps and trace, beside a hand-written function that says the
 * same. Workload: `trigger_rollback` under the shipped catalog, 256 seeded observations, half approved, half refused.
 * Process CPU time; the two take turns, so that a busy machine slows both; medians of the rounds.
 */

import { compileCatalog, type Decision, decide, type Observation } from '@tai-autonomics/core';
import { canonicalize, type Json } from '@tai-autonomics/core/receipt';
import { library } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { decideRollback } from './hand-written/rules.ts';
import { amount, cpuMs, figure, median } from './measure.ts';
import { replayRates } from './replay-step.ts';
import { rollbackWorkload } from './rollback-workload.ts';

const SEED = 20_261_121;
const OBSERVATIONS = 256;
const ROUNDS = amount(15);
const WARM_UP = amount(20);
/** How often a round goes through the observations. */
const PASSES = amount(100);
const GOAL = { within: 8, aim: 4 } as const;

type Decider = (observation: Observation) => Decision;

interface Subject {
  readonly name: string;
  readonly decider: Decider;
}

/** Kept, so that no compiler can leave the work out. */
let kept: Decision | undefined;

/** Decisions a second of CPU time. */
const rate = (decider: Decider, observations: readonly Observation[]): number => {
  const ms = cpuMs(() => {
    for (let pass = 0; pass < PASSES; pass += 1) for (const o of observations) kept = decider(o);
  });
  return (PASSES * observations.length) / (ms / 1e3);
};

const medianRates = (subjects: readonly Subject[], observations: readonly Observation[]): readonly number[] => {
  const rates = subjects.map((): number[] => []);
  for (let round = -WARM_UP; round < ROUNDS; round += 1) {
    for (const [i, { decider }] of subjects.entries()) {
      const found = rate(decider, observations);
      if (round >= 0) rates[i]?.push(found);
    }
  }
  return rates.map(median);
};

const textOf = (decision: Decision): string => {
  const text = canonicalize(decision as unknown as Json);
  if (E.isLeft(text)) throw new Error('a decision that is not JSON');
  return text.right;
};

const counted = (numbers: readonly number[]): string => {
  const counts = new Map<number, number>();
  for (const n of numbers) counts.set(n, (counts.get(n) ?? 0) + 1);
  return [...counts]
    .sort(([a], [b]) => a - b)
    .map(([n, times]) => `${n}: ${times}`)
    .join(', ');
};

/** Checks that both say the same, then prints decisions a second, and the ratio. */
export const decideBench = (): void => {
  const compiled = compileCatalog(library);
  if (E.isLeft(compiled)) throw new Error('the shipped catalog does not compile');
  const catalog = compiled.right;
  const ours: Decider = (observation) => decide(catalog, observation);
  for (const o of rollbackWorkload(catalog, 16 * OBSERVATIONS, SEED + 1).observations) {
    const [said, byHand] = [textOf(ours(o)), textOf(decideRollback(o))];
    if (said !== byHand) throw new Error(`about ${o.id} they differ:\n${said}\n${byHand}`);
  }
  const { observations, faults } = rollbackWorkload(catalog, OBSERVATIONS, SEED);
  const decisions = observations.map((o) => ours(o));
  const refusals = decisions.flatMap((decision) => (decision.verdict === 'refuse' ? [decision.reasons.length] : []));
  const parts = [
    { name: 'the mix', observations },
    { name: 'approvals alone', observations: observations.filter((_, i) => decisions[i]?.verdict === 'approve') },
    { name: 'refusals alone', observations: observations.filter((_, i) => decisions[i]?.verdict === 'refuse') },
  ];
  const subjects = [
    { name: 'decide', decider: ours },
    { name: 'hand-written', decider: decideRollback },
  ];
  console.log(`Decisions a second of CPU time, trigger_rollback, ${observations.length} observations (seed ${SEED})`);
  console.log(`mix: ${decisions.length - refusals.length} approved, ${refusals.length} refused`);
  console.log(`reasons a refusal, and how many: ${counted(refusals)}`);
  console.log(`faults drawn: ${[...faults].map(([name, times]) => `${name} ${times}`).join(', ')}`);
  console.log('                      decide   hand-written   times slower');
  for (const { name, observations: part } of parts) {
    const [mine = 0, byHand = 0] = medianRates(subjects, part);
    const goal = name === 'the mix' ? `   (at most ${GOAL.within}, aim ${GOAL.aim})` : '';
    const row = [figure('decisions a second', mine), figure('decisions a second by hand', byHand)];
    console.log(
      `${name.padEnd(16)}${row[0]?.padStart(12)}${row[1]?.padStart(15)}${figure('times slower', byHand / mine, 2).padStart(15)}${goal}`,
    );
  }
  if (kept === undefined) throw new Error('nothing was decided');
  replayRates(catalog, observations);
};
