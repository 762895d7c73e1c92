/**
 * Lists of records. Inside, a list is the set of its records' texts: JSON with the fields in the order of their names,
 * sorted, each once. So two sources agree exactly if the texts do, and everything that handles sets handles records.
 */

import { isPlainObject } from '../receipt/encoding/json.ts';
import { bare } from '../receipt/encoding/own.ts';

/** One record: its fields' values, an instant in milliseconds. */
export interface RecordValue {
  readonly [field: string]: boolean | number | string;
}

type Field = readonly [string, (json: unknown) => unknown];

/** Reads a list of records: each has all the fields and no others, none is there twice. `undefined` for anything else. */
export const admitRecords = (
  json: unknown,
  declared: readonly Field[],
  most: number,
): readonly string[] | undefined => {
  if (!Array.isArray(json) || json.length > most) return undefined;
  const fields = [...declared].sort(([a], [b]) => (a < b ? -1 : 1));
  const byText = new Map<string, RecordValue>();
  for (const item of json as readonly unknown[]) {
    const record = admitRecord(item, fields);
    const text = record === undefined ? undefined : JSON.stringify(record);
    if (record === undefined || text === undefined || byText.has(text)) return undefined;
    byText.set(text, record);
  }
  const texts = [...byText.keys()].sort();
  parsed.set(
    texts,
    texts.map((text) => byText.get(text) as RecordValue),
  );
  return texts;
};

/** The text of one record. */
export const recordText = (record: RecordValue): string =>
  JSON.stringify(Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1))));

/** The records of a list, in the order of their texts. */
export const recordsOf = (texts: readonly string[]): readonly RecordValue[] => {
  const known = parsed.get(texts);
  if (known !== undefined) return known;
  const records = texts.map((text) => JSON.parse(text) as RecordValue);
  parsed.set(texts, records);
  return records;
};

const admitRecord = (json: unknown, fields: readonly Field[]): RecordValue | undefined => {
  if (!isPlainObject(json)) return undefined;
  const record = bare<boolean | number | string>();
  for (const [name, admitted] of fields) {
    const value = Object.hasOwn(json, name) ? admitted(json[name]) : undefined;
    if (value === undefined) return undefined;
    record[name] = value as boolean | number | string;
  }
  return Object.keys(json).length === fields.length ? record : undefined;
};

/** What was read of a list, so that a decision doesn't parse what it has just written. */
const parsed = new WeakMap<readonly string[], readonly RecordValue[]>();
