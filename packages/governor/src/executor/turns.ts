/**
 * How many processes run at once: whoever comes when all of them are taken waits, and is begun by severity, in proportion, and
 * tenants by turns (core's schedule).
 */
import { createSchedule, type Work, type WorkLimits } from '@tai-autonomics/core/engine';

/** A place among those that run. */
export interface Turns {
  /** Answers when there is a place, how to leave it; at once when the signal aborts, since then nothing is started any more. */
  take(work: Work, signal?: AbortSignal): Promise<() => void>;
}

/** Somebody who waits for a place, or has one. */
interface Waiting extends Work {
  readonly go: () => void;
}

/** So many places. */
export const createTurns = (limits: WorkLimits): Turns => {
  const schedule = createSchedule<Waiting>(limits);
  const begin = (): void => {
    for (let place = schedule.begin(); place !== undefined; place = schedule.begin()) place.go();
  };
  /** Leaves once, however often it is said. */
  const leaving = (place: Waiting): (() => void) => {
    let isLeft = false;
    return () => {
      if (isLeft) return;
      isLeft = true;
      schedule.end(place);
      begin();
    };
  };
  return {
    take: ({ tenant, severity }, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted === true) return resolve(NOTHING_TO_LEAVE);
        const stop = (): void => {
          if (schedule.leave(place)) resolve(NOTHING_TO_LEAVE);
        };
        const place: Waiting = {
          tenant,
          severity,
          go: () => {
            signal?.removeEventListener('abort', stop);
            resolve(leaving(place));
          },
        };
        signal?.addEventListener('abort', stop, { once: true });
        schedule.add(place);
        begin();
      }),
  };
};

const NOTHING_TO_LEAVE = (): void => {};
