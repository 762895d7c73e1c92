/**
 * Writes a group of jobs in one append: decided on speculative state, durable whole or dropped whole, and decided anew,
 * at a fresh instant, when another writer was faster.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { formatInstant } from '@tai-autonomics/core/engine';
import { owns } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { NotDecided } from '../api.ts';
import { messageOf } from '../bounds/bounded-text.ts';
import type { Appended, Clock, LedgerId, LedgerStore, Ms, Row, StoreFault } from '../ports.ts';
import { type Ahead, aheadOf, SKEW_MS } from './clock-behind.ts';
import { createDraft, type Draft, type Sealing } from './draft.ts';
import { elsewhere, movedTo } from './elsewhere.ts';
import { type LedgerCopy, unavailable } from './ledger-copy.ts';
import type { Tries } from './tries.ts';

/** Something that wants to be written. It may be asked to write more than once; only the last time counts. */
export interface Job {
  /** The keyed id of the intent that it decides; a ledger has each once. */
  readonly intent?: string;
  /** How often it may be tried; whoever has none left is sent away, and the others of its group go on. */
  readonly tries: Tries;
  /** It is the operator's word that a ledger goes on that is ahead of the clock: it need not wait as others do. */
  readonly acceptsClock?: boolean;
  /** By it this place goes on with a ledger that moved here: nothing else is written into one that is elsewhere. */
  readonly takesOver?: boolean;
  /** Writes receipts, or none. Runs on speculative state; must not do anything else. */
  write(draft: Draft): void;
  /** What it wrote is durable. */
  done(): void;
  /** Nothing of it was written, and nothing happened; or, if so said, that is not known. */
  failed(why: NotDecided): void;
  /** Nothing of it was written: its intent is recorded already, by another writer. Without it, `failed`. */
  duplicate?(): void;
}

export interface GroupCommitOptions {
  readonly id: LedgerId;
  readonly store: LedgerStore;
  readonly clock: Clock;
  readonly sealing: Sealing;
  /** The name of this place, where ledgers move to. */
  readonly place?: string;
}

/** The longest that a loser waits before it reads and decides again, and the pause before a silent store is looked at again. */
const STEP_ASIDE_MS_MAX: Ms = 60;

/**
 * Writes a group. Answers what became of the jobs that are left in it; those whose intent was recorded already were
 * told so. Never rejects.
 */
export const commitGroup = async (
  options: GroupCommitOptions,
  copy: LedgerCopy,
  group: readonly Job[],
): Promise<{ readonly settled: Settled; readonly jobs: readonly Job[] }> => {
  let jobs = group;
  try {
    for (let n = 1; ; n++) {
      jobs = trying(jobs);
      if (jobs.length === 0) return { settled: unavailable('each of the group was answered'), jobs };
      const tried = await attempt(options, copy, jobs);
      if (tried === 'duplicate') jobs = await unrecorded(options, jobs);
      else if (tried !== 'again' && owns(tried, 'waits')) jobs = staying(jobs, tried);
      else if (tried !== 'again') return { settled: tried, jobs };
      else if (n > 1) await pause(Math.random() * Math.min(STEP_ASIDE_MS_MAX, 2 ** n));
    }
  } catch (thrown) {
    return { settled: unavailable(messageOf(thrown)), jobs };
  }
};

/** Takes one try of each, and sends away whoever has none left. */
const trying = (jobs: readonly Job[]): readonly Job[] =>
  jobs.filter((job) => {
    const goesOn = job.tries.spend();
    if (!goesOn) job.failed(unavailable('another writer was faster, again and again'));
    return goesOn;
  });

const skewed = (detail: string): NotDecided => ({
  decided: false,
  why: 'clock_skew',
  detail,
  retryAfterMs: SKEW_MS,
});

const behindUntil = ({ until, byMs }: Ahead): string =>
  `the clock is ${byMs} ms behind the ledger, which waits until ${formatInstant(until)}`;

/** Some jobs can't be written now, and why; the others are tried once more. */
interface Waits {
  readonly waits: NotDecided;
  readonly stay: readonly Job[];
}

/** Sends away the jobs that can't be written now. */
const staying = (jobs: readonly Job[], { waits, stay }: Waits): readonly Job[] => {
  for (const job of jobs) if (!stay.includes(job)) job.failed(waits);
  return stay;
};

