/**
 * Forms of texts that stand in clear in receipts, where nothing can ever be erased: pseudonyms and opaque ids. Neither has
 * room for what people write: no space, no `@`. A form can't know what a text means, so who names things keeps them opaque.
 */

/** The form of a text. */
export type TextForm = (typeof TEXT_FORMS)[number];

/** The forms by name. */
export const TEXT_FORMS = ['subject', 'id'] as const;

const FORMS: Readonly<Record<TextForm, { readonly pattern: RegExp; readonly means: string }>> = {
  subject: {
    pattern: /^[A-Za-z0-9][A-Za-z0-9_:-]{0,127}$/,
    means: 'a pseudonym of letters, digits, "_", ":" and "-", at most 128 characters',
  },
  id: {
    // A digest in base64url may begin with any of its letters.
    pattern: /^[A-Za-z0-9_-][A-Za-z0-9_.:/+=-]{0,511}$/,
    means: 'an id of letters, digits and "_.:/+=-", at most 512 characters',
  },
};

/** Whether a text is of a form; any text is of none. */
export const isOfForm = (form: TextForm | undefined, text: string): boolean =>
  form === undefined || FORMS[form].pattern.test(text);

/** The regular expression of a form, for a schema. */
export const patternOf = (form: TextForm): string => FORMS[form].pattern.source;

/** A form in a few words, for an error. */
export const describeForm = (form: TextForm): string => FORMS[form].means;
