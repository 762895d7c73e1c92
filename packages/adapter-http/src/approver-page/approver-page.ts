/** The page of approvers, under `/approvals`: its files, its sessions, and the few intents that it may submit. */
import { noticeOf } from '@tai-autonomics/core/engine';
import {
  type Asked,
  type Clock,
  type CredentialStore,
  callerOf,
  type Governor,
  type TenantCredential,
} from '@tai-autonomics/governor';
import { systemClock, systemRandom } from '@tai-autonomics/governor/node';
import { decidedAnswer, emptyResponse, jsonResponse } from '../answer/answer.ts';
import { notDecidedProblem } from '../answer/not-decided.ts';
import { isProblem, type Problem, problemResponse } from '../answer/problem.ts';
import { HTTP_LIMITS, type HttpFault, type HttpLimits } from '../options.ts';
import { authenticateTenant } from '../request/authentication.ts';
import { checkMediaType, readBody } from '../request/body.ts';
import { byKeys } from '../request/by-keys.ts';
import { type Members, readJson, readMembers } from '../request/members.ts';
import { objectShape, optional, type Shapes, textShape } from '../schema/shape.ts';
import { assetAt } from './assets.ts';
import { createSessions, mayApprove, type Sessions } from './session.ts';

/** What the page stands before. */
export interface ApproverPageOptions {
  readonly governor: Governor;
  readonly credentials: CredentialStore;
  /** 32 random bytes that seal sessions; processes that share them take each other's. Made anew where absent. */
  readonly secret?: Uint8Array;
  readonly clock?: Clock;
  readonly limits?: Pick<HttpLimits, 'bodyBytes' | 'depth'>;
  /** Told of every 500: what was thrown comes from the governor or a port. */
  readonly onFault?: (fault: HttpFault) => void;
}

/** A page for people who approve. */
export interface ApproverPage {
  /** Answers what is under `/approvals`, and 404 for anything else. Never rejects. */
  fetch(request: Request): Promise<Response>;
  /** Whose session a request carries, so that it counts as a request of that key. */
  sessionOf(request: Request): Promise<TenantCredential | undefined>;
}

/** No outside asset, no script or style but the page's own files, in no frame, and no text that becomes markup. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': POLICY,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy':
    'publickey-credentials-get=(self), publickey-credentials-create=(self), camera=(), microphone=(), geolocation=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

const NAME = /^\P{Cc}{1,200}$/u;
const NAMED = 'a string of 1 to 200 characters, none of them a control character';
const INTENT: Shapes = {
  id: optional(textShape(NAMED, NAME, 'makes it safe to ask twice')),
  action: textShape(NAMED, NAME, 'what approves or denies, lists, or registers a key'),
  resource: textShape(NAMED, NAME, 'what it is about'),
  arguments: objectShape('what the action wants to know'),
};

interface Page extends Required<Omit<ApproverPageOptions, 'secret' | 'onFault'>> {
  readonly sessions: Sessions;
}

/** Makes the page. Who acts is who the session's key says, and nothing that is sent says otherwise. */
export const createApproverPage = ({ governor, credentials, ...options }: ApproverPageOptions): ApproverPage => {
  const { secret = systemRandom(32), clock = systemClock, limits = HTTP_LIMITS, onFault = () => {} } = options;
  const sessions = createSessions(credentials, secret, clock);
  const page: Page = { governor, credentials, clock, limits, sessions };
  return {
    fetch: async (request) => {
      const { pathname } = new URL(request.url);
      const route = `${request.method} ${pathname}`;
      const answer = Object.hasOwn(ROUTES, route) ? ROUTES[route] : undefined;
      try {
        if (answer === undefined) return await otherwise(request.method, pathname);
        return isOfThisPage(request) ? await answer(page, request) : problemResponse(foreign);
      } catch (cause) {
        onFault({ method: request.method, route: pathname, cause });
        return problemResponse(broken);
      }
    },
    sessionOf: (request) => sessions.of(request).catch(() => undefined),
  };
};

type Answer = (page: Page, request: Request) => Promise<Response>;

const foreign: Problem = { problem: 'forbidden', detail: 'only the page itself asks here' };
const signedOut: Problem = { problem: 'unauthenticated', detail: 'sign in with your API key' };
const broken: Problem = { problem: 'internal', detail: 'it is not known whether it was recorded; look again' };
const noPerson: Problem = { problem: 'forbidden', detail: 'the key of a user is needed: nobody else approves' };

