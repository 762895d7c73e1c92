/** What a server tells its operator: the log, and the figures that are counted beside it. */
import type { Answered, Governor } from '@tai-autonomics/governor';
import type { Io } from '../terminal/io.ts';
import { createLog, type LogFormat } from './log.ts';
import { createMetrics, type Metrics } from './metrics.ts';

/** The log and the figures of one server. */
export interface Telemetry {
  /** The terminal, whose complaints are lines of the log. */
  readonly io: Io;
  readonly metrics: Metrics;
  readonly answered: (answered: Answered) => void;
  readonly info: (message: string) => void;
  /** From now on `tai_ready` says what this governor says. */
  readonly watch: (governor: Pick<Governor, 'ready'>) => void;
}

/** Starts a log on standard error: `pretty` for a person who watches, `json` for everybody else, unless it is told. */
export const createTelemetry = (io: Io, format: LogFormat = io.interactive ? 'pretty' : 'json'): Telemetry => {
  const log = createLog(io, format);
  let ready: Governor['ready'] = async () => ['the server is starting'];
  const metrics = createMetrics(() => ready());
  return {
    io: {
      ...io,
      err: (text) => {
        metrics.fault();
        log.fault(text.replace(/^tai: /, ''));
      },
    },
    metrics,
    answered: (answered) => {
      metrics.answered(answered);
      log.answered(answered);
    },
    info: log.info,
    watch: (governor) => {
      ready = () => governor.ready();
    },
  };
};
