/** An answer with a receipt of its own: who asked about whom, and what was answered. It is no decision of the action, and nothing can be done by it. */

import { encodeBase64url } from '@tai-autonomics/core/receipt';
import type { NamedSubject, ReceiptPlace } from '@tai-autonomics/governor';
import { sha256 } from '@tai-autonomics/governor/door';
import type { AuthenticatedTenant } from '@tai-autonomics/governor/tokens';
import { notDecidedProblem } from '../answer/not-decided.ts';
import type { Problem } from '../answer/problem.ts';
import type { Door } from '../options.ts';
import { utf8 } from '../request/bytes.ts';
import type { Members } from '../request/members.ts';
import type { Question } from './question.ts';

/** Whether an answer is recorded: always, by the door's own setting, or where the question asks for it by `context.record`. */
export const isToBeRecorded = ({ authzen }: Pick<Door, 'authzen'>, { context }: Question): boolean =>
  authzen.record === 'always' || context?.['record'] === true;

/** Records an answer in the tenant's ledger before it is given, under its key once. A problem where it can't be: then there is no answer. */
export const recordAnswer = async (
  { governor }: Pick<Door, 'governor'>,
  { tenant, subject: own }: AuthenticatedTenant,
  about: NamedSubject,
  { action, resource }: Question,
  told: Members,
  key?: string,
): Promise<ReceiptPlace | Problem> => {
  const text = JSON.stringify({ action, resource, answer: told });
  const [asker, subject] = [governor.refOf(tenant, own), governor.refOf(tenant, about)];
  const digestOf = (said: string): string => encodeBase64url(sha256(utf8(said)));
  // Another question under the same key, or another answer, is another record.
  const id = key === undefined ? {} : { id: digestOf(JSON.stringify([key, asker, subject, resource.id, text])) };
  const submitted = await governor.submit(
    { tenant, subject: { type: 'system', id: 'authzen' }, scope: [] },
    {
      ...id,
      action: 'record_evaluation',
      resource: resource.id,
      arguments: { asker, about: subject, answer: told['verdict'], digest: digestOf(text), text },
    },
  );
  if (!submitted.decided) return notDecidedProblem(submitted);
  return submitted.decision.verdict === 'approve'
    ? submitted.receipt
    : { problem: 'no_answer', detail: 'the answer cannot be recorded in this ledger, so it is not given' };
};
