/** A candidate on the tenant's own ledger: every recorded decision again, and what is news since a simulation. */
import type { Catalog } from '@tai-autonomics/core';
import { createReplayer, type ReplayCounts, type Replayed, type Replayer } from '@tai-autonomics/core/analysis';
import type { Engines } from '@tai-autonomics/core/engine';
import { isPlainObject } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { ReadLedger, ReadRow } from '../api.ts';
import type { LoadedCatalog } from '../catalogs/loaded-catalog.ts';
import { createRecentlyUsed } from '../recently-used.ts';

const PACK = 'policy_engine';

/** Decides a whole ledger again under a candidate; tells of each decision that would have been another. */
export const replayed = async (
  ledger: ReadLedger,
  under: LoadedCatalog,
  engines: Engines,
  differs: (decision: Replayed) => void,
): Promise<E.Either<string, ReplayCounts>> => {
  const replayer = createReplayer({ under: under.catalog, catalogs: await catalogsOf(ledger), engines });
  for await (const row of ledger.rows(0, ledger.size)) {
    if (E.isLeft(row)) return row;
    const decision = replayer.step(row.right.receipt, row.right.disclosed);
    if (decision !== undefined && decision.answer !== 'same') differs(decision);
  }
  return E.right({ ...replayer.counts });
};

/**
 * Simulates candidates on ledgers. Of the ones used last the counts are kept, and nothing of what was seen: whoever may
 * ask for a simulation at all, asking again does not read the ledger again.
 */
export const createSimulator = (
  engines: Engines,
  most = 32,
): ((ledger: ReadLedger, under: LoadedCatalog) => Promise<E.Either<string, SimulatedTo>>) => {
  const known = createRecentlyUsed<Running>(most);
  return (ledger, under) => {
    const name = `${ledger.origin} ${under.digest}`;
    const catalogs = new Map<string, Catalog>();
    const running = known.get(name) ?? {
      replayer: createReplayer({ under: under.catalog, catalogs, engines }),
      catalogs,
      size: 0,
      turn: Promise.resolve(E.right({ size: 0, flips: 0 })),
    };
    known.set(name, running);
    running.turn = running.turn.catch(() => undefined).then(() => goOn(running, ledger));
    return running.turn;
  };
};

/** How many decisions from a receipt on are news. */
export const newsSince = async (ledger: ReadLedger, size: number): Promise<E.Either<string, number>> => {
  const catalogs = await catalogsOf(ledger);
  let news = 0;
  for await (const row of ledger.rows(size, ledger.size)) {
    if (E.isLeft(row)) return row;
    if (isNews(row.right, catalogs)) news += 1;
  }
  return E.right(news);
};

/** The catalogs that decided in a ledger, by digest. */
const catalogsOf = async (ledger: ReadLedger): Promise<ReadonlyMap<string, Catalog>> =>
  new Map((await ledger.catalogs()).map(({ digest, catalog }) => [digest, catalog]));

/** A simulation that goes on where it stopped: a candidate that is simulated again costs what was decided since. */
interface Running {
  readonly replayer: Replayer;
  readonly catalogs: Map<string, Catalog>;
  /** Receipts that were decided again. */
  size: number;
  /** The one that is under way. */
  turn: Promise<E.Either<string, SimulatedTo>>;
}

/** What a simulation came to, and up to which receipt. */
interface SimulatedTo {
  readonly size: number;
  readonly flips: number;
}

const goOn = async (running: Running, ledger: ReadLedger): Promise<E.Either<string, SimulatedTo>> => {
  const { replayer, catalogs } = running;
  for (const { digest, catalog } of await ledger.catalogs()) catalogs.set(digest, catalog);
  for await (const row of ledger.rows(running.size, ledger.size)) {
    if (E.isLeft(row)) return row;
    replayer.step(row.right.receipt, row.right.disclosed);
    running.size += 1;
  }
  const { approved, refused } = replayer.counts;
  return E.right({ size: running.size, flips: approved + refused });
};

const actionIn = ({ disclosed }: ReadRow): string | undefined => {
  const intent = disclosed.get('request/intent');
  const action = isPlainObject(intent) ? intent['action'] : undefined;
  const id = isPlainObject(action) ? action['id'] : undefined;
  return typeof id === 'string' ? id : undefined;
};

/** Whether a receipt is a decision that a simulation has to have seen: no look, no step of a policy, none of the governor's own. */
const isNews = (row: ReadRow, catalogs: ReadonlyMap<string, Catalog>): boolean => {
  const { receipt } = row;
  if (receipt.kind !== 'decision') return false;
  const id = actionIn(row);
  // What is not disclosed may have been anything.
  if (id === undefined) return true;
  const compiled = catalogs.get(receipt.catalog.digest)?.actions.get(id);
  if (compiled === undefined || compiled.pack === PACK) return false;
  const { does, who } = compiled.action;
  return does.effect !== 'read' && who.some((type) => type !== 'system');
};
