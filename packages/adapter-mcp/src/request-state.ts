/**
 * What a request leaves with its client until the client sends it again. The client can read it, and can't make, change,
 * lend or repeat it: it is signed by this process, bound to the caller and the question, expires, and counts once.
 */
import { createRequestStateCodec, type ServerContext } from '@modelcontextprotocol/server';
import type { Caller } from '@tai-autonomics/governor';

/** The state of one caller's requests. */
export interface RequestState {
  /** Writes it down for the client. */
  keep(kept: unknown): Promise<string>;
  /** Reads what the client sent back; rejects what this process did not write for this caller, or read before. */
  readonly verify: (sent: string, context: ServerContext) => Promise<unknown>;
  /** What was kept, in what `verify` answered. */
  keptIn(verified: unknown): unknown;
}

interface Kept {
  readonly once: string;
  readonly kept: unknown;
}

/** For so long a person may think about it. */
const TTL_SECONDS = 600;
/** States that were used and have not expired. With more of them, nothing is taken until some have. */
const USED_MAX = 100_000;

/** State of a caller's requests. Cheap: one a server is fine. */
export const requestStateOf = ({ tenant, subject, scope }: Caller): RequestState => {
  const codec = createRequestStateCodec<Kept>({
    key: key(),
    ttlSeconds: TTL_SECONDS,
    bind: () => JSON.stringify([tenant, subject.type, subject.id, [...scope].sort()]),
  });
  // The binding is the caller's own, whatever the request is.
  const here = {} as ServerContext;
  return {
    keep: (kept) => codec.mint({ once: crypto.randomUUID(), kept }, here),
    verify: async (sent) => {
      const verified = await codec.verify(sent, here);
      useUp(verified.once);
      return verified;
    },
    keptIn: (verified) => (verified as Kept | undefined)?.kept,
  };
};

/** When each used state expires, the first used first. */
const used = new Map<string, number>();

const useUp = (once: string): void => {
  const now = performance.now();
  for (const [id, until] of used) {
    if (until > now) break;
    used.delete(id);
  }
  if (used.has(once) || used.size >= USED_MAX) throw new Error('used');
  used.set(once, now + (TTL_SECONDS + 1) * 1_000);
};

let made: Uint8Array | undefined;
/** A key of this process alone: after a restart a client is asked again. */
const key = (): Uint8Array => {
  made ??= crypto.getRandomValues(new Uint8Array(32));
  return made;
};
