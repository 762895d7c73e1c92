/**
 * Throttle limits in a file, which whatever serves the requests reads:
 *
 * ```json
 * { "format": "tai-autonomics/throttle@1", "limits": { "service/checkout": 50 } }
 * ```
 *
 * A limit is requests a second, at least 1. A resource that isn't there is not throttled.
 */
import { stat } from 'node:fs/promises';
import { either as E } from 'fp-ts';
import { oneLine } from '../bounded-text.ts';
import type { Handler, HandlerCall, Observer } from '../ports.ts';
import { changeJsonFile, readJsonFile } from './json-file.ts';
import { type ObserverOptions, observerOf } from './raw-evidence.ts';

/** Requests a second by resource. */
export type ThrottleLimits = ReadonlyMap<string, number>;

const FORMAT = 'tai-autonomics/throttle@1';
const NONE: ThrottleLimits = new Map();

const isLimit = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 1;

/** Reads what a limits file says; `undefined`, where there is no file, is no limits. */
const parseLimits = (json: unknown): E.Either<string, ThrottleLimits> => {
  if (json === undefined) return E.right(NONE);
  const expected = E.left(`expected {"format": "${FORMAT}", "limits": {resource: requests a second}}`);
  if (typeof json !== 'object' || json === null) return expected;
  const { format, limits } = json as Readonly<Record<string, unknown>>;
  if (format !== FORMAT || typeof limits !== 'object' || limits === null || Array.isArray(limits)) return expected;
  const entries = Object.entries(limits);
  return entries.every(([, limit]) => isLimit(limit)) ? E.right(new Map(entries)) : expected;
};

const formatLimits = (limits: ThrottleLimits): unknown => ({
  format: FORMAT,
  limits: Object.fromEntries([...limits].sort(([a], [b]) => (a < b ? -1 : 1))),
});

const readLimits = async (path: string): Promise<E.Either<string, ThrottleLimits>> => {
  const json = await readJsonFile(path);
  return E.isLeft(json) ? json : parseLimits(json.right);
};

/** What was set: from which limit to which; 0 is none. */
export interface ThrottleSet {
  readonly from: number;
  readonly to: number;
}

/**
 * The handler: sets the limit of the resource to the step's `limit`, requests a second; 0 takes it away. Idempotent.
 * Other resources keep theirs.
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
  const done = await changeJsonFile(file as string, call.step.limits.timeoutMs, (json) =>
    E.map((before: ThrottleLimits) => {
      const from = before.get(call.resource) ?? 0;
      const after = new Map(before);
      if (to === 0) after.delete(call.resource);
      else after.set(call.resource, to);
      return { answer: { from, to }, json: from === to ? undefined : formatLimits(after) };
    })(parseLimits(json)),
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
  observerOf(options, ['active_throttle_limit'], async (about) => {
    const observedAt = options.clock();
    return E.map((limits: ThrottleLimits) => [
      { fact: 'active_throttle_limit', value: limits.get(about) ?? 0, observedAt },
    ])(await readLimits(options.file));
  });

/**
 * What serves requests asks this for the limits: the file is read again when it was replaced, and a file that can't be
 * read changes nothing (the host's log is told), so a broken write neither lifts a throttle nor makes one.
 */
export const throttleFileReader = (
  file: string,
  onFault?: (detail: string) => void,
): (() => Promise<ThrottleLimits>) => {
  let known = NONE;
  let version = '';
  const versionOf = (): Promise<string> =>
    stat(file, { bigint: true }).then(
      ({ ino, size, mtimeNs }) => `${ino} ${size} ${mtimeNs}`,
      () => 'none',
    );
  return async () => {
    const now = await versionOf();
    if (now === version) return known;
    const limits = await readLimits(file);
    version = now;
    if (E.isRight(limits)) known = limits.right;
    else onFault?.(oneLine(limits.left));
    return known;
  };
};
