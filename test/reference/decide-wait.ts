/** When a condition holds next, all else as it is: every instant that could matter is tried, one after the other. For tests only. */
import type { Condition, FactId, Window } from '@tai-autonomics/core/author';
import { mentioned, truthOf, type World } from './decide-condition.ts';

const DAY_MS = 86_400_000;
const LAST = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** Every value that stands anywhere in a condition. */
const valuesIn = (x: unknown): readonly unknown[] =>
  typeof x === 'object' && x !== null ? Object.values(x).flatMap(valuesIn) : [x];
const windowsIn = (x: unknown): readonly Window[] => {
  if (typeof x !== 'object' || x === null) return [];
  if ('from' in x && 'to' in x) return [x as Window];
  return Object.values(x).flatMap(windowsIn);
};

/** The times of the day at which any window opens or closes, on each of the fifteen days that begin with an instant's. */
const edgesAfter = (windows: readonly Window[], at: number): readonly number[] => {
  const midnight = at - (at % DAY_MS);
  const clocks = [...new Set(windows.flatMap(({ from, to }) => [from, to]))];
  const minutes = clocks.map((clock) => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3)));
  return Array.from({ length: 16 }, (_, day) => minutes.map((m) => midnight + day * DAY_MS + m * 60_000)).flat();
};

/** The first instant at which the condition holds, and the first one after it at which it does not. */
export const waitFor = (
  when: Condition,
  w: World,
): { readonly notBefore: number; readonly before?: number } | undefined => {
  const values = valuesIn(when);
  const read = (id: FactId): readonly unknown[] => {
    const seen = w.read(id);
    if (!('known' in seen)) return [];
    // A list of records is the set of their texts.
    return [seen.known].flat().flatMap((x) => (String(x).startsWith('{') ? Object.values(JSON.parse(String(x))) : [x]));
  };
  const constants = values.map((value) => (typeof value === 'string' ? Date.parse(value) : undefined));
  const instants = [...mentioned(when).flatMap(read), ...constants];
  const offsets = [0, ...values.filter((value) => typeof value === 'number')];
  const turns = instants
    .filter((instant): instant is number => typeof instant === 'number' && !Number.isNaN(instant))
    .flatMap((instant) => offsets.flatMap((by) => [instant + by, instant - by]))
    .flatMap((instant) => [instant, instant + 1])
    .filter((instant) => instant > w.at);
  const windows = windowsIn(when);
  const all = [w.at, ...turns].flatMap((start) => [start, ...edgesAfter(windows, start)]);
  const sorted = [...new Set(all)].filter((at) => at >= w.at && at <= LAST).sort((a, b) => a - b);
  const holds = (at: number): boolean =>
    truthOf(when, { ...w, at, read: (id) => (id === 'at' ? { known: at } : w.read(id)) }) === 'true';
  const notBefore = sorted.find(holds);
  if (notBefore === undefined) return undefined;
  const before = sorted.find((at) => at > notBefore && !holds(at));
  return before === undefined ? { notBefore } : { notBefore, before };
};
