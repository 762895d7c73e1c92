/** `POST /access/v1/evaluation` and `/access/v1/evaluations`: may a subject do this? One question, or a list of them. */
import { jsonResponse } from '../answer/answer.ts';
import { isProblem, type ProblemCode, problemResponse } from '../answer/problem.ts';
import { KEYED, type Route, TRANSIENT, tenantRoute } from '../interface/route.ts';
import { IDEMPOTENCY_KEY } from '../request/idempotency.ts';
import type { Members } from '../request/members.ts';
import { listShape, openShape, optional } from '../schema/shape.ts';
import { type AccessDecision, type Asker, errorDecision, openAsker } from './ask.ts';
import { itemOf, readQuestion } from './question.ts';
import { DEFAULTS, QUESTION, REQUEST_ID } from './shapes.ts';

/** What may go wrong with a question. */
export const ASKED: readonly ProblemCode[] = [
  ...KEYED,
  ...TRANSIENT,
  'too_large',
  'unknown_tenant',
  'no_answer',
  'moved',
];

/** One question. */
export const postEvaluation: Route = tenantRoute(
  {
    operationId: 'postEvaluation',
    means: 'answers whether a subject may do an action (AuthZEN)',
    summary:
      'Answers whether a subject may do an action to a resource; nothing is done, and it is recorded if `context.record` asks for that',
    body: {
      name: 'AccessQuestion',
      most: 'bodyBytes',
      holds: { members: QUESTION, others: 'ignored' },
      faults: 'all_400',
    },
    headers: [REQUEST_ID, IDEMPOTENCY_KEY],
    success: { status: 200, means: 'yes or no, and why', body: { json: ['AccessDecision'] } },
    problems: ASKED,
  },
  async (door, credential, { members, headers }) => {
    const asker = await openAsker(door, credential, headers);
    return isProblem(asker) ? problemResponse(asker) : single(asker, members);
  },
);

const SEMANTICS = ['execute_all', 'deny_on_first_deny', 'permit_on_first_permit'] as const;
type Semantic = (typeof SEMANTICS)[number];

/** How many questions may come at once. Each one gathers its evidence. */
const QUESTIONS_MOST = 100;

/** Several questions at once, in their order. */
export const postEvaluations: Route = tenantRoute(
  {
    operationId: 'postEvaluations',
    means: 'answers several of these at once (AuthZEN)',
    summary: 'Answers several questions in their order: all of them, or up to the first no, or up to the first yes',
    body: {
      name: 'AccessQuestions',
      most: 'bodyBytes',
      holds: {
        members: {
          ...DEFAULTS,
          evaluations: optional({
            ...listShape(`at most ${QUESTIONS_MOST} questions; what one leaves out is taken from beside this list`),
            expected: `a list of at most ${QUESTIONS_MOST} questions`,
            holds: (x) => Array.isArray(x) && x.length <= QUESTIONS_MOST,
          }),
          options: optional(
            openShape(
              {
                evaluations_semantic: optional({
                  schema: { enum: SEMANTICS },
                  expected: SEMANTICS.join(', '),
                  holds: (x) => SEMANTICS.some((each) => each === x),
                }),
              },
              `an object with perhaps \`evaluations_semantic\`: ${SEMANTICS.join(', ')}`,
            ),
          ),
        },
        others: 'ignored',
      },
      faults: 'all_400',
    },
    headers: [REQUEST_ID, IDEMPOTENCY_KEY],
    success: {
      status: 200,
      means: 'the answers in the order of the questions; one answer where there is no list',
      body: { json: ['AccessDecisions', 'AccessDecision'] },
    },
    problems: ASKED,
  },
  async (door, credential, { members, headers, signal, request }) => {
    const items = (members['evaluations'] ?? []) as readonly unknown[];
    const tooMuch = await door.spend(request, items.length - 1);
    if (tooMuch !== undefined) return tooMuch;
    const asker = await openAsker(door, credential, headers);
    if (isProblem(asker)) return problemResponse(asker);
    if (items.length === 0) return single(asker, members);
    const options = (members['options'] ?? {}) as { readonly evaluations_semantic?: Semantic };
    const evaluations = await inOrder(asker, members, items, options.evaluations_semantic ?? 'execute_all', signal);
    return jsonResponse({ evaluations });
  },
);

const single = async (asker: Asker, members: Members): Promise<Response> => {
  const question = readQuestion(members);
  if (isProblem(question)) return problemResponse(question);
  const answer = await asker.answer(question);
  return isProblem(answer) ? problemResponse(answer) : jsonResponse(answer);
};

/** The decision after which nothing more is asked. */
const LAST: Readonly<Record<Semantic, boolean | undefined>> = {
  execute_all: undefined,
  deny_on_first_deny: false,
  permit_on_first_permit: true,
};

const inOrder = async (
  asker: Asker,
  whole: Members,
  items: readonly unknown[],
  semantic: Semantic,
  signal: AbortSignal,
): Promise<readonly AccessDecision[]> => {
  const answers: AccessDecision[] = [];
  for (const item of items) {
    // Whoever asked is gone: nobody reads the answers.
    if (signal.aborted) break;
    const question = itemOf(whole, item);
    const answer = isProblem(question) ? question : await asker.answer(question);
    const decided = isProblem(answer) ? errorDecision(asker.context, answer) : answer;
    answers.push(decided);
    if (decided.decision === LAST[semantic]) break;
  }
  return answers;
};
