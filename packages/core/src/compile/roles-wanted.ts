/** Which roles a requirement of the role gate finds wanting, and a next step that asks for no more than these. */
import type { RolesWanted } from '../decision.ts';
import type { NextStep } from '../next-step.ts';
import type { Observation } from '../observation.ts';
import type { Condition } from '../policy/condition.ts';
import type { FactId } from '../policy/fact.ts';
import type { Role } from '../policy/role.ts';
import { owns } from '../receipt/encoding/own.ts';
import type { Scope } from './scope.ts';

/** Reads which roles are wanting. */
export type RolesReader = (o: Observation) => RolesWanted;

/** The reader of a requirement that a fact contains roles; `undefined` for any other. */
export const compileRoles = (when: Condition, scope: Scope): RolesReader | undefined => {
  if (!owns(when, 'fact') || !owns(when, 'containsAll') || !Array.isArray(when.containsAll)) return undefined;
  const required = [...(when.containsAll as readonly Role[])].sort();
  const reader = scope.reader(when.fact as FactId);
  return (o) => {
    const read = reader(o);
    const has = (role: Role): boolean => typeof read === 'object' && read.includes(role);
    return { required, held: required.filter(has), missing: required.filter((role) => !has(role)) };
  };
};

/** The step, asking for the missing roles alone where it asks for roles to be granted. */
export const askingFor = (missing: readonly Role[], step: NextStep): NextStep =>
  step.kind === 'authority' && step.submit.action === 'grant_role'
    ? { ...step, submit: { ...step.submit, arguments: { ...step.submit.arguments, roles: missing } } }
    : step;
