/** What a thread of its own is asked about catalogs, as data that crosses to it, and how it finds the answer. */
import type { Invariant } from '@tai-autonomics/core';
import { either as E } from 'fp-ts';
import { createRecentlyUsed } from '../bounds/recently-used.ts';
import { type LoadedCatalog, loadKept } from '../catalogs/loaded-catalog.ts';
import { differencesOf, examined, ownFindings, ownInvariants, provedIn } from './examine.ts';

/** A catalog as it is kept. */
type Kept = Pick<LoadedCatalog, 'digest' | 'text'>;

/** One question about catalogs. */
export type AnalysisQuestion =
  | { readonly ask: 'findings'; readonly candidate: Kept }
  | { readonly ask: 'examined'; readonly candidate: Kept }
  /** Of these invariants, or of those that the catalog carries. */
  | { readonly ask: 'proofs'; readonly candidate: Kept; readonly invariants?: readonly Invariant[] }
  | { readonly ask: 'differences'; readonly before: Kept; readonly after: Kept; readonly most: number };

/** What each question is answered with. */
export interface AnalysisAnswers {
  readonly findings: ReturnType<typeof ownFindings>;
  readonly examined: ReturnType<typeof examined>;
  readonly proofs: ReturnType<typeof provedIn>;
  readonly differences: ReturnType<typeof differencesOf>;
}

/** The answer to one question. */
export type AnswerTo<Q extends AnalysisQuestion> = AnalysisAnswers[Q['ask']];

const HELD_MAX = 16;

/**
 * Answers questions; the catalogs that were asked about last stay compiled, and the same question has the same answer: catalogs
 * are named by their digests. Left: a catalog that does not load.
 */
export const createAnalyst = (): ((question: AnalysisQuestion) => E.Either<string, AnyAnswer>) => {
  const known = createRecentlyUsed<E.Either<string, AnyAnswer>>(ANSWERS_MAX);
  const find = createSearch();
  return (question) => {
    const name = JSON.stringify(question, (member, value) => (member === 'text' ? undefined : value));
    const answer = known.get(name) ?? find(question);
    known.set(name, answer);
    return answer;
  };
};

type AnyAnswer = AnalysisAnswers[keyof AnalysisAnswers];

const ANSWERS_MAX = 64;

const createSearch = (): ReturnType<typeof createAnalyst> => {
  const held = createRecentlyUsed<LoadedCatalog>(HELD_MAX);
  const load = ({ digest, text }: Kept): E.Either<string, LoadedCatalog> => {
    const known = held.get(digest);
    if (known !== undefined) return E.right(known);
    const loaded = loadKept(digest, text);
    if (E.isRight(loaded)) held.set(digest, loaded.right);
    return loaded;
  };
  return (question) => {
    const [one, other] =
      question.ask === 'differences'
        ? [load(question.before), load(question.after)]
        : [load(question.candidate), undefined];
    if (E.isLeft(one)) return one;
    if (other !== undefined && E.isLeft(other)) return other;
    switch (question.ask) {
      case 'findings':
        return E.right(ownFindings(one.right));
      case 'examined':
        return E.right(examined(one.right));
      case 'proofs':
        return E.right(provedIn(one.right, question.invariants ?? ownInvariants(one.right)));
      case 'differences':
        return E.right(differencesOf(one.right, (other ?? one).right, question.most));
    }
  };
};
