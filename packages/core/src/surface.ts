/** The tool surface: which tools exist for a tenant. A function of the catalog and the state; the time does not matter. */
import type { SubjectType } from './action.ts';
import type { Catalog, PlacedTool } from './catalog.ts';
import type { PackId, ToolId } from './catalog-source.ts';
import type { State } from './state.ts';

/** What a tenant bought, whatever is always on. */
const boughtPacks = (catalog: Catalog, state: State): readonly PackId[] => {
  const bought = catalog.planOf(state, 'packs');
  return typeof bought === 'object' ? bought : [];
};

/** The packs that are active for a tenant, sorted: what it bought, and what is always on. */
export const activePacks = (catalog: Catalog, state: State): readonly PackId[] => {
  const active = new Set(boughtPacks(catalog, state));
  for (const pack of catalog.packs.values()) if (pack.always === true) active.add(pack.pack_id);
  return [...active].sort();
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

/** The tools of what is in one list of packs and not in the other; what is always on is in neither. */
const toolsOfMore = (catalog: Catalog, packs: readonly PackId[], than: readonly PackId[]): readonly ToolId[] => {
  const others = new Set(than);
  const more: ToolId[] = [];
  for (const id of packs) {
    const pack = catalog.packs.get(id);
    if (pack === undefined || pack.always === true || others.has(id)) continue;
    for (const { tool } of pack.tools) more.push(tool);
  }
  return more.sort();
};

/** The difference of two surfaces; `undefined` if they are the same. It costs what changed, not what there is. */
export const surfaceChange = (catalog: Catalog, before: State, after: State): SurfaceChange | undefined => {
  const [old, now] = [boughtPacks(catalog, before), boughtPacks(catalog, after)];
  if (old === now) return undefined;
  const added = toolsOfMore(catalog, now, old);
  const removed = toolsOfMore(catalog, old, now);
  return added.length + removed.length === 0 ? undefined : { added, removed };
};
