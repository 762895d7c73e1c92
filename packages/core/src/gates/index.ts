/** The eight gates in their order. */
import { frozen } from '../data/frozen.ts';
import type { Requirement } from '../policy/action.ts';
import type { CatalogSource } from '../policy/catalog-source.ts';
import { bareCopy } from '../receipt/encoding/own.ts';
import { assurance } from './assurance.ts';
import { capacity } from './capacity.ts';
import { entitlement } from './entitlement.ts';
import type { Counts, Gate } from './gate.ts';
import { mode } from './mode.ts';
import { once } from './once.ts';
import { precondition } from './precondition.ts';
import { registry } from './registry.ts';
import { role } from './role.ts';
import { stop } from './stop.ts';

/** What a gate brings, as if it had been read: it inherits nothing. */
const bareGate = (gate: Gate): Gate => ({
  ...gate,
  facts: bareCopy(gate.facts),
  cells: bareCopy(gate.cells),
  requires: (placed) => gate.requires(placed).map((requirement) => sharedIn(placed.source, requirement)),
  counts: (placed) => bareCopy(gate.counts?.(placed) ?? NOTHING),
});

/** A requirement that many actions of a catalog have is one object: a thousand packs would hold it two thousand times. */
const sharedIn = (source: CatalogSource, requirement: Requirement): Requirement => {
  const known = requirementsIn(source);
  const text = JSON.stringify(requirement);
  const found = known.get(text) ?? frozen(bareCopy(requirement));
  known.set(text, found);
  return found;
};

const requirementsIn = once((_) => new Map<string, Requirement>());

const NOTHING: Counts = { approval: [], outcome: [] };

export const gates: readonly Gate[] = [registry, entitlement, mode, assurance, role, stop, capacity, precondition].map(
  bareGate,
);
