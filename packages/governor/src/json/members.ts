/** Closed JSON objects, checked member by member: what is wrong with each, and never what a string says. */
import type { Issue } from '@tai-autonomics/core';
import type { Path } from '@tai-autonomics/core/engine';

/** A JSON object that was read. */
export type Members = Readonly<Record<string, unknown>>;

/** What one member has to be. */
export interface Rule {
  readonly expected: string;
  readonly holds: (x: unknown) => boolean;
  readonly isOptional?: true;
}

/** Whether it is a JSON object. */
export const isMembers = (x: unknown): x is Members => typeof x === 'object' && x !== null && !Array.isArray(x);

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
  if (!isMembers(x)) return [issueAt(path, 'an object', x)];
  const unknown = Object.keys(x).filter((name) => !Object.hasOwn(rules, name));
  return [
    ...unknown.map((name) => issueAt([...path, name.slice(0, 40)], `one of ${Object.keys(rules).join(', ')}`, x[name])),
    ...Object.entries(rules)
      .filter(([name, rule]) => !(rule.isOptional && !Object.hasOwn(x, name)) && !rule.holds(x[name]))
      .map(([name, rule]) => issueAt([...path, name], rule.expected, x[name])),
  ];
};

/** Never shows a string: a secret that stands in the wrong place must not end in a log. */
const shown = (x: unknown): string => {
  if (typeof x === 'string') return `a string of ${x.length} characters`;
  if (Array.isArray(x)) return `a list of ${x.length}`;
  if (typeof x === 'object' && x !== null) return 'an object';
  return x === undefined ? 'nothing' : String(x);
};
