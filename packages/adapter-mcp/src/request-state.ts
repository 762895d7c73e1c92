/**
 * What a request leaves with its client until the client sends it again. The client can read it, and can't make, change,
 * lend or repeat it: it is signed by this process, bound to the caller and the question, expires, and counts once.
 */
import {
  createRequestStateCodec,
  INVALID_PARAMS,
  ProtocolError,
  type ServerContext,
} from '@modelcontextprotocol/server';
import type { Caller } from '@tai-autonomics/governor';

/** The state of one caller's requests. `about` is what a request names: a tool, a prompt or a resource. */
export interface RequestState {
  /** Writes it down for the client. */
  keep(context: ServerContext, about: string, kept: unknown): Promise<string>;
  /** Reads what the client sent back; rejects what this process did not write for this caller and method, or read before. */
  readonly verify: (sent: string, context: ServerContext) => Promise<unknown>;
  /** What was kept, in what `verify` answered. Throws the protocol's error for what was kept about something else. */
  keptIn(verified: unknown, about: string): unknown;
}

interface Kept {
  readonly once: string;
  readonly about: string;
  readonly kept: unknown;
}

/** For so long a person may think about it. */
const TTL_SECONDS = 600;
/** States of a tenant that were used and have not expired. With more of them, none of its own is taken until some have. */
const USED_MAX = 5_000;

/** State of a caller's requests. Cheap: one a server is fine. */
export const requestStateOf = ({ tenant, subject, scope }: Caller): RequestState => {
  const codec = createRequestStateCodec<Kept>({
    key: key(),
    ttlSeconds: TTL_SECONDS,
    bind: ({ mcpReq }) => JSON.stringify([tenant, subject.type, subject.id, [...scope].sort(), mcpReq.method]),
  });
  return {
    keep: (context, about, kept) => codec.mint({ once: crypto.randomUUID(), about, kept }, context),
    verify: async (sent, context) => {
      const verified = await codec.verify(sent, context);
      useUp(tenant, verified.once);
      return verified;
    },
    keptIn: (verified, about) => {
      const found = verified as Kept | undefined;
      if (found !== undefined && found.about !== about) throw new ProtocolError(INVALID_PARAMS, INVALID);
      return found?.kept;
    },
  };
};

/** As the SDK says it of what it rejects itself. */
const INVALID = 'Invalid or expired requestState';

/** By tenant: when each used state expires, the first used first. A tenant that uses many stands in no other's way. */
const used = new Map<string, Map<string, number>>();

const useUp = (tenant: string, once: string): void => {
  const now = performance.now();
  for (const [owner, states] of used) {
    for (const [id, until] of states) {
      if (until > now) break;
      states.delete(id);
    }
    if (states.size === 0) used.delete(owner);
  }
  const own = used.get(tenant) ?? new Map<string, number>();
  if (own.has(once) || own.size >= USED_MAX) throw new Error('used');
  own.set(once, now + (TTL_SECONDS + 1) * 1_000);
  used.set(tenant, own);
};

let made: Uint8Array | undefined;
/** A key of this process alone: after a restart a client is asked again. */
const key = (): Uint8Array => {
  made ??= crypto.getRandomValues(new Uint8Array(32));
  return made;
};
