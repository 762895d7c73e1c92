/** The folder to which a tenant moves: the same deployment by its keys, in another place, with what is this tenant's alone. */
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { printIssue } from '@tai-autonomics/core';
import { isPlainObject } from '@tai-autonomics/core/receipt';
import type { HighWaterMark } from '@tai-autonomics/governor';
import { ledgerKeyPath, markText, openKeyFile, sameDeployment } from '@tai-autonomics/governor/keys';
import { createPrivate, systemRandom } from '@tai-autonomics/governor/node';
import { either as E } from 'fp-ts';
import type { Io } from '../../terminal/io.ts';
import { type Config, parseConfig } from '../config.ts';
import { readConfig } from '../deployment.ts';
import { hasId, nameOfPlace, newPlace } from '../place.ts';
import { exists } from './kept.ts';
import { copyFiles, isMark, keptFiles } from './kept-files.ts';

/** A folder that takes a tenant. */
export interface OtherFolder {
  readonly config: Config;
  readonly place: string;
  /** It was made now. */
  readonly isNew: boolean;
}

/**
 * Makes the folder where there is none, with a store of its own; `place` names it then. One that is there must be of the same mode,
 * domain and keys, and have a name. Its config.json comes last: a folder without it is made again. From the beginning it has the mark
 * of what was sealed of the ledger: it neither begins that anew nor decides in a part of it.
 */
export const otherFolder = async (
  io: Io,
  dir: string,
  to: string,
  {
    tenant,
    place,
    mark,
    publicKey,
  }: {
    readonly tenant: string;
    readonly place: string | undefined;
    readonly mark: HighWaterMark;
    readonly publicKey: Uint8Array | undefined;
  },
): Promise<E.Either<readonly string[], OtherFolder>> => {
  const own = await readConfig(io, dir);
  if (E.isLeft(own)) return own;
  if (`${to}${sep}`.startsWith(`${dir}${sep}`))
    return E.left([`${to}: lies in the deployment itself; name another folder`]);
  const isNew = !(await exists(join(to, 'config.json')));
  if (isNew && place === undefined)
    return E.left([`${to}: is no deployment yet; name the place that it shall be with --place`]);
  if (isNew) {
    if (own.right.place !== undefined && nameOfPlace(own.right.place) === place)
      return E.left([`--place: ${place} is the name of ${dir}; give each place its own`]);
    const foreign = await sameDeployment(ledgerKeyPath(dir, own.right.mode), ledgerKeyPath(to, own.right.mode));
    if (E.isLeft(foreign)) return E.left([foreign.left]);
    if (foreign.right === false) return E.left([`${to}: holds the keys of another deployment; name another folder`]);
    const narrow = { ...narrowed(own.right, tenant), place: newPlace(place ?? '') };
    const parsed = hasId(place ?? '') ? parseConfig({ ...narrow, place: '' }) : parseConfig(narrow);
    if (E.isLeft(parsed)) return E.left(parsed.left.map((issue) => `--place: ${printIssue(issue)}`));
    const made = await make(dir, to, { tenant, mark, mode: own.right.mode }, narrow);
    if (E.isLeft(made)) return E.left([made.left]);
  }
  const config = await readConfig(io, to);
  if (E.isLeft(config)) return config;
  const wrong =
    (await unlike(dir, own.right, to, config.right, place)) ?? (await otherKey(to, config.right.mode, publicKey));
  return wrong === undefined
    ? E.right({ config: config.right, place: config.right.place ?? '', isNew })
    : E.left([wrong]);
};

/** Raises the mark of a ledger in a folder: with fewer receipts than that nothing is decided in it there. */
export const raiseIn = async (
  dir: string,
  mode: Config['mode'],
  mark: HighWaterMark,
): Promise<E.Either<string, void>> => {
  const key = await openKeyFile(ledgerKeyPath(dir, mode), systemRandom);
  return E.isLeft(key) ? key : key.right.signer.raise(mark);
};

/** Why a ledger can't go on there under its own name. */
const unlike = async (
  dir: string,
  own: Config,
  to: string,
  other: Config,
  place: string | undefined,
): Promise<string | undefined> => {
  const sessionOf = (config: Config): string | undefined => (config.mode === 'eval' ? config.session : undefined);
  if (own.mode !== other.mode || own.domain !== other.domain || sessionOf(own) !== sessionOf(other))
    return `${to}/config.json: mode, domain and session name a ledger, and are not those of ${dir}`;
  if (other.place === undefined)
    return `${to}/config.json: has no place; add "place": "${newPlace('NAME')}", another NAME than ${dir} has`;
  const [name, ownName] = [other.place, own.place ?? ''].map(nameOfPlace);
  if (name === ownName) return `${to}/config.json: its place is ${name}, as that of ${dir}; give each its own`;
  if (!hasId(other.place))
    return `${to}/config.json: its place could be any folder of that name; write "place": "${newPlace(other.place)}"`;
  if (place !== undefined && place !== name && place !== other.place)
    return `${to}/config.json: its place is ${name}, not ${place}`;
  const same = await sameDeployment(ledgerKeyPath(dir, own.mode), ledgerKeyPath(to, own.mode));
  if (E.isLeft(same)) return same.left;
  return same.right === true
    ? undefined
    : `${to}: has other keys than ${dir}, so a ledger could not go on there under its own name`;
};

