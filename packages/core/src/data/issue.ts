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

/** `, did you mean `x`?` or nothing. */
export const suggestion = (name: string, known: Iterable<string>): string => {
  const near = nearest(name, known);
  return near === undefined ? '' : ` (did you mean \`${near}\`?)`;
};

/** The known name that is closest to a mistyped one, at most a third of its letters away. */
export const nearest = (name: string, known: Iterable<string>): string | undefined => {
  const wanted = name.slice(0, 64);
  let best: { readonly name: string; readonly far: number } | undefined;
  for (const candidate of known) {
    const far = distance(wanted, candidate.slice(0, 64));
    if (far <= Math.max(1, Math.floor(wanted.length / 3)) && (best === undefined || far < best.far))
      best = { name: candidate, far };
  }
  return best?.name;
};

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
