/** Raw evidence is somebody else's JSON: looked at member by member, own members only. */

/** A JSON object of unknown members. */
export type Members = Readonly<Record<string, unknown>>;

/** An own member; what is inherited was not in the evidence. */
export const member = (value: Members, name: string): unknown => (Object.hasOwn(value, name) ? value[name] : undefined);

/** A member that is a list; an absent one is an empty one, since serialisers leave empty lists out. */
export const listMember = (value: Members, name: string): readonly unknown[] | undefined => {
  const list = member(value, name);
  return list === undefined ? [] : Array.isArray(list) ? list : undefined;
};

/** Whether a value lists the same names, in whatever order. */
export const sameNames = (one: unknown, other: readonly string[]): boolean =>
  Array.isArray(one) && JSON.stringify([...one].sort()) === JSON.stringify([...other].sort());
