/** What a client is told of a call that takes long: that it goes on. It also keeps the client's own patience alive. */
import type { Exchange } from '../exchange.ts';

/** How often a client is told, in milliseconds. */
const EVERY_MS = 2_000;

/** Does something, and says that it goes on as long as it does, to a client that asked to be told. */
export const whileWaiting = async <A>(
  exchange: Exchange,
  what: string,
  everyMs: number = EVERY_MS,
  something: () => Promise<A>,
): Promise<A> => {
  if (!exchange.hearsProgress) return something();
  let told = 0;
  const timer = setInterval(() => {
    told += 1;
    void exchange.progress(told, undefined, `${what}: not answered yet`);
  }, everyMs);
  try {
    return await something();
  } finally {
    clearInterval(timer);
  }
};
