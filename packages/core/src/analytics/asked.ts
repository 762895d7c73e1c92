/** What a decision's receipt discloses of what was asked. Nothing of it is there if it was withheld or erased. */
import { isPlainObject, type Json } from '../receipt/index.ts';

/** What was asked, as far as a figure needs it. */
export interface AskedOf {
  readonly action: string;
  readonly resource: string;
  readonly binding: string;
}

/** What stands for an action that is not disclosed. */
export const WITHHELD = '(withheld)';

/** The intent's action, the pseudonym of its resource, and its binding. */
export const askedOf = (disclosed: ReadonlyMap<string, Json>): AskedOf | undefined => {
  const intent = disclosed.get('request/intent');
  const action = textAt(intent, 'action', 'id');
  const resource = textAt(intent, 'resource', 'ref');
  if (action === undefined || resource === undefined) return undefined;
  return { action, resource, binding: textAt(intent, 'binding') ?? '' };
};

const textAt = (json: Json | undefined, ...path: readonly string[]): string | undefined => {
  let here: Json | undefined = json;
  for (const name of path) here = isPlainObject(here) ? here[name] : undefined;
  return typeof here === 'string' ? here : undefined;
};
