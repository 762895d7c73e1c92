/** Values and their types: everything that a decision can look at is one of these, and each has a closed type. */

import { own } from '../receipt/encoding/own.ts';
import { formatInstant, isInstant, parseInstant } from './instant.ts';
import { admitRecords, recordsOf } from './record-list.ts';
import { describeForm, isOfForm, type TextForm } from './text-form.ts';

/**
 * What a fact can be. Numbers are safe integers; an instant is an integer of milliseconds; a set is sorted and unique. A
 * list of records is a set of texts, one a record; see records.ts.
 */
export type Value = boolean | number | string | readonly string[];

/** The declared type of a fact, a cell or an argument. */
export type Type =
  | { readonly type: 'boolean' }
  | { readonly type: 'integer'; readonly min?: number; readonly max?: number }
  /** `form`: only texts of this form, which may stand in clear in a receipt. */
  | { readonly type: 'string'; readonly maxLength?: number; readonly form?: TextForm }
  | { readonly type: 'enum'; readonly values: readonly string[] }
  | { readonly type: 'instant' }
  | { readonly type: 'set'; readonly of?: readonly string[]; readonly form?: TextForm }
  | RecordsType;
/** A list of records: `max` at most (256 unless it says less), each with all of these fields and no others. */
export interface RecordsType {
  readonly type: 'records';
  readonly fields: Readonly<Record<string, FieldType>>;
  readonly max?: number;
}
/** The type of a field of a record: one value, not a set and not records again. */
export type FieldType = Exclude<Type, { readonly type: 'set' } | { readonly type: 'records' }>;

/** A JSON value as it comes off a wire. */
export type Wire = null | boolean | number | string | readonly Wire[] | { readonly [key: string]: Wire };

type Fields = RecordsType['fields'];

/** Longest string that a fact may hold unless its type says less, in UTF-16 code units. */
export const MAX_STRING = 1024;
/** Longest string that an argument may be, where its type says so. What is written to the ledger stays below `MAX_STRING`. */
export const MAX_TEXT = 122_880;
/** Most members of a set, and most records of a list. */
export const MAX_SET = 256;
/** Most fields of a record. */
export const MAX_FIELDS = 32;

const LONE_SURROGATE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/;
/** Whether text is Unicode: UTF-8 and canonical JSON can't say a lone surrogate. */
export const isWellFormed = (x: unknown): x is string => typeof x === 'string' && !LONE_SURROGATE.test(x);

/**
 * The reader of a type: a wire value in, a `Value` out, or `undefined` for everything that is not of the type.
 * `null`, `""`, a numeric string, a fraction, a repeated member: all `undefined`; nothing is coerced.
 */
export const admit = (type: Type): ((json: unknown) => Value | undefined) => {
  switch (type.type) {
    case 'boolean':
      return (x) => (typeof x === 'boolean' ? x : undefined);
    case 'integer': {
      const min = own(type, 'min') ?? Number.MIN_SAFE_INTEGER;
      const max = own(type, 'max') ?? Number.MAX_SAFE_INTEGER;
      return (x) =>
        Number.isSafeInteger(x) && (x as number) >= min && (x as number) <= max ? (x as number) + 0 : undefined;
    }
    case 'string': {
      const max = own(type, 'maxLength') ?? MAX_STRING;
      const form = own(type, 'form');
      return (x) => (isText(x, max) && isOfForm(form, x) ? x : undefined);
    }
    case 'enum': {
      const values = new Set(type.values);
      return (x) => (typeof x === 'string' && values.has(x) ? x : undefined);
    }
    case 'instant':
      return (x) => (typeof x === 'string' ? parseInstant(x) : undefined);
    case 'set': {
      const words = own(type, 'of');
      const of = words === undefined ? undefined : new Set(words);
      const form = own(type, 'form');
      return (x) => {
        const set = admitSet(x, of);
        return set?.every((item) => isOfForm(form, item)) === true ? set : undefined;
      };
    }
    case 'records': {
      const fields = Object.entries(type.fields).map(([name, field]) => [name, admit(field)] as const);
      return (x) => admitRecords(x, fields, own(type, 'max') ?? MAX_SET);
    }
  }
};

/** The wire form of a value of a type: an instant becomes RFC 3339 text, records become objects. Inverse of `admit`. */
export const express = (type: Type, value: Value): Wire => {
  if (type.type === 'instant') return isInstant(value) ? formatInstant(value) : value;
  if (type.type !== 'records' || typeof value !== 'object') return value;
  return recordsOf(value).map((record) =>
    Object.fromEntries(Object.entries(type.fields).map(([name, field]) => [name, express(field, record[name] ?? '')])),
  );
};

/** Equality of values of one type. Sets are sorted, so they are compared place by place. */
export const sameValue = (a: Value, b: Value): boolean => {
  if (typeof a !== 'object' || typeof b !== 'object') return a === b;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
};

/** Whether two types admit the same values. */
export const sameType = (a: Type, b: Type): boolean => {
  switch (a.type) {
    case 'boolean':
    case 'instant':
      return a.type === b.type;
    case 'integer':
      return b.type === a.type && a.min === b.min && a.max === b.max;
    case 'string':
      return b.type === a.type && (a.maxLength ?? MAX_STRING) === (b.maxLength ?? MAX_STRING) && a.form === b.form;
    case 'enum':
      return b.type === a.type && sameWords(a.values, b.values);
    case 'set':
      return b.type === a.type && sameWords(a.of, b.of) && a.form === b.form;
    case 'records':
      return b.type === a.type && (a.max ?? MAX_SET) === (b.max ?? MAX_SET) && sameFields(a.fields, b.fields);
  }
};

/** What a type admits, in a few words, for an error. */
export const describeType = (type: Type): string => {
  switch (type.type) {
    case 'boolean':
      return 'true or false';
    case 'integer':
      return `an integer${type.min === undefined ? '' : ` from ${type.min}`}${type.max === undefined ? '' : ` to ${type.max}`}`;
    case 'string':
      return type.form === undefined
        ? `a string of 1 to ${type.maxLength ?? MAX_STRING} characters`
        : describeForm(type.form);
    case 'enum':
      return `one of ${type.values.join(', ')}`;
    case 'instant':
      return 'an RFC 3339 instant';
    case 'set':
      return `a list without repetition${type.of === undefined ? ` of strings${type.form === undefined ? '' : `, each ${describeForm(type.form)}`}` : ` out of ${type.of.join(', ')}`}`;
    case 'records':
      return `a list without repetition of at most ${type.max ?? MAX_SET} records { ${Object.keys(type.fields).sort().join(', ')} }`;
  }
};

const isText = (x: unknown, max: number): x is string =>
  typeof x === 'string' && x.length > 0 && x.length <= max && isWellFormed(x);

const admitSet = (json: unknown, of: ReadonlySet<string> | undefined): readonly string[] | undefined => {
  if (!Array.isArray(json) || json.length > MAX_SET) return undefined;
  const items: string[] = [];
  for (const item of json as readonly unknown[]) {
    if (!isText(item, MAX_STRING) || (of !== undefined && !of.has(item))) return undefined;
    items.push(item);
  }
  items.sort();
  for (let i = 1; i < items.length; i++) if (items[i] === items[i - 1]) return undefined;
  return items;
};

const sameWords = (a: readonly string[] | undefined, b: readonly string[] | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && sameValue([...a].sort(), [...b].sort()));

const sameFields = (a: Fields, b: Fields): boolean =>
  sameWords(Object.keys(a), Object.keys(b)) &&
  Object.entries(a).every(([name, type]) => sameType(type, b[name] as FieldType));
