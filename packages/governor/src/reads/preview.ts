/** The read step `preview`: what would be decided about another action of the caller's, now. */

import { isPlainObject } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { Governor, ReadStep } from '../api.ts';
import { actionOf } from '../intent/admit.ts';
import { parseStrictJson, printFault } from '../json/strict-json.ts';
import { textOf } from './step-arguments.ts';

const LIMITS = { comments: false, maxBytes: 65_536, maxDepth: 16 } as const;

/** Previews for the caller and about the resource of the read itself. */
export const previewOf =
  (preview: Governor['preview']): ReadStep =>
  async (step, { caller, resource, catalog }) => {
    const action = actionOf(catalog, textOf(step, 'action'));
    const args = argumentsIn(textOf(step, 'arguments'));
    if (E.isLeft(args)) return args;
    const answer = await preview(caller, { action, resource, arguments: args.right });
    if (E.isLeft(answer)) return E.right({ preview: true, action, notDecided: answer.left.why });
    const { verdict, trace } = answer.right;
    // The writes stay inside: they name pseudonyms of others.
    const told =
      answer.right.verdict === 'approve'
        ? { verdict, actionPlan: answer.right.actionPlan, trace }
        : { verdict, reasons: answer.right.reasons, trace };
    return E.right({ preview: true, action, decision: told });
  };

/** The arguments of the action that is previewed: a JSON object, as text. None where the pack declares none. */
const argumentsIn = (text: string): E.Either<string, Readonly<Record<string, unknown>>> => {
  if (text === '') return E.right({});
  const read = parseStrictJson(text, LIMITS);
  if (E.isLeft(read)) return E.left(printFault('arguments', read.left));
  const { value } = read.right;
  return isPlainObject(value) ? E.right(value) : E.left('arguments: expected an object');
};
