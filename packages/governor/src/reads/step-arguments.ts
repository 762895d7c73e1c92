/** The arguments of an approved read, as its step carries them: they were typed when it was decided. */
import type { ActionStep } from '@tai-autonomics/core';
import { parseInstant } from '@tai-autonomics/core/engine';
import type { ReadView } from '../api.ts';
import type { WalkPlace } from '../walk/walk.ts';

/** A text; empty where there is none. */
export const textOf = ({ with: given }: ActionStep, name: string): string => {
  const value = given[name];
  return typeof value === 'string' ? value : '';
};

/** A whole number; 0 where there is none. */
export const integerOf = ({ with: given }: ActionStep, name: string): number => {
  const value = given[name];
  return typeof value === 'number' ? value : 0;
};

/** An instant in milliseconds; 0 where there is none. */
export const instantOf = (step: ActionStep, name: string): number => parseInstant(textOf(step, name)) ?? 0;

/** A set of words. */
export const wordsOf = ({ with: given }: ActionStep, name: string): readonly string[] => {
  const value = given[name];
  return Array.isArray(value) ? value.filter((word): word is string => typeof word === 'string') : [];
};

/** The ledger that a read walks: that of whoever asks, before the read's own receipt, for as long as they wait. */
export const placeOf = ({ caller, ledger, signal }: ReadView): WalkPlace => ({
  tenant: caller.tenant,
  size: ledger.size,
  signal,
});
