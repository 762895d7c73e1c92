/** A bundle as it is made, for whoever reads it now: counted while it is read, and ended with its credential, whether or not it is read on. */
import type { Problem } from '../answer/problem.ts';
import { openStreams, type Reading, stillCounts, whileItCounts } from './open-streams.ts';

/** Each reads the ledger three times, beside what decides. */
const EXPORTS_MAX = 2;
/** Parts that are sent before the credential is looked at again. */
const PARTS = 16;
const ENDED = 'the credential no longer counts';

const exports = openStreams(EXPORTS_MAX, EXPORTS_MAX);

/** Why there is no further export of the tenant now; nothing where there may be one. */
export const exportsFull = ({ door, credential }: Pick<Reading, 'door' | 'credential'>): Problem | undefined =>
  exports.isFull(door.governor, credential) ? tooMany : undefined;

/** The bundle, packed. It begins with the first part that is read, and what breaks on the way breaks it off: half of it is never whole. */
export const exportBytes = (reading: Reading, bundle: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> => {
  let parts: Packing | undefined;
  let leave: (() => void) | undefined;
  let stopLooking = (): void => {};
  let sent = 0;
  const end = async (why: string): Promise<never> => {
    stopLooking();
    leave?.();
    await (parts ?? bundle).cancel(why).catch(() => undefined);
    throw new Error(why);
  };
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        if (parts === undefined) {
          // Others may have been opened since it was let in.
          leave = exports.enter(reading.door.governor, reading.credential);
          if (leave === undefined) return end('too many exports of this tenant are open');
          parts = packing(bundle);
          stopLooking = whileItCounts(reading, () => {
            controller.error(new Error(ENDED));
            end(ENDED).catch(() => undefined);
          });
        }
        if (sent % PARTS === 0 && !(await stillCounts(reading).catch(() => false))) return end(ENDED);
        const next = await parts.read().catch((thrown: unknown) => end(String(thrown)));
        sent += 1;
        if (next.value !== undefined) return controller.enqueue(next.value);
        stopLooking();
        leave?.();
        controller.close();
      },
      cancel: async (why) => {
        stopLooking();
        leave?.();
        await (parts ?? bundle).cancel(why);
      },
    },
    { highWaterMark: 0 },
  );
};

/** A bundle while it is packed. */
type Packing = Pick<ReadableStreamDefaultReader<Uint8Array>, 'read' | 'cancel'>;

/**
 * Hands over one part at a time and waits until it is packed. `pipeThrough` would ask whether there is room, and Node 20 says so for
 * the first 16,384 parts, whoever reads: a large ledger would stand in memory.
 */
const packing = (bundle: ReadableStream<Uint8Array>): Packing => {
  const { readable, writable } = new CompressionStream('gzip');
  const [from, into, out] = [bundle.getReader(), writable.getWriter(), readable.getReader()];
  const pump = async (): Promise<void> => {
    for (let part = await from.read(); !part.done; part = await from.read()) await into.write(part.value as never);
    await into.close();
  };
  pump().catch(async (why: unknown) => {
    await into.abort(why).catch(() => undefined);
    await from.cancel(why).catch(() => undefined);
  });
  return {
    read: () => out.read() as ReturnType<Packing['read']>,
    cancel: async (why) => {
      await from.cancel(why);
      await out.cancel(why).catch(() => undefined);
    },
  };
};

const tooMany: Problem = {
  problem: 'overloaded',
  detail: `a tenant has at most ${EXPORTS_MAX} exports open at once`,
  headers: { 'retry-after': '15' },
};
