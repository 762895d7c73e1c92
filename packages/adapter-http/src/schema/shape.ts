/** What a request may hold, declared once: how it is checked, what is said of a fault, and how the document describes it. */
import { isPlainObject } from '@tai-autonomics/core/receipt';
import { type Schema, withMembers } from './schema.ts';

/** What one value must be. */
export interface Shape {
  readonly schema: Schema;
  /** For whoever sent something else. */
  readonly expected: string;
  readonly holds: (x: unknown) => boolean;
  readonly isOptional?: true;
}

/** A header that a route reads. */
export interface Header {
  readonly name: string;
  readonly description: string;
  readonly schema: Schema;
}

/** The members of a JSON object. */
export type Shapes = Readonly<Record<string, Shape>>;

/** A string of this form. The form is of the whole string, and has no flag but `u`. */
export const textShape = (expected: string, form: RegExp, description: string): Shape => ({
  schema: { type: 'string', pattern: form.source, description },
  expected,
  holds: (x) => typeof x === 'string' && form.test(x),
});

/** A name: 1 to 200 characters, none of them a control character. */
export const nameShape = (description: string): Shape =>
  textShape('a string of 1 to 200 characters, none of them a control character', NAME, description);

/** Any JSON object. */
export const objectShape = (description: string): Shape => ({
  schema: { type: 'object', description },
  expected: 'an object',
  holds: isPlainObject,
});

/** Any list. */
export const listShape = (description: string): Shape => ({
  schema: { type: 'array', description },
  expected: 'a list',
  holds: Array.isArray,
});

/** True or false. */
export const flagShape = (description: string): Shape => ({
  schema: { type: 'boolean', description },
  expected: 'true or false',
  holds: (x) => typeof x === 'boolean',
});

/** An object with these members, and whatever others. */
export const openShape = (shapes: Shapes, expected: string): Shape => ({
  schema: openSchema(shapes),
  expected,
  holds: (x) =>
    isPlainObject(x) &&
    Object.entries(shapes).every(([name, shape]) =>
      Object.hasOwn(x, name) ? shape.holds(x[name]) : shape.isOptional === true,
    ),
});

/** The same, which may be absent. */
export const optional = (shape: Shape): Shape => ({ ...shape, isOptional: true });

/** An object with these members, and whatever others, as a schema. */
export const openSchema = (shapes: Shapes): Schema => withMembers(requiredOf(shapes), propertiesOf(shapes));

/** An object with these members and no others, as a schema. `readMembers` checks it, and says which member is wrong. */
export const closedSchema = (shapes: Shapes): Schema =>
  withMembers(requiredOf(shapes), propertiesOf(shapes), { additionalProperties: false });

/** What a name looks like. */
export const NAME: RegExp = /^\P{Cc}{1,200}$/u;

const requiredOf = (shapes: Shapes): readonly string[] =>
  Object.entries(shapes).flatMap(([name, { isOptional }]) => (isOptional === true ? [] : [name]));

const propertiesOf = (shapes: Shapes): Schema =>
  Object.fromEntries(Object.entries(shapes).map(([name, { schema }]) => [name, schema]));
