/** Plain JSON objects that are laid over each other, so that a case says only what differs from its scene. */
import { isPlainObject } from '../receipt/encoding/json.ts';

/** A JSON object as it is written. */
export type Document = { readonly [member: string]: unknown };

/** The lower document with the upper one's members over it. Objects merge, lists replace, `null` takes a member away. */
export const layered = (lower: unknown, upper: unknown): unknown => {
  if (!isPlainObject(lower) || !isPlainObject(upper)) return upper;
  const merged = new Map<string, unknown>(Object.entries(lower));
  for (const [name, value] of Object.entries(upper)) {
    if (value === null) merged.delete(name);
    else merged.set(name, merged.has(name) ? layered(merged.get(name), value) : value);
  }
  return Object.fromEntries(merged);
};
