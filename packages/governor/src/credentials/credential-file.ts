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
import { RELATIONS, ROLES } from '@tai-autonomics/core/author';
import { type Path, parseInstant } from '@tai-autonomics/core/engine';
import { either as E } from 'fp-ts';
import { checkMembers, isMembers, issueAt, isText, type Rule } from '../json/members.ts';
import { OPERATOR } from '../ledger/operator.ts';
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
    isMembers(json) && Array.isArray(json['credentials']) ? (json['credentials'] as readonly unknown[]) : [];
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

const isSetOf = (words: readonly string[], x: unknown): boolean =>
  Array.isArray(x) && x.every((word) => words.includes(word)) && new Set(x).size === x.length;

const NAME = /^[^\p{Cc}\p{Surrogate}]{1,200}$/u;

const common: Readonly<Record<string, Rule>> = {
  keyId: { expected: '4 to 32 characters of a-z0-9', holds: (x) => isText(x, /^[a-z0-9]{4,32}$/) },
  hash: {
    expected: 'the SHA-256 of a secret, base64url',
    holds: (x) => isText(x, /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/),
  },
  subject: { expected: 'an object', holds: isMembers },
  scope: { expected: `a list without repetition of ${ROLES.join(', ')}`, holds: (x) => isSetOf(ROLES, x) },
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
    holds: (x) => isText(x, NAME) && x !== OPERATOR,
  },
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
    holds: (x) => Array.isArray(x) && x.every((name) => isText(name, NAME)) && new Set(x).size === x.length,
    isOptional: true,
  },
};

const subjectRules: Readonly<Record<string, Rule>> = {
  type: {
    expected: 'one of agent, user, service, marketplace',
    holds: (x) => isText(x, /^(agent|user|service|marketplace)$/),
  },
  id: { expected: '1 to 200 characters', holds: (x) => isText(x, NAME) },
};

const checkCredential = (x: unknown, path: Path): readonly Issue[] => {
  const subject = isMembers(x) && isMembers(x['subject']) ? x['subject'] : undefined;
  const rules = subject?.['type'] === 'marketplace' ? ofMarketplace : ofTenant;
  return [
    ...checkMembers(x, path, rules),
    ...(subject === undefined ? [] : checkMembers(subject, [...path, 'subject'], subjectRules)),
  ];
};

const checkRepetition = (items: readonly unknown[]): readonly Issue[] => {
  const seen = new Set<unknown>();
  return items.flatMap((item, at) => {
    const id = isMembers(item) ? item['keyId'] : undefined;
    if (id === undefined || !seen.has(id)) {
      seen.add(id);
      return [];
    }
    return [issueAt(['credentials', at, 'keyId'], 'each key id once', id)];
  });
};
