/**
 * A client of the HTTP door: `fetch` and nothing else. Its routes are those that the door declares, by the same names; a test holds what it
 * sends and what it is answered against the interface.
 */
import type { LedgerPlace, VisibleTool } from '@tai-autonomics/governor';
import type { ProblemCode } from '../answer/problem.ts';
import type { CloudEvent } from '../events/cloud-event.ts';
import type { OperatorRouteName } from '../operator/operator-routes.ts';
import type { HttpRouteName } from '../routes/routes.ts';
import type {
  ActionAnswer,
  ActionRequest,
  ApprovalsAnswer,
  IncidentsAnswer,
  Noticed,
  ReceiptsAnswer,
  RefusedAnswer,
  ShownReceiptAnswer,
  StateAnswer,
  WhoamiAnswer,
} from './answers.ts';
import { type ClientProblem, isProblem } from './client-problem.ts';
import type { OperatorCalls } from './operator-calls.ts';
import { readStream } from './stream.ts';

export type {
  ActionAnswer,
  ActionRequest,
  ApprovalsAnswer,
  DecisionAnswer,
  IncidentsAnswer,
  Noticed,
  ReceiptLine,
  ReceiptsAnswer,
  RefusedAnswer,
  ShownReceiptAnswer,
  StateAnswer,
  WhoamiAnswer,
} from './answers.ts';
export type { ClientProblem } from './client-problem.ts';
export type {
  CredentialAnswer,
  OperatedAnswer,
  OperationDone,
  OperatorCalls,
  ShownCredential,
} from './operator-calls.ts';

interface Page {
  readonly cursor?: number;
  readonly limit?: number;
}
interface Period {
  /** RFC 3339. */
  readonly since?: string;
  readonly until?: string;
}

/** What each route takes and answers. */
export interface Calls extends OperatorCalls {
  readonly 'POST /v1/actions': { readonly body: ActionRequest; readonly answer: ActionAnswer };
  readonly 'GET /v1/tools': { readonly answer: Noticed & { readonly tools: readonly VisibleTool[] } };
  readonly 'GET /v1/whoami': { readonly answer: WhoamiAnswer };
  readonly 'GET /v1/ledger': { readonly answer: Noticed & LedgerPlace };
  readonly 'POST /v1/ledger/checkpoint': { readonly answer: string };
  readonly 'GET /v1/state': { readonly answer: StateAnswer };
  readonly 'GET /v1/receipts': {
    readonly refused: RefusedAnswer;
    readonly query: Page &
      Period & {
        readonly actions?: readonly string[];
        readonly codes?: readonly string[];
        readonly events?: readonly string[];
        readonly incident?: string;
      };
    readonly answer: ReceiptsAnswer;
  };
  readonly 'GET /v1/receipts/{seq}': {
    readonly refused: RefusedAnswer;
    readonly path: { readonly seq: number };
    readonly answer: ShownReceiptAnswer;
  };
  readonly 'GET /v1/receipts/{seq}/proof': {
    readonly refused: RefusedAnswer;
    readonly path: { readonly seq: number };
    readonly answer: string;
  };
  readonly 'GET /v1/export': {
    readonly refused: RefusedAnswer;
    readonly query: Period & { readonly incident?: string; readonly withhold?: readonly string[] };
    /** A gzipped tar file. */
    readonly answer: Uint8Array;
  };
  readonly 'GET /v1/incidents': {
    readonly refused: RefusedAnswer;
    readonly query: {
      readonly status?: 'open' | 'closed' | 'all';
      readonly kind?: string;
      readonly resource?: string;
      readonly after?: string;
      readonly limit?: number;
    };
    readonly answer: IncidentsAnswer;
  };
  readonly 'GET /v1/incidents/{incident}': {
    readonly refused: RefusedAnswer;
    readonly path: { readonly incident: string };
    readonly query: Page;
    readonly answer: ReceiptsAnswer;
  };
  readonly 'GET /v1/approvals': {
    readonly refused: RefusedAnswer;
    readonly query: { readonly before?: number; readonly limit?: number };
    readonly answer: ApprovalsAnswer;
  };
}

/** A route that the client calls: one of the door's, or of the operator's, each at its own address. */
export type CallName = keyof Calls & (HttpRouteName | OperatorRouteName);

/** What is handed to a call. A query may be left out; a body and the parts of a path may not. */
export type CallInput<Name extends CallName> = Pick<Calls[Name], Extract<keyof Calls[Name], 'body' | 'path'>> &
  ('query' extends keyof Calls[Name] ? { readonly query?: Calls[Name]['query'] } : unknown);

/** Answered; or not, and why. A recorded read that is refused is an answer too: `status` says which of the two it is. */
export type CallResult<Answer, Refused = never> =
  | ([Refused] extends [never]
      ? { readonly ok: true; readonly status: number; readonly answer: Answer }
      :
          | { readonly ok: true; readonly status: 200; readonly answer: Answer }
          | { readonly ok: true; readonly status: 403; readonly answer: Refused })
  | { readonly ok: false; readonly problem: ClientProblem };

