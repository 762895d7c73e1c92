/** Data among words: a model reads it as data only as long as nothing in it looks like a line of the door's own. */

/** Separators of lines that JSON leaves as they are. */
const SEPARATORS = /[\u0085\u2028\u2029]/g;

/** A value as JSON on one line, whatever a reader takes for the end of a line. */
export const quoted = (value: unknown): string =>
  JSON.stringify(value).replace(SEPARATORS, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
