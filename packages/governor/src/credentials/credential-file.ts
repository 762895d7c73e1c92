/**
 * Credentials as they are kept in a file:
 *
 * ```json
 * { "format": "tai-autonomics/credentials@1",
 *   "credentials": [{ "keyId": "0123456789abcdef", "hash": "…", "tenant": "acme",
 *                     "subject": { "type": "agent", "id": "bot" }, "scope": ["read_deployment"] }] }
 * ```
 */

import type { Issue } from '@tai-autonomics/core';
import { isRole, RELATIONS, ROLES } from '@tai-autonomics/core/author';
import { nameRuleBroken, type Path, parseInstant } from '@tai-autonomics/core/engine';
import { isPlainObject } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { checkMembers, issueAt, isText, type Members, type Rule } from '../json/members.ts';
import { OPERATOR, tenantFault } from '../ledger/operator.ts';
import type { Credential } from './credentials.ts';

const FORMAT = 'tai-autonomics/credentials@1';

/**
 * Reads what `formatCredentials` wrote: everything that is wrong, or all credentials. Unknown members are refused, a
 * tenant's key that names the operator too. No string of the input is repeated in an issue but names of members.
 */
export const parseCredentials = (json: unknown): E.Either<readonly [Issue, ...Issue[]], readonly Credential[]> => {
  const envelope = checkMembers(json, [], {
    format: { expected: FORMAT, holds: (x) => x === FORMAT },
    credentials: { expected: 'a list', holds: Array.isArray },
  });
  const items =
    isPlainObject(json) && Array.isArray(json['credentials']) ? (json['credentials'] as readonly unknown[]) : [];
  const [first, ...rest] = [
    ...envelope,
    ...items.flatMap((item, at) => checkCredential(item, ['credentials', at])),
    ...checkRepetition(items),
  ];
  return first === undefined ? E.right(items as readonly Credential[]) : E.left([first, ...rest]);
};

/** The text of a file of credentials. It holds no secret, but says who may what: keep it private. */
export const formatCredentials = (credentials: readonly Credential[]): string =>
  `${JSON.stringify({ format: FORMAT, credentials }, null, 2)}\n`;

/** The text of a file that lets nobody in, as an operator may type it. */
export const NO_CREDENTIALS: string = JSON.stringify({ format: FORMAT, credentials: [] });

const common: Readonly<Record<string, Rule>> = {
  keyId: { expected: '4 to 32 characters of a-z0-9', holds: (x) => isText(x, /^[a-z0-9]{4,32}$/) },
  hash: {
    expected: 'the SHA-256 of a secret, base64url',
    holds: (x) => isText(x, /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/),
  },
  subject: { expected: 'an object', holds: isPlainObject },
  scope: {
    expected: `a list without repetition of ${ROLES.join(', ')}, and of packs’ own roles, such as restart/operate`,
    holds: (x) => Array.isArray(x) && x.every(isRole) && new Set(x).size === x.length,
  },
  expiresAt: {
    expected: 'an RFC 3339 instant',
    holds: (x) => typeof x === 'string' && parseInstant(x) !== undefined,
    isOptional: true,
  },
  disabled: { expected: 'true or false', holds: (x) => typeof x === 'boolean', isOptional: true },
};

const ofTenant: Readonly<Record<string, Rule>> = {
  ...common,
  tenant: {
    expected: 'the name of a tenant; a marketplace names none, and no key names the operator',
    holds: (x) => typeof x === 'string' && x !== OPERATOR,
  },
  person: { expected: 'the id of a user', holds: (x) => typeof x === 'string', isOptional: true },
  relations: {
    expected: `a list without repetition of ${RELATIONS.join(', ')}`,
    holds: (x) => isSetOf(RELATIONS, x),
    isOptional: true,
  },
};

const ofMarketplace: Readonly<Record<string, Rule>> = {
  ...common,
  tenants: {
    expected: 'a list without repetition of names of tenants, or of beginnings of names that end in *',
    holds: (x) => Array.isArray(x) && x.every((name) => typeof name === 'string') && new Set(x).size === x.length,
    isOptional: true,
  },
};

const subjectRules: Readonly<Record<string, Rule>> = {
  type: {
    expected: 'one of agent, user, service, marketplace',
    holds: (x) => isText(x, /^(agent|user|service|marketplace)$/),
  },
  id: { expected: 'a name', holds: (x) => typeof x === 'string' },
};

/** Everything that is wrong with one credential. */
export const checkCredential = (x: unknown, path: Path): readonly Issue[] => {
  const subject = isPlainObject(x) && isPlainObject(x['subject']) ? x['subject'] : undefined;
  const rules = subject?.['type'] === 'marketplace' ? ofMarketplace : ofTenant;
  return [
    ...checkMembers(x, path, rules),
    ...(subject === undefined ? [] : checkMembers(subject, [...path, 'subject'], subjectRules)),
    ...(isPlainObject(x) ? checkNames(x, path) : []),
  ];
};

const isSetOf = (words: readonly string[], x: unknown): boolean =>
  Array.isArray(x) && x.every((word) => words.includes(word)) && new Set(x).size === x.length;

/** Each name in its one spelling. Nothing of it is repeated: a secret may stand where a name belongs. */
const checkNames = ({ tenant, tenants, subject, person }: Members, path: Path): readonly Issue[] => {
  const named: readonly (readonly [Path, unknown])[] = [
    [['tenant'], tenant],
    [['person'], person],
    ...(Array.isArray(tenants) ? tenants.map((name, n): [Path, unknown] => [['tenants', n], beginningOf(name)]) : []),
    [['subject', 'id'], isPlainObject(subject) ? subject['id'] : undefined],
  ];
  return named.flatMap(([at, name]) => {
    const rule = at[0] === 'tenants' ? tenantRule : nameRuleBroken;
    const fault = typeof name === 'string' ? rule(name) : undefined;
    return fault === undefined
      ? []
      : [{ path: [...path, ...at], expected: 'a name in its one spelling', found: fault }];
  });
};

const tenantRule = (name: unknown): string | undefined => tenantFault(name, nameRuleBroken);

/** `acme-*` names the tenants whose names begin so; what stands before the star may end as no name does. */
const beginningOf = (name: unknown): unknown =>
  typeof name === 'string' && name.endsWith('*') ? `${name.slice(0, -1)}x` : name;

const checkRepetition = (items: readonly unknown[]): readonly Issue[] => {
  const seen = new Set<unknown>();
  return items.flatMap((item, at) => {
    const id = isPlainObject(item) ? item['keyId'] : undefined;
    if (id === undefined || !seen.has(id)) {
      seen.add(id);
      return [];
    }
    return [issueAt(['credentials', at, 'keyId'], 'each key id once', id)];
  });
};
