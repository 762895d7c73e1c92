/** A catalog as it is written: packs, plans, aliases and policy documents in one value. Its digest is over this value. */

import {
  boolean,
  type Codec,
  closed,
  dictionary,
  document,
  id,
  integer,
  list,
  oneOf,
  optional,
  prose,
  semver,
  text,
} from '../data/codec.ts';
import {
  type Action,
  ActionCodec,
  type ActionId,
  type Code,
  type EventId,
  type Limits,
  LimitsCodec,
} from './action.ts';
import {
  type Cell,
  type CellId,
  CellsCodec,
  type FactId,
  type LedgerFact,
  type ObservedFact,
  PackFacts,
} from './fact.ts';
import { type PolicyDocument, PolicyDocumentCodec } from './policy-document.ts';
import { PackRolesCodec, type Role, RoleCodec } from './role.ts';
import { type AccountTerms, AccountTermsCodec, type SupportTerms, SupportTermsCodec } from './support-terms.ts';

/** The name of a pack, unique in a catalog. */
export type PackId = string;
/** The name of a plan, unique in a catalog. */
export type PlanId = string;
/** The name of a tool, unique in a catalog. */
export type ToolId = string;

/** A tool as agents see it, and the actions that it can ask for. With several, an argument `action` chooses. */
export interface Tool {
  readonly tool: ToolId;
  readonly title: string;
  readonly description: string;
  readonly actions: readonly ActionId[];
}

/** A capability pack (P-13, with the facts, cells and codes that its actions need). */
export interface Pack {
  readonly pack_id: PackId;
  readonly version: string;
  readonly description: string;
  /** Active for every tenant, whatever it bought. */
  readonly always?: boolean;
  readonly tools: readonly Tool[];
  readonly signals: readonly EventId[];
  readonly facts: Readonly<Record<FactId, ObservedFact | LedgerFact>>;
  readonly cells: Readonly<Record<CellId, Cell>>;
  readonly actions: Readonly<Record<ActionId, Action>>;
  /** Reason codes of the pack's own, each with what it means. */
  readonly codes: Readonly<Record<Code, string>>;
  /** Roles of the pack's own, `pack_id/name`, each with what it lets somebody do. None where absent. */
  readonly roles?: Readonly<Record<string, string>>;
  readonly required_iam_roles: readonly Role[];
  readonly incompatible_with: readonly PackId[];
  readonly requires: readonly PackId[];
  readonly receipt_events: readonly EventId[];
  /** The capability class of the ledger that the pack needs. */
  readonly storage: 'none' | 'durable_append';
  readonly compute_limits: Limits;
}

/** A plan's row: what a tenant that buys it may have at most. */
export interface Plan {
  readonly title: string;
  readonly sku_id: string;
  readonly packs: readonly PackId[];
  /** A ceiling: the tenant grants roles below it; a purchase alone grants none (C-15). */
  readonly iam_roles: readonly Role[];
  readonly quota: number;
  /** Nothing is promised beside decisions where absent. */
  readonly support?: AccountTerms;
}

/** What an approval costs, for the budget that an owner may set (B-27): of every action that changes the world, or of none. */
export interface Costs {
  /** Three letters of ISO 4217. */
  readonly currency: string;
  /** Whole minor units of the currency, action by action; 0 is free. */
  readonly actions: Readonly<Record<ActionId, number>>;
}

/** A catalog as it is written. Its digest is over this value. */
export interface CatalogSource {
  readonly catalog: { readonly id: string; readonly version: string };
  readonly packs: readonly Pack[];
  readonly plans: Readonly<Record<PlanId, Plan>>;
  /** Where absent, a budget counts approvals: each costs 1. */
  readonly costs?: Costs;
  /** What is promised of support on every plan; nothing where absent. No decision reads it. */
  readonly support?: SupportTerms;
  /** Other spellings that doors accept. */
  readonly aliases?: {
    readonly actions?: Readonly<Record<string, ActionId>>;
    readonly tools?: Readonly<Record<string, ToolId>>;
    readonly plans?: Readonly<Record<string, PlanId>>;
  };
  /** What tenants require beyond their packs; see `withPolicy`. */
  readonly policies?: readonly PolicyDocument[];
}

/** The most that one approval may cost: millions of them stay far below what a cell can count. */
const COST_MAX = 1_000_000_000;

const tool: Codec<Tool> = closed<Tool>('a tool', { tool: id, title: prose, description: prose, actions: list(id, 1) });
const dashed: Codec<string> = text('an identifier', /^[a-z][a-z0-9_-]{0,63}$/);

/** Parses a pack's shape, as it stands in a catalog. */
export const PackCodec: Codec<Pack> = document(
  closed<Pack>('a pack', {
    pack_id: id,
    version: semver,
    description: prose,
    always: optional(boolean),
    tools: list(tool),
    signals: list(id),
    facts: PackFacts,
    cells: CellsCodec,
    actions: dictionary('actions', /^[a-z][a-z0-9_]{0,63}$/, ActionCodec),
    codes: dictionary('codes', /^[a-z][a-z0-9_]{0,63}$/, prose),
    roles: optional(PackRolesCodec),
    required_iam_roles: list(RoleCodec),
    incompatible_with: list(id),
    requires: list(id),
    receipt_events: list(id),
    storage: oneOf('none or durable_append', ['none', 'durable_append'] as const),
    compute_limits: LimitsCodec,
  }),
);
const PlanCodec: Codec<Plan> = closed<Plan>('a plan', {
  title: prose,
  sku_id: dashed,
  packs: list(id),
  iam_roles: list(RoleCodec),
  quota: integer(0),
  support: optional(AccountTermsCodec),
});
const aliases: Codec<Readonly<Record<string, string>>> = dictionary('aliases', /^[a-z][a-z0-9_:.-]{0,63}$/, id);

const CostsCodec: Codec<Costs> = closed<Costs>('costs', {
  currency: text('three letters of ISO 4217', /^[A-Z]{3}$/),
  actions: dictionary('costs', /^[a-z][a-z0-9_]{0,63}$/, integer(0, COST_MAX)),
});

/** Parses a catalog's shape; what its names refer to is checked by `compileCatalog`. */
export const CatalogSourceCodec: Codec<CatalogSource> = document(
  closed<CatalogSource>('a catalog', {
    catalog: closed('catalog', { id: dashed, version: semver }),
    packs: list(PackCodec, 1),
    plans: dictionary('plans', /^[a-z][a-z0-9_]{0,63}$/, PlanCodec),
    costs: optional(CostsCodec),
    support: optional(SupportTermsCodec),
    aliases: optional(
      closed<NonNullable<CatalogSource['aliases']>>('aliases', {
        actions: optional(aliases),
        tools: optional(aliases),
        plans: optional(aliases),
      }),
    ),
    policies: optional(list(PolicyDocumentCodec)),
  }),
);
