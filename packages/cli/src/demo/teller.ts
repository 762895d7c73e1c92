/** Tells the story: in colour to a person, as data to a program. Counts what did not go as told. */
import { explainStep } from '@tai-autonomics/core/engine';
import type { Io } from '../terminal/io.ts';
import type { Answer } from './answer.ts';

/** One line of the story, as `--json` has it. */
export type Event =
  | { readonly event: 'step'; readonly number: number; readonly title: string }
  | { readonly event: 'asked'; readonly who: string; readonly what: string; readonly answer: Answer }
  | { readonly event: 'note'; readonly text: string }
  | { readonly event: 'check'; readonly text: string; readonly holds: boolean };

export interface Teller {
  step(title: string): void;
  asked(who: string, what: string, answer: Answer): void;
  note(text: string): void;
  /** Something that the story promises. */
  check(text: string, holds: boolean): void;
  readonly events: readonly Event[];
  readonly broken: number;
}

const INDENT = '    ';

/** A teller that prints as it goes, unless `quiet`. */
export const createTeller = (io: Io, quiet: boolean): Teller => {
  const { paint } = io;
  const events: Event[] = [];
  let steps = 0;
  let broken = 0;
  const line = (text: string): void => {
    if (!quiet) io.out(`${text}\n`);
  };
  const verdictOf = (answer: Answer): string => {
    if (answer.verdict === 'approve') return paint.green('approve');
    return answer.verdict === 'refuse' ? paint.red('refuse') : paint.yellow('not decided');
  };
  const receiptOf = (receipt: Answer['receipt']): string =>
    receipt === undefined
      ? ''
      : paint.dim(
          `${INDENT}receipt #${receipt.seq} ${receipt.event === undefined ? '' : `${receipt.event} `}${receipt.leaf}`,
        );
  return {
    events,
    get broken() {
      return broken;
    },
    step: (title) => {
      steps += 1;
      events.push({ event: 'step', number: steps, title });
      line(`\n${paint.bold(`${steps}. ${title}`)}`);
    },
    asked: (who, what, answer) => {
      events.push({ event: 'asked', who, what, answer });
      line(`  ${paint.cyan(who)}: ${what} → ${verdictOf(answer)}`);
      if (answer.detail !== undefined) line(`${INDENT}${answer.detail}`);
      for (const { code, means, next } of answer.reasons) {
        line(`${INDENT}${paint.red(code)}: required that ${means}`);
        line(`${INDENT}  ${paint.dim('next lawful step:')} ${explainStep(next)}`);
      }
      if (answer.receipt !== undefined) line(receiptOf(answer.receipt));
      for (const { seq, event } of answer.consequences) line(paint.dim(`${INDENT}receipt #${seq} ${event}`));
      if (answer.outcome === undefined) return;
      line(
        `${INDENT}outcome: ${answer.outcome.status === 'success' ? paint.green('success') : paint.red(answer.outcome.status)} ${paint.dim(JSON.stringify(answer.outcome.result))}`,
      );
      if (answer.outcome.receipt !== undefined) line(receiptOf(answer.outcome.receipt));
    },
    note: (text) => {
      events.push({ event: 'note', text });
      line(`  ${text}`);
    },
    check: (text, holds) => {
      events.push({ event: 'check', text, holds });
      if (!holds) broken += 1;
      line(`  ${holds ? paint.green('✓') : paint.red('✗')} ${text}`);
    },
  };
};
