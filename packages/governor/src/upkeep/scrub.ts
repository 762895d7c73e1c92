/**
 * Reads the ledgers of opened tenants again from their first receipt, a few receipts a turn, while nobody waits: what a snapshot let
 * pass at the opening, and what is stored beside receipts, which no fold looks at. What it finds is said once and stays in the status
 * of the tenant; a reading that broke off is tried again later, and counts only for what it found; a tenant that was opened from something else than the fold of its ledger is folded anew.
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
import type { Tenant, Tenants } from '../tenant.ts';
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

/** The scrub of the tenants of one governor. */
export const createScrub = (
  context: Pick<Context, 'store' | 'clock' | 'sealing' | 'onFault' | 'scrub'>,
  tenants: Pick<Tenants, 'held' | 'refold' | 'open'>,
): Scrub => {
  const { clock, onFault } = context;
  const pace = { ...SCRUB_PACE, ...context.scrub };
  const known = new Map<TenantId, Scrubbed>();
  /** Of tenants that were folded anew: what was decided before stands, and so does this. */
  const lasting = new Map<TenantId, readonly string[]>();
  /** By name alone: whoever makes room before its turn leaves the memory. */
  const waiting = new Set<TenantId>();
  const failed = new Set<TenantId>();
  let timer: NodeJS.Timeout | undefined;
  let again: NodeJS.Timeout | undefined;
  let isStopped = false;

  /** Why it broke off. */
  const readOne = async (tenant: Tenant): Promise<string | undefined> => {
    const { id, ledger } = tenant;
    const found = await read(context, tenant, ledger.head.size, pace, () => isStopped);
    if (isStopped) return;
    const { receipts, brokeOff, isOther } = found;
    const faults = [...(lasting.get(id) ?? []), ...found.faults];
    const before = known.get(id)?.faults ?? [];
    for (const fault of faults) if (!before.includes(fault)) onFault(`${ledger.origin}: ${fault}`);
    if (brokeOff === undefined || faults.length > 0) known.set(id, { at: clock(), receipts, faults });
    if (isOther === undefined) return brokeOff;
    await tenants.refold(tenant, isOther);
    // Its open actions and its incidents have their clocks again.
    if (!isStopped && E.isRight(await tenants.open(id))) lasting.set(id, [isOther]);
    return undefined;
  };
  const run = async (): Promise<void> => {
    for (const id of waiting) {
      if (isStopped) break;
      waiting.delete(id);
      const tenant = tenants.held(id);
      // Whoever made room is read when it is opened again.
      if (tenant === undefined) continue;
      const brokeOff = await readOne(tenant).catch(messageOf);
      if (brokeOff === undefined) continue;
      onFault(`${tenant.ledger.origin} could not be read again: ${brokeOff}`);
      failed.add(id);
      again ??= setTimeout(retry, pace.againMs).unref();
    }
    timer = undefined;
  };
  const retry = (): void => {
    again = undefined;
    for (const id of failed) add(id);
    failed.clear();
  };
  const add = (id: TenantId): void => {
    if (isStopped) return;
    waiting.add(id);
    timer ??= setTimeout(() => void run(), pace.afterMs).unref();
  };
  return {
    opened: ({ id, ledger }) => {
      if (ledger.head.size > 0) add(id);
    },
    found: (id) => known.get(id),
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
      clearTimeout(again);
    },
  };
};

interface Reading {
  readonly faults: readonly string[];
  /** How far it came. */
  readonly receipts: number;
  /** Why it came no further, though nothing is known to be wrong there. */
  readonly brokeOff?: string;
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
  if (start === undefined) return { faults, receipts: 0, brokeOff: 'a ledger of its name cannot be folded' };
  let { head, state, annals }: FoldedLedger = start;
  const ended = (more: readonly string[] = []): Reading => ({ faults: [...faults, ...more], receipts: head.size });
  for (let from = 0; from < size && !isStopped(); from += atOnce) {
    for await (const row of store.read(ledger.id, from, Math.min(size, from + atOnce))) {
      // A store that doesn't answer says nothing about what it holds.
      if (E.isLeft(row)) {
        const { fault, detail } = row.left;
        return fault === 'corrupt' ? ended([detail]) : { ...ended(), brokeOff: detail };
      }
      const opened = next(head, row.right);
      if (E.isLeft(opened)) return { ...ended([opened.left]), isOther: opened.left };
      const { receipt, disclosed } = opened.right;
      if (disclosed === undefined && faults.length < FAULTS_MAX)
        faults.push(`what is stored beside receipt ${receipt.seq} was changed: it is not the receipt’s own`);
      head = advanceHead(sha256, head, row.right.leaf, parseInstant(receipt.at) ?? 0);
      const engine = engines.get(receipt.engine.semantics);
      if (engine === undefined)
        return { ...ended(), brokeOff: `no engine of semantics ${receipt.engine.semantics} is here` };
      state = engine.evolve(state, entryOf(receipt));
      annals = followAnnals(annals, receipt);
      if (head.size !== begun?.head.size || foldedDigest({ head, state, annals }) === foldedDigest(begun)) continue;
      const isOther = `the snapshot of ${head.size} receipts is not the fold of the ledger: what was decided since rests on another state`;
      return { ...ended([isOther]), isOther };
    }
    if (head.size < Math.min(size, from + atOnce))
      return { ...ended(), brokeOff: `the store gave ${head.size} of ${size} receipts` };
    await pause(pauseMs, undefined, { ref: false });
  }
  return ended();
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
