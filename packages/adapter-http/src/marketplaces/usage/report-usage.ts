/** Reports usage to a marketplace, and says what of it counts there. Reported again, a record counts once. */
import { type Ms, parseInstant } from '@tai-autonomics/core/engine';
import { either as E } from 'fp-ts';
import type { Called, VendorFault } from '../vendor.ts';
import type { UsageRecord } from './meter.ts';
import type { UsageAnswer } from './usage-formats.ts';

/** A marketplace’s meter. */
export interface UsageReporter {
  /** How old a record may be, from the end of its hour. */
  readonly ageMs: Ms;
  /** How many go into one call. */
  readonly batch: number;
  send(records: readonly UsageRecord[]): Called<readonly UsageAnswer[]>;
}

/** What is remembered of reports: the last answer for each record. */
export interface UsageLog {
  answers(): Promise<ReadonlyMap<string, UsageAnswer>>;
  /** Keeps them durably. Rejects if it cannot; then they are reported again. */
  keep(answers: readonly UsageAnswer[]): Promise<void>;
}

/** What a report came to. */
export interface UsageReport {
  readonly answers: readonly UsageAnswer[];
  /** Calls that failed; their records are still to be reported. */
  readonly faults: readonly VendorFault[];
}

/** How the receipts and the marketplace’s answers agree. Every record stands in exactly one list. */
export interface Reconciliation {
  readonly accepted: readonly UsageRecord[];
  /** With the marketplace’s own word. */
  readonly rejected: readonly (UsageRecord & { readonly said: string })[];
  /** Not reported yet, or without an answer, and still in time. */
  readonly missing: readonly UsageRecord[];
  /** Not accepted, and too old to be reported: nobody will be billed for it. */
  readonly lost: readonly UsageRecord[];
  /** Answers for which the receipts have no record: ids. */
  readonly unknown: readonly string[];
}

/** Reports what has no final answer yet, in batches; each answer is kept before the next batch is sent. */
export const reportUsage = async (
  records: readonly UsageRecord[],
  reporter: UsageReporter,
  log: UsageLog,
  now: Ms,
): Promise<UsageReport> => {
  const known = await log.answers();
  const due = records.filter((record) => !isFinal(known.get(record.id)) && !isTooOld(record, reporter, now));
  const answers: UsageAnswer[] = [];
  const faults: VendorFault[] = [];
  for (let from = 0; from < due.length; from += reporter.batch) {
    for await (const answer of answersTo(due.slice(from, from + reporter.batch), reporter)) {
      if (E.isLeft(answer)) faults.push(answer.left);
      else {
        await log.keep(answer.right);
        answers.push(...answer.right);
      }
    }
  }
  return { answers, faults };
};

/** Compares what receipts say was used with what the marketplace has accepted. */
export const reconcileUsage = (
  records: readonly UsageRecord[],
  known: ReadonlyMap<string, UsageAnswer>,
  reporter: Pick<UsageReporter, 'ageMs'>,
  now: Ms,
): Reconciliation => {
  const statusOf = ({ id }: UsageRecord): UsageAnswer['status'] => known.get(id)?.status ?? 'later';
  const open = records.filter((record) => statusOf(record) === 'later');
  const ids = new Set(records.map(({ id }) => id));
  return {
    accepted: records.filter((record) => statusOf(record) === 'accepted'),
    rejected: records
      .filter((record) => statusOf(record) === 'rejected')
      .map((record) => ({ ...record, said: known.get(record.id)?.said ?? '' })),
    missing: open.filter((record) => !isTooOld(record, reporter, now)),
    lost: open.filter((record) => isTooOld(record, reporter, now)),
    unknown: [...known.keys()].filter((id) => !ids.has(id)),
  };
};

/** One call; where it is refused as a whole, one for each record: a bad one keeps no other from being counted. */
async function* answersTo(
  records: readonly UsageRecord[],
  reporter: UsageReporter,
): AsyncGenerator<E.Either<VendorFault, readonly UsageAnswer[]>> {
  const answer = await reporter.send(records);
  if (E.isRight(answer) || answer.left.fault === 'later' || records.length === 1) return yield answer;
  for (const record of records) yield await reporter.send([record]);
}

const isFinal = (answer: UsageAnswer | undefined): boolean => answer !== undefined && answer.status !== 'later';

const isTooOld = ({ to }: UsageRecord, { ageMs }: Pick<UsageReporter, 'ageMs'>, now: Ms): boolean =>
  now - (parseInstant(to) ?? 0) > ageMs;
