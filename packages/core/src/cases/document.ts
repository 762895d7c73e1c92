/** Plain JSON objects that are laid over each other, so that a case says only what differs from its scene. */

/** A JSON object as it is written. */
export type Document = { readonly [member: string]: unknown };

/** Whether a value is a JSON object: not null, not a list. */
export const isDocument = (x: unknown): x is Document => typeof x === 'object' && x !== null && !Array.isArray(x);

/** The lower document with the upper one's members over it. Objects merge, lists replace, `null` takes a member away. */
export const layered = (lower: unknown, upper: unknown): unknown => {
  if (!isDocument(lower) || !isDocument(upper)) return upper;
  const merged = new Map<string, unknown>(Object.entries(lower));
  for (const [name, value] of Object.entries(upper)) {
    if (value === null) merged.delete(name);
    else merged.set(name, merged.has(name) ? layered(merged.get(name), value) : value);
  }
  return Object.fromEntries(merged);
};
