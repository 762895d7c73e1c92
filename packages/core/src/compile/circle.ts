/** Circles in what refers to what: found in time linear in the references, however deep and dense they are. */

/** What each id refers to. An id that is not a key refers to nothing. */
export type References = ReadonlyMap<string, readonly string[]>;

/** Every id that leads back to itself, with the shortest way: `a → b → a`. */
export const circles = (references: References): ReadonlyMap<string, readonly string[]> =>
  new Map(
    leadingToCircles(references).flatMap((id): readonly (readonly [string, readonly string[]])[] => {
      const way = wayBack(id, references);
      return way === undefined ? [] : [[id, way]];
    }),
  );

/** The ids from which no circle can be reached are peeled off, leaf by leaf; what is left can reach one. */
const leadingToCircles = (references: References): readonly string[] => {
  const waiting = new Map([...references].map(([id, others]) => [id, others.filter((o) => references.has(o)).length]));
  const referring = new Map<string, string[]>();
  for (const [id, others] of references) {
    for (const other of others) {
      const known = referring.get(other);
      if (known === undefined) referring.set(other, [id]);
      else known.push(id);
    }
  }
  const leaves = [...waiting].filter(([, left]) => left === 0).map(([id]) => id);
  for (let leaf = leaves.pop(); leaf !== undefined; leaf = leaves.pop()) {
    waiting.delete(leaf);
    for (const id of referring.get(leaf) ?? []) {
      const left = (waiting.get(id) ?? 0) - 1;
      waiting.set(id, left);
      if (left === 0) leaves.push(id);
    }
  }
  return [...waiting.keys()];
};

/** The shortest way from an id back to itself. */
const wayBack = (start: string, references: References): readonly string[] | undefined => {
  const from = new Map<string, string>();
  const queue = [start];
  for (let i = 0; i < queue.length; i++) {
    const id = queue[i] as string;
    for (const other of references.get(id) ?? []) {
      if (!from.has(other)) {
        from.set(other, id);
        queue.push(other);
      }
    }
    if (from.has(start)) break;
  }
  if (!from.has(start)) return undefined;
  const way = [start];
  for (let id = from.get(start) as string; id !== start; id = from.get(id) as string) way.unshift(id);
  return [start, ...way.slice(0, -1), start];
};