/** Why a ledger that is sealed with a key could not be gone on with there. */
const otherKey = async (
  to: string,
  mode: Config['mode'],
  publicKey: Uint8Array | undefined,
): Promise<string | undefined> => {
  if (publicKey === undefined) return undefined;
  const key = await openKeyFile(ledgerKeyPath(to, mode), systemRandom);
  if (E.isLeft(key)) return key.left;
  const known = [key.right.signer, ...(key.right.signer.older ?? [])];
  return known.some((one) => Buffer.compare(one.publicKey, publicKey) === 0)
    ? undefined
    : `${to}: its keys do not have the one that seals ledgers now; copy the keys there, as they are after the rotation`;
};

/** Of a configuration what is about one tenant; the store is the new place's own. */
const narrowed = (config: Config, tenant: string): Readonly<Record<string, unknown>> => {
  const { store: _, segments: __, ...others } = config;
  const own = (x: unknown): unknown =>
    isPlainObject(x) ? Object.fromEntries(Object.entries(x).filter(([name]) => name === tenant)) : x;
  const byTenant = ['owners', 'repositories', 'deployments', 'metrics', 'iam', 'listings', 'releases'] as const;
  return {
    ...others,
    ...Object.fromEntries(byTenant.map((name) => [name, own(config[name])])),
    selfHosted: config.selfHosted.filter((name) => name === tenant),
  };
};

/** Makes what is missing in a folder. Nothing that is there is replaced: it may be of tenants that are there. */
const make = async (
  dir: string,
  to: string,
  { tenant, mark, mode }: { readonly tenant: string; readonly mark: HighWaterMark; readonly mode: Config['mode'] },
  config: Readonly<Record<string, unknown>>,
): Promise<E.Either<string, void>> => {
  const paths = await keptFiles(dir, to);
  if (E.isLeft(paths)) return paths;
  const written: ReadonlyMap<string, string> = new Map([
    ['credentials.json', await credentialsOf(join(dir, 'credentials.json'), tenant)],
    ...paths.right
      .filter(isMark)
      .map((path): [string, string] => [path, markText(join(dir, path) === marksOf(dir, mode) ? [mark] : [])]),
  ]);
  try {
    await mkdir(to, { recursive: true, mode: 0o700 });
    const whole = paths.right.filter((path) => path !== 'config.json' && !written.has(path) && !isPassing(path));
    const copied = await copyFiles(dir, to, whole, false);
    if (E.isLeft(copied)) return copied;
    for (const [path, text] of written) {
      await mkdir(dirname(join(to, path)), { recursive: true, mode: 0o700 });
      const one = await createPrivate(join(to, path), text);
      if (E.isLeft(one)) return one;
    }
    // Of two that make the folder at once the first one names it.
    const named = await createPrivate(join(to, 'config.json'), `${JSON.stringify(config, null, 2)}\n`);
    // What was there already has its own marks: this one is put to them.
    return E.isLeft(named) ? named : raiseIn(to, mode, mark);
  } catch (thrown) {
    return E.left(`${to}: cannot be made: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  }
};

const marksOf = (dir: string, mode: Config['mode']): string => `${ledgerKeyPath(dir, mode)}.mark.json`;

/** What was seen for other tenants, and what says where they went, stays where it is. */
const isPassing = (path: string): boolean => /^(?:evidence|moved)[/\\]/.test(path);

/** The keys of the tenant, and those of no tenant, by which marketplaces tell of it. */
const credentialsOf = async (path: string, tenant: string): Promise<string> => {
  const text = await readFile(path, 'utf8').catch(() => '{"format":"tai-autonomics/credentials@1","credentials":[]}');
  const json = JSON.parse(text) as { readonly credentials?: readonly { readonly tenant?: string }[] };
  const own = (json.credentials ?? []).filter((one) => one.tenant === undefined || one.tenant === tenant);
  return `${JSON.stringify({ ...json, credentials: own }, null, 2)}\n`;
};
