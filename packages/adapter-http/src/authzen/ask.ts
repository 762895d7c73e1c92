/** Answers questions: what would be decided if the subject asked for the action now. Nothing is done; an answer is recorded where that is asked for. */

import { NAMED_KINDS } from '@tai-autonomics/core/author';
import { noticeOf } from '@tai-autonomics/core/engine';
import type { LedgerPlace } from '@tai-autonomics/governor';
import { callerOf } from '@tai-autonomics/governor/door';
import type { AuthenticatedTenant } from '@tai-autonomics/governor/tokens';
import { decisionAnswer } from '../answer/answer.ts';
import { notDecidedProblem } from '../answer/not-decided.ts';
import { isProblem, PROBLEMS, type Problem } from '../answer/problem.ts';
import type { Door } from '../options.ts';
import { idOf } from '../request/idempotency.ts';
import type { Members } from '../request/members.ts';
import type { Entity, Question } from './question.ts';
import { isToBeRecorded, recordAnswer } from './record-answer.ts';

/** A decision as AuthZEN has it. */
export interface AccessDecision {
  readonly decision: boolean;
  readonly context: Members;
}

/** Whoever asks, and what its questions are answered from. */
export interface Asker {
  /** The answer to one question, or why there is none. */
  answer(question: Question): Promise<AccessDecision | Problem>;
  /** Why a subject can’t be asked about; `undefined` if it can. Whoever it is, `undefined` stands for all others. */
  barred(subject: Entity | undefined): Promise<Problem | undefined>;
  /** Says of an answer that it is a preview, and from where in the ledger it was given. */
  readonly context: Members;
}

/**
 * An asker. Its credential says for which tenant; the subject of a question is whom it is about, and never acts. The scope of the
 * credential caps every answer: nobody is told that another may do what their own credential could not carry.
 */
export const openAsker = async (
  door: Door,
  asker: AuthenticatedTenant,
  headers: Headers = new Headers(),
): Promise<Asker | Problem> => {
  const { governor } = door;
  const key = idOf(headers, {});
  if (isProblem(key)) return key;
  const head = await governor.head(asker.tenant);
  if (head._tag === 'Left') return notDecidedProblem(head.left);
  const context = { preview: true, ...noticeOf(governor.mode), ...ledgerOf(head.right) };
  let mayReadAll: Promise<Problem | undefined> | undefined;
  const barred: Asker['barred'] = async (subject) => {
    if (subject?.type === asker.subject.type && subject.id === asker.subject.id) return undefined;
    mayReadAll ??= mayReadEverybody(door, asker);
    return mayReadAll;
  };
  return {
    context,
    barred,
    answer: async (question) => {
      const { subject, action, resource } = question;
      const { name, properties } = action;
      const bar = await barred(subject);
      if (bar !== undefined) return bar;
      const { type, id } = subject;
      const kind = NAMED_KINDS.find((each) => each === type);
      if (kind === undefined || !(await isKnown(door, asker, subject))) return unknown(context, 'subject');
      if (!isThere(door, asker, resource)) return unknown(context, 'resource');
      const previewed = await governor.preview(
        { ...callerOf(asker), subject: { type: kind, id } },
        { action: name, resource: resource.id, ...(properties === undefined ? {} : { arguments: properties }) },
      );
      if (previewed._tag === 'Left') return notDecidedProblem(previewed.left);
      const decision = previewed.right.verdict === 'approve';
      const told = decisionAnswer(previewed.right);
      const answered = { decision, context: { ...context, ...told } };
      if (!isToBeRecorded(door, question)) return answered;
      const receipt = await recordAnswer(door, asker, { type: kind, id }, question, told, key.id);
      return isProblem(receipt) ? receipt : { decision, context: { ...answered.context, receipt } };
    },
  };
};

/** A question that could not be answered, among others: no. */
export const errorDecision = (context: Members, { problem, detail }: Problem): AccessDecision => ({
  decision: false,
  context: { ...context, error: { status: PROBLEMS[problem].status, message: detail } },
});

const ledgerOf = (head: LedgerPlace | undefined): Members => (head === undefined ? {} : { ledger: head });

/** What the engine would let read everybody’s receipts may ask about everybody: an owner, or with `read_audit_trail`. */
const RIGHT_TO_ASK = { action: 'export_receipts', resource: '*' };
const FORBIDDEN: Problem = {
  problem: 'forbidden',
  detail:
    'about others, and which subjects or resources there are, asks an owner of the tenant, or whoever may read its audit trail',
};

const mayReadEverybody = async ({ governor }: Door, asker: AuthenticatedTenant): Promise<Problem | undefined> => {
  const right = await governor.preview(callerOf(asker), RIGHT_TO_ASK);
  if (right._tag === 'Left') return notDecidedProblem(right.left);
  return right.right.verdict === 'approve' ? undefined : FORBIDDEN;
};

const isKnown = async ({ authzen }: Door, asker: AuthenticatedTenant, { type, id }: Entity): Promise<boolean> => {
  if (type === asker.subject.type && id === asker.subject.id) return true;
  const known = await authzen.subjects.of(asker.tenant);
  return known === 'any' || known.some((one) => one.type === type && one.id === id);
};

/** The type of `*`, the whole tenant. */
export const TENANT_TYPE = 'tenant';
/** Of resources whose kind nobody knows: any type is theirs. */
export const ANY_TYPE = 'any';

const isThere = ({ authzen }: Door, { tenant }: AuthenticatedTenant, { type, id }: Entity): boolean => {
  if (id === '*') return type === TENANT_TYPE;
  if (authzen.resources === undefined) return true;
  const kind = authzen.resources.find({ tenant, resource: id })?.kind;
  return kind === ANY_TYPE || kind === type;
};

const unknown = (context: Members, what: 'subject' | 'resource'): AccessDecision => ({
  decision: false,
  context: { ...context, error: { status: 404, message: `there is no ${what} of this type and id` } },
});
