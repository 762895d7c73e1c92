/** What a caller was refused lately, as long as its connection is kept: so that asking again unchanged is told as such. */
import type { Asked } from '@tai-autonomics/governor';

/** The refusals of one caller. It decides nothing: every call is decided anew. */
export interface Refusals {
  /** Notes a refusal; answers the places of the same refusals of the same call before it, the oldest first. */
  note(asked: Asked, codes: readonly string[], seq: number): readonly number[];
  /** Places of refusals, the newest first. */
  recent(): readonly number[];
}

/** Calls that are remembered. */
const CALLS_MAX = 64;
/** Characters of a call that is remembered: a larger one is not compared. */
const CALL_CHARACTERS_MAX = 4_096;
/** Places that are told of one call. */
const PLACES_MAX = 8;

interface Noted {
  readonly codes: string;
  readonly places: readonly number[];
}

/** Remembers nothing yet. */
export const createRefusals = (): Refusals => {
  // The order of a Map is the order of insertion: the first is the oldest.
  const noted = new Map<string, Noted>();
  return {
    note: (asked, codes, seq) => {
      const call = JSON.stringify([asked.action, asked.resource, sorted(asked.arguments ?? {})]);
      if (call.length > CALL_CHARACTERS_MAX) return [];
      const said = codes.join(' ');
      const before = noted.get(call);
      const places = before?.codes === said ? before.places.filter((place) => place !== seq) : [];
      noted.delete(call);
      noted.set(call, { codes: said, places: [...places, seq].slice(-PLACES_MAX) });
      const [oldest] = noted.keys();
      if (noted.size > CALLS_MAX && oldest !== undefined) noted.delete(oldest);
      return places;
    },
    recent: () => [...noted.values()].flatMap(({ places }) => places).sort((a, b) => b - a),
  };
};

const sorted = (given: Readonly<Record<string, unknown>>): unknown =>
  Object.entries(given).sort(([a], [b]) => (a < b ? -1 : 1));
