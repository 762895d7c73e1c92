/** The commonest invariant: something is never approved, unless a condition holds. */
import type { Invariant } from '@tai-autonomics/core';
import type { Condition } from '@tai-autonomics/core/author';

/** An action is never approved `unless` this holds; where `when` is given, only there. */
export const never = (action: string, means: string, unless: Condition, when?: Condition): Invariant => ({
  means,
  verdict: 'never_approve',
  action,
  ...(when === undefined ? {} : { when }),
  unless,
});
