/** How a governor's reads ask about whole ledgers: in the process's own thread, or in place where the host's engines decide. */
import { setImmediate as turn } from 'node:timers/promises';
import { ENGINES } from '@tai-autonomics/core/engine';
import { either as E } from 'fp-ts';
import type { TenantId } from '../api.ts';
import { messageOf } from '../bounds/bounded-text.ts';
import type { Context } from '../context.ts';
import { createSnapshots } from '../snapshots/snapshots.ts';
import type { Tenants } from '../tenant.ts';
import type { AnswerTo, WalkQuestion } from './walk-question.ts';
import { type KeptFolds, type ProvedUnder, type WalkSource, walkSource } from './walk-source.ts';
import { walkThread } from './walk-thread.ts';
import { createWalker } from './walker.ts';

/** Whose ledger, how much of it, and for how long the answer is waited for. */
export interface WalkPlace {
  readonly tenant: TenantId;
  readonly size: number;
  readonly signal: AbortSignal;
  /** Rows are proved under this checkpoint. */
  readonly under?: ProvedUnder;
}

/** Asks one question of a tenant's ledger. Left: why there is no answer. Never rejects. */
export type Walk = <Q extends WalkQuestion>(place: WalkPlace, question: Q) => Promise<E.Either<string, AnswerTo<Q>>>;

let governors = 0;

/** Walks the ledgers of one governor. */
export const createWalk = (
  context: Pick<Context, 'store' | 'catalogs' | 'sealing' | 'secret' | 'onFault' | 'snapshots' | 'snapshotEvery'>,
  tenants: Pick<Tenants, 'open'>,
): Walk => {
  governors += 1;
  const governor = governors;
  const { engines } = context.sealing;
  const source = { store: context.store, catalogs: context.catalogs, folds: foldsOf(context) };
  // Functions don't cross to a thread: what the host brought is called here, a page a turn.
  const inPlace = engines === ENGINES ? undefined : createWalker(engines);
  return async ({ tenant, size, signal, under }, question) => {
    const opened = await tenants.open(tenant);
    if (E.isLeft(opened)) return E.left(opened.left.detail);
    const walked = walkSource(source, governor, opened.right, size, under);
    if (inPlace === undefined) return walkThread(question, walked, signal);
    try {
      return await inPlace(question, byTurns(walked, signal));
    } catch (thrown) {
      return E.left(messageOf(thrown));
    }
  };
};

/** Where folds are kept, if the host keeps snapshots. With engines of its own it keeps none: nobody knows what those count. */
const foldsOf = ({
  snapshots: store,
  snapshotEvery: every = KEPT_EVERY,
  secret,
  onFault,
  sealing,
}: Pick<Context, 'secret' | 'onFault' | 'snapshots' | 'snapshotEvery' | 'sealing'>): KeptFolds | undefined =>
  store === undefined || sealing.engines !== ENGINES
    ? undefined
    : { snapshots: createSnapshots({ store, secret, onFault }), every };

/** Receipts after which a fold is kept again. */
const KEPT_EVERY = 1_024;

/** A page a turn of the event loop, for as long as somebody waits. */
const byTurns = (source: WalkSource, signal: AbortSignal): WalkSource => ({
  ...source,
  rows: async (from, to) => {
    await turn();
    return signal.aborted ? E.left('nobody waits for the answer any more') : source.rows(from, to);
  },
});
