/** `POST /access/v1/search/…`: which subjects, resources or actions a question would be answered with yes for. */

import { NAMED_KINDS } from '@tai-autonomics/core/author';
import { callerOf } from '@tai-autonomics/governor/door';
import type { AuthenticatedTenant } from '@tai-autonomics/governor/tokens';
import { jsonResponse } from '../answer/answer.ts';
import { notDecidedProblem } from '../answer/not-decided.ts';
import { isProblem, type Problem, problemResponse } from '../answer/problem.ts';
import { type Route, tenantRoute } from '../interface/route.ts';
import type { Door } from '../options.ts';
import type { Members } from '../request/members.ts';
import { ANY_TYPE, type Asker, openAsker, TENANT_TYPE } from './ask.ts';
import { ASKED } from './evaluation.ts';
import { PAGE_MOST, type PageStart, readPage } from './page.ts';
import { type Entity, type Question, readQuestion } from './question.ts';
import { REQUEST_ID, SEARCHES } from './shapes.ts';

/** What can be searched for. */
type Sought = keyof typeof SEARCHES;

/** All that could be found, in the order of their names. Each is asked about; only a yes is found. */
type Candidates = (door: Door, asker: AuthenticatedTenant, members: Members) => Promise<readonly string[] | Problem>;

const searchRoute = (sought: Sought, candidates: Candidates): Route =>
  tenantRoute(
    {
      operationId: `search${sought.charAt(0).toUpperCase()}${sought.slice(1)}`,
      means: `finds each ${sought} for which the answer is yes (AuthZEN)`,
      summary: `Finds each ${sought} for which an evaluation would answer yes now`,
      body: {
        name: `${sought.charAt(0).toUpperCase()}${sought.slice(1)}Search`,
        most: 'bodyBytes',
        holds: { members: SEARCHES[sought], others: 'ignored' },
        faults: 'all_400',
      },
      headers: [REQUEST_ID],
      success: { status: 200, means: 'what was found, sorted by name', body: { json: ['AccessFound'] } },
      problems: [...ASKED, 'not_found'],
    },
    async (door, credential, { members, signal, request }) => {
      const asker = await openAsker(door, credential);
      if (isProblem(asker)) return problemResponse(asker);
      // Names of subjects and of resources are not for everybody: an action that needs no role would tell them all.
      const bar = await asker.barred(sought === 'action' ? (members['subject'] as Entity) : undefined);
      if (bar !== undefined) return problemResponse(bar);
      const { page, ...asked } = members;
      const names = await candidates(door, credential, members);
      if (isProblem(names)) return problemResponse(names);
      const start = readPage(page as Members | undefined, [searchOf(sought, credential, asked), names]);
      if (isProblem(start)) return problemResponse(start);
      // Each one that may be looked at is a question of its own.
      const tooMuch = await door.spend(request, Math.min(PAGE_MOST, names.length - start.after) - 1);
      if (tooMuch !== undefined) return tooMuch;
      const found = await scan(asker, start, names, (name) => questionAbout(sought, members, name), signal);
      if (isProblem(found)) return problemResponse(found);
      const { results, next } = found;
      return jsonResponse({
        ...(page === undefined && next === '' ? {} : { page: { next_token: next, count: results.length } }),
        context: asker.context,
        results: results.map((name) => resultOf(sought, members, name)),
      });
    },
  );

const sorted = (names: Iterable<string>): readonly string[] => [...new Set(names)].toSorted();
const typeOf = (members: Members, name: 'subject' | 'resource'): string => (members[name] as Entity).type;
const unlisted = (what: string): Problem => ({
  problem: 'not_found',
  detail: `this deployment has no list of its ${what}: nothing can be searched`,
});

/** Subjects that may do an action to a resource. */
export const searchSubject: Route = searchRoute('subject', async ({ authzen }, { tenant }, members) => {
  const known = await authzen.subjects.of(tenant);
  if (known === 'any') return unlisted('subjects');
  const type = typeOf(members, 'subject');
  return sorted(known.filter((one) => one.type === type).map(({ id }) => id));
});

/** Resources to which a subject may do an action. */
export const searchResource: Route = searchRoute('resource', async ({ authzen }, { tenant }, members) => {
  const { resources } = authzen;
  if (resources === undefined) return unlisted('resources');
  const type = typeOf(members, 'resource');
  if (type === TENANT_TYPE) return ['*'];
  const isOfType = (resource: string): boolean =>
    [type, ANY_TYPE].includes(resources.find({ tenant, resource })?.kind ?? '');
  return sorted(resources.names(tenant).filter(isOfType));
});

/** Actions that a subject may do to a resource without arguments, out of all that its tools have. */
export const searchAction: Route = searchRoute('action', async ({ governor }, asker, members) => {
  const { type, id } = members['subject'] as Entity;
  const kind = NAMED_KINDS.find((each) => each === type);
  if (kind === undefined) return [];
  const tools = await governor.tools({ ...callerOf(asker), subject: { type: kind, id } });
  return tools._tag === 'Left'
    ? notDecidedProblem(tools.left)
    : sorted(tools.right.flatMap(({ actions }) => actions.map(({ action }) => action)));
});

/** What is asked of one candidate. */
const questionAbout = (sought: Sought, members: Members, name: string): Question | Problem =>
  readQuestion({ ...members, [sought]: resultOf(sought, members, name) });

const resultOf = (sought: Sought, members: Members, name: string): Members =>
  sought === 'action' ? { name } : { type: typeOf(members, sought), id: name };

/** What makes two searches the same: all but the page, and the id of what is searched for. */
const searchOf = (sought: Sought, { tenant, subject }: AuthenticatedTenant, asked: Members): unknown => {
  const { id: _, ...of } = (asked[sought] ?? {}) as Members;
  const { subject: about, action, resource, context }: Members = { ...asked, [sought]: of };
  return [sought, tenant, subject.type, subject.id, about, action, resource, context];
};

interface Found {
  readonly results: readonly string[];
  /** Empty where there is no more. */
  readonly next: string;
}

const scan = async (
  asker: Asker,
  { after, limit, token }: PageStart,
  names: readonly string[],
  ask: (name: string) => Question | Problem,
  signal: AbortSignal,
): Promise<Found | Problem> => {
  const results: string[] = [];
  for (const [looked, name] of names.slice(after).entries()) {
    // Whoever asked is gone: nobody reads what would be found.
    if (results.length >= limit || looked >= PAGE_MOST || signal.aborted)
      return { results, next: token(after + looked) };
    const question = ask(name);
    const answer = isProblem(question) ? question : await asker.answer(question);
    if (isProblem(answer)) return answer;
    if (answer.decision) results.push(name);
  }
  return { results, next: '' };
};
