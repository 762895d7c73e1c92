/** A route: what it takes and answers, declared once, and its code, which is handed what was found to be so. */
import type { Authenticated, AuthenticatedTenant } from '@tai-autonomics/governor/tokens';
import { isProblem, type Problem, type ProblemCode, problemResponse } from '../answer/problem.ts';
import type { Door, HttpLimits } from '../options.ts';
import { type Address, readAddress } from '../request/address.ts';
import {
  authenticate,
  authenticateEvent,
  authenticateMarketplace,
  authenticatePush,
  authenticateTenant,
  authenticateWebhook,
  type Sender,
} from '../request/authentication.ts';
import { checkMediaType, readBody } from '../request/body.ts';
import { textIn } from '../request/bytes.ts';
import { type Members, readJson, readMembers } from '../request/members.ts';
import type { Schema } from '../schema/schema.ts';
import type { Header, Shapes } from '../schema/shape.ts';

/**
 * Whose key a route takes. `push`: a marketplace's key, in the URL too, or what `verifyPush` accepts. `signed`: none, since the
 * message itself is signed; the route's code verifies it.
 */
export type RouteKey = 'none' | 'any' | 'tenant' | 'marketplace' | 'push' | 'signed' | 'operator';

/** A body of JSON. */
export interface Body {
  /** What its schema is called. */
  readonly name: string;
  readonly most: keyof Pick<HttpLimits, 'bodyBytes' | 'pushBytes' | 'catalogBytes'>;
  /**
   * `members`: exactly these, checked before the route's code runs. `schema`: how it should look; the code takes the bytes
   * as they are, since whatever is wrong with them has to be recorded.
   */
  readonly holds: { readonly members: Shapes; readonly others?: 'ignored' } | { readonly schema: Schema };
  /** CloudEvents are taken in each of their modes beside JSON. */
  readonly events?: true;
  /** Whatever is wrong with its form is 400, as AuthZEN has it; by its own status where absent. */
  readonly faults?: 'all_400';
  /** `any`: whatever media type it is sent as. JSON alone where absent. */
  readonly types?: 'any';
}

/**
 * What a success looks like: the names of schemas, one of which it is; `text` for a signed note or a proof, `bundle` for a gzipped tar file,
 * `events` for a stream of server-sent events, `page` for HTML; nothing for no body.
 */
export interface Success {
  readonly status: 200 | 204;
  readonly means: string;
  readonly body?:
    | { readonly json: readonly string[] }
    | { readonly schema: Schema }
    | 'text'
    | 'bundle'
    | 'events'
    | 'page';
}

/** What a route is, without its code. */
export interface Declared {
  readonly key: RouteKey;
  readonly operationId: string;
  /** In a few words, for a list. */
  readonly means: string;
  /** In a sentence, for the document. */
  readonly summary: string;
  readonly body?: Body;
  readonly headers?: readonly Header[];
  /** What stands in braces in the path. */
  readonly path?: Shapes;
  /** What may stand behind the question mark, each at most once; anything else is refused. None where absent. */
  readonly query?: Shapes;
  readonly success: Success;
  /** The schema of what comes as 403 beside a problem: an answer of its own, with the scopes that a token would need. */
  readonly stepUp?: string;
  readonly problems: readonly ProblemCode[];
}

/** What came with a request, read as it was declared. */
export interface Taken extends Address {
  readonly request: Request;
  readonly headers: Headers;
  /** Aborts when whoever asked is gone. */
  readonly signal: AbortSignal;
  /** Empty where no body is declared. */
  readonly bytes: Uint8Array;
  /** Those that are declared; none where the code takes the bytes. */
  readonly members: Members;
}

/** A route of a door. */
export interface Route<D = Door> {
  readonly declared: Declared;
  readonly answer: (
    door: D,
    request: Request,
    params: Readonly<Record<string, string>>,
  ) => Response | Promise<Response>;
}

/** Makes a route: its declaration, and the code that answers whoever calls. */
type Make<Caller, D = Door> = (
  declared: Omit<Declared, 'key'>,
  answer: (door: D, caller: Caller, taken: Taken) => Response | Promise<Response>,
) => Route<D>;

/**
 * What may go wrong on every route that takes any key: whoever has one may ask too much, or send more than the route takes.
 */
