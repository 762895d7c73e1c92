/**
 * Walks ledgers in a thread of its own: whatever is asked of a whole ledger, nobody else's decision waits for it. One thread
 * serves a process; it is given a page at a time, tenants by turns, and keeps no process alive.
 */
import { either as E } from 'fp-ts';
import { messageOf } from '../bounds/bounded-text.ts';
import { supervise } from '../node/supervised.ts';
import { startThread, type Thread } from '../node/thread.ts';
import type { Ms } from '../ports.ts';
import { createJobs, type Job, type Jobs } from './walk-jobs.ts';
import type { FromWalker, ToWalker } from './walk-protocol.ts';
import type { AnswerTo, WalkQuestion } from './walk-question.ts';
import type { WalkSource } from './walk-source.ts';

/** Asks one question of a ledger, while somebody waits for it. Left: why there is no answer, in one sentence. Never rejects. */
export type AskWalker = <Q extends WalkQuestion>(
  question: Q,
  source: WalkSource,
  signal: AbortSignal,
) => Promise<E.Either<string, AnswerTo<Q>>>;

/** How much it takes. */
export interface WalkBounds {
  /** Questions of one tenant at once, those included that wait for their turn. */
  readonly tenantMax: number;
  /** Questions of all tenants at once. */
  readonly allMax: number;
  /** From the question to its answer; a survey for an export has no such bound. */
  readonly timeoutMs: Ms;
}

const BOUNDS: WalkBounds = { tenantMax: 64, allMax: 1_024, timeoutMs: 120_000 };

/** A page is looked at in milliseconds; a thread that takes so long with one is ended, and another is started. */
const STUCK_MS: Ms = 120_000;
/** Whoever asked is gone, and so is the work for them. */
const NOBODY_WAITS = 'nobody waits for the answer any more';

type Answer = E.Either<string, unknown>;

/** A thread for questions about ledgers. */
const createWalkThread = (bounds: WalkBounds = BOUNDS): AskWalker => {
  const jobs = createJobs();
  const walking = createWalking(jobs);
  const refused = ({ tenant }: WalkSource, signal: AbortSignal): string | undefined => {
    if (signal.aborted) return NOBODY_WAITS;
    const [own, all] = [jobs.of(tenant), jobs.all().length];
    if (own >= bounds.tenantMax)
      return `${own} questions of this tenant wait for their answer already; ask again later`;
    if (all >= bounds.allMax) return `${all} questions wait for their answer already; ask again later`;
    return walking.pausing();
  };
  const tooLate = `it took longer than ${bounds.timeoutMs / 1_000} s; what was counted is kept, so ask again`;
  let count = 0;
  const ask = (question: WalkQuestion, source: WalkSource, signal: AbortSignal): Promise<Answer> =>
    new Promise((resolve) => {
      const why = refused(source, signal);
      if (why !== undefined) {
        resolve(E.left(why));
        return;
      }
      // A survey keeps nothing to go on with: whoever reads the export waits for it, and it ends with them.
      const late =
        question.ask === 'surveyed' ? undefined : setTimeout(() => walking.drop(job, tooLate), bounds.timeoutMs);
      late?.unref();
      const leave = (): void => walking.drop(job, NOBODY_WAITS);
      signal.addEventListener('abort', leave, { once: true });
      count += 1;
      const job: Job = {
        number: count,
        source,
        want: undefined,
        answer: (answer) => {
          clearTimeout(late);
          signal.removeEventListener('abort', leave);
          resolve(answer);
        },
      };
      jobs.add(job);
      walking.begin(job, question);
    });
  return ask as AskWalker;
};

/** The thread itself, and which page it is given next. */
interface Walking {
  begin(job: Job, question: WalkQuestion): void;
  /** Gives a job up, and says why. */
  drop(job: Job, why: string): void;
  /** Why nothing can be begun now. */
  pausing(): string | undefined;
}

const createWalking = (jobs: Jobs): Walking => {
  const part = supervise('ledger walks');
  let thread: Thread<ToWalker> | undefined;
  let served: Job | undefined;
  let stuck: NodeJS.Timeout | undefined;

  const free = (): void => {
    served = undefined;
    clearTimeout(stuck);
  };
  const end = (job: Job, answer: Answer): void => {
    if (!jobs.remove(job)) return;
    if (served === job) free();
    if (jobs.all().length === 0) thread?.unref();
    job.answer(answer);
    serve();
  };
  const drop = (job: Job, why: string): void => {
    thread?.say({ kind: 'gone', job: job.number });
    end(job, E.left(why));
  };
  const died = (why: string): void => {
    thread?.end();
    thread = undefined;
    part.failed(why);
    free();
    for (const job of jobs.all()) end(job, E.left(`the walk failed: ${why}`));
  };
  const hear = (message: FromWalker): void => {
    const job = jobs.find(message.job);
    if (job === undefined) return;
    if (served === job) free();
    part.works();
    if (message.kind === 'answer') end(job, message.answer);
    else {
      job.want = message;
      serve();
    }
  };
  /** Gives a page to the next one that waits for it, if the thread is not busy with another. */
  const serve = (): void => {
    const job = served === undefined ? jobs.next() : undefined;
    const want = job?.want;
    if (job === undefined || want === undefined) return;
    job.want = undefined;
    served = job;
    stuck = setTimeout(() => died('it did not go on'), STUCK_MS);
    stuck.unref();
    given(job, want)
      .then((message) => {
        if (served === job) thread?.say(message);
      })
      .catch((thrown: unknown) => drop(job, `the ledger could not be read: ${messageOf(thrown)}`));
  };
  return {
    drop,
    begin: (job, question) => {
      const { id, size, digests, keptEvery } = job.source;
      try {
        thread ??= startThread<FromWalker, ToWalker>(new URL('./walk-worker.ts', import.meta.url), hear, died);
        thread.ref();
        thread.say({ kind: 'ask', job: job.number, question, ledger: { id, size, digests, keptEvery } });
      } catch (thrown) {
        died(`it could not be started: ${messageOf(thrown)}`);
      }
    },
    pausing: () => {
      const pauseMs = part.pauseMs();
      return pauseMs > 0
        ? `what answers it failed, and is started again in ${Math.ceil(pauseMs / 1_000)} s`
        : undefined;
    },
  };
};

/** What a job asked for. */
const given = async ({ source, number: job }: Job, want: NonNullable<Job['want']>): Promise<ToWalker> => {
  switch (want.kind) {
    case 'want_rows':
      return { kind: 'rows', job, given: await source.rows(want.from, want.to) };
    case 'want_catalog':
      return { kind: 'catalog', job, given: await source.catalog(want.digest) };
    case 'want_fold':
      return { kind: 'fold', job, given: await source.takeFold(want.format) };
    case 'want_kept':
      await source.keepFold(want.kept);
      return { kind: 'kept', job, given: undefined };
    case 'want_checkpoint':
      return { kind: 'checkpoint', job, given: await source.checkpoint(want.atMost) };
  }
};

/** The thread of this process. */
export const walkThread: AskWalker = createWalkThread();
