/**
 * Throttle limits in a file, which whatever serves the requests reads:
 *
 * ```json
 * { "format": "tai-autonomics/throttle@2", "limits": { "acme": { "service/checkout": 50 } } }
 * ```
 *
 * A limit is requests a second, at least 1, by tenant and then by resource. A resource that isn't there is not throttled.
 */

import { stat } from 'node:fs/promises';
import { isPlainObject } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { oneLine } from '../bounds/bounded-text.ts';
import type { Handler, HandlerCall, Observer, TenantResource } from '../ports.ts';
import { changeJsonFile, readJsonFile } from './json-file.ts';
import { type ObserverOptions, observerOf } from './raw-evidence.ts';

/** Requests a second by resource, of one tenant. */
export type ThrottleLimits = ReadonlyMap<string, number>;

/** By tenant; one that is named has at least one limit. */
type AllLimits = ReadonlyMap<string, ThrottleLimits>;

const FORMAT = 'tai-autonomics/throttle@2';
const NONE: AllLimits = new Map();
const NO_LIMITS: ThrottleLimits = new Map();

/**
 * The handler: sets the limit of the resource to the step's `limit`, requests a second; 0 takes it away. Idempotent.
 * Other resources keep theirs, and so does a resource of this name that is another tenant's.
 */
export const setThrottle = async (call: HandlerCall): Promise<ThrottleSet> => {
  const { file } = call.options;
  const { limit } = call.step.with;
  const unusable =
    typeof file !== 'string'
      ? 'no limits file is registered'
      : limit === 0 || isLimit(limit)
        ? ''
        : 'no limit is given';
  if (unusable !== '') throw new Error(unusable);
  const to = limit as number;
  const done = await changeJsonFile(
    file as string,
    call.step.limits.timeoutMs,
    (json) =>
      E.map((before: AllLimits) => {
        const from = limitOf(before, call);
        return { answer: { from, to }, json: from === to ? undefined : formatLimits(withLimit(before, call, to)) };
      })(parseLimits(json)),
    call.signal,
  );
  // The executor's contract with handlers: what is thrown is the detail of a failed step.
  if (E.isLeft(done)) throw new Error(done.left);
  return done.right;
};

/** The registration of `setThrottle` for a step, over this limits file. */
export const throttleFileHandler = (step: string, file: string): Handler => ({
  step,
  module: import.meta.url,
  export: 'setThrottle',
  options: { file },
});

/** Sees the limit that is in the file: `active_throttle_limit`, 0 for none. A file that can't be read is nothing seen. */
export const throttleFileObserver = (options: ObserverOptions & { readonly file: string }): Observer =>
  observerOf(options, ['active_throttle_limit'], async (of) => {
    const observedAt = options.clock();
    return E.map((limits: AllLimits) => [{ fact: 'active_throttle_limit', value: limitOf(limits, of), observedAt }])(
      await readLimits(options.file),
    );
  });

/**
 * What serves a tenant's requests asks this for its limits: the file is read again when it was replaced, and a file that can't be
 * read changes nothing (the host's log is told), so a broken write neither lifts a throttle nor makes one.
 */
export const throttleFileReader = (
  file: string,
  tenant: string,
  onFault?: (detail: string) => void,
): (() => Promise<ThrottleLimits>) => {
  let known = NONE;
  let version = '';
  const own = (): ThrottleLimits => known.get(tenant) ?? NO_LIMITS;
  const versionOf = (): Promise<string> =>
    stat(file, { bigint: true }).then(
      ({ ino, size, mtimeNs }) => `${ino} ${size} ${mtimeNs}`,
      () => 'none',
    );
  return async () => {
    const now = await versionOf();
    if (now === version) return own();
    const limits = await readLimits(file);
    version = now;
    if (E.isRight(limits)) known = limits.right;
    else onFault?.(oneLine(limits.left));
    return own();
  };
};

const isLimit = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 1;

/** Reads what a limits file says; `undefined`, where there is no file, is no limits. */
const parseLimits = (json: unknown): E.Either<string, AllLimits> => {
  if (json === undefined) return E.right(NONE);
  const expected = E.left(`expected {"format": "${FORMAT}", "limits": {tenant: {resource: requests a second}}}`);
  if (!isPlainObject(json) || json['format'] !== FORMAT || !isPlainObject(json['limits'])) return expected;
  const limits = new Map<string, ThrottleLimits>();
  for (const [tenant, table] of Object.entries(json['limits'])) {
    if (!isPlainObject(table)) return expected;
    const own = Object.entries(table).filter((entry): entry is [string, number] => isLimit(entry[1]));
    if (own.length < Object.keys(table).length) return expected;
    if (own.length > 0) limits.set(tenant, new Map(own));
  }
  return E.right(limits);
};

const sorted = <A>(table: ReadonlyMap<string, A>): readonly (readonly [string, A])[] =>
  [...table].sort(([a], [b]) => (a < b ? -1 : 1));

const formatLimits = (limits: AllLimits): unknown => ({
  format: FORMAT,
  limits: Object.fromEntries(sorted(limits).map(([tenant, own]) => [tenant, Object.fromEntries(sorted(own))])),
});

/** The limit of one resource; 0 is none. */
const limitOf = (limits: AllLimits, { tenant, resource }: TenantResource): number =>
  limits.get(tenant)?.get(resource) ?? 0;

const withLimit = (limits: AllLimits, { tenant, resource }: TenantResource, to: number): AllLimits => {
  const own = new Map(limits.get(tenant));
  if (to === 0) own.delete(resource);
  else own.set(resource, to);
  const all = new Map(limits);
  if (own.size === 0) all.delete(tenant);
  else all.set(tenant, own);
  return all;
};

const readLimits = async (path: string): Promise<E.Either<string, AllLimits>> => {
  const json = await readJsonFile(path);
  return E.isLeft(json) ? json : parseLimits(json.right);
};

/** What was set: from which limit to which; 0 is none. */
export interface ThrottleSet {
  readonly from: number;
  readonly to: number;
}
