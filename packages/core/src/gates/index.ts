/** The eight gates in their order. */
import { assurance } from './assurance.ts';
import { capacity } from './capacity.ts';
import { entitlement } from './entitlement.ts';
import type { Gate } from './gate.ts';
import { mode } from './mode.ts';
import { precondition } from './precondition.ts';
import { registry } from './registry.ts';
import { role } from './role.ts';
import { stop } from './stop.ts';

export const gates: readonly Gate[] = [registry, entitlement, mode, assurance, role, stop, capacity, precondition];
