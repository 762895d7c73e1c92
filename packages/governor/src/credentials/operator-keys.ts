/**
 * Keys of operators, `taiop_<keyid>_<secret>`: who may ask the operator's own door, and for what. They stand in a file of
 * their own, and no door of tenants knows them; the operator's door knows no others.
 */
import type { Issue } from '@tai-autonomics/core';
import { nameRuleBroken, parseInstant } from '@tai-autonomics/core/engine';
import { isPlainObject } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { checkMembers, issueAt, isText, type Rule } from '../json/members.ts';
import { systemClock } from '../node/system.ts';
import type { Clock, Random } from '../ports.ts';
import { hasExpired, isSecretOf, type KeyFault, mintSecret } from './credentials.ts';
import { changeKeptKeys, followKeptKeys, type KeptKeys, readKeptKeys, type Trouble } from './kept-keys.ts';

/** What an operator may be allowed to do. Whoever may do anything may read. */
export const OPERATOR_RIGHTS = ['read', 'tenants', 'catalogs', 'credentials', 'keys', 'marketplaces'] as const;

/** One of them. */
export type OperatorRight = (typeof OPERATOR_RIGHTS)[number];

/** What an operator's key stands for, without the key. */
export interface OperatorKey {
  /** 4 to 32 characters of `a-z0-9`; not secret. */
  readonly keyId: string;
  /** SHA-256 of the 32 bytes of the secret, base64url. */
  readonly hash: string;
  /** Who holds it: receipts have its pseudonym, as of a `system` of that name. */
  readonly operator: string;
  /** What it may do. Everything where absent. */
  readonly may?: readonly OperatorRight[];
  readonly disabled?: boolean;
  /** RFC 3339. From this instant on the key looks like one that never was; it never ends where this is absent. */
  readonly expiresAt?: string;
}

/** Where keys of operators are kept. Rejects if it can't answer now; `undefined` is an answer. */
export interface OperatorKeyStore {
  find(keyId: string): Promise<OperatorKey | undefined>;
}

/** Makes a key. `secretText` is shown once and kept nowhere. */
export const mintOperatorKey = (
  random: Random,
  parts: Omit<OperatorKey, 'keyId' | 'hash'>,
): { readonly key: OperatorKey; readonly secretText: string } => {
  const { keyId, hash, secret } = mintSecret(random);
  return { key: { ...parts, keyId, hash }, secretText: `taiop_${keyId}_${secret}` };
};

/** Finds whose key this is, as `verifyKey` does: malformed, unknown, disabled, expired and wrong keys get one answer. Never rejects. */
export const verifyOperatorKey = async (
  store: OperatorKeyStore,
  keyText: string | undefined,
  clock: Clock = systemClock,
): Promise<E.Either<KeyFault, OperatorKey>> => {
  const [, keyId = '', secretText = ''] = KEY_TEXT.exec(keyText ?? '') ?? [];
  let key: OperatorKey | undefined;
  try {
    key = keyId === '' ? undefined : await store.find(keyId);
  } catch {
    return E.left('unavailable');
  }
  const isSame = isSecretOf(secretText, key?.hash);
  if (key === undefined || !isSame || key.disabled === true || key.keyId !== keyId) return E.left('unauthenticated');
  return hasExpired(key, clock()) ? E.left('unauthenticated') : E.right(key);
};

/** Whether an operator's key may do something. */
export const operatorMay = ({ may }: Pick<OperatorKey, 'may'>, right: OperatorRight): boolean =>
  may === undefined || may.includes(right) || right === 'read';

/** Keys that are all known beforehand. */
export const memoryOperatorKeys = (keys: readonly OperatorKey[]): OperatorKeyStore => {
  const byId = new Map(keys.toReversed().map((key) => [key.keyId, key]));
  return { find: (keyId) => Promise.resolve(byId.get(keyId)) };
};

/** Reads a file of operators' keys; none where there is no file. Others must not be able to change it. */
export const readOperatorKeys = (path: string): Promise<E.Either<Trouble, readonly OperatorKey[]>> =>
  readKeptKeys(OPERATORS, path);

/** The operators' keys of a file, as it is at each request; see `openCredentialFile`. */
export const openOperatorKeys = async (
  path: string,
  onFault: (lines: readonly string[]) => void = () => undefined,
): Promise<E.Either<Trouble, OperatorKeyStore>> =>
  E.map((current: () => Promise<OperatorKeyStore>) => ({
    find: async (keyId: string) => (await current()).find(keyId),
  }))(await followKeptKeys(OPERATORS, path, memoryOperatorKeys, onFault));

/** Changes a file of operators' keys, as `changeCredentialFile` does; makes it where there is none. */
export const changeOperatorKeys = (
  path: string,
  change: (keys: readonly OperatorKey[]) => E.Either<string, readonly OperatorKey[]>,
): Promise<E.Either<Trouble, readonly OperatorKey[]>> => changeKeptKeys(OPERATORS, path, change);

const FORMAT = 'tai-autonomics/operators@1';
const KEY_TEXT = /^taiop_([a-z0-9]{4,32})_([A-Za-z0-9_-]{43})$/;
/** The governor itself asks under this name. */
const GOVERNOR = 'governor';

const RULES: Readonly<Record<string, Rule>> = {
  keyId: { expected: '4 to 32 characters of a-z0-9', holds: (x) => isText(x, /^[a-z0-9]{4,32}$/) },
  hash: {
    expected: 'the SHA-256 of a secret, base64url',
    holds: (x) => isText(x, /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/),
  },
  operator: {
    expected: 'a name in its one spelling, and not the governor’s own',
    holds: (x) => typeof x === 'string' && x !== GOVERNOR && nameRuleBroken(x) === undefined,
  },
  may: {
    expected: `a list without repetition of ${OPERATOR_RIGHTS.join(', ')}`,
    holds: (x) =>
      Array.isArray(x) && x.every((right) => OPERATOR_RIGHTS.includes(right)) && new Set(x).size === x.length,
    isOptional: true,
  },
  disabled: { expected: 'true or false', holds: (x) => typeof x === 'boolean', isOptional: true },
  expiresAt: {
    expected: 'an RFC 3339 instant',
    holds: (x) => typeof x === 'string' && parseInstant(x) !== undefined,
    isOptional: true,
  },
};

const parseOperators = (json: unknown): E.Either<readonly [Issue, ...Issue[]], readonly OperatorKey[]> => {
  const items: readonly unknown[] =
    isPlainObject(json) && Array.isArray(json['operators']) ? (json['operators'] as readonly unknown[]) : [];
  const ids = items.map((item) => (isPlainObject(item) ? item['keyId'] : undefined));
  const [first, ...rest] = [
    ...checkMembers(json, [], {
      format: { expected: FORMAT, holds: (x) => x === FORMAT },
      operators: { expected: 'a list', holds: Array.isArray },
    }),
    ...items.flatMap((item, at) => checkMembers(item, ['operators', at], RULES)),
    ...ids.flatMap((id, at) =>
      ids.indexOf(id) === at ? [] : [issueAt(['operators', at, 'keyId'], 'each key id once', id)],
    ),
  ];
  return first === undefined ? E.right(items as readonly OperatorKey[]) : E.left([first, ...rest]);
};

const OPERATORS: KeptKeys<OperatorKey> = {
  parse: parseOperators,
  format: (operators) => `${JSON.stringify({ format: FORMAT, operators }, null, 2)}\n`,
  missing: () => [],
};
