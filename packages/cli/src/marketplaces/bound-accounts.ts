/** Accounts and purchases of marketplaces that an operator bound to tenants while the deployment runs: a private file beside config.json. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { MarketplaceName } from '@tai-autonomics/adapter-http/marketplaces';
import { nameFault } from '@tai-autonomics/core/engine';
import { isPlainObject } from '@tai-autonomics/core/receipt';
import { parseStrictJson } from '@tai-autonomics/governor/json';
import { replacePrivate } from '@tai-autonomics/governor/node';
import { either as E } from 'fp-ts';

type Tenants = Readonly<Record<string, string>>;
/** Tenants by account or purchase, by marketplace. */
export type BoundAccounts = Readonly<Partial<Record<MarketplaceName, Tenants>>>;

/** The accounts that were bound, as they are now; the file is read again when it changed. What cannot be read binds nobody. */
export const boundAccounts = (dir: string): (() => BoundAccounts) => {
  const path = pathOf(dir);
  let [version, bound]: [string | undefined, BoundAccounts] = [undefined, {}];
  return () => {
    const found = statSync(path, { bigint: true, throwIfNoEntry: false });
    const now = found === undefined ? undefined : `${found.ino} ${found.size} ${found.mtimeNs}`;
    if (now !== version) {
      version = now;
      const read = now === undefined ? E.right({}) : readBound(path);
      bound = E.isRight(read) ? read.right : {};
    }
    return bound;
  };
};

/** Binds an account or a purchase to a tenant. One that is bound to another tenant stays with it, and is said to. */
export const bindAccount = async (
  dir: string,
  marketplace: MarketplaceName,
  account: string,
  tenant: string,
): Promise<E.Either<string, void>> => {
  const path = pathOf(dir);
  const isThere = statSync(path, { throwIfNoEntry: false }) !== undefined;
  const read: E.Either<string, BoundAccounts> = isThere ? readBound(path) : E.right({});
  if (E.isLeft(read)) return read;
  const own = read.right[marketplace] ?? {};
  const before = Object.hasOwn(own, account) ? own[account] : undefined;
  if (before === tenant) return E.right(undefined);
  if (before !== undefined) return E.left(`${account} is bound to another tenant; change ${path} for that`);
  const next = { ...read.right, [marketplace]: { ...own, [account]: tenant } };
  return replacePrivate(path, `${JSON.stringify(next, null, 2)}\n`);
};

const pathOf = (dir: string): string => join(dir, 'marketplace-accounts.json');
const LIMITS = { comments: true, maxBytes: 16_777_216, maxDepth: 4 } as const;
const NAMES = ['google', 'aws', 'azure'];

const readBound = (path: string): E.Either<string, BoundAccounts> => {
  try {
    const document = parseStrictJson(readFileSync(path), LIMITS);
    const value = E.isRight(document) ? document.right.value : undefined;
    return isBound(value) ? E.right(value) : E.left(`${path}: expected tenants by account, by marketplace`);
  } catch {
    return E.left(`${path}: cannot be read`);
  }
};

const isBound = (x: unknown): x is BoundAccounts =>
  isPlainObject(x) &&
  Object.entries(x).every(
    ([name, own]) =>
      NAMES.includes(name) &&
      isPlainObject(own) &&
      Object.values(own).every((tenant) => typeof tenant === 'string' && nameFault(tenant) === undefined),
  );
