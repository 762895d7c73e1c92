/** A credential is looked at again and again while something long rests on it. */

/** Whether it still counts. */
export interface WhileGood {
  /** Aborts when it does not. */
  readonly signal: AbortSignal;
  /** Looks no more. */
  stop(): void;
}

/** Looks every so often. What can't be said counts as no: a stream is opened again in no time, a revoked one never. */
export const whileGood = <A extends object>(
  look: () => Promise<A | string | undefined>,
  isSame: (found: A) => boolean,
  everyMs: number,
): WhileGood => {
  const ended = new AbortController();
  const stop = (): void => clearInterval(timer);
  const check = async (): Promise<void> => {
    const found = await look().catch(() => undefined);
    if (typeof found === 'object' && isSame(found)) return;
    stop();
    ended.abort();
  };
  const timer = setInterval(() => void check(), everyMs);
  if (typeof timer === 'object') timer.unref();
  return { signal: ended.signal, stop };
};
