/** Which of the caller's tools can be called. */
import type { VisibleTool } from '@tai-autonomics/governor';

/** The tools that can be called, sorted by name: a tool without an action for this caller is none. */
export const listed = (tools: readonly VisibleTool[]): readonly VisibleTool[] =>
  tools.filter(({ actions }) => actions.length > 0).sort((a, b) => (a.tool < b.tool ? -1 : 1));
