/** Words for what a read answers with: schemas of results, short enough to be read beside the action that they belong to. */
import type { ResultSchema } from '@tai-autonomics/core/author';

export const text = (description: string): ResultSchema => ({ type: 'string', description });
export const count = (description: string): ResultSchema => ({ type: 'integer', description });
export const flag = (description: string): ResultSchema => ({ type: 'boolean', description });
export const word = (description: string, ...values: readonly string[]): ResultSchema => ({
  type: 'string',
  description,
  enum: values,
});
export const listOf = (items: ResultSchema, description?: string): ResultSchema => ({
  type: 'array',
  items,
  ...(description === undefined ? {} : { description }),
});
/** What a handler of the host says when it is done: anything, for nothing decides on it. */
export const handlerSays: ResultSchema = { description: 'what the host’s handler says of it' };
/** An object by member names that are not known beforehand. */
export const byName = (value: ResultSchema, description: string): ResultSchema => ({
  type: 'object',
  description,
  additionalProperties: value,
});
/** An object with these members; those whose name ends in `?` may be absent. */
export const members = (of: Readonly<Record<string, ResultSchema>>, description?: string): ResultSchema => ({
  type: 'object',
  ...(description === undefined ? {} : { description }),
  properties: Object.fromEntries(Object.entries(of).map(([name, schema]) => [name.replace('?', ''), schema])),
  required: Object.keys(of).filter((name) => !name.endsWith('?')),
});

/** What a preview comes to: it cannot be executed. */
export const previewed: ResultSchema = members({
  preview: flag('true: it cannot be executed'),
  action: text('which action was meant'),
  'decision?': members({ verdict: word('the verdict', 'approve', 'refuse') }, 'with all reasons and next lawful steps'),
  'notDecided?': text('why there is no decision'),
});

/** What names the receipts behind a figure: with them anybody computes it again from a bundle. */
export const computedFrom: ResultSchema = members({
  receipts: count('receipts of the period'),
  'first?': count('the first of them'),
  'last?': count('the last of them'),
  ledger: text('which ledger'),
  size: count('receipts that were read'),
  root: text('the root of the tree over them'),
  since: text('the period'),
  until: text('the period'),
});
