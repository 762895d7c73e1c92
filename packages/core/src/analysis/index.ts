/** Questions about a policy beyond the front door's four: witnesses, replay, following a step; and the types of their answers. */
export type { Aspect, Compared } from './diff/compare-decisions.ts';
export type { DiffOptions } from './diff/diff.ts';
export { RULES, type Rule } from './lint/finding.ts';
export type { LintOptions } from './lint/lint.ts';
export type { Observers } from './lint/use.ts';
export { observationJson } from './observation-json.ts';
export { type Prevented, preventionTest } from './prevention-test.ts';
export { checkRecipes, type RecipeFinding, type RecipesChecked } from './recipes/check-recipes.ts';
export { compileRecipes } from './recipes/compile-recipes.ts';
export {
  createReplayer,
  type ReplayCounts,
  type Replayed,
  type ReplayedPlace,
  type Replayer,
  type ReplayOptions,
} from './replay/replay.ts';
export type { Budget } from './solver/question.ts';
export { type End, takeStep } from './take-step.ts';
export type { By, ChangeNeeded, ChangeSet, WhatWouldApproveOptions } from './what-would-approve.ts';
export { type Witness, type Witnesses, witnessesOf } from './witnesses.ts';
