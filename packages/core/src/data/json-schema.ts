/** The types of facts and arguments as JSON Schema 2020-12: for callers who are told what to send before they send it. */
import { patternOf, type TextForm } from './text-form.ts';
import { MAX_SET, MAX_STRING, type Type } from './value.ts';

/** The part of JSON Schema 2020-12 that types need. Plain JSON: it can be sent as it is. */
export interface JsonSchema {
  readonly type: 'boolean' | 'integer' | 'string' | 'array' | 'object';
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly enum?: readonly string[];
  readonly format?: 'date-time';
  readonly items?: JsonSchema;
  readonly maxItems?: number;
  readonly uniqueItems?: true;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: false;
}

/**
 * The JSON Schema of a type's wire form. It accepts everything that `admit` accepts; the converse does not hold, since
 * JSON Schema counts characters where we count UTF-16 units, and a date-time may be finer, earlier or later than ours.
 */
export const jsonSchemaOf = (type: Type): JsonSchema => {
  switch (type.type) {
    case 'boolean':
      return { type: 'boolean' };
    case 'integer':
      return {
        type: 'integer',
        minimum: type.min ?? Number.MIN_SAFE_INTEGER,
        maximum: type.max ?? Number.MAX_SAFE_INTEGER,
      };
    case 'string':
      return text(type.maxLength ?? MAX_STRING, type.form);
    case 'enum':
      return { type: 'string', enum: type.values };
    case 'instant':
      return { type: 'string', format: 'date-time' };
    case 'set':
      return {
        type: 'array',
        items: type.of === undefined ? text(MAX_STRING, type.form) : { type: 'string', enum: type.of },
        maxItems: MAX_SET,
        uniqueItems: true,
      };
    case 'records':
      return {
        type: 'array',
        items: {
          type: 'object',
          properties: Object.fromEntries(
            Object.entries(type.fields).map(([name, field]) => [name, jsonSchemaOf(field)]),
          ),
          required: Object.keys(type.fields),
          additionalProperties: false,
        },
        maxItems: type.max ?? MAX_SET,
        uniqueItems: true,
      };
  }
};

const text = (maxLength: number, form?: TextForm): JsonSchema => ({
  type: 'string',
  minLength: 1,
  maxLength,
  ...(form === undefined ? {} : { pattern: patternOf(form) }),
});
