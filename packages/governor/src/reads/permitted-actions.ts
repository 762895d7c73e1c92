/** What a caller may do now: every action that it can see, previewed. */
import { visibleTools } from '@tai-autonomics/core/engine';
import { either as E } from 'fp-ts';
import type { Governor, ReadStep, ReadView } from '../api.ts';

interface Permitted {
  readonly tool: string;
  readonly action: string;
  readonly effect: string;
  readonly arguments: readonly string[];
  readonly verdict: 'approve' | 'refuse' | 'depends_on_arguments' | 'not_decided';
  readonly codes: readonly string[];
}

/** The read step `permitted_actions`. One after the other: observers are asked for each. */
export const permittedActions =
  (preview: Governor['preview']): ReadStep =>
  async (_step, view) => {
    const actions: Permitted[] = [];
    const { subject, scope } = view.caller;
    for (const { tool, actions: ids } of visibleTools(view.catalog, view.state, { type: subject.type, scope }))
      for (const id of ids) actions.push(...(await permitted(preview, view, tool, id)));
    return E.right({ actions });
  };

/** Without its arguments an action can't be previewed whole: where nothing else is wrong, it depends on them. */
const verdictOf = (codes: readonly string[]): Permitted['verdict'] =>
  codes.length === 0
    ? 'approve'
    : codes.every((code) => code === 'arguments_invalid')
      ? 'depends_on_arguments'
      : 'refuse';

const permitted = async (
  preview: Governor['preview'],
  { caller, resource, catalog }: ReadView,
  tool: string,
  id: string,
): Promise<readonly Permitted[]> => {
  const action = catalog.actions.get(id)?.action;
  if (action === undefined) return [];
  const described = { tool, action: id, effect: action.does.effect, arguments: Object.keys(action.arguments) };
  const answer = await preview(caller, { action: id, resource });
  if (E.isLeft(answer)) return [{ ...described, verdict: 'not_decided', codes: [answer.left.why] }];
  const codes = answer.right.verdict === 'approve' ? [] : answer.right.reasons.map(({ code }) => code);
  return [{ ...described, verdict: verdictOf(codes), codes: [...new Set(codes)] }];
};
