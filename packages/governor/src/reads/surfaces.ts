/** The tools that callers see. What is the same for all who bought and carry the same is described once. */
import type { Catalog, State } from '@tai-autonomics/core';
import { activePacks, visibleTools } from '@tai-autonomics/core/engine';
import { owns } from '@tai-autonomics/core/receipt';
import type { Caller, VisibleTool } from '../api.ts';
import { createRecentlyUsed, type RecentlyUsed } from '../bounds/recently-used.ts';

/** Surfaces of one catalog that are remembered. */
const SURFACES_MAX = 256;

/** Answers a caller's tools in a state, sorted by name: the same frozen list until the catalog, the packs or the credential are others. */
export const createSurfaces = (): ((catalog: Catalog, state: State, caller: Caller) => readonly VisibleTool[]) => {
  const known = new WeakMap<Catalog, RecentlyUsed<readonly VisibleTool[]>>();
  const last = new WeakMap<State['cells'], Seen>();
  return (catalog, state, { subject: { type }, scope }) => {
    const before = last.get(state.cells);
    if (before?.catalog === catalog && before.type === type && before.scope === scope) return before.tools;
    const ofCatalog = known.get(catalog) ?? createRecentlyUsed<readonly VisibleTool[]>(SURFACES_MAX);
    known.set(catalog, ofCatalog);
    const key = JSON.stringify([activePacks(catalog, state), type, [...scope].sort()]);
    const found = ofCatalog.get(key);
    const tools =
      found ?? Object.freeze(visibleTools(catalog, state, { type, scope }).map((placed) => toolOf(catalog, placed)));
    if (found === undefined) ofCatalog.set(key, tools);
    last.set(state.cells, { catalog, type, scope, tools });
    return tools;
  };
};

/** What was answered last over some cells: whatever writes none leaves them as they are, and a connection asks with one scope. */
interface Seen {
  readonly catalog: Catalog;
  readonly type: Caller['subject']['type'];
  readonly scope: Caller['scope'];
  readonly tools: readonly VisibleTool[];
}

const toolOf = (catalog: Catalog, placed: ReturnType<typeof visibleTools>[number]): VisibleTool =>
  Object.freeze({
    tool: placed.tool,
    title: placed.title,
    description: placed.description,
    pack: placed.pack,
    ...aliasesOf(catalog, placed.tool),
    actions: Object.freeze(
      placed.actions.flatMap((id) => {
        const action = catalog.actions.get(id)?.action;
        if (action === undefined) return [];
        const { means, does, returns } = action;
        const idempotent = does.effect === 'read' || (owns(does, 'idempotent') && does.idempotent);
        const described = { action: id, means, arguments: action.arguments, effect: does.effect, idempotent };
        return [Object.freeze(returns === undefined ? described : { ...described, returns })];
      }),
    ),
  });

const aliasesOf = ({ source }: Catalog, tool: string): Pick<VisibleTool, 'aliases'> => {
  const aliases = Object.entries(source.aliases?.tools ?? {}).flatMap(([alias, of]) => (of === tool ? [alias] : []));
  return aliases.length === 0 ? {} : { aliases: Object.freeze(aliases) };
};
