/** Looks into raw evidence, which is somebody else's JSON: own members only, and nothing is guessed. */
import type { FactId, Value } from '@tai-autonomics/core/author';
import { parseInstant } from '@tai-autonomics/core/engine';
import { isPlainObject } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { Detector } from '../../detector.ts';
import { member } from '../../members.ts';

/** Facts that the evidence settles; what it doesn't is `undefined`, and left out. */
export type Found = Readonly<Record<FactId, Value | undefined>>;

/** What stands at a path; `undefined` where nothing does. */
export const at = (json: unknown, ...path: readonly string[]): unknown => {
  let value: unknown = json;
  for (const name of path) value = isPlainObject(value) ? member(value, name) : undefined;
  return value ?? undefined;
};

export const textAt = (json: unknown, ...path: readonly string[]): string | undefined => {
  const value = at(json, ...path);
  return typeof value === 'string' && value !== '' && value.length <= 1_024 ? value : undefined;
};

/** A whole number from 0 on, as a number or in decimal digits: int64 is text in JSON. */
export const countAt = (json: unknown, ...path: readonly string[]): number | undefined => {
  const value = at(json, ...path);
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return Number.isSafeInteger(number) && (number as number) >= 0 ? (number as number) : undefined;
};

export const flagAt = (json: unknown, ...path: readonly string[]): boolean | undefined => {
  const value = at(json, ...path);
  return typeof value === 'boolean' ? value : undefined;
};

/** A list at a path; an absent one is empty, since serialisers leave empty lists out. */
export const listAt = (json: unknown, ...path: readonly string[]): readonly unknown[] | undefined => {
  const value = at(json, ...path);
  return value === undefined ? [] : Array.isArray(value) && value.length <= 100_000 ? value : undefined;
};

/** An instant of RFC 3339, in seconds since the Unix epoch. */
export const secondsAt = (json: unknown, ...path: readonly string[]): number | undefined => {
  const text = textAt(json, ...path);
  const ms =
    text === undefined
      ? undefined
      : parseInstant(text.replace(/(\.\d{3})\d*Z$/, '$1Z').replace(/^(.{19})Z$/, '$1.000Z'));
  return ms === undefined ? undefined : Math.floor(ms / 1_000);
};

/** One word of some; `other` for any other text. */
export const wordAt = (words: readonly string[], json: unknown, ...path: readonly string[]): string | undefined => {
  const text = textAt(json, ...path);
  return text === undefined ? undefined : words.includes(text) ? text : 'other';
};

/** Whether a Kubernetes condition of this type is True; `undefined` where it is Unknown, or isn't there. */
export const conditionOf = (json: unknown, type: string): boolean | undefined => {
  const condition = (listAt(json, 'status', 'conditions') ?? []).find((one) => at(one, 'type') === type);
  const status = at(condition, 'status');
  return status === 'True' ? true : status === 'False' ? false : undefined;
};

/** A detector over JSON objects (or lists, for rows): what it expects, in a line, and what it finds. */
export const detectorOf = (
  id: string,
  facts: readonly FactId[],
  expected: string,
  find: (raw: unknown) => Found | undefined,
): Detector => ({
  id,
  version: 1,
  facts,
  detect: (raw) => {
    const found = find(raw);
    if (found === undefined) return E.left(`expected ${expected}`);
    const settled = Object.entries(found).flatMap(([fact, value]) =>
      value === undefined ? [] : [[fact, value] as const],
    );
    return E.right(Object.fromEntries(settled));
  },
});

/** Text that a program printed, of a length that a person could read. */
export const printed = (raw: unknown): string | undefined =>
  typeof raw === 'string' && raw.length <= 10_000 ? raw : undefined;

/** `Name=value` lines, as `systemctl show` prints them: the value of one of them, if it is a whole number. */
export const propertyIn = (text: string, name: string): number | undefined => {
  const line = text.split('\n').find((one) => one.startsWith(`${name}=`));
  const value = line?.slice(name.length + 1);
  return value !== undefined && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
};

/** Of a whole the part that is used, in percent, rounded down. */
export const percentOf = (part: number, whole: number): number | undefined =>
  whole <= 0 ? undefined : Math.min(100, Math.floor((part * 100) / whole));

export const MEBIBYTE = 1_048_576;
