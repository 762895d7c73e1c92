/** The log of a server: one line for each intent, each fault and each change of the server itself; JSON, or short for a person. */
import type { Answered } from '@tai-autonomics/governor';
import { oneLine } from '@tai-autonomics/governor/node';
import { pino } from 'pino';
import type { Io } from '../terminal/io.ts';

/** How the lines look. `off`: faults alone, as plain lines. */
export const LOG_FORMATS = ['json', 'pretty', 'off'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** What a server says while it runs. No line holds a key, an argument, evidence or the name of a subject. */
export interface Log {
  readonly answered: (answered: Answered) => void;
  readonly fault: (detail: string) => void;
  readonly info: (message: string) => void;
}

/** A log on standard error. */
export const createLog = (io: Pick<Io, 'err' | 'paint'>, format: LogFormat): Log => {
  if (format === 'off')
    return { answered: () => {}, fault: (detail) => io.err(`tai: ${oneLine(detail)}\n`), info: () => {} };
  const logger = pino(
    { base: null, formatters: { level: (level) => ({ level }) }, timestamp: pino.stdTimeFunctions.isoTime },
    { write: format === 'json' ? io.err : (line) => io.err(pretty(io, line)) },
  );
  return {
    answered: ({ tenant, subject, action, verdict, codes, receipt, outcome, repeated, trace, ms }) =>
      logger[verdict === 'not_decided' ? 'warn' : 'info'](
        {
          tenant,
          subject: subject.ref,
          subject_type: subject.type,
          ...(action === undefined ? {} : { action }),
          verdict,
          ...(codes.length === 0 ? {} : { codes }),
          ...(receipt === undefined ? {} : { receipt: receipt.seq, leaf: receipt.leaf }),
          ...(outcome === undefined ? {} : { outcome }),
          ...(repeated ? { repeated } : {}),
          ...(trace === undefined ? {} : { trace_id: trace }),
          ms: Math.round(ms * 10) / 10,
        },
        'intent',
      ),
    fault: (detail) => logger.warn({ fault: oneLine(detail) }, 'fault'),
    info: (message) => logger.info(message),
  };
};

/** One line for a person: the time of day, then what happened. */
const pretty = ({ paint }: Pick<Io, 'paint'>, line: string): string => {
  const { time, msg, ...said } = JSON.parse(line) as Readonly<Record<string, string>> & {
    readonly codes?: readonly string[];
  };
  const at = paint.dim((time ?? '').slice(11, 19));
  if (msg === 'fault') return `${at} ${paint.yellow('fault')} ${said['fault'] ?? ''}\n`;
  if (msg !== 'intent') return `${at} ${msg}\n`;
  const { tenant, action = 'an unknown action', verdict, receipt, outcome, ms } = said;
  const colour = verdict === 'approve' ? paint.green : paint.yellow;
  const codes = said.codes === undefined ? '' : `  ${said.codes.join(', ')}`;
  const place = receipt === undefined ? '' : `  receipt ${receipt}`;
  const ended = outcome === undefined ? '' : `  ${outcome}`;
  return `${at} ${tenant}  ${action}  ${colour(verdict ?? '')}${codes}${ended}${place}  ${ms} ms\n`;
};
