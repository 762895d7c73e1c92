/**
 * Reads the ledgers of opened tenants again from their first receipt, a few receipts a turn, while nobody waits: what a snapshot let
 * pass at the opening, and what is stored beside receipts, which no fold looks at. What it finds is said once and stays in the status
 * of the tenant; a tenant that was opened from something else than the fold of its ledger is folded anew.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { entryOf, parseInstant } from '@tai-autonomics/core/engine';
import { advanceHead, encodeBase64url, type LedgerHead } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { TenantId, TenantStatus } from '../api.ts';
import { messageOf } from '../bounds/bounded-text.ts';
import type { Context } from '../context.ts';
import { followAnnals } from '../ledger/annals.ts';
import { type OpenedRow, openRow } from '../ledger/read-row.ts';
import type { Row } from '../ports.ts';
import { type FoldedLedger, foldedDigest, nothingFolded } from '../snapshots/folded-ledger.ts';
import type { Tenant } from '../tenant.ts';
import { SCRUB_PACE, type ScrubPace } from './scrub-pace.ts';

/** What was found in a ledger when it was read last. */
export type Scrubbed = NonNullable<TenantStatus['checked']>;

export interface Scrub {
  /** A tenant was opened: its ledger is read when it has its turn. */
  opened(tenant: Tenant): void;
  /** What was found; `undefined` while it was not read yet. */
  found(tenant: TenantId): Scrubbed | undefined;
  stop(): void;
}

/** So many faults of one ledger are told apart. */
const FAULTS_MAX = 16;

/** The scrub of one governor. `refold`: the tenant is to be opened anew, without its snapshot. */
export const createScrub = (
  context: Pick<Context, 'store' | 'clock' | 'sealing' | 'onFault' | 'scrub'>,
  refold: (tenant: Tenant, why: string) => Promise<void>,
): Scrub => {
  const { clock, onFault } = context;
  const pace = { ...SCRUB_PACE, ...context.scrub };
  const known = new Map<TenantId, Scrubbed>();
  const waiting = new Set<Tenant>();
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  const readOne = async (tenant: Tenant): Promise<void> => {
    const { size } = tenant.ledger.head;
    const { faults, isOther } = await read(context, tenant, size, pace, () => isStopped);
    if (isStopped) return;
    known.set(tenant.id, { at: clock(), receipts: size, faults });
    for (const fault of faults) onFault(`${tenant.ledger.origin}: ${fault}`);
    if (isOther !== undefined) await refold(tenant, isOther);
  };
  const run = async (): Promise<void> => {
    for (const tenant of waiting) {
      if (isStopped) break;
      waiting.delete(tenant);
      try {
        await readOne(tenant);
      } catch (thrown) {
        onFault(`${tenant.ledger.origin} could not be read again: ${messageOf(thrown)}`);
      }
    }
    timer = undefined;
  };
  return {
    opened: (tenant) => {
      if (isStopped || tenant.ledger.head.size === 0) return;
      waiting.add(tenant);
      if (timer !== undefined) return;
      timer = setTimeout(() => void run(), pace.afterMs);
      timer.unref();
    },
    found: (id) => known.get(id),
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
    },
  };
};

interface Reading {
  readonly faults: readonly string[];
  /** Why the tenant was opened from something else than its ledger. */
  readonly isOther?: string;
}

const read = async (
  { store, sealing }: Pick<Context, 'store' | 'sealing'>,
  { ledger }: Tenant,
  size: number,
  { atOnce, pauseMs }: ScrubPace,
  isStopped: () => boolean,
): Promise<Reading> => {
  const faults: string[] = [];
  const { sha256, engines } = sealing;
  const begun = ledger.begun;
  const start = nothingFolded(sha256, ledger.origin);
  if (start === undefined) return { faults };
  let { head, state, annals }: FoldedLedger = start;
  for (let from = 0; from < size && !isStopped(); from += atOnce) {
    for await (const row of store.read(ledger.id, from, Math.min(size, from + atOnce))) {
      // A store that doesn't answer says nothing about what it holds.
      if (E.isLeft(row)) return { faults: row.left.fault === 'corrupt' ? [row.left.detail] : [] };
      const opened = next(head, row.right);
      if (E.isLeft(opened)) return { faults: [...faults, opened.left], isOther: opened.left };
      const { receipt, disclosed } = opened.right;
      if (disclosed === undefined && faults.length < FAULTS_MAX)
        faults.push(`what is stored beside receipt ${receipt.seq} was changed: it is not the receipt’s own`);
      head = advanceHead(sha256, head, row.right.leaf, parseInstant(receipt.at) ?? 0);
      const engine = engines.get(receipt.engine.semantics);
      if (engine === undefined) return { faults };
      state = engine.evolve(state, entryOf(receipt));
      annals = followAnnals(annals, receipt);
      if (head.size !== begun?.head.size || foldedDigest({ head, state, annals }) === foldedDigest(begun)) continue;
      const isOther = `the snapshot of ${head.size} receipts is not the fold of the ledger: what was decided since rests on another state`;
      return { faults: [...faults, isOther], isOther };
    }
    await pause(pauseMs, undefined, { ref: false });
  }
  return { faults };
};

/** The next row of a ledger, which has to follow the one before. */
const next = (head: LedgerHead, row: Row): E.Either<string, OpenedRow> => {
  const opened = openRow(row);
  if (E.isLeft(opened)) return opened;
  const { seq, prev } = opened.right.receipt;
  return seq === head.size && prev === encodeBase64url(head.prev)
    ? opened
    : E.left(`receipt ${row.seq} does not follow the one before it`);
};
