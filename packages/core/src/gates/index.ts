/** The eight gates in their order. */
import { frozen } from '../data/frozen.ts';
import type { Remedy, Requirement } from '../policy/action.ts';
import type { CatalogSource } from '../policy/catalog-source.ts';
import { bareCopy } from '../receipt/encoding/own.ts';
import { assurance } from './assurance.ts';
import { capacity } from './capacity.ts';
import { entitlement } from './entitlement.ts';
import type { Counts, Gate, Placed } from './gate.ts';
import { mode } from './mode.ts';
import { once } from './once.ts';
import { precondition } from './precondition.ts';
import { registry } from './registry.ts';
import { role } from './role.ts';
import { stop } from './stop.ts';

/** What a gate brings, as if it had been read: it inherits nothing. What it requires of an action is found once. */
const bareGate = (gate: Gate): Gate => {
  const required = new WeakMap<Placed, readonly Requirement[]>();
  return {
    ...gate,
    facts: bareCopy(gate.facts),
    cells: bareCopy(gate.cells),
    requires: (placed) => {
      const before = required.get(placed);
      if (before !== undefined) return before;
      const found = gate.requires(placed).map((requirement) => sharedIn(placed.source, requirement));
      required.set(placed, found);
      return found;
    },
    counts: (placed) => bareCopy(gate.counts?.(placed) ?? NOTHING),
  };
};

/** A requirement that many actions of a catalog have is one object: a thousand packs would hold it two thousand times. */
const sharedIn = (source: CatalogSource, requirement: Requirement): Requirement => {
  // What a pack requires stands in the catalog already.
  if (Object.isFrozen(requirement)) return requirement;
  const known = requirementsIn(source);
  const { remedy, ...rest } = requirement;
  const text = JSON.stringify(rest) + textOf(remedy);
  const found = known.get(text) ?? frozen(bareCopy(requirement));
  known.set(text, found);
  return found;
};

const requirementsIn = once((_) => new Map<string, Requirement>());

/** Many requirements share one remedy, which is long where it is a purchase: it is written once. */
const textOf = (remedy: Remedy): string => {
  const text = texts.get(remedy) ?? JSON.stringify(remedy);
  texts.set(remedy, text);
  return text;
};

const texts = new WeakMap<Remedy, string>();

const NOTHING: Counts = { approval: [], outcome: [] };

export const gates: readonly Gate[] = [registry, entitlement, mode, assurance, role, stop, capacity, precondition].map(
  bareGate,
);
