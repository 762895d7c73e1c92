/** Which of the caller's tools can be called. */
import type { VisibleTool } from '@tai-autonomics/governor';

/** The tools that can be called, sorted by name: a tool without an action for this caller is none. */
export const listed = (tools: readonly VisibleTool[]): readonly VisibleTool[] => {
  const known = LISTED.get(tools);
  if (known !== undefined) return known;
  const callable = tools.filter(({ actions }) => actions.length > 0).sort((a, b) => (a.tool < b.tool ? -1 : 1));
  if (Object.isFrozen(tools)) LISTED.set(tools, callable);
  return callable;
};

/** A governor in this process answers the same frozen list as long as nothing changed. */
const LISTED = new WeakMap<readonly VisibleTool[], readonly VisibleTool[]>();
