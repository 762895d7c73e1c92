/**
 * What re-deriving a ledger may cost, counted in steps and never in time. Whoever seals a ledger chooses the catalog that its
 * decisions are decided by again, and how much is disclosed: without a bound both together could keep an auditor for ever.
 */
import type { Catalog } from '../catalog.ts';
import type { CompiledAction } from '../compile/action.ts';
import type { Json, Receipt } from '../receipt/index.ts';
import { cellKey, type State } from '../state.ts';
import { cellWrite } from './entry.ts';
import type { Disclosed } from './receipted-decision.ts';

/** What may be spent: so much for a ledger, and so much more with each of its receipts. */
export interface StepBudget {
  readonly first: number;
  readonly aReceipt: number;
}

/** Far more than an honest ledger takes: a decision of the shipped catalog is some hundred steps. */
export const STEP_BUDGET: StepBudget = { first: 100_000_000, aReceipt: 20_000 };

/** What is left. */
export interface Steps {
  /** One more receipt, and what it costs. `false` from the first one on for which not enough is left. */
  take(cost: number): boolean;
  readonly taken: number;
}

/** A full budget. */
export const createSteps = ({ first, aReceipt }: StepBudget): Steps => {
  let left = first;
  let taken = 0;
  let isSpent = false;
  return {
    take: (cost) => {
      left += aReceipt - cost;
      isSpent ||= left < 0;
      if (!isSpent) taken += cost;
      return !isSpent;
    },
    get taken() {
      return taken;
    },
  };
};

/** What one receipt is looked at with. */
export interface Costly {
  readonly receipt: Receipt;
  readonly disclosed: Disclosed;
  /** Absent where nothing is decided again. */
  readonly catalog: Catalog | undefined;
  /** The action that it is about, or that it follows from. */
  readonly action: CompiledAction | undefined;
  /** Before it. */
  readonly state: State;
  /** Approvals that are compared with everything that is recorded. */
  readonly standing: number;
  /** The tools may change with it: then what the tenant has is looked at as a whole. */
  readonly watches: boolean;
}

/** Members of a set that are compared with each other at the cost of one step. */
const MEMBERS_A_STEP = 64;
/** What looking for the nearest name of an argument costs, for each name. */
const NEAREST_STEPS = 64;
const NEAREST_MAX = 8;

/** An upper bound of the steps that a receipt takes: conditions, facts by statements, members of sets. */
export const costOf = (c: Costly): number => {
  let cost = 1 + foldCost(c) * (1 + c.standing);
  if (c.watches && c.catalog !== undefined) cost += surfaceCost(c.state, c.catalog);
  if (c.action === undefined) return cost;
  const { action, disclosed } = c;
  const sets = membersOf(disclosed.get('state/readings'));
  cost += weightOf(action) * (1 + Math.floor(sets / MEMBERS_A_STEP));
  cost += 2 * statementsOf(disclosed) * (action.facts.length + action.verifies.length + 1);
  return cost + nearestCost(action, disclosed.get('request/intent'));
};

/** A set is written anew with each member that is added to it. */
const foldCost = ({ receipt, state }: Costly): number => {
  let cost = 1;
  for (const write of receipt.writes) {
    const { cell, key } = cellWrite(write);
    const before = state.cells.get(cell)?.get(cellKey(key));
    cost += 1 + (typeof before === 'object' ? before.length : 0);
  }
  return cost;
};

const surfaceCost = ({ cells }: State, { tools }: Catalog): number => {
  let cost = cells.size + tools.size;
  for (const [id, values] of cells) if (id.startsWith('entitlement_')) cost += values.size;
  return cost;
};

const statementsOf = (disclosed: Disclosed): number => {
  let count = 0;
  for (const [name, value] of disclosed)
    if (name.startsWith('evidence/') && Array.isArray(value)) count += value.length;
  return count;
};

const membersOf = (readings: Json | undefined): number =>
  typeof readings !== 'object' || readings === null
    ? 0
    : Object.values(readings).reduce<number>((sum, value) => sum + (Array.isArray(value) ? value.length : 0), 0);

const nearestCost = (action: CompiledAction, intent: Json | undefined): number => {
  const asked = typeof intent === 'object' && intent !== null ? (intent as { action?: unknown }).action : undefined;
  const given = typeof asked === 'object' && asked !== null ? (asked as { arguments?: unknown }).arguments : undefined;
  const names = typeof given === 'object' && given !== null ? Object.keys(given) : [];
  const declared = action.action.arguments;
  const unknown = names.filter((name) => !Object.hasOwn(declared, name)).length;
  return names.length + Math.min(unknown, NEAREST_MAX) * Object.keys(declared).length * NEAREST_STEPS;
};

/** How many things an action is made of: what deciding looks at once. Counted once an action. */
const weightOf = (action: CompiledAction): number => {
  const known = WEIGHTS.get(action);
  if (known !== undefined) return known;
  const weight = partsOf([action.action, action.requirements.map(({ when }) => when), action.facts, action.recorded]);
  WEIGHTS.set(action, weight);
  return weight;
};

const WEIGHTS = new WeakMap<CompiledAction, number>();

const partsOf = (value: unknown): number => {
  let count = 0;
  const waiting: unknown[] = [value];
  while (waiting.length > 0) {
    const next = waiting.pop();
    count += 1;
    if (typeof next === 'object' && next !== null) for (const part of Object.values(next)) waiting.push(part);
  }
  return count;
};
