/** Replays a ledger under another catalog: from a bundle, which is verified on the way, or from the store that holds it. */
import type { Catalog } from '@tai-autonomics/core';
import { createReplayer, type ReplayCounts, type Replayed } from '@tai-autonomics/core/analysis';
import type { Json } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { Bundle } from '../bundle/bundle.ts';
import type { BundleFault } from '../bundle/bundle-fault.ts';
import { type LedgerSource, rowsOf } from '../bundle/export/export-survey.ts';
import type { VerifyProgress } from '../bundle/verify/feeding.ts';
import { type BundleReport, type VerifyBundleOptions, verifyBundle } from '../bundle/verify/verify-bundle.ts';
import { loadKept } from '../catalogs/loaded-catalog.ts';
import { openRow } from '../ledger/read-row.ts';

/** What a replay needs besides the ledger. */
export interface ReplaySettings {
  /** The catalog to decide under. */
  readonly under: Catalog;
  /** Told of every decision, in order. Nothing is kept of it. */
  readonly onReplayed: (replayed: Replayed) => void;
  readonly onProgress?: (progress: VerifyProgress) => void;
}

/** What the verification of a replayed bundle takes. */
export type ReplayBundleOptions = ReplaySettings &
  Pick<VerifyBundleOptions, 'trust' | 'catalogs' | 'detectors' | 'engines'>;

/** How many decisions came to what, and whether the bundle that they are from holds. */
export interface ReplayedBundle {
  readonly counts: ReplayCounts;
  /** What is told of a bundle that is falsified is evidence of nothing. */
  readonly report: BundleReport;
}

/** Verifies a bundle, and replays its decisions in the same pass. Left only if its files can't be read. */
export const replayBundle = async (
  bundle: Bundle,
  { under, onReplayed, ...options }: ReplayBundleOptions,
): Promise<E.Either<BundleFault, ReplayedBundle>> => {
  const engines = options.engines === undefined ? {} : { engines: options.engines };
  let replayer = createReplayer({ under, catalogs: new Map() });
  const report = await verifyBundle(bundle, {
    ...options,
    rederive: true,
    beside: (catalogs) => {
      replayer = createReplayer({ under, catalogs, ...engines });
      return (receipt, disclosed) => {
        const replayed = replayer.step(receipt, disclosed);
        if (replayed !== undefined) onReplayed(replayed);
      };
    },
  });
  return E.map((found: BundleReport): ReplayedBundle => ({ counts: replayer.counts, report: found }))(report);
};

/**
 * Replays a ledger as its store holds it, sealed or not yet. Each receipt must have the hash that it is stored under;
 * who wants the whole chain checked exports a bundle. Left with the first thing that can't be read.
 */
export const replayLedger = async (
  source: LedgerSource,
  { under, onReplayed, onProgress }: ReplaySettings,
): Promise<E.Either<string, ReplayCounts>> => {
  const head = await source.store.head(source.ledger);
  if (E.isLeft(head)) return E.left(head.left.detail);
  const size = head.right?.size ?? 0;
  const replayer = createReplayer({ under, catalogs: compiledOf(source) });
  for await (const row of rowsOf(source, 0, size)) {
    if (E.isLeft(row)) return row;
    const opened = openRow(row.right);
    if (E.isLeft(opened)) return opened;
    const { receipt, disclosed = NOTHING } = opened.right;
    const replayed = replayer.step(receipt, disclosed);
    if (replayed !== undefined) onReplayed(replayed);
    if (receipt.seq % WORD === 0) onProgress?.({ receipts: receipt.seq, share: receipt.seq / size });
  }
  return E.right(replayer.counts);
};

/** The catalogs of a source that compile here, by digest. */
const compiledOf = (source: LedgerSource): ReadonlyMap<string, Catalog> =>
  new Map(
    source.catalogs.flatMap(({ digest, text }): readonly (readonly [string, Catalog])[] => {
      const loaded = loadKept(digest, text);
      return E.isRight(loaded) ? [[digest, loaded.right.catalog]] : [];
    }),
  );

const NOTHING: ReadonlyMap<string, Json> = new Map();
/** How many receipts are read between two words of progress. */
const WORD = 512;
