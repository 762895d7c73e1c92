/** What every answer to a question about a ledger is made with. */
import type { Engines } from '@tai-autonomics/core/engine';
import type { either as E } from 'fp-ts';
import type { Folded } from './folds.ts';
import type { WalkAnswers, WalkQuestion } from './walk-question.ts';
import type { LoadKept, WalkedLedger } from './walked-ledger.ts';

/** What is kept between questions. */
export interface Answering {
  readonly folded: Folded;
  readonly load: LoadKept;
  readonly engines: Engines;
}

/** The question of a kind. */
export type Asked<K extends WalkQuestion['ask']> = Extract<WalkQuestion, { readonly ask: K }>;
/** Its answer; Left: why there is none, in one sentence. */
export type Answered<K extends WalkQuestion['ask']> = Promise<E.Either<string, WalkAnswers[K]>>;
/** How questions of a kind are answered. */
export type Answer<K extends WalkQuestion['ask']> = (
  answering: Answering,
  question: Asked<K>,
  ledger: WalkedLedger,
) => Answered<K>;
