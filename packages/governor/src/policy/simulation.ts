/** A candidate on the tenant's own ledger: every recorded decision again, and what is news since a simulation. */
import {
  type Catalog,
  createReplayer,
  type Engines,
  isPlainObject,
  type ReplayCounts,
  type Replayed,
} from '@tai-autonomics/core';
import { either as E } from 'fp-ts';
import type { ReadLedger, ReadRow } from '../governed.ts';
import type { LoadedCatalog } from '../loaded-catalog.ts';

const PACK = 'policy_engine';

/** The catalogs that decided in a ledger, by digest. */
const catalogsOf = async (ledger: ReadLedger): Promise<ReadonlyMap<string, Catalog>> =>
  new Map((await ledger.catalogs()).map(({ digest, catalog }) => [digest, catalog]));

/** What a simulation came to. */
export interface Simulated {
  readonly counts: ReplayCounts;
  readonly flips: number;
}

/** Decides a ledger again under a candidate; tells of each decision that would have been another. */
export const simulate = async (
  ledger: ReadLedger,
  under: LoadedCatalog,
  engines: Engines,
  differs: (replayed: Replayed) => void = () => undefined,
): Promise<E.Either<string, Simulated>> => {
  const replayer = createReplayer({ under: under.catalog, catalogs: await catalogsOf(ledger), engines });
  for await (const row of ledger.rows(0, ledger.size)) {
    if (E.isLeft(row)) return row;
    const replayed = replayer.step(row.right.receipt, row.right.disclosed);
    if (replayed !== undefined && replayed.answer !== 'same') differs(replayed);
  }
  const { counts } = replayer;
  return E.right({ counts: { ...counts }, flips: counts.approved + counts.refused });
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
