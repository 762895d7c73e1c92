/** What a deployment is, as its config.json says. */
import type { Issue } from '@tai-autonomics/core';
import { either as E } from 'fp-ts';

interface Common {
  /** The host part of every ledger's origin. */
  readonly domain: string;
  /** A catalog file instead of the shipped one, relative to the folder. */
  readonly catalog?: string;
  /** The user who owns a tenant that a marketplace opens, by tenant. */
  readonly owners: Readonly<Record<string, string>>;
  /** Git repositories by resource, relative to the folder. */
  readonly repositories: Readonly<Record<string, string>>;
}
export type Config =
  | (Common & { readonly mode: 'eval'; readonly session: string })
  | (Common & {
      readonly mode: 'contractual';
      readonly insurance: { readonly certificate: string; readonly insurerKey: string };
    });

type Members = Readonly<Record<string, unknown>>;
const isMembers = (x: unknown): x is Members => typeof x === 'object' && x !== null && !Array.isArray(x);
const isName = (x: unknown): x is string => typeof x === 'string' && /^[^\p{Cc}]{1,500}$/u.test(x);

const found = (x: unknown): string =>
  x === undefined ? 'nothing' : typeof x === 'string' ? 'another string' : Array.isArray(x) ? 'a list' : typeof x;

const KNOWN: Readonly<Record<string, readonly string[]>> = {
  eval: ['mode', 'domain', 'catalog', 'owners', 'repositories', 'session'],
  contractual: ['mode', 'domain', 'catalog', 'owners', 'repositories', 'insurance'],
};

const names = (x: unknown, path: string, issues: Issue[]): Readonly<Record<string, string>> => {
  if (x === undefined) return {};
  if (!isMembers(x)) {
    issues.push({ path: [path], expected: 'an object from name to string', found: found(x) });
    return {};
  }
  for (const [name, value] of Object.entries(x))
    if (!isName(value)) issues.push({ path: [path, name], expected: 'a string', found: found(value) });
  return x as Readonly<Record<string, string>>;
};

const text = (x: Members, name: string, expected: string, form: RegExp, issues: Issue[]): void => {
  const value = x[name];
  if (typeof value !== 'string' || !form.test(value)) issues.push({ path: [name], expected, found: found(value) });
};

/** Parses a configuration; lists everything that is wrong with it. */
export const parseConfig = (json: unknown): E.Either<readonly [Issue, ...Issue[]], Config> => {
  if (!isMembers(json)) return E.left([{ path: [], expected: 'an object', found: found(json) }]);
  const { mode } = json;
  const known = mode === 'eval' || mode === 'contractual' ? KNOWN[mode] : undefined;
  if (known === undefined) return E.left([{ path: ['mode'], expected: 'eval or contractual', found: found(mode) }]);
  const issues: Issue[] = Object.keys(json)
    .filter((name) => !known.includes(name))
    .map((name) => ({ path: [name], expected: `one of ${known.join(', ')}`, found: 'another member' }));
  text(json, 'domain', 'a host name in lower case', /^[a-z0-9.-]{1,100}$/, issues);
  if (json['catalog'] !== undefined) text(json, 'catalog', 'a file', /./, issues);
  const owners = names(json['owners'], 'owners', issues);
  const repositories = names(json['repositories'], 'repositories', issues);
  if (mode === 'eval')
    text(
      json,
      'session',
      'the id of the pilot: letters, digits and _.:-',
      /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}$/,
      issues,
    );
  else {
    const { insurance } = json;
    const whole = isMembers(insurance) && isName(insurance['certificate']) && isName(insurance['insurerKey']);
    if (!whole) issues.push({ path: ['insurance'], expected: '{ certificate, insurerKey }', found: found(insurance) });
  }
  const [first, ...rest] = issues;
  return first === undefined
    ? E.right({ ...json, owners, repositories } as unknown as Config)
    : E.left([first, ...rest]);
};
