/** The questions that a thread walks ledgers for, and which one is given a page next: tenants by turns, and of each the oldest few. */
import type { either as E } from 'fp-ts';
import type { TenantId } from '../api.ts';
import type { FromWalker } from './walk-protocol.ts';
import type { WalkSource } from './walk-source.ts';

/** A question that is being answered. */
export interface Job {
  readonly number: number;
  readonly source: WalkSource;
  readonly answer: (answer: E.Either<string, unknown>) => void;
  /** What it asked for and was not given yet. */
  want: Exclude<FromWalker, { readonly kind: 'answer' }> | undefined;
}

/** All questions of a thread. */
export interface Jobs {
  add(job: Job): void;
  find(number: number): Job | undefined;
  /** Whether it was there. */
  remove(job: Job): boolean;
  /** The one whose turn it is among those that wait for something; it stands last from now on. */
  next(): Job | undefined;
  readonly all: () => readonly Job[];
  readonly of: (tenant: TenantId) => number;
}

/** Of one tenant's questions the oldest ones take turns; the others wait until one of these is answered. */
const BY_TURNS = 4;

/** No questions yet. */
export const createJobs = (): Jobs => {
  const jobs = new Map<number, Job>();
  /** The tenant whose turn is next stands first. */
  const tenants = new Map<TenantId, readonly Job[]>();
  return {
    add: (job) => {
      const { tenant } = job.source;
      jobs.set(job.number, job);
      tenants.set(tenant, [...(tenants.get(tenant) ?? []), job]);
    },
    find: (number) => jobs.get(number),
    remove: (job) => {
      const { tenant } = job.source;
      const left = (tenants.get(tenant) ?? []).filter((one) => one !== job);
      if (left.length > 0) tenants.set(tenant, left);
      else tenants.delete(tenant);
      return jobs.delete(job.number);
    },
    next: () => {
      for (const [tenant, line] of tenants) {
        const turning = line.slice(0, BY_TURNS);
        const job = turning.find(({ want }) => want !== undefined);
        if (job === undefined) continue;
        tenants.delete(tenant);
        tenants.set(tenant, [...turning.filter((one) => one !== job), job, ...line.slice(BY_TURNS)]);
        return job;
      }
      return undefined;
    },
    all: () => [...jobs.values()],
    of: (tenant) => tenants.get(tenant)?.length ?? 0,
  };
};
