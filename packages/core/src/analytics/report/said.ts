/** Who asked for what, in words: what a receipt discloses, or else its pseudonyms. */
import { isPlainObject, type Json, type Receipt } from '../../receipt/index.ts';

/** What was asked. */
export interface Said {
  /** `type:id`, or the pseudonym where that was withheld or erased. */
  readonly who: string;
  readonly action: string;
  readonly resource: string;
  readonly argument: (name: string) => Json | undefined;
}

const WITHHELD = 'something that is withheld';

/** What a decision's receipt discloses of what was asked. */
export const saidIn = ({ subject }: Receipt, disclosed: ReadonlyMap<string, Json>): Said => {
  const intent = disclosed.get('request/intent');
  const type = at(intent, 'subject', 'type');
  const id = at(intent, 'subject', 'id');
  return {
    who: typeof type === 'string' && typeof id === 'string' ? `${type}:${id}` : subject,
    action: textAt(intent, 'action', 'id'),
    resource: textAt(intent, 'resource', 'id'),
    argument: (name) => at(intent, 'action', 'arguments', name),
  };
};

const textAt = (json: Json | undefined, ...path: readonly string[]): string => {
  const found = at(json, ...path);
  return typeof found === 'string' ? found : WITHHELD;
};

const at = (json: Json | undefined, ...path: readonly string[]): Json | undefined => {
  let here: Json | undefined = json;
  for (const name of path) here = isPlainObject(here) && Object.hasOwn(here, name) ? here[name] : undefined;
  return here;
};
