/**
 * A candidate on a ledger: every recorded decision again. The counts are kept as a fold, and of what would be decided otherwise
 * the kinds; nothing of what was seen. Whoever may ask for a simulation at all, asking again does not read the ledger again.
 */
import type { Catalog } from '@tai-autonomics/core';
import { createReplayer, type Replayed, type Replayer } from '@tai-autonomics/core/analysis';
import type { Engines } from '@tai-autonomics/core/engine';
import { either as E } from 'fp-ts';
import type { ReadRow } from '../api.ts';
import type { Answer, Answering } from './answering.ts';
import type { Fold, FoldKind } from './folds.ts';
import type { KeptCatalog } from './walk-question.ts';
import type { WalkedLedger } from './walked-ledger.ts';

/** How many verdicts a candidate flips in the whole ledger. */
export const simulated: Answer<'simulated'> = async (answering, { under }, ledger) => {
  const kind = simulation(answering, under, ledger);
  if (E.isLeft(kind)) return kind;
  return answering.folded(kind.right, ledger, ({ replayer: { counts }, kinds }) => ({
    size: ledger.size,
    flips: counts.approved + counts.refused,
    undecided: [...kinds.values()].filter(({ isUndecided }) => isUndecided).length,
  }));
};

/** How many decisions from a place on are decided otherwise, or can't be told, in a way that nothing before it was. */
export const news: Answer<'news'> = async (answering, { under, from }, ledger) => {
  const kind = simulation(answering, under, ledger);
  if (E.isLeft(kind)) return kind;
  return answering.folded({ ...kind.right, mayBeAhead: true }, ledger, ({ kinds }) => ({
    news: [...kinds]
      .filter(([key, { first, last }]) => (key === OTHERS ? last : first) >= from)
      .reduce((sum, [, { times }]) => sum + times, 0),
  }));
};

/** Which verdicts a candidate flips, the first ones. */
export const flips: Answer<'flips'> = async ({ load, engines }, { under, limit }, ledger) => {
  const loaded = load(under);
  if (E.isLeft(loaded)) return loaded;
  const found: Readonly<Record<string, unknown>>[] = [];
  const untold = new Map<string, { readonly decision: Untold; times: number }>();
  const fold = startReplay(loaded.right.catalog, engines, (decision) => {
    const { seq, action, answer } = decision;
    if (answer === 'not_decided') {
      const known = untold.get(kindOf(decision));
      if (known !== undefined) known.times += 1;
      else if (untold.size < limit) untold.set(kindOf(decision), { decision, times: 1 });
    }
    if (answer !== 'flipped' || found.length >= limit) return;
    const { verdict, gained } = decision;
    found.push({ seq, ...(action === undefined ? {} : { action }), verdict, gained });
  });
  for await (const row of ledger.rows(0, ledger.size)) {
    if (E.isLeft(row)) return row;
    const prepared = await learned(fold, row.right, ledger);
    if (prepared !== undefined && E.isLeft(prepared)) return prepared;
    fold.step(row.right);
  }
  const { scope: _, ...counts } = fold.replayer.counts;
  const undecided = [...untold.values()].map(({ decision: { action, why, unread }, times }) => ({
    ...(action === undefined ? {} : { action }),
    why,
    unread,
    decisions: times,
  }));
  return E.right({ counts, flips: found, undecided });
};

type Untold = Extract<Replayed, { readonly answer: 'not_decided' }>;

interface ReplayFold extends Fold {
  readonly replayer: Replayer;
  readonly catalogs: Map<string, Catalog>;
}

/**
 * One way in which decisions are not the same: of an action, from a verdict to the other, with the same codes; or of an action,
 * because the same facts were not recorded.
 */
interface Kind {
  isUndecided: boolean;
  /** Its first receipt. */
  readonly first: number;
  last: number;
  times: number;
}

interface SimulationFold extends ReplayFold {
  readonly kinds: ReadonlyMap<string, Kind>;
}

/** Kinds that are told apart; any further one is one of the others. */
const KINDS_MAX = 1_000;
/** What they are kept as: who comes to it last may be of a kind that nothing before was. */
const OTHERS = 'others';
/** The pack whose own steps are no news. */
const POLICY_PACK = 'policy_engine';

const simulation = (
  { load, engines }: Answering,
  under: KeptCatalog,
  ledger: WalkedLedger,
): E.Either<string, FoldKind<SimulationFold>> =>
  E.map(
    ({ catalog }: { readonly catalog: Catalog }): FoldKind<SimulationFold> => ({
      name: `simulated ${under.digest}`,
      make: () => startSimulation(catalog, engines),
      before: (fold, row) => learned(fold, row, ledger),
    }),
  )(load(under));

const startSimulation = (under: Catalog, engines: Engines): SimulationFold => {
  const kinds = new Map<string, Kind>();
  const fold: SimulationFold = {
    ...startReplay(under, engines, (decision, { receipt }) => {
      const { seq, action } = decision;
      const compiled = fold.catalogs.get(receipt.catalog.digest)?.actions.get(action ?? '');
      // No step of a policy, and none of the governor's own.
      if (compiled?.pack === POLICY_PACK || compiled?.action.who.every((type) => type === 'system') === true) return;
      const { answer } = decision;
      if (answer !== 'flipped' && answer !== 'not_decided') return;
      const name = kindOf(decision);
      const key = kinds.has(name) || kinds.size < KINDS_MAX ? name : OTHERS;
      const known = kinds.get(key) ?? { first: seq, last: seq, times: 0, isUndecided: false };
      known.last = seq;
      known.times += 1;
      known.isUndecided ||= answer === 'not_decided';
      kinds.set(key, known);
    }),
    kinds,
  };
  return fold;
};

const kindOf = (decision: Untold | Exclude<Replayed, Untold | { readonly answer: 'same' }>): string =>
  JSON.stringify(
    decision.answer === 'not_decided'
      ? [decision.action, decision.why, [...decision.unread].sort()]
      : [decision.action, decision.verdict, [...decision.gained].sort()],
  );

const startReplay = (
  under: Catalog,
  engines: Engines,
  told: (decision: Replayed, row: ReadRow) => void,
): ReplayFold => {
  const catalogs = new Map<string, Catalog>();
  const replayer = createReplayer({ under, catalogs, engines });
  return {
    replayer,
    catalogs,
    step: (row) => {
      const decision = replayer.step(row.receipt, row.disclosed);
      if (decision !== undefined && decision.answer !== 'same') told(decision, row);
    },
  };
};

/** The catalog that decided a receipt, before the receipt is decided again. */
const learned = (
  { catalogs }: ReplayFold,
  { receipt }: ReadRow,
  ledger: WalkedLedger,
): Promise<E.Either<string, unknown>> | undefined => {
  const { digest } = receipt.catalog;
  if (catalogs.has(digest)) return undefined;
  return ledger.loaded(digest).then((found) => {
    if (E.isRight(found) && found.right !== undefined) catalogs.set(digest, found.right.catalog);
    return found;
  });
};
