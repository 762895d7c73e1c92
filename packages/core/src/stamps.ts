/**
 * What the governor stamps on an intent beside the credential: the kind of whom its arguments name, and the key by which it is
 * signed. Both are worked out before the decision, and recorded with the intent.
 */

import type { Type } from './data/value.ts';
import type { Intent, Subject } from './observation.ts';
import { type Action, NAMED_KINDS } from './policy/action.ts';
import { own } from './receipt/encoding/own.ts';

/** Both stamps as an intent has them, from what the facts read: `nobody` and the empty text are no stamps. */
export const stampsOf = (named: string, signedBy: string): Pick<Intent, 'named' | 'signedBy'> => {
  const kind = NAMED_KINDS.find((each) => each === named);
  return { ...(kind === undefined ? {} : { named: kind }), ...(signedBy === '' ? {} : { signedBy }) };
};

/** The first argument by which an action names a subject; `undefined` for an action that names nobody. */
export const namingArgument = ({ arguments: declared }: Pick<Action, 'arguments'>): string | undefined =>
  Object.keys(declared).find((name) => isPseudonym(own(declared, name)?.type));

/** The stamp where an intent names a subject whose kind is known: whoever asks is one. */
export const namedAs = (
  action: Pick<Action, 'arguments'>,
  given: Readonly<Record<string, unknown>>,
  known: Pick<Subject, 'ref' | 'type'>,
): Pick<Intent, 'named'> => {
  const argument = namingArgument(action);
  const isKnown = argument !== undefined && own(given, argument) === known.ref;
  return isKnown ? stampsOf(known.type, '') : {};
};

const isPseudonym = (type: Type | undefined): boolean => type?.type === 'string' && type.form === 'subject';
