/** The eight gates in their order. */
import { bareCopy } from '../receipt/encoding/own.ts';
import { assurance } from './assurance.ts';
import { capacity } from './capacity.ts';
import { entitlement } from './entitlement.ts';
import type { Counts, Gate } from './gate.ts';
import { mode } from './mode.ts';
import { precondition } from './precondition.ts';
import { registry } from './registry.ts';
import { role } from './role.ts';
import { stop } from './stop.ts';

/** What a gate brings, as if it had been read: it inherits nothing. */
const bareGate = (gate: Gate): Gate => ({
  ...gate,
  facts: bareCopy(gate.facts),
  cells: bareCopy(gate.cells),
  requires: (placed) => bareCopy(gate.requires(placed)),
  counts: (placed) => bareCopy(gate.counts?.(placed) ?? NOTHING),
});

const NOTHING: Counts = { approval: [], outcome: [] };

export const gates: readonly Gate[] = [registry, entitlement, mode, assurance, role, stop, capacity, precondition].map(
  bareGate,
);
