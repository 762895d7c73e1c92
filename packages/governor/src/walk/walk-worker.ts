/** The program of the thread that walks ledgers. It holds none: page by page it asks for what it looks at. */
import { parentPort } from 'node:worker_threads';
import { ENGINES } from '@tai-autonomics/core/engine';
import { either as E } from 'fp-ts';
import { messageOf } from '../bounds/bounded-text.ts';
import type { FromWalker, ToWalker } from './walk-protocol.ts';
import { createWalker } from './walker.ts';

/** A question that is being answered: what it waits for, one thing at a time. */
interface Job {
  waits: { readonly go: (given: never) => void; readonly stop: (why: Error) => void } | undefined;
  isGone: boolean;
}

const GONE = new Error('nobody waits for the answer any more');
const walk = createWalker(ENGINES);
const jobs = new Map<number, Job>();
const say = (message: FromWalker): void => parentPort?.postMessage(message);

const asking = <A>(job: Job, message: FromWalker): Promise<A> =>
  new Promise((go, stop) => {
    // One thing at a time: a second one would take the place of the first, which then waited for ever.
    if (job.isGone || job.waits !== undefined) {
      stop(job.isGone ? GONE : new Error('two things were asked for at once'));
      return;
    }
    job.waits = { go, stop };
    say(message);
  });

const start = ({ job: number, question, ledger }: Extract<ToWalker, { readonly kind: 'ask' }>): void => {
  const job: Job = { waits: undefined, isGone: false };
  jobs.set(number, job);
  walk(question, {
    ...ledger,
    rows: (from, to) => asking(job, { kind: 'want_rows', job: number, from, to }),
    takeFold: (format) => asking(job, { kind: 'want_fold', job: number, format }),
    keepFold: (kept) => asking(job, { kind: 'want_kept', job: number, kept }),
    checkpoint: (atMost) => asking(job, { kind: 'want_checkpoint', job: number, atMost }),
    catalog: (digest) => asking(job, { kind: 'want_catalog', job: number, digest }),
  })
    .then((answer) => say({ kind: 'answer', job: number, answer }))
    .catch((thrown: unknown) =>
      say({ kind: 'answer', job: number, answer: E.left(`the walk failed: ${messageOf(thrown)}`) }),
    )
    .finally(() => void jobs.delete(number));
};

parentPort?.on('message', (message: ToWalker) => {
  if (message.kind === 'ask') {
    start(message);
    return;
  }
  const job = jobs.get(message.job);
  const waits = job?.waits;
  if (job === undefined) return;
  job.waits = undefined;
  if (message.kind === 'gone') {
    job.isGone = true;
    waits?.stop(GONE);
  } else waits?.go(message.given as never);
});
