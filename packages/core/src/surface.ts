/** The tool surface: which tools exist for a tenant. A function of the catalog and the state; the time does not matter. */
import type { SubjectType } from './action.ts';
import type { Catalog, PlacedTool } from './catalog.ts';
import type { PackId, ToolId } from './catalog-source.ts';
import type { State } from './state.ts';

/** The packs that are active for a tenant, sorted: what it bought, and what is always on. */
export const activePacks = (catalog: Catalog, state: State): readonly PackId[] => {
  const bought = catalog.planOf(state, 'packs');
  const always = [...catalog.packs.values()].filter((pack) => pack.always === true).map((pack) => pack.pack_id);
  return [...new Set([...always, ...(typeof bought === 'object' ? bought : [])])].sort();
};

/** The tools that exist for a tenant, and for a kind of subject in it, sorted by name. */
export const visibleTools = (catalog: Catalog, state: State, subject?: SubjectType): readonly PlacedTool[] => {
  const active = new Set(activePacks(catalog, state));
  return [...catalog.tools.values()]
    .filter((tool) => active.has(tool.pack))
    .filter(
      (tool) =>
        subject === undefined ||
        tool.actions.some((id) => catalog.actions.get(id)?.action.who.includes(subject) === true),
    )
    .sort((a, b) => (a.tool < b.tool ? -1 : 1));
};

/** What appeared and what disappeared. */
export interface SurfaceChange {
  readonly added: readonly ToolId[];
  readonly removed: readonly ToolId[];
}

/** The difference of two surfaces; `undefined` if they are the same. */
export const surfaceChange = (catalog: Catalog, before: State, after: State): SurfaceChange | undefined => {
  const names = (state: State): readonly ToolId[] => visibleTools(catalog, state).map(({ tool }) => tool);
  const [old, now] = [names(before), names(after)];
  const added = now.filter((tool) => !old.includes(tool));
  const removed = old.filter((tool) => !now.includes(tool));
  return added.length + removed.length === 0 ? undefined : { added, removed };
};
