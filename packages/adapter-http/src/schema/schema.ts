/** JSON Schema in short. */

/** JSON Schema 2020-12, any part of it. */
export type Schema = Readonly<Record<string, unknown>>;

/** A schema of the document, by its name. */
export const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

/** A list of these. */
export const listOf = (items: Schema): Schema => ({ type: 'array', items });

/** A string, and what it says. */
export const text = (description: string): Schema => ({ type: 'string', description });

/** A name of something. */
export const name: Schema = { type: 'string', minLength: 1, maxLength: 200 };

/** An object that has at least the members that are required. */
export const withMembers = (required: readonly string[], properties: Schema, more: Schema = {}): Schema => ({
  type: 'object',
  required,
  properties,
  ...more,
});
