/** Accounts and purchases of marketplaces that an operator bound to tenants while the deployment runs: a private file beside config.json. */
import { readFileSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { MarketplaceName } from '@tai-autonomics/adapter-http/marketplaces';
import { nameFault, nameRuleBroken } from '@tai-autonomics/core/engine';
import { BANNED_MEMBERS, isPlainObject } from '@tai-autonomics/core/receipt';
import { parseStrictJson } from '@tai-autonomics/governor/json';
import { createPrivate, replacePrivate } from '@tai-autonomics/governor/node';
import { tenantFault } from '@tai-autonomics/governor/operator';
import { either as E } from 'fp-ts';

type Tenants = Readonly<Record<string, string>>;
/** Tenants by account or purchase, by marketplace. */
export type BoundAccounts = Readonly<Partial<Record<MarketplaceName, Tenants>>>;

/**
 * The accounts that were bound, as they are now; the file is read again when it changed. While it cannot be read those that were read
 * before count, and `onFault` is told once why; and once more, with nothing, when it can be read again.
 */
export const boundAccounts = (dir: string, onFault: (why: string | undefined) => void): (() => BoundAccounts) => {
  const path = pathOf(dir);
  let [version, bound, isFaulty]: [string | undefined, BoundAccounts, boolean] = [undefined, {}, false];
  return () => {
    const found = statSync(path, { bigint: true, throwIfNoEntry: false });
    const now = found === undefined ? undefined : `${found.ino} ${found.size} ${found.mtimeNs} ${found.ctimeNs}`;
    if (now === version) return bound;
    version = now;
    const read = readBound(path);
    if (E.isLeft(read)) onFault(read.left);
    else {
      bound = read.right;
      if (isFaulty) onFault(undefined);
    }
    isFaulty = E.isLeft(read);
    return bound;
  };
};

/**
 * Binds an account or a purchase to a tenant. One that is bound to another tenant stays with it, and is said to: what config.json says
 * (`configured`) counts before what was bound. Two changes never meet: the second waits for the first.
 */
export const bindAccount = async (
  dir: string,
  marketplace: MarketplaceName,
  account: string,
  tenant: string,
  configured: Tenants,
): Promise<E.Either<string, void>> => {
  if (BANNED_MEMBERS.has(account)) return E.left('no account has this name');
  const misnamed = tenantFault(tenant, nameRuleBroken);
  if (misnamed !== undefined) return E.left(`the tenant: ${misnamed}`);
  const fixed = Object.hasOwn(configured, account) ? configured[account] : undefined;
  if (fixed === tenant) return E.right(undefined);
  if (fixed !== undefined) return E.left('config.json gives it to another tenant, and counts first; change it there');
  const path = pathOf(dir);
  const locked = await lock(path);
  if (E.isLeft(locked)) return locked;
  try {
    return await bindIn(path, marketplace, account, tenant);
  } finally {
    await rm(lockOf(path), { force: true });
  }
};

const bindIn = async (
  path: string,
  marketplace: MarketplaceName,
  account: string,
  tenant: string,
): Promise<E.Either<string, void>> => {
  const read = readBound(path);
  if (E.isLeft(read)) return read;
  const own = read.right[marketplace] ?? {};
  const before = Object.hasOwn(own, account) ? own[account] : undefined;
  if (before === tenant) return E.right(undefined);
  if (before !== undefined) return E.left(`it is bound to another tenant; change ${path} for that`);
  const next = { ...read.right, [marketplace]: { ...own, [account]: tenant } };
  const text = `${JSON.stringify(next, null, 2)}\n`;
  // What could not be read again is not written.
  return E.isLeft(boundIn(path, text))
    ? E.left(`${path}: this account cannot be written into it`)
    : replacePrivate(path, text);
};

const pathOf = (dir: string): string => join(dir, 'marketplace-accounts.json');
const lockOf = (path: string): string => `${path}.lock`;
const LIMITS = { comments: true, maxBytes: 16_777_216, maxDepth: 4 } as const;
const NAMES = ['google', 'aws', 'azure'];
const LOCK_TRIES = 40;
const LOCK_PAUSE_MS = 50;

const lock = async (path: string): Promise<E.Either<string, void>> => {
  for (let tries = 1; ; tries += 1) {
    const locked = await createPrivate(lockOf(path), '');
    if (E.isLeft(locked)) return locked;
    if (locked.right) return E.right(undefined);
    if (tries === LOCK_TRIES)
      return E.left(`${path}: is being changed; if no command runs, remove ${lockOf(path)} and try again`);
    await pause(LOCK_PAUSE_MS);
  }
};

/** A file that is not there binds nobody. */
const readBound = (path: string): E.Either<string, BoundAccounts> => {
  try {
    return statSync(path, { throwIfNoEntry: false }) === undefined ? E.right({}) : boundIn(path, readFileSync(path));
  } catch {
    return E.left(`${path}: cannot be read`);
  }
};

const boundIn = (path: string, text: string | Uint8Array): E.Either<string, BoundAccounts> => {
  const document = parseStrictJson(text, LIMITS);
  const value = E.isRight(document) ? document.right.value : undefined;
  return isBound(value) ? E.right(value) : E.left(`${path}: expected tenants by account, by marketplace`);
};

const isBound = (x: unknown): x is BoundAccounts =>
  isPlainObject(x) &&
  Object.entries(x).every(
    ([name, own]) =>
      NAMES.includes(name) &&
      isPlainObject(own) &&
      Object.values(own).every((tenant) => typeof tenant === 'string' && nameFault(tenant) === undefined),
  );
