/** Whether two JSON values say the same: members in any order, every one of them there. */
export const sameJson = (a: unknown, b: unknown): boolean => {
  if (a === b) return a !== undefined;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    for (let i = 0; i < a.length; i++) if (!sameJson(a[i], b[i])) return false;
    return true;
  }
  const [x, y] = [a as Readonly<Record<string, unknown>>, b as Readonly<Record<string, unknown>>];
  const names = Object.keys(x);
  if (names.length !== Object.keys(y).length) return false;
  for (const name of names) if (!Object.hasOwn(y, name) || !sameJson(x[name], y[name])) return false;
  return true;
};