/**
 * Another site can send neither this header nor JSON without asking first, and is never let. The browser says on its own
 * from where a request comes; one that says it must say "from here".
 */
const isOfThisPage = ({ headers }: Request): boolean =>
  headers.get('tai-approvals') === '1' && (headers.get('sec-fetch-site') ?? 'same-origin') === 'same-origin';

/** A file of the page, what a path has, or why neither. */
const otherwise = async (method: string, path: string): Promise<Response> => {
  const asset = await assetAt(path);
  const methods =
    asset === undefined ? METHODS.filter((one) => Object.hasOwn(ROUTES, `${one} ${path}`)) : ['GET', 'HEAD'];
  if (methods.length === 0) return problemResponse({ problem: 'not_found', detail: 'the page is /approvals' });
  const allow = [...methods, 'OPTIONS'].join(', ');
  if (method === 'OPTIONS') return emptyResponse({ allow });
  if (asset === undefined || !methods.includes(method))
    return problemResponse({ problem: 'method_not_allowed', detail: `this route has ${allow}`, headers: { allow } });
  const headers = { ...PAGE_HEADERS, 'content-type': asset.type };
  return new Response(method === 'HEAD' ? null : asset.text, { status: 200, headers });
};

const sessionAnswer = ({ governor }: Page, { tenant, subject }: TenantCredential): Response =>
  jsonResponse({ ...noticeOf(governor.mode), tenant, subject, ref: governor.refOf(tenant, subject) });

/** Begins a session of the key in the header. */
const begin: Answer = async (page, request) => {
  // A session rests on a key: with the key it ends.
  const holder = await authenticateTenant({ authenticate: byKeys(page.credentials), resource: undefined }, request);
  if (isProblem(holder)) return problemResponse(holder);
  const credential = await page.credentials.find(holder.keyId);
  if (credential === undefined || !mayApprove(credential, page.clock())) return problemResponse(noPerson);
  return withCookie(sessionAnswer(page, credential), page.sessions.begin(credential));
};

const withCookie = (response: Response, cookie: string): Response => {
  response.headers.set('set-cookie', cookie);
  return response;
};

const readSession: Answer = async (page, request) => {
  const credential = await page.sessions.of(request);
  return credential === undefined ? problemResponse(signedOut) : sessionAnswer(page, credential);
};

const end: Answer = async ({ sessions }) => withCookie(jsonResponse({ ended: true }), sessions.end);

/** Submits what the page is for: the list, an answer to a refusal, or a key of one's own. */
const postIntent: Answer = async (page, request) => {
  const credential = await page.sessions.of(request);
  if (credential === undefined) return problemResponse(signedOut);
  const members = await membersOf(page, request);
  if (isProblem(members)) return problemResponse(members);
  const asked = members as unknown as Asked;
  if (!isForApprovers(asked)) return problemResponse(other);
  const { governor } = page;
  const submitted = await governor.submit(callerOf(credential), asked);
  return submitted.decided
    ? jsonResponse({ ...noticeOf(governor.mode), ...decidedAnswer(submitted) })
    : problemResponse(notDecidedProblem(submitted));
};

const other: Problem = {
  problem: 'forbidden',
  detail: 'a session of this page is for approvals; use a key for the rest',
};

const isForApprovers = ({ action, arguments: given = {} }: Asked): boolean =>
  action === 'pending_approvals' ||
  action === 'register_approver_key' ||
  (Object.hasOwn(given, 'receipt') && Object.hasOwn(given, 'leaf'));

const membersOf = async ({ limits }: Page, request: Request): Promise<Members | Problem> => {
  const unsupported = checkMediaType(request);
  if (unsupported !== undefined) return unsupported;
  const bytes = await readBody(request, limits.bodyBytes);
  if (isProblem(bytes)) return bytes;
  const document = readJson(bytes, { maxBytes: limits.bodyBytes, maxDepth: limits.depth });
  return isProblem(document) ? document : readMembers(document, INTENT);
};

const METHODS = ['GET', 'POST'];
const ROUTES: Readonly<Record<string, Answer>> = {
  'GET /approvals/session': readSession,
  'POST /approvals/session': begin,
  'POST /approvals/session/end': end,
  'POST /approvals/intents': postIntent,
};
