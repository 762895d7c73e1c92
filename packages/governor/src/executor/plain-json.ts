/**
 * What a handler may answer: plain JSON, small, and sayable in canonical form, since the outcome is hashed.
 */
import type { Json } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';

const DEPTH_MAX = 32;
const LONE_SURROGATE = /\p{Surrogate}/u;
const FORBIDDEN_MEMBERS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** Counts down, so that a huge or cyclic value is given up early and not copied first. */
interface Budget {
  left: number;
}

const tooLarge = 'is larger than its limit';

/**
 * Copies a value if it is plain JSON of at most `limitBytes` (UTF-8, as `JSON.stringify` writes it). Numbers have to be
 * safe integers: a receipt can't hold a fraction.
 * `undefined` at the top is read as `null`: a handler with nothing to say. Never throws, whatever getters do.
 */
export const parsePlainJson = (value: unknown, limitBytes: number): E.Either<string, Json> => {
  try {
    const copied = copy(value ?? null, { left: limitBytes }, 0);
    if (E.isLeft(copied)) return copied;
    return Buffer.byteLength(JSON.stringify(copied.right)) > limitBytes ? E.left(tooLarge) : copied;
  } catch {
    return E.left('cannot be read');
  }
};

const copyString = (text: string, budget: Budget): E.Either<string, string> => {
  budget.left -= text.length + 2;
  if (budget.left < 0) return E.left(tooLarge);
  return LONE_SURROGATE.test(text) ? E.left('holds a lone surrogate') : E.right(text);
};

const copyArray = (items: readonly unknown[], budget: Budget, depth: number): E.Either<string, Json> => {
  const copied: Json[] = [];
  for (const item of items) {
    const one = copy(item, budget, depth + 1);
    if (E.isLeft(one)) return one;
    copied.push(one.right);
  }
  return E.right(copied);
};

const copyObject = (value: object, budget: Budget, depth: number): E.Either<string, Json> => {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) return E.left('holds an object that is not plain');
  const copied: Record<string, Json> = {};
  for (const [member, item] of Object.entries(value)) {
    if (FORBIDDEN_MEMBERS.has(member)) return E.left(`has a member named ${member}`);
    const name = copyString(member, budget);
    if (E.isLeft(name)) return name;
    const one = copy(item, budget, depth + 1);
    if (E.isLeft(one)) return one;
    copied[member] = one.right;
  }
  return E.right(copied);
};

const copy = (value: unknown, budget: Budget, depth: number): E.Either<string, Json> => {
  budget.left -= 1;
  if (budget.left < 0) return E.left(tooLarge);
  if (depth > DEPTH_MAX) return E.left(`is nested deeper than ${DEPTH_MAX}`);
  if (value === null || typeof value === 'boolean') return E.right(value);
  if (typeof value === 'string') return copyString(value, budget);
  if (typeof value === 'number') {
    return Number.isSafeInteger(value) ? E.right(value) : E.left('holds a number that is not a safe integer');
  }
  if (Array.isArray(value)) return copyArray(value, budget, depth);
  return typeof value === 'object' ? copyObject(value, budget, depth) : E.left(`holds a ${typeof value}`);
};
