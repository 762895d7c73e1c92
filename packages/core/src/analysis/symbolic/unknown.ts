/** What a decision can depend on, as the analysis sees it: unknowns of four shapes, and expressions over them. */
import { isOfForm, type TextForm } from '../../data/text-form.ts';
import { MAX_STRING, type RecordsType, type Value } from '../../data/value.ts';

/** One of a few words: a boolean, an enumeration, whether a fact is known. The first that costs 0 stands where nobody looks. */
export interface Choice {
  readonly key: string;
  /** The unknown that it speaks of; its own key where it is an unknown's value. */
  readonly owner: string;
  readonly labels: readonly (string | boolean)[];
  /** What each label adds to the size of an observation. */
  readonly costs: readonly number[];
  /** Labels that need `at` to be at least so late: nothing is stale a second after 1970. */
  readonly latest?: Readonly<Record<string, number>>;
  /** Whether it is about a member of something: that counts for less than a thing of the observation. */
  readonly small?: true;
}
/** An integer, or an instant in milliseconds. */
export interface Quantity {
  readonly key: string;
  readonly min: number;
  readonly max: number;
}
/** A text of at least one character. */
export interface Word {
  readonly key: string;
  readonly maxLength: number;
  /** Without control characters. */
  readonly plain: boolean;
  readonly form?: TextForm;
}
/** A set of texts; closed where `of` says what can be in it. */
export interface Collection {
  readonly key: string;
  readonly of?: readonly string[];
  readonly form?: TextForm;
}

/** A list of records. */
export interface Rows {
  readonly key: string;
  readonly type: RecordsType;
}

/** A value that is not known yet, or is. */
export type Expression =
  | { readonly kind: 'constant'; readonly value: Value }
  | { readonly kind: 'choice'; readonly choice: Choice }
  | { readonly kind: 'quantity'; readonly quantity: Quantity; readonly plus: number }
  | { readonly kind: 'word'; readonly word: Word }
  /** With `within`: only what is in this list as well. */
  | {
      readonly kind: 'collection';
      readonly collection: Collection;
      readonly within?: readonly string[];
      /** What was put in and taken out since; no text is in both. */
      readonly added?: readonly string[];
      readonly removed?: readonly string[];
    }
  | { readonly kind: 'rows'; readonly rows: Rows };

/** What every unknown has in an observation. */
export interface Assignment {
  readonly choice: (choice: Choice) => string | boolean;
  readonly quantity: (quantity: Quantity) => number;
  readonly word: (word: Word) => string;
  readonly collection: (collection: Collection) => readonly string[];
}

/** Whether a text can be in a collection. */
export const isMember = (of: Collection, text: string): boolean =>
  of.of === undefined ? text.length > 0 && text.length <= MAX_STRING && isOfForm(of.form, text) : of.of.includes(text);

/** Whether a text is longer than another declaration of its fact allows, or not of its form. Matters where two declarations are compared. */
export const lengthOf = (word: Word): Choice => ({
  key: `choice ${word.key} length`,
  owner: word.key,
  labels: ['short', 'long'],
  costs: [0, 0],
});

/** Whether a set has a member that is not of another declaration's form. */
export const oddnessOf = ({ key }: Collection): Choice => ({
  key: `choice ${key} form`,
  owner: key,
  labels: ['formed', 'odd'],
  costs: [0, 0],
});

/** A text that is as long as a word may be, and of no form but the word's own. */
export const oddText = ({ form, maxLength }: Word): string => {
  const part = form === undefined ? 'long ' : form === 'id' ? 'long.' : 'long';
  const most = form === undefined ? maxLength : Math.min(maxLength, form === 'id' ? 512 : 128);
  return `${part.repeat(Math.ceil(most / part.length)).slice(0, most - 1)}g`;
};

/** Whether a text can stand in a word. */
export const fits = (word: Word, text: string): boolean =>
  text.length > 0 &&
  text.length <= word.maxLength &&
  isOfForm(word.form, text) &&
  !(word.plain && /\p{Cc}/u.test(text));

/** The instant of the decision; what `latest` of a choice speaks of. */
export const AT: Quantity = { key: 'at', min: 0, max: 253_402_300_799_999 };
