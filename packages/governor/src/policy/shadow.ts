/**
 * A second catalog that decides beside the active one. It works on receipts that are durable already, when nothing else
 * wants to run: no decision, no byte and no append waits for it, and what goes wrong in it ends in the host's log.
 */

import { type Compared, createReplayer, type Replayed, type Replayer } from '@tai-autonomics/core/analysis';
import type { Engines } from '@tai-autonomics/core/engine';
import { owns } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { TenantId } from '../api.ts';
import { messageOf } from '../bounds/bounded-text.ts';
import type { Catalogs } from '../catalogs/catalogs.ts';
import type { LoadedCatalog } from '../catalogs/loaded-catalog.ts';
import { openRow } from '../ledger/read-row.ts';
import type { Row } from '../ports.ts';

/**
 * A decision that the second catalog would have made otherwise, or can't be told about. Places and names of the catalogs
 * alone: what is erased from a ledger must not live on in here. `tai replay` on the ledger shows the reasons.
 */
export interface ShadowDifference {
  readonly tenant: TenantId;
  readonly origin: string;
  readonly seq: number;
  /** RFC 3339: when the receipt was written. */
  readonly at: string;
  /** Digest of the catalog that decided beside. */
  readonly catalog: string;
  readonly action?: string;
  readonly answer: 'flipped' | 'changed' | 'not_decided';
  /** What was decided, and what would have been, where that can be told. */
  readonly verdict: readonly ['approve' | 'refuse', ('approve' | 'refuse')?];
  readonly gained: readonly string[];
  readonly lost: readonly string[];
  readonly changed: readonly string[];
  readonly differs: Compared['differs'];
  /** Facts that the second catalog reads, and that were not read. */
  readonly unread: readonly string[];
  readonly why?: string;
}

/** What decides beside, and who is told where it differs. */
export interface ShadowOptions {
  readonly catalog: LoadedCatalog;
  /** Told in the order of each ledger, some time after the receipt. What it throws is noted and forgotten. */
  readonly onDifference: (difference: ShadowDifference) => void;
}

/** The shadow of one governor. */
export interface Shadow {
  /** Takes receipts that are durable. Returns at once. */
  noticed(tenant: TenantId, origin: string, rows: readonly Row[]): void;
  /** Resolves when nothing is left to compare. */
  idle(): Promise<void>;
}

/**
 * What a shadow tells of a replayed decision; `undefined` where both say the same. An action that neither catalog knows is
 * refused alike by both, so whatever is named here is a catalog's own word.
 */
export const shadowDifference = (
  replayed: Replayed,
  { tenant, origin, catalog }: Pick<ShadowDifference, 'tenant' | 'origin' | 'catalog'>,
): ShadowDifference | undefined => {
  if (replayed.answer === 'same') return undefined;
  const { seq, at, action, answer, verdict } = replayed;
  const asked = action === undefined ? {} : { action };
  const place = { tenant, origin, seq, at, catalog, ...asked, answer, verdict };
  if (replayed.answer === 'not_decided') {
    const { why, unread } = replayed;
    return { ...place, gained: [], lost: [], changed: [], differs: [], unread, why };
  }
  if (owns(replayed, 'unread')) {
    const { gained, unread } = replayed;
    return { ...place, gained, lost: [], changed: [], differs: ['verdict'], unread };
  }
  const { gained, lost, changed, differs } = replayed;
  return { ...place, gained, lost, changed, differs, unread: [] };
};

interface Waiting {
  readonly tenant: TenantId;
  readonly origin: string;
  readonly row: Row;
}

/** Receipts that wait to be compared. What comes on top is counted, not kept: a replay of the ledger finds it. */
const WAITING_MAX = 4_096;
/** Catalogs that decided; beyond that the replayer begins anew. */
const CATALOGS_MAX = 32;

/** Starts a shadow. Nothing runs until something is noticed. */
export const createShadow = (
  { catalog, onDifference }: ShadowOptions,
  catalogs: Pick<Catalogs, 'load'>,
  engines: Engines,
  onFault: (detail: string) => void,
): Shadow => {
  const waiting: Waiting[] = [];
  const known = new Map<string, LoadedCatalog['catalog']>();
  let replayer: Replayer | undefined;
  let missed = 0;
  let running: Promise<void> | undefined;

  const replayerFor = async (digest: string): Promise<Replayer> => {
    const loaded = known.has(digest) ? undefined : await catalogs.load(digest);
    if (loaded !== undefined && E.isRight(loaded)) {
      if (known.size >= CATALOGS_MAX) {
        known.clear();
        replayer = undefined;
      }
      known.set(digest, loaded.right.catalog);
    }
    replayer ??= createReplayer({ under: catalog.catalog, catalogs: known, engines });
    return replayer;
  };

  const compare = async ({ tenant, origin, row }: Waiting): Promise<void> => {
    const opened = openRow(row);
    if (E.isLeft(opened) || opened.right.disclosed === undefined || opened.right.receipt.kind !== 'decision') return;
    const { receipt, disclosed } = opened.right;
    const replayed = (await replayerFor(receipt.catalog.digest)).step(receipt, disclosed);
    const place = { tenant, origin, catalog: catalog.digest };
    const difference = replayed === undefined ? undefined : shadowDifference(replayed, place);
    if (difference !== undefined) onDifference(difference);
  };

  const run = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      // A turn of the event loop before each: whoever waits for an answer goes first.
      await new Promise<void>((resolve) => setImmediate(resolve));
      try {
        await compare(next);
      } catch (thrown) {
        onFault(`the shadow failed at receipt ${next.row.seq}: ${messageOf(thrown)}`);
      }
    }
    if (missed > 0) onFault(`the shadow fell behind: ${missed} receipts were not compared; replay the ledger`);
    missed = 0;
    running = undefined;
  };

  return {
    noticed: (tenant, origin, rows) => {
      if (rows.length === 0) return;
      const room = WAITING_MAX - waiting.length;
      missed += Math.max(0, rows.length - room);
      for (const row of rows.slice(0, room)) waiting.push({ tenant, origin, row });
      running ??= run();
    },
    idle: async () => {
      while (running !== undefined) await running;
    },
  };
};
