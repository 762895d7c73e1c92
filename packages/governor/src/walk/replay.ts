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
  return answering.folded(kind.right, ledger, ({ replayer: { counts } }) => ({
    size: ledger.size,
    flips: counts.approved + counts.refused,
  }));
};

/** How many decisions from a place on are decided otherwise in a way that nothing before it was. */
export const news: Answer<'news'> = async (answering, { under, from }, ledger) => {
  const kind = simulation(answering, under, ledger);
  if (E.isLeft(kind)) return kind;
  return answering.folded({ ...kind.right, mayBeAhead: true }, ledger, ({ kinds, undecided }) => {
    const isNew = [...kinds]
      .filter(([key, { first, last }]) => (key === OTHERS ? last : first) >= from)
      .map(([, kind]) => kind);
    // What can't be decided may have been anything.
    return { news: isNew.reduce((sum, { times }) => sum + times, undecided >= from ? 1 : 0) };
  });
};

/** Which verdicts a candidate flips, the first ones. */
export const flips: Answer<'flips'> = async ({ load, engines }, { under, limit }, ledger) => {
  const loaded = load(under);
  if (E.isLeft(loaded)) return loaded;
  const found: Readonly<Record<string, unknown>>[] = [];
  const fold = startReplay(loaded.right.catalog, engines, (decision) => {
    if (decision.answer !== 'flipped' || found.length >= limit) return;
    const { seq, action, verdict, gained } = decision;
    found.push({ seq, ...(action === undefined ? {} : { action }), verdict, gained });
  });
  for await (const row of ledger.rows(0, ledger.size)) {
    if (E.isLeft(row)) return row;
    const prepared = await learned(fold, row.right, ledger);
    if (prepared !== undefined && E.isLeft(prepared)) return prepared;
    fold.step(row.right);
  }
  const { scope: _, ...counts } = fold.replayer.counts;
  return E.right({ counts, flips: found });
};

interface ReplayFold extends Fold {
  readonly replayer: Replayer;
  readonly catalogs: Map<string, Catalog>;
}

/** One way in which decisions flip: of an action, from a verdict to the other, with the same codes. */
interface FlipKind {
  /** Its first receipt. */
  readonly first: number;
  last: number;
  times: number;
}

interface SimulationFold extends ReplayFold {
  readonly kinds: ReadonlyMap<string, FlipKind>;
  /** The last receipt that can't be decided again; -1 where there is none. */
  undecided: number;
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
  const kinds = new Map<string, FlipKind>();
  const fold: SimulationFold = {
    ...startReplay(under, engines, (decision, { receipt }) => {
      const { seq, action } = decision;
      const compiled = fold.catalogs.get(receipt.catalog.digest)?.actions.get(action ?? '');
      // No step of a policy, and none of the governor's own.
      if (compiled?.pack === POLICY_PACK || compiled?.action.who.every((type) => type === 'system') === true) return;
      if (decision.answer === 'not_decided') fold.undecided = seq;
      if (decision.answer !== 'flipped') return;
      const name = JSON.stringify([action, decision.verdict, [...decision.gained].sort()]);
      const key = kinds.has(name) || kinds.size < KINDS_MAX ? name : OTHERS;
      const known = kinds.get(key) ?? { first: seq, last: seq, times: 0 };
      known.last = seq;
      known.times += 1;
      kinds.set(key, known);
    }),
    kinds,
    undecided: -1,
  };
  return fold;
};

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
