/** Closed JSON objects, checked member by member: what is wrong with each, and never what a string says. */

import type { Issue } from '@tai-autonomics/core';
import { nearestNames, type Path } from '@tai-autonomics/core/engine';
import { isPlainObject } from '@tai-autonomics/core/receipt';

/** A JSON object that was read. */
export type Members = Readonly<Record<string, unknown>>;

/** What one member has to be. */
export interface Rule {
  readonly expected: string;
  readonly holds: (x: unknown) => boolean;
  readonly isOptional?: true;
}

/** Whether it is a text of this form. */
export const isText = (x: unknown, form: RegExp): boolean => typeof x === 'string' && form.test(x);

/** What was expected at a place, and what kind of thing stands there. */
export const issueAt = (path: Path, expected: string, found: unknown): Issue => ({
  path,
  expected,
  found: shown(found),
});

/** Everything that is wrong with the members of an object, the ones that nobody knows first. */
export const checkMembers = (x: unknown, path: Path, rules: Readonly<Record<string, Rule>>): readonly Issue[] => {
  if (!isPlainObject(x)) return [issueAt(path, 'an object', x)];
  const unknown = Object.keys(x).filter((name) => !Object.hasOwn(rules, name));
  return [
    ...unknown.map((name) => stranger([...path, name.slice(0, 40)], name, Object.keys(rules), x[name])),
    ...Object.entries(rules)
      .filter(([name, rule]) => !(rule.isOptional && !Object.hasOwn(x, name)) && !rule.holds(x[name]))
      .map(([name, rule]) => issueAt([...path, name], rule.expected, x[name])),
  ];
};

/** A member that nobody knows, and the known one that it may have been meant to be. */
const stranger = (path: Path, name: string, known: readonly string[], value: unknown): Issue => {
  const [near] = nearestNames(name, known, 1);
  const issue = issueAt(path, `one of ${known.join(', ')}`, value);
  return near === undefined ? issue : { ...issue, found: `${issue.found} (did you mean \`${near}\`?)` };
};

/** Never shows a string: a secret that stands in the wrong place must not end in a log. */
const shown = (x: unknown): string => {
  if (typeof x === 'string') return `a string of ${x.length} characters`;
  if (Array.isArray(x)) return `a list of ${x.length}`;
  if (typeof x === 'object' && x !== null) return 'an object';
  return x === undefined ? 'nothing' : String(x);
};