export const IDENTIFIED: readonly ProblemCode[] = [
  'malformed',
  'unauthenticated',
  'throttled',
  'store_unavailable',
  'internal',
];
/** What may go wrong on every route that takes a key of one kind. */
export const KEYED: readonly ProblemCode[] = [...IDENTIFIED, 'forbidden'];
/** What goes by itself. */
export const TRANSIENT: readonly ProblemCode[] = ['clock_skew', 'not_ready', 'overloaded'];
/** What else may be wrong with a body. */
export const BODIED: readonly ProblemCode[] = ['length_required', 'too_large', 'unsupported_media_type'];

/** What a door has to have so that a route of it can read a body. */
type Reading = Pick<Door, 'limits'>;

/** A push has a query of its own, and what asks whether a process lives adds what it likes. */
const ANY_QUERY: readonly RouteKey[] = ['none', 'push', 'signed'];

/** Makes routes for callers of one kind. */
export const routeFor =
  <Caller, D extends Reading>(
    key: RouteKey,
    who: (door: D, request: Request) => Promise<Caller | Problem>,
  ): Make<Caller, D> =>
  (declared, answer) => ({
    declared: { key, ...declared },
    answer: async (door, request, params) => {
      const caller = await who(door, request);
      if (isProblem(caller)) return problemResponse(caller);
      const place = readAddress(request, params, { ...declared, isOpen: ANY_QUERY.includes(key) });
      if (isProblem(place)) return problemResponse(place);
      const taken = await (declared.body === undefined ? takeNone(door, request) : take(door, request, declared.body));
      return isProblem(taken)
        ? problemResponse(declaredAs(declared, taken))
        : answer(door, caller, { ...taken, ...place, request });
    },
  });

/** Needs no key. */
export const openRoute: Make<undefined> = routeFor<undefined, Door>('none', async () => undefined);
/** Takes a message that proves itself. */
export const signedRoute: Make<undefined> = routeFor<undefined, Door>('signed', async () => undefined);
/** Takes any credential. */
export const anyRoute: Make<Authenticated> = routeFor<Authenticated, Door>('any', authenticate);
/** Takes a credential of a tenant. */
export const tenantRoute: Make<AuthenticatedTenant> = routeFor<AuthenticatedTenant, Door>('tenant', authenticateTenant);
/** Takes a marketplace's key. */
export const marketplaceRoute: Make<Sender> = routeFor('marketplace', authenticateMarketplace);
/** Takes a marketplace's key, or a signature, which the route's code verifies. */
export const eventRoute: Make<Sender | 'signed'> = routeFor('marketplace', authenticateEvent);
/** Takes a push. */
export const pushRoute: Make<Sender> = routeFor('push', authenticatePush);
/** Takes a call of a marketplace’s webhook: by its token, or by a key as a push. */
export const webhookRoute: Make<Sender> = routeFor('push', authenticateWebhook);

const declaredAs = ({ body }: Pick<Declared, 'body'>, problem: Problem): Problem =>
  body?.faults === 'all_400' && ['length_required', 'unsupported_media_type'].includes(problem.problem)
    ? { ...problem, problem: 'malformed' }
    : problem;

type Read = Omit<Taken, keyof Address | 'request'>;
const NO_BYTES = new Uint8Array(0);

/** A route that declares no body takes none that says anything: an object without members is as good as none. */
const takeNone = async (door: Reading, request: Request): Promise<Read | Problem> => {
  const { headers, signal } = request;
  const bytes = request.body === null ? NO_BYTES : await readBody(request, door.limits.bodyBytes);
  const isNone = isProblem(bytes) ? bytes.problem === 'length_required' : EMPTY.test(textIn(bytes));
  return isNone ? { headers, signal, bytes: NO_BYTES, members: {} } : noBody;
};

const EMPTY = /^\s*(?:\{\s*\})?\s*$/;
const noBody: Problem = { problem: 'malformed', detail: 'expected no body' };

/** Reads a body within the limits; 415, 411, 413 or 400 otherwise. */
const take = async (door: Reading, request: Request, { most, holds, events, types }: Body): Promise<Read | Problem> => {
  const { headers, signal } = request;
  const unsupported = types === 'any' ? undefined : checkMediaType(request, events);
  if (unsupported !== undefined) return unsupported;
  const maxBytes = door.limits[most];
  const bytes = await readBody(request, maxBytes);
  if (isProblem(bytes)) return bytes;
  if (!('members' in holds)) return { headers, signal, bytes, members: {} };
  const document = readJson(bytes, { maxBytes, maxDepth: door.limits.depth });
  if (isProblem(document)) return document;
  const members = readMembers(document, holds.members, holds.others);
  return isProblem(members) ? members : { headers, signal, bytes, members };
};
