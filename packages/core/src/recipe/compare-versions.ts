/** Versions of the form MAJOR.MINOR.PATCH, by their numbers. */

/** Below 0 where the first one is older, 0 where they are the same, above 0 where it is newer. */
export const compareVersions = (one: string, other: string): number => {
  const [a, b] = [one.split('.'), other.split('.')];
  for (let i = 0; i < 3; i++) {
    const [x = '', y = ''] = [a[i], b[i]];
    // Without leading zeros the longer number is the larger one, however long it is.
    if (x.length !== y.length) return x.length - y.length;
    if (x !== y) return x < y ? -1 : 1;
  }
  return 0;
};
