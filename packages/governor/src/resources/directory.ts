/** Directories of resources: one in memory, and the one of a host that names its resources by itself. */

import type { Issue } from '@tai-autonomics/core';
import { printIssue } from '@tai-autonomics/core';
import { nameFault, nearestNames } from '@tai-autonomics/core/engine';
import { isPlainObject } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { tenantFault } from '../ledger/operator.ts';
import type { KnownResource, ResourceDirectory } from '../ports.ts';
import { WHOLE_TENANT } from './name.ts';

/** Resources by tenant and then by name, as a directory file has them. */
export type ResourcesByTenant = Readonly<Record<string, Readonly<Record<string, Omit<KnownResource, 'name'>>>>>;

const FORMAT = 'tai-autonomics/resources@1';
const KINDS = ['kind', 'environment', 'aliases'];
const ENVIRONMENTS = ['sandbox', 'production'] as const;
const KIND = /^[a-z][a-z0-9_]{0,63}$/;

/**
 * A directory of exactly these resources. Left: everything that is wrong with them, each with its place: a name that is not in
 * its one spelling, an alias that names two resources, an environment that is neither `sandbox` nor `production`.
 */
export const resourceDirectory = (
  tenants: ResourcesByTenant,
): E.Either<readonly [Issue, ...Issue[]], ResourceDirectory> => {
  const issues: Issue[] = [];
  const all = new Map<string, ReadonlyMap<string, KnownResource>>();
  for (const [tenant, own] of membersOf(tenants, ['tenants'], issues)) {
    const fault = tenantFault(tenant);
    if (fault !== undefined)
      issues.push({ path: ['tenants', tenant], expected: 'a name in its one spelling', found: fault });
    all.set(tenant, readOwn(own, ['tenants', tenant], issues));
  }
  const [first, ...rest] = issues;
  if (first !== undefined) return E.left([first, ...rest]);
  return E.right({
    find: ({ tenant, resource }) => all.get(tenant)?.get(resource),
    names: (tenant) => [...new Set([...(all.get(tenant)?.values() ?? [])].map(({ name }) => name))],
  });
};

/**
 * For a host that names resources by itself, so that no caller can misspell one: every name is a resource, and all of them are
 * in one environment. `registered` names those that something is known of: an approval about another one says so. `sandbox` is for tests; where anything real is behind the names, it is `production`.
 */
export const anyResource = (
  environment: KnownResource['environment'],
  registered: ResourceDirectory['names'] = () => [],
): ResourceDirectory => ({
  find: ({ resource }) => ({ name: resource, kind: 'any', environment }),
  names: registered,
});

/** Parses a directory file: `{"format": "tai-autonomics/resources@1", "tenants": {tenant: {name: {kind, environment, aliases}}}}`. */
export const parseResources = (json: unknown): E.Either<readonly [string, ...string[]], ResourceDirectory> => {
  const expected = `{"format": "${FORMAT}", "tenants": {tenant: {name: {kind, environment, aliases}}}}`;
  if (
    !isPlainObject(json) ||
    json['format'] !== FORMAT ||
    Object.keys(json).some((k) => k !== 'format' && k !== 'tenants')
  )
    return E.left([`expected ${expected}`]);
  return E.mapLeft(([first, ...rest]: readonly [Issue, ...Issue[]]): readonly [string, ...string[]] => [
    printIssue(first),
    ...rest.map(printIssue),
  ])(resourceDirectory(json['tenants'] as ResourcesByTenant));
};

type Path = Issue['path'];
const membersOf = (x: unknown, path: Path, issues: Issue[]): readonly (readonly [string, unknown])[] => {
  if (isPlainObject(x)) return Object.entries(x);
  issues.push({ path, expected: 'an object', found: x === undefined ? 'nothing' : 'something else' });
  return [];
};

const readOwn = (x: unknown, path: Path, issues: Issue[]): ReadonlyMap<string, KnownResource> => {
  const own = new Map<string, KnownResource>();
  const put = (name: string, known: KnownResource, at: Path): void => {
    const fault = name === WHOLE_TENANT ? '`*` is the whole tenant' : nameFault(name);
    if (fault !== undefined) issues.push({ path: at, expected: 'a name in its one spelling', found: fault });
    else if (own.has(name)) issues.push({ path: at, expected: 'a name of one resource', found: `\`${name}\` again` });
    else own.set(name, known);
  };
  for (const [name, resource] of membersOf(x, path, issues)) {
    const at = [...path, name];
    const known = readResource(name, resource, at, issues);
    put(name, known, at);
    for (const [n, alias] of (known.aliases ?? []).entries()) put(alias, known, [...at, 'aliases', n]);
  }
  return own;
};

const readResource = (name: string, x: unknown, path: Path, issues: Issue[]): KnownResource => {
  const members = membersOf(x, path, issues);
  for (const [member] of members) {
    if (KINDS.includes(member)) continue;
    const [near] = nearestNames(member, KINDS, 1);
    const expected = near === undefined ? KINDS.join(', ') : `\`${near}\``;
    issues.push({ path: [...path, member], expected, found: 'another member' });
  }
  const { kind, environment, aliases = [] } = Object.fromEntries(members);
  if (typeof kind !== 'string' || !KIND.test(kind))
    issues.push({ path: [...path, 'kind'], expected: 'a word in lower case, such as service', found: 'none' });
  const where = ENVIRONMENTS.find((each) => each === environment);
  if (where === undefined)
    issues.push({ path: [...path, 'environment'], expected: 'sandbox or production', found: 'neither' });
  const others = Array.isArray(aliases) ? aliases.filter((alias): alias is string => typeof alias === 'string') : [];
  if (!Array.isArray(aliases) || others.length < aliases.length)
    issues.push({ path: [...path, 'aliases'], expected: 'a list of names', found: 'something else' });
  return { name, kind: String(kind), environment: where ?? 'production', aliases: others };
};
