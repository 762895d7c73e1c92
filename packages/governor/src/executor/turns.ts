/** How many processes run at once: whoever comes when all of them are taken waits, tenants by turns. */
import type { TenantId } from '../api.ts';
import { createLineByTurns } from '../bounds/line-by-turns.ts';

/** A place among those that run. */
export interface Turns {
  /** Answers when there is a place, how to leave it; at once when the signal aborts, since then nothing is started any more. */
  take(tenant: TenantId, signal?: AbortSignal): Promise<() => void>;
}

/** So many places. */
export const createTurns = (most: number): Turns => {
  const line = createLineByTurns<() => void>();
  let taken = 0;
  const leave = (): void => {
    taken -= 1;
    line.shift()?.();
  };
  /** Leaves once, however often it is said. */
  const leaving = (): (() => void) => {
    let isLeft = false;
    taken += 1;
    return () => {
      if (!isLeft) leave();
      isLeft = true;
    };
  };
  return {
    take: (tenant, signal) =>
      new Promise((resolve) => {
        if (taken < most || signal?.aborted === true) {
          resolve(leaving());
          return;
        }
        const go = (): void => {
          signal?.removeEventListener('abort', stop);
          resolve(leaving());
        };
        const stop = (): void => {
          if (line.leave(tenant, go)) go();
        };
        signal?.addEventListener('abort', stop, { once: true });
        line.push(tenant, go);
      }),
  };
};
