/**
 * Own members only. What an object inherits was said by nobody: a host in which some library changed `Object.prototype`
 * must decide as any other. The linter refuses `in`, and taking apart a value of unknown form, in core and packs.
 */

/** The members of a union that have a member of this name. */
export type Having<T, K extends PropertyKey> = T extends unknown ? (K extends keyof T ? T : never) : never;

/** Whether an object has a member of its own by this name. Narrows a union as `in` does. */
export const owns = <T extends object, K extends PropertyKey>(x: T, name: K): x is Having<T, K> =>
  Object.hasOwn(x, name);

/** An object's own member; `undefined` where it has none, or only inherits one. */
export const own = <T extends object, K extends keyof T>(x: T, name: K): T[K] | undefined =>
  Object.hasOwn(x, name) ? x[name] : undefined;

/** An object's own members, in an object that inherits nothing. */
export const ownMembers = (x: object): Readonly<Record<string, unknown>> => Object.assign(bare<unknown>(), x);

/** The same JSON, in objects that inherit nothing. For data that is not nested deeper than a policy is. */
export const bareCopy = <A>(value: A): A => {
  if (Array.isArray(value)) return value.map(bareCopy) as A;
  if (typeof value !== 'object' || value === null) return value;
  const copy = bare<unknown>();
  for (const [name, member] of Object.entries(value)) copy[name] = bareCopy(member);
  return copy as A;
};

/** An object that inherits nothing: a member that was left out of it is absent, whatever the host's objects inherit. */
export const bare = <A>(): Record<string, A> => Object.create(null) as Record<string, A>;