/** Writes the jobs; those that come after a move of the ledger stay out of it. */
const writeAll = (jobs: readonly Job[], draft: Draft, place: string | undefined): Waits | undefined => {
  for (const [n, job] of jobs.entries()) {
    const to = elsewhere(draft.state, place);
    if (to !== undefined && !(job.takesOver === true && to === place)) {
      const left = to === place ? jobs.slice(n).filter((one) => one.takesOver) : [];
      return { waits: movedTo(to), stay: [...jobs.slice(0, n), ...left] };
    }
    job.write(draft);
  }
  return undefined;
};

/** What a group wrote, all of it durable; or why it wrote nothing. */
export type Settled = { readonly written: readonly Row[] } | NotDecided;

const append = async (
  { id, store }: GroupCommitOptions,
  { head }: LedgerCopy,
  draft: Draft,
): Promise<E.Either<StoreFault, Appended>> => {
  try {
    return await store.append(id, { size: head.size, leaf: head.prev }, draft.rows);
  } catch (thrown) {
    // A port that throws has not kept its promise; what it did is not known.
    return E.left({ fault: 'unavailable', detail: messageOf(thrown), outcome: 'unknown' });
  }
};

/**
 * After a fault only the store can say what it holds. Of a shared one not even that is the last word: what a connection that
 * broke had on its way may still be written, until somebody else's append stands in its place.
 */
const settle = async (
  { store }: GroupCommitOptions,
  copy: LedgerCopy,
  jobs: readonly Job[],
  draft: Draft,
  fault: StoreFault,
): Promise<Settled> => {
  let reloaded = await copy.reload();
  while (E.isLeft(reloaded) && fault.outcome === 'unknown' && spendOne(jobs)) {
    await pause(STEP_ASIDE_MS_MAX);
    reloaded = await copy.reload();
  }
  const doubt = fault.outcome === 'unknown' ? '; it is not known whether it was recorded' : '';
  if (E.isRight(reloaded)) {
    if (copy.holds(draft)) return { written: draft.rows };
    return unavailable(store.capabilities?.shared === true ? `${fault.detail}${doubt}` : fault.detail);
  }
  return { ...reloaded.left, detail: `${fault.detail}${doubt}` };
};

/** A try of each that has one left; whether any had. All of them wait for what the store says. */
const spendOne = (jobs: readonly Job[]): boolean => jobs.filter(({ tries }) => tries.spend()).length > 0;

/**
 * One try. `again`: another writer was faster. `duplicate`: another writer recorded an intent of this group. `waits`: the ledger is
 * ahead of the clock, or goes on elsewhere, and not all jobs may be written all the same.
 */
const attempt = async (
  options: GroupCommitOptions,
  copy: LedgerCopy,
  jobs: readonly Job[],
): Promise<Settled | Waits | 'again' | 'duplicate'> => {
  const doubt = options.clock.doubt?.();
  if (doubt !== undefined) return skewed(doubt);
  const now: Ms = options.clock();
  const ahead = aheadOf(copy, now);
  if (ahead !== undefined && !ahead.isAccepted && jobs.some(({ acceptsClock }) => acceptsClock !== true))
    return { waits: skewed(behindUntil(ahead)), stay: jobs.filter(({ acceptsClock }) => acceptsClock) };
  const draft = createDraft(options.sealing, copy, Math.max(now, copy.head.lastAt));
  const waits = writeAll(jobs, draft, options.place);
  if (waits !== undefined) return waits;
  if (draft.rows.length === 0) return { written: [] };
  const appended = await append(options, copy, draft);
  if (E.isLeft(appended)) return settle(options, copy, jobs, draft, appended.left);
  if (appended.right.appended === 'ok') {
    copy.commit(draft);
    return { written: draft.rows };
  }
  const reloaded = await copy.reload();
  if (E.isLeft(reloaded)) return reloaded.left;
  return appended.right.appended === 'duplicate' ? 'duplicate' : 'again';
};

/** Sends away the jobs whose intent another writer recorded, so that the rest of the group goes on without them. */
const unrecorded = async ({ id, store }: GroupCommitOptions, jobs: readonly Job[]): Promise<readonly Job[]> => {
  const left: Job[] = [];
  for (const job of jobs) {
    const found = job.intent === undefined ? E.right(undefined) : await store.find(id, job.intent);
    if (E.isLeft(found)) job.failed(unavailable(found.left.detail));
    else if (found.right === undefined) left.push(job);
    else if (job.duplicate === undefined) job.failed(unavailable('its intent is recorded already'));
    else job.duplicate();
  }
  return left;
};
