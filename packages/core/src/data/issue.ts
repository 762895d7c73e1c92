/** What is wrong with data that came through a door, and where. */

/** Where in a document: member names and list positions from its root. */
export type Path = readonly (string | number)[];

/** One thing that is wrong with a document: where, what was expected, what was found. Never echoes more than 80 characters. */
export interface Issue {
  readonly path: Path;
  readonly expected: string;
  readonly found: string;
}

/** `$.packs[0].actions.trigger_rollback` */
export const printPath = (path: Path): string =>
  path.reduce<string>((text, step) => text + (typeof step === 'number' ? `[${step}]` : `.${step}`), '$');

/** `at $.a.b: expected …, found …` */
export const printIssue = (issue: Issue): string =>
  `at ${printPath(issue.path)}: expected ${issue.expected}, found ${issue.found}`;

/** A short, safe picture of any value. */
export const picture = (x: unknown): string => {
  if (x === undefined) return 'nothing';
  if (x === null || typeof x === 'boolean' || typeof x === 'number') return String(x);
  if (typeof x === 'string') return x.length > 60 ? `a string of ${x.length} characters` : JSON.stringify(x);
  if (Array.isArray(x)) return `a list of ${x.length}`;
  return typeof x === 'object' ? 'an object' : `a ${typeof x}`;
};

/** So many issues come with the nearest known name: whoever sends more mistakes than that needs none. */
export const HINTS_MAX = 50;

/** `, did you mean `x`?` or nothing. */
export const suggestion = (name: string, known: Iterable<string>): string => {
  const near = nearest(name, known);
  return near === undefined ? '' : ` (did you mean \`${near}\`?)`;
};

/** The known names that are closest to a mistyped one, at most a third of its letters away, the nearest first. */
export const nearestNames = (name: string, known: Iterable<string>, most: number): readonly string[] => {
  const wanted = name.slice(0, 64);
  const reach = Math.max(1, Math.floor(wanted.length / 3));
  const near: { readonly name: string; readonly far: number }[] = [];
  for (const candidate of known) {
    const shown = candidate.slice(0, 64);
    if (Math.abs(shown.length - wanted.length) > reach) continue;
    const far = distance(wanted, shown);
    if (far <= reach) near.push({ name: candidate, far });
  }
  return near
    .sort((a, b) => a.far - b.far || (a.name < b.name ? -1 : 1))
    .slice(0, most)
    .map((found) => found.name);
};

/** The nearest of them, if one is near. */
export const nearest = (name: string, known: Iterable<string>): string | undefined => nearestNames(name, known, 1)[0];

const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, change));
    }
    row = next;
  }
  return row[b.length] ?? 0;
};
