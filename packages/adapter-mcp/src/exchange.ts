/** What a request may tell its client while it is answered, and what it may ask of it, in both protocol revisions. */
import {
  CLIENT_CAPABILITIES_META_KEY,
  type ClientCapabilities,
  type ElicitRequestFormParams,
  type ElicitRequestURLParams,
  type InputRequests,
  type InputRequiredResult,
  inputRequired,
  LOG_LEVEL_META_KEY,
  type LoggingLevel,
  MissingRequiredClientCapabilityError,
  type Server,
  type ServerContext,
} from '@modelcontextprotocol/server';
import type { RequestState } from './request-state.ts';

/** The two sides of one request. Nothing that comes from the client is proved. */
export interface Exchange {
  /** Aborts when the client cancelled the request, or went away. */
  readonly signal: AbortSignal;
  /** What the client says that it can. */
  readonly capabilities: ClientCapabilities;
  /** What the client answered to what it was asked, by the names that it was asked with. */
  readonly responses: Readonly<Record<string, unknown>>;
  /** What was kept when the client was asked: written by this process for this caller and what it asked about, and used once. */
  readonly kept: unknown;
  /** Whether the client asked to be told how far it is. */
  readonly hearsProgress: boolean;
  /** Whether the client asked for log messages of this level. */
  readonly hears: (level: LoggingLevel) => boolean;
  /** Says how far it is; says nothing if the client did not ask for it. `done` grows from call to call. */
  progress(done: number, total?: number, message?: string): Promise<void>;
  /** Says what happens; says nothing that is below the level that the client set. */
  log(level: LoggingLevel, data: unknown): Promise<void>;
  /**
   * The answer that asks the client for something: it sends the request again, with its `responses`, and with what is to be
   * `kept`. A client of 2025-11-25 is asked while its request waits. A client that can't is answered with the protocol's error.
   */
  ask(requests: InputRequests, keep: unknown): Promise<InputRequiredResult>;
  /**
   * Asks the person behind a client of 2025-11-25 while the request waits, and answers what the client says; `undefined` after so
   * many milliseconds, or if it can't be asked. Absent for clients of 2026-07-28.
   */
  readonly elicitNow?: (
    params: ElicitRequestFormParams | ElicitRequestURLParams,
    timeoutMs: number,
  ) => Promise<unknown>;
}

/** What a request of 2026-07-28 says of its client, under the keys that the protocol gives it. */
interface Envelope {
  readonly [CLIENT_CAPABILITIES_META_KEY]?: ClientCapabilities;
  readonly [LOG_LEVEL_META_KEY]?: LoggingLevel;
}

const LOGGER = 'tai-autonomics';
const LEVELS: readonly LoggingLevel[] = [
  'debug',
  'info',
  'notice',
  'warning',
  'error',
  'critical',
  'alert',
  'emergency',
];

/** The level that the client of a connection of 2025-11-25 set, if it did. */
export interface LogLevel {
  level: LoggingLevel | undefined;
}

/** The exchange of the request that a server handles now, about what it names. */
export const exchangeOf = (
  server: Server,
  context: ServerContext,
  about: string,
  state: RequestState,
  set: LogLevel,
): Exchange => {
  const { mcpReq } = context;
  const { signal, _meta, inputResponses = {}, notify } = mcpReq;
  const envelope = mcpReq.envelope as Envelope | undefined;
  const isModern = envelope !== undefined;
  const capabilities = (isModern ? envelope[CLIENT_CAPABILITIES_META_KEY] : server.getClientCapabilities()) ?? {};
  const token = _meta?.progressToken;
  // Of 2026-07-28 each request says what it wants to hear; before, a connection that said nothing hears what a host says.
  const level = isModern ? envelope[LOG_LEVEL_META_KEY] : set.level;
  const reaches = (said: LoggingLevel, least: LoggingLevel): boolean => LEVELS.indexOf(said) >= LEVELS.indexOf(least);
  const tell = async (method: string, params: Record<string, unknown>): Promise<void> => {
    // Nobody is there any more, or nobody can be told on this way: what is asked is answered all the same.
    await notify({ method, params }).catch(() => {});
  };
  return {
    signal,
    capabilities,
    responses: inputResponses,
    kept: state.keptIn(mcpReq.requestState(), about),
    hearsProgress: token !== undefined,
    hears: (said) => level !== undefined && reaches(said, level),
    progress: async (done, total, message) => {
      if (token === undefined) return;
      await tell('notifications/progress', {
        progressToken: token,
        progress: done,
        ...(total === undefined ? {} : { total }),
        ...(message === undefined ? {} : { message }),
      });
    },
    log: async (said, data) => {
      if (level === undefined ? isModern : !reaches(said, level)) return;
      await tell('notifications/message', { level: said, logger: LOGGER, data });
    },
    ask: async (inputRequests, keep) =>
      inputRequired({ inputRequests, requestState: await state.keep(context, about, keep) }),
    ...(isModern
      ? {}
      : {
          elicitNow: (params, timeout) =>
            mcpReq.elicitInput(params, { timeout, relatedRequestId: mcpReq.id }).catch(() => undefined),
        }),
  };
};

/** Rejects with the protocol's error (-32021) where the client lacks one of these. */
export const demand = ({ capabilities }: Exchange, needed: ClientCapabilities): void => {
  const missing = Object.entries(needed).filter(([name]) => !Object.hasOwn(capabilities, name));
  if (missing.length > 0)
    throw new MissingRequiredClientCapabilityError({ requiredCapabilities: Object.fromEntries(missing) });
};
