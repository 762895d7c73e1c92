/**
 * What some catalogs can do and others can't. A gate asks only for what its catalog can bring about, and take back: a
 * catalog that was written before an ability existed is decided as it always was, so that its ledgers re-derive for ever.
 */
import type { CatalogSource } from '../policy/catalog-source.ts';
import { owns } from '../receipt/encoding/own.ts';
import { once } from './once.ts';

/** The name of an ability. */
export type Ability = keyof typeof TOLD_BY;

/** Whether a catalog has an ability. */
export const isAble = (source: CatalogSource, ability: Ability): boolean => {
  const by: { readonly action: string } | { readonly cell: string } = TOLD_BY[ability];
  const { actions, cells } = namesIn(source);
  return owns(by, 'action') ? actions.has(by.action) : cells.has(by.cell);
};

const namesIn = once(({ packs }) => ({
  actions: new Set(packs.flatMap(({ actions }) => Object.keys(actions))),
  cells: new Set(packs.flatMap(({ cells }) => Object.keys(cells))),
}));

/** What brings each ability: an action or a cell of some pack. */
const TOLD_BY = {
  /** An open Andon can be passed by whoever a responder lets pass. */
  break_glass: { action: 'break_glass' },
  /** Approvals are counted, per action and altogether; without it a quota is required and nothing counts. */
  count_approvals: { action: 'set_limits' },
  /** A pilot ends, and can be extended. */
  end_pilots: { action: 'extend_pilot' },
  /** Each entitlement is kept by its id, and which was bought last; without it the newest alone is kept. */
  keep_purchases: { cell: 'entitlement_purchased_at' },
  /** A refusal by role names the missing roles. It has no action of its own, and came with the limits. */
  name_missing_roles: { action: 'set_limits' },
  /** An owner can release what is in quarantine. */
  release_quarantine: { action: 'release_quarantine' },
  /** An SKU, an environment and a recipe can be stopped and put into quarantine, and let go again. */
  stop_scopes: { action: 'clear_scope_andon' },
  /** The operator can suspend a tenant, and resume it. */
  suspend_tenants: { action: 'suspend_tenant' },
} as const;
