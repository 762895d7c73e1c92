/** Says what stands in a schema more than once in one place, so that a person can read the file. */
import { isPlainObject, type SchemaPart } from '../receipt/encoding/json.ts';

/** Shorter than this is said again where it stands: a reference would be longer. */
const LEAST = 160;

/** The schema with each long titled part that it holds twice as a definition, and references to it. */
export const withSharedParts = (whole: SchemaPart, definitions: ReadonlyMap<string, SchemaPart>): SchemaPart => {
  const counts = new Map<string, number>();
  const count = (x: unknown): void => {
    if (isPart(x)) {
      const text = JSON.stringify(x);
      const seen = counts.get(text) ?? 0;
      counts.set(text, seen + 1);
      // What stands inside of a repetition is said once with it.
      if (seen > 0) return;
    }
    if (typeof x === 'object' && x !== null) Object.values(x).forEach(count);
  };
  count([whole, ...definitions.values()]);

  const names = new Map<string, string>();
  const shared = new Map<string, SchemaPart>();
  const refer = (x: unknown): unknown => {
    if (Array.isArray(x)) return x.map(refer);
    if (typeof x !== 'object' || x === null) return x;
    const text = JSON.stringify(x);
    if (!isPart(x) || text.length < LEAST || (counts.get(text) ?? 0) < 2) return members(x);
    const known = names.get(text);
    if (known !== undefined) return { $ref: `#/$defs/${known}` };
    const name = unusedName(x.title, (taken) => shared.has(taken) || definitions.has(taken));
    names.set(text, name);
    // Taken before its own parts look for a name.
    shared.set(name, x);
    shared.set(name, members(x));
    return { $ref: `#/$defs/${name}` };
  };
  const members = (x: object): SchemaPart =>
    Object.fromEntries(Object.entries(x).map(([key, value]) => [key, refer(value)]));

  const root = members(whole);
  const all = [...definitions].map(([name, part]) => [name, members(part)] as const);
  const $defs = Object.fromEntries([...all, ...shared].sort(([a], [b]) => (a < b ? -1 : 1)));
  return Object.keys($defs).length === 0 ? root : { ...root, $defs };
};

const isPart = (x: unknown): x is SchemaPart & { readonly title: string } =>
  isPlainObject(x) && typeof x['title'] === 'string';

const unusedName = (title: string, isTaken: (name: string) => boolean): string => {
  const name = title
    .replace(/^(an?|the) /, '')
    .replaceAll(/[^A-Za-z0-9]+/g, '_')
    .replaceAll(/^_|_$/g, '');
  let [candidate, i] = [name, 2];
  for (; isTaken(candidate); i++) candidate = `${name}_${i}`;
  return candidate;
};
