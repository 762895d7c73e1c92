/** Where a text is of another type than its own: shorter, or of a form. */

import type { TextForm } from '../../data/text-form.ts';
import { admit, MAX_STRING, type Type } from '../../data/value.ts';
import { NO, type Node, YES } from '../solver/diagram.ts';
import type { Space } from './space.ts';
import { lengthOf, type Word } from './unknown.ts';

type Text = Extract<Type, { readonly type: 'string' }>;

/** Where a text is of a type: a text by name is or isn't, of others it is a choice. */
export const isTextOf = (s: Space, word: Word, type: Text): Node => {
  const isWide = (type.maxLength ?? MAX_STRING) >= word.maxLength;
  return isWide && admitsForm(type.form, word.form) ? YES : s.algebra.not(isOutside(s, word, type));
};

/** Whether every text of one form is of the other. */
export const admitsForm = (wide: TextForm | undefined, narrow: TextForm | undefined): boolean =>
  wide === undefined || wide === narrow || (wide === 'id' && narrow === 'subject');

const isOutside = (s: Space, word: Word, type: Text): Node => {
  const { and, or, not } = s.algebra;
  const long = s.choiceIs(lengthOf(word), ['long']);
  let [named, longer] = [NO, NO];
  for (const text of s.textsOf(word)) {
    named = or(named, s.wordIs(word, text));
    if (admit(type)(text) === undefined) longer = or(longer, s.wordIs(word, text));
  }
  return or(longer, and(not(named), long));
};