/** What a route’s call comes to. */
export type ResultOf<Name extends CallName> = CallResult<
  Calls[Name]['answer'],
  Calls[Name] extends { readonly refused: infer Refused } ? Refused : never
>;

/** What a client is made from. */
export interface ClientOptions {
  /** Where the door is: `https://tai.example`, with a path in front where it is mounted under one. */
  readonly url: string;
  /** A key, or a token of an issuer that the deployment trusts. */
  readonly key: string;
  /** `fetch` of the platform where absent. */
  readonly fetch?: (request: Request) => Promise<Response>;
}

/** Asks a door. Nothing is tried twice by itself: whoever asks again gives the same id. */
export interface Client {
  /** Asks a route by its name. Never rejects. */
  call<Name extends CallName>(name: Name, input: CallInput<Name>, signal?: AbortSignal): Promise<ResultOf<Name>>;
  /**
   * Receipts as they are written, each once and in order; the stream goes on where it broke. It ends when `signal` aborts, or with the
   * problem for which the door no longer opens it. `from`: the first receipt; from now on where absent.
   */
  events(options?: {
    readonly from?: number;
    readonly signal?: AbortSignal;
  }): AsyncGenerator<CloudEvent, ClientProblem | undefined>;
}

/** Makes a client. */
export const createClient = ({ url, key, fetch: send = (request) => fetch(request) }: ClientOptions): Client => {
  const base = url.replace(/\/+$/, '');
  const ask = async (
    address: string,
    init: RequestInit & { readonly headers?: Readonly<Record<string, string>> },
  ): Promise<Response | ClientProblem> => {
    try {
      const headers = { ...init.headers, authorization: `Bearer ${key}` };
      const response = await send(new Request(`${base}${address}`, { ...init, headers, redirect: 'error' }));
      return isAnswer(response) ? response : await problemOf(response);
    } catch {
      return UNREACHABLE;
    }
  };
  /** What comes is of the type that the route’s name says: the door declares both. */
  const call = async (name: CallName, input: Input, signal?: AbortSignal): Promise<CallResult<unknown>> => {
    const [method = 'GET', template = ''] = name.split(' ');
    const written = writtenOf(template, input);
    if (written === undefined) return { ok: false, problem: UNWRITTEN };
    const { address, body } = written;
    const response = await ask(address, {
      method,
      ...(signal === undefined ? {} : { signal }),
      ...(body === undefined ? {} : { body, headers: { 'content-type': 'application/json' } }),
    });
    if (isProblem(response)) return { ok: false, problem: response };
    try {
      return { ok: true, status: response.status, answer: await answerIn(response) };
    } catch {
      return { ok: false, problem: UNREACHABLE };
    }
  };
  return {
    call: call as Client['call'],
    events: ({ from, signal } = {}) =>
      readStream(
        (last) =>
          ask(addressOf('/v1/events', {}, last === undefined && from !== undefined ? { from } : {}), {
            headers: last === undefined ? {} : { 'last-event-id': last },
            ...(signal === undefined ? {} : { signal }),
          }),
        signal,
      ),
  };
};

interface Input {
  readonly body?: unknown;
  readonly path?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
}

const UNREACHABLE: ClientProblem = {
  status: 0,
  code: 'unreachable',
  detail: 'no answer came; ask again with the same id',
};

const UNWRITTEN: ClientProblem = { status: 0, code: 'malformed', detail: 'the call cannot be written' };

/** `undefined` for what has no form: half of a surrogate pair in a path, a bigint or a circle in a body. */
const writtenOf = (
  template: string,
  { body, path = {}, query = {} }: Input,
): { readonly address: string; readonly body: string | undefined } | undefined => {
  try {
    return {
      address: addressOf(template, path, query),
      body: body === undefined ? undefined : JSON.stringify(body),
    };
  } catch {
    return undefined;
  }
};

const addressOf = (template: string, path: object, query: object): string => {
  const values = new Map(Object.entries(path));
  const place = template.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(values.get(name))));
  const asked = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join(',') : String(value)] as [string, string]],
  );
  return asked.length === 0 ? place : `${place}?${new URLSearchParams(asked)}`;
};

const typeOf = (response: Response): string =>
  (response.headers.get('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';

/** A refusal that a token with more scopes would lift is 403 and JSON: an answer all the same. */
const isAnswer = (response: Response): boolean =>
  response.ok || (response.status === 403 && typeOf(response) === 'application/json');

const answerIn = async (response: Response): Promise<unknown> => {
  const type = typeOf(response);
  if (type === 'application/json') return response.json();
  return type === 'application/gzip' ? new Uint8Array(await response.arrayBuffer()) : response.text();
};

const problemOf = async (response: Response): Promise<ClientProblem> => {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  const retry = seconds >= 0 ? { retryAfterMs: seconds * 1_000 } : {};
  const said = typeOf(response) === 'application/problem+json' ? await response.json() : {};
  const { code, detail } = said as Partial<Record<'code' | 'detail', unknown>>;
  return typeof code === 'string' && typeof detail === 'string'
    ? { status: response.status, code: code as ProblemCode, detail, ...retry }
    : { status: response.status, code: 'unknown', detail: 'the answer is none of this door', ...retry };
};
