/** Conjunctions of x − y ≤ c over integers: whether they can hold together, and integers for which they do. */
import type { Span } from '../../data/windows.ts';
import type { Quantity } from '../symbolic/unknown.ts';
import { contradictionIn, type Difference, type System, seatsOf, systemOf, withPhases } from './bounds.ts';

/** An instant lies in one of these parts of its week. */
export interface During {
  readonly of: Quantity;
  readonly spans: readonly Span[];
}

/** The places of differences that can't all hold; `during` where the week is needed to see it. */
export type Contradiction = readonly number[] | 'during' | 'spent';

/** What of this can't hold together, if it can't; `spent` where it took too long to tell. */
export const contradictionOf = (
  differences: readonly Difference[],
  during: readonly During[] = [],
): Contradiction | undefined => {
  const system = systemOf(quantitiesOf(differences, during), differences);
  const core = contradictionIn(system);
  if (core !== undefined) return core;
  if (during.length === 0) return undefined;
  const greatest = withPhases(system, phasesOf(during, system));
  return greatest === 'none' ? 'during' : greatest === 'spent' ? 'spent' : undefined;
};

/** Whether integers inside their ranges satisfy all of these at once; `spent` where it took too long to tell. */
export const canHold = (differences: readonly Difference[], during: readonly During[] = []): boolean | 'spent' => {
  const found = contradictionOf(differences, during);
  return found === 'spent' ? found : found === undefined;
};

/**
 * Integers that satisfy all of these, each as near to what is wished for as the ones before it allow; `undefined` if
 * there are none. Every value between the bounds of one unknown can be extended to all of them; what lies in parts of
 * its week is chosen first.
 */
export const solveDifferences = (
  differences: readonly Difference[],
  quantities: readonly Quantity[],
  wish: (q: Quantity, chosen: ReadonlyMap<string, number>) => number,
  during: readonly During[] = [],
): ReadonlyMap<string, number> | undefined => {
  const up = systemOf(quantities, differences);
  const down = systemOf(quantities, differences, 'mirrored');
  if (contradictionIn(up) !== undefined || contradictionIn(down) !== undefined) return undefined;
  const phases = new Map(phasesOf(during, up).map((phase) => [phase.place, phase]));
  const places = [...quantities.keys()];
  const chosen = new Map<string, number>();
  for (const place of [...places.filter((p) => phases.has(p)), ...places.filter((p) => !phases.has(p))]) {
    const q = quantities[place] as Quantity;
    const [low, high] = [0 - (down.value[place] as number), up.value[place] as number];
    const wished = Math.min(high, Math.max(low, wish(q, chosen)));
    const value = phases.has(place) ? nearest(up, down, during, place, wished) : wished;
    if (value === undefined || !fix(up, place, value) || !fix(down, place, 0 - value)) return undefined;
    chosen.set(q.key, value);
  }
  return chosen;
};

const quantitiesOf = (differences: readonly Difference[], during: readonly During[]): readonly Quantity[] => {
  const all = new Map<string, Quantity>();
  for (const { x, y } of differences) for (const q of [x, y]) if (q !== undefined) all.set(q.key, q);
  for (const { of } of during) all.set(of.key, of);
  return [...all.values()];
};

const phasesOf = (during: readonly During[], system: System): ReturnType<typeof seatsOf> =>
  seatsOf(
    system,
    during.map(({ of, spans }) => ({ key: of.key, spans })),
  );

/** Sets a place to a value between its bounds. */
const fix = (system: System, place: number, value: number): boolean => {
  system.max[place] = value;
  system.min[place] = value;
  return contradictionIn(system, [place]) === undefined;
};

/** The value that is wished for, or the next one that can be: later if possible, else earlier. */
const nearest = (
  up: System,
  down: System,
  during: readonly During[],
  place: number,
  wished: number,
): number | undefined => {
  const later = within(down, during, place, 0 - wished);
  if (later !== undefined) return 0 - later;
  return within(up, during, place, wished);
};

/** The greatest value of a place up to a bound, where everything lies in its part of the week. */
const within = (system: System, during: readonly During[], place: number, most: number): number | undefined => {
  const max = [...system.max];
  max[place] = Math.min(max[place] as number, most);
  const tried: System = { ...system, max, value: [...system.value], parent: [...system.parent] };
  if (contradictionIn(tried, [place]) !== undefined) return undefined;
  const found = withPhases(tried, phasesOf(during, tried));
  return typeof found === 'string' ? undefined : found[place];
};
