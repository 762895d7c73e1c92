/** The tool surface: which tools exist for a tenant. A function of the catalog and the state; the time does not matter. */

import type { Catalog, PlacedTool } from '../catalog.ts';
import type { Action, ActionId, SubjectType } from '../policy/action.ts';
import type { PackId, ToolId } from '../policy/catalog-source.ts';
import type { Role } from '../policy/role.ts';
import type { State } from '../state.ts';

/** What appeared and what disappeared. */
export interface SurfaceChange {
  readonly added: readonly ToolId[];
  readonly removed: readonly ToolId[];
}

/** The packs that are active for a tenant, sorted: what it bought, and what is always on. */
export const activePacks = (catalog: Catalog, state: State): readonly PackId[] => {
  const active = new Set(boughtPacks(catalog, state));
  for (const pack of catalog.packs.values()) if (pack.always === true) active.add(pack.pack_id);
  return [...active].sort();
};

/** What no grant and no purchase changes of a subject: what its credential says. */
export interface Credentialed {
  readonly type: SubjectType;
  /** The roles that the credential carries at most. */
  readonly scope: readonly Role[];
}

/**
 * The tools that exist for a tenant, sorted by name; for a subject in it those, with the actions of each, that could be approved
 * for its credential, whatever it is granted.
 */
export const visibleTools = (catalog: Catalog, state: State, subject?: Credentialed): readonly PlacedTool[] => {
  const active = new Set(activePacks(catalog, state));
  const sees = (id: ActionId): boolean => {
    const action = catalog.actions.get(id)?.action;
    return subject === undefined || (action !== undefined && couldBeFor(action, subject));
  };
  return [...catalog.tools.values()]
    .filter((tool) => active.has(tool.pack))
    .map((tool) => ({ ...tool, actions: tool.actions.filter(sees) }))
    .filter(({ actions }) => subject === undefined || actions.length > 0)
    .sort((a, b) => (a.tool < b.tool ? -1 : 1));
};

/**
 * The difference of two surfaces; `undefined` if they are the same. `next` is the catalog afterwards, where it is
 * another one; else it costs what changed, not what there is.
 */
export const surfaceChange = (
  catalog: Catalog,
  before: State,
  after: State,
  next: Catalog = catalog,
): SurfaceChange | undefined => {
  if (next !== catalog) return changeOfCatalog(catalog, before, next, after);
  const [old, now] = [boughtPacks(catalog, before), boughtPacks(catalog, after)];
  return old === now ? undefined : changeOf(toolsOfMore(catalog, now, old), toolsOfMore(catalog, old, now));
};

/** Whether an action could be approved for a credential in some state of its tenant. */
const couldBeFor = ({ who, roles }: Action, { type, scope }: Credentialed): boolean =>
  who.includes(type) && roles.every((role) => scope.includes(role));

/** What a tenant bought, whatever is always on. */
const boughtPacks = (catalog: Catalog, state: State): readonly PackId[] => {
  const bought = catalog.planOf(state, 'packs');
  return typeof bought === 'object' ? bought : [];
};

/** Under another catalog anything may have changed, what is always on too. */
const changeOfCatalog = (catalog: Catalog, before: State, next: Catalog, after: State): SurfaceChange | undefined => {
  const [old, now] = [visibleTools(catalog, before), visibleTools(next, after)].map((all) =>
    all.map(({ tool }) => tool),
  );
  const more = (left: readonly ToolId[] = [], right: readonly ToolId[] = []): readonly ToolId[] => {
    const others = new Set(right);
    return left.filter((tool) => !others.has(tool));
  };
  return changeOf(more(now, old), more(old, now));
};

const changeOf = (added: readonly ToolId[], removed: readonly ToolId[]): SurfaceChange | undefined =>
  added.length + removed.length === 0 ? undefined : { added, removed };

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
