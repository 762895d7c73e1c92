/** Routes as one fetch handler: whatever happens, there is an answer, and each answer carries what all of them do. */

import { noticeOf } from '@tai-autonomics/core/engine';
import type { Governor } from '@tai-autonomics/governor';
import { inTraceOf } from '@tai-autonomics/governor/door';
import { Hono } from 'hono';
import { emptyResponse } from '../answer/answer.ts';
import { type Problem, problemResponse } from '../answer/problem.ts';
import type { HttpFault } from '../options.ts';
import type { Route } from './route.ts';

/** What a door has to have so that its routes can be served. */
interface Served {
  readonly governor: Pick<Governor, 'mode'>;
}

type Routes<D> = Readonly<Record<string, Route<D>>>;

/** Answers every request, with what a route answers, a problem or an empty 204. Never rejects; `report` is told of every 500. */
export const serving = <D extends Served>(
  routes: Routes<D>,
  door: D,
  report: (fault: HttpFault) => void,
): ((request: Request) => Promise<Response>) => {
  const allowed = allowedMethods(routes);
  const hono = new Hono();
  for (const [name, { answer }] of Object.entries(routes)) {
    const [method, path] = splitName(name);
    const run = guarded(door, path, answer, report);
    hono.on(method, path.replaceAll(/\{(\w+)\}/g, ':$1'), (context) => run(context.req.raw, context.req.param()));
  }
  hono.notFound((context) => unrouted(allowed, context.req.method, context.req.path));
  hono.onError(() => problemResponse(broken));
  return async (request) => {
    try {
      return marked(door, request, await hono.fetch(request));
    } catch {
      return marked(door, request, problemResponse(broken));
    }
  };
};

const noRoute: Problem = { problem: 'not_found', detail: 'see /openapi.json for all routes' };
const broken: Problem = {
  problem: 'internal',
  detail: 'it is not known whether it was recorded; ask again with the same id',
};

/**
 * Every answer of an evaluation says that it is one, a problem and an empty one too (M-04), and every answer names the request
 * that named itself.
 */
const marked = ({ governor: { mode } }: Served, { headers }: Request, response: Response): Response => {
  const { notice } = noticeOf(mode);
  const id = headers.get('x-request-id');
  if (id !== null) response.headers.set('x-request-id', id);
  if (notice !== undefined) response.headers.set('tai-notice', notice);
  return response;
};

const splitName = (name: string): readonly [string, string] => {
  const space = name.indexOf(' ');
  return [name.slice(0, space), name.slice(space + 1)];
};

/** HEAD is answered wherever GET is, and OPTIONS everywhere. */
const allowedMethods = (routes: Routes<never>): ReadonlyMap<string, string> => {
  const allowed = new Map<string, string>();
  for (const name of Object.keys(routes)) {
    const [method, path] = splitName(name);
    const methods = method === 'GET' ? 'GET, HEAD' : method;
    const others = allowed.get(path);
    allowed.set(path, others === undefined ? methods : `${others}, ${methods}`);
  }
  for (const [path, methods] of allowed) allowed.set(path, `${methods}, OPTIONS`);
  return allowed;
};

/** OPTIONS says what a route has, and lets no other origin in. */
const unrouted = (allowed: ReadonlyMap<string, string>, method: string, path: string): Response => {
  const allow = allowed.get(path) ?? [...allowed].find(([template]) => isOf(template, path))?.[1];
  if (allow === undefined) return problemResponse(noRoute);
  if (method === 'OPTIONS') return emptyResponse({ allow });
  return problemResponse({ problem: 'method_not_allowed', detail: `this route has ${allow}`, headers: { allow } });
};

/** Whether a path is of a template with parts in braces. */
const isOf = (template: string, path: string): boolean =>
  template.includes('{') && new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path);

/** An answer that can't fail: what a governor or a store throws ends here, and what the reporter throws too. */
const guarded =
  <D>(door: D, route: string, answer: Route<D>['answer'], report: (fault: HttpFault) => void) =>
  async (request: Request, params: Readonly<Record<string, string>>): Promise<Response> => {
    try {
      return await inTraceOf(request.headers.get('traceparent'), () => answer(door, request, params));
    } catch (cause) {
      try {
        report({ method: request.method, route, cause });
      } catch {
        // A broken reporter is no reason to leave the caller without an answer.
      }
      return problemResponse(broken);
    }
  };
