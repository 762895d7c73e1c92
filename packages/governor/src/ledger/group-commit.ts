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
      else if (tried !== 'again' && owns(tried, 'waits')) jobs = accepting(jobs, tried.waits);
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

/** Sends away all jobs but those that let the ledger go on. */
const accepting = (jobs: readonly Job[], why: NotDecided): readonly Job[] =>
  jobs.filter((job) => {
    if (job.acceptsClock !== true) job.failed(why);
    return job.acceptsClock === true;
  });

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
 * ahead of the clock, and not all jobs may be written all the same.
 */
const attempt = async (
  options: GroupCommitOptions,
  copy: LedgerCopy,
  jobs: readonly Job[],
): Promise<Settled | { readonly waits: NotDecided } | 'again' | 'duplicate'> => {
  const doubt = options.clock.doubt?.();
  if (doubt !== undefined) return skewed(doubt);
  const now: Ms = options.clock();
  const ahead = aheadOf(copy, now);
  if (ahead !== undefined && !ahead.isAccepted && jobs.some(({ acceptsClock }) => acceptsClock !== true))
    return { waits: skewed(behindUntil(ahead)) };
  const draft = createDraft(options.sealing, copy, Math.max(now, copy.head.lastAt));
  for (const job of jobs) job.write(draft);
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
