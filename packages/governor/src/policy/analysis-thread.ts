/**
 * Asks about catalogs in a thread of its own: a linter run or a proof takes seconds, and nobody else's decision waits for it.
 * One thread serves a process, tenants by turns; it is started by the first question, and keeps no process alive.
 */
import { either as E } from 'fp-ts';
import type { TenantId } from '../api.ts';
import { messageOf } from '../bounds/bounded-text.ts';
import { createLineByTurns } from '../bounds/line-by-turns.ts';
import { supervise } from '../node/supervised.ts';
import { startThread, type Thread } from '../node/thread.ts';
import type { Ms } from '../ports.ts';
import type { AnalysisQuestion, AnswerTo } from './analysis-question.ts';

/** Asks one question for a tenant, while somebody waits for it. Left: why there is no answer, in one sentence. Never rejects. */
export type Analysis = <Q extends AnalysisQuestion>(
  tenant: TenantId,
  question: Q,
  signal: AbortSignal,
) => Promise<E.Either<string, AnswerTo<Q>>>;

/** How much it takes. */
export interface AnalysisBounds {
  /** Questions of one tenant that may wait, beside the one that is being answered. */
  readonly waitingMax: number;
  readonly timeoutMs: Ms;
}

const BOUNDS: AnalysisBounds = { waitingMax: 8, timeoutMs: 60_000 };
/** Whoever asked is gone, and so is the work for them. */
const NOBODY_WAITS = 'nobody waits for the answer any more';

type Answer = E.Either<string, unknown>;

interface Job {
  readonly question: AnalysisQuestion;
  readonly answer: (answer: Answer) => void;
}

/** Questions that wait, and the one that is being answered. */
const createAnalysis = ({ waitingMax, timeoutMs }: AnalysisBounds = BOUNDS): Analysis => {
  const line = createLineByTurns<Job>();
  const thread = createAnswerer(timeoutMs);
  let running: Job | undefined;
  const next = (): void => {
    running = running ?? line.shift();
    const job = running;
    if (job === undefined || thread.isBusy()) return;
    thread.ask(job.question, (answer) => {
      running = undefined;
      job.answer(answer);
      next();
    });
  };
  const ask = (tenant: TenantId, question: AnalysisQuestion, signal: AbortSignal): Promise<Answer> =>
    new Promise((resolve) => {
      const waiting = line.waiting(tenant);
      if (signal.aborted || waiting >= waitingMax) {
        const full = `${waiting} questions of this tenant wait for their answer already; ask again later`;
        resolve(E.left(signal.aborted ? NOBODY_WAITS : full));
        return;
      }
      const gone = (): void => {
        // Nothing stops a thread in the middle of a proof but its end.
        if (line.leave(tenant, job)) job.answer(E.left(NOBODY_WAITS));
        else if (running === job) thread.drop(NOBODY_WAITS);
      };
      signal.addEventListener('abort', gone, { once: true });
      const job: Job = {
        question,
        answer: (answer) => {
          signal.removeEventListener('abort', gone);
          resolve(answer);
        },
      };
      line.push(tenant, job);
      next();
    });
  return ask as Analysis;
};

/** One thread, and one question at a time. */
interface Answerer {
  isBusy(): boolean;
  /** Answers exactly once, later. */
  ask(question: AnalysisQuestion, answer: (answer: Answer) => void): void;
  /** Ends the thread, and answers why. */
  drop(why: string): void;
}

const createAnswerer = (timeoutMs: Ms): Answerer => {
  const part = supervise('policy analysis');
  let thread: Thread<AnalysisQuestion> | undefined;
  let asked: ((answer: Answer) => void) | undefined;
  let timer: NodeJS.Timeout | undefined;
  const end = (answer: Answer): void => {
    const told = asked;
    asked = undefined;
    clearTimeout(timer);
    thread?.unref();
    told?.(answer);
  };
  const drop = (why: string): void => {
    thread?.end();
    thread = undefined;
    end(E.left(why));
  };
  const died = (why: string): void => {
    part.failed(why);
    drop(`the analysis failed: ${why}`);
  };
  const hear = (answer: Answer): void => {
    part.works();
    end(answer);
  };
  return {
    isBusy: () => asked !== undefined,
    drop,
    ask: (question, answer) => {
      asked = answer;
      const pauseMs = part.pauseMs();
      if (pauseMs > 0) {
        end(E.left(`what answers it failed, and is started again in ${Math.ceil(pauseMs / 1_000)} s`));
        return;
      }
      try {
        thread ??= startThread<Answer, AnalysisQuestion>(new URL('./analysis-worker.ts', import.meta.url), hear, died);
        thread.ref();
        thread.say(question);
        timer = setTimeout(() => drop(`it took longer than ${timeoutMs / 1_000} s; ask about less`), timeoutMs);
        timer.unref();
      } catch (thrown) {
        died(`it could not be started: ${messageOf(thrown)}`);
      }
    },
  };
};

/** The thread of this process. */
export const analysis: Analysis = createAnalysis();
