/** Answers what is asked of a whole ledger: the same in a thread of its own and in place. */
import type { Engines } from '@tai-autonomics/core/engine';
import type { either as E } from 'fp-ts';
import type { Answer, Answering } from './answering.ts';
import { exported, surveyed } from './export.ts';
import { figure } from './figure.ts';
import { createFolds } from './folds.ts';
import { held, released } from './held.ts';
import { receipts, waiting } from './list.ts';
import { flips, news, simulated } from './replay.ts';
import { bundle, verified } from './verify.ts';
import type { AnswerTo, WalkQuestion } from './walk-question.ts';
import type { WalkSource } from './walk-source.ts';
import { createLoader, walkedLedger } from './walked-ledger.ts';

/** Answers one question about a ledger. Left: why there is no answer, in one sentence. */
export type Walker = <Q extends WalkQuestion>(
  question: Q,
  source: Omit<WalkSource, 'tenant'>,
) => Promise<E.Either<string, AnswerTo<Q>>>;

/** A walker with folds of its own. */
export const createWalker = (engines: Engines): Walker => {
  const load = createLoader();
  const answering: Answering = { folded: createFolds(), load, engines };
  return ((question, source) => {
    const answer = ANSWERS[question.ask] as Answer<typeof question.ask>;
    return answer(answering, question as never, walkedLedger(source, load));
  }) as Walker;
};

const ANSWERS: { readonly [K in WalkQuestion['ask']]: Answer<K> } = {
  figure,
  receipts,
  waiting,
  simulated,
  news,
  flips,
  verified,
  bundle,
  exported,
  surveyed,
  held,
  released,
};
