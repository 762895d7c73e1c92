/** JSON values as types. */

/** JSON Schema 2020-12, any part of it. */
export type SchemaPart = Readonly<Record<string, unknown>>;

/** Any JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

/** A JSON object. */
export interface JsonObject {
  readonly [name: string]: Json;
}

/** Member names that can change what an object inherits. Refused wherever JSON is read. */
export const BANNED_MEMBERS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** Whether a value is an object that a JSON parser could have made: not a list, not `Date`, `Map`, boxed or of a class. */
export const isPlainObject = (x: unknown): x is Readonly<Record<string, unknown>> => {
  if (typeof x !== 'object' || x === null || Array.isArray(x)) return false;
  const prototype: unknown = Object.getPrototypeOf(x);
  if (prototype === null || prototype === Object.prototype) return true;
  // Another realm's Object.prototype: the end of its chain, with the method that only Object.prototype has.
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, 'isPrototypeOf');
};
