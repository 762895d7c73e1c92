/** Text from elsewhere (an error, a tool's output), cut to what a receipt or a terminal line may hold. */

const DETAIL_CHARACTERS_MAX = 500;
const LAST_CHARACTERS_MAX = 300;
/** What looks for secrets may take the square of a hostile text’s length. */
const READ_CHARACTERS_MAX = 4_000;

/** One printable line of at most 500 characters: control characters and line ends become spaces, secrets become an ellipsis. */
export const oneLine = (text: string): string => {
  const line = printable(withoutSecrets(text.slice(0, READ_CHARACTERS_MAX)));
  return line.length > DETAIL_CHARACTERS_MAX ? `${[...line].slice(0, DETAIL_CHARACTERS_MAX - 1).join('')}…` : line;
};

/** The end of what was said, in one printable line of at most 300 characters, without secrets. */
export const lastWords = (text: string): string => {
  const line = printable(withoutSecrets(text.slice(-READ_CHARACTERS_MAX)));
  return line.length > LAST_CHARACTERS_MAX ? `…${[...line].slice(1 - LAST_CHARACTERS_MAX).join('')}` : line;
};

/** The message of whatever was thrown, as one line and without its stack. Never throws. */
export const messageOf = (thrown: unknown): string => {
  try {
    const message = thrown instanceof Error ? thrown.message || thrown.name : String(thrown);
    return oneLine(message) || 'no message';
  } catch {
    return 'no message';
  }
};

/** What looks like a secret in the output of a tool or the message of an error, each by what stands before it. */
const SECRETS: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/\btai_([a-z0-9]{4,32})_[A-Za-z0-9_-]{43}/g, 'tai_$1_…'],
  // The beginning of every JSON Web Token, whole or cut.
  [/\beyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){0,4}/g, 'eyJ…'],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, '(a private key)'],
  // One whose beginning was cut off.
  [/^[\s\S]*-----END [A-Z ]*PRIVATE KEY-----/, '(a private key)'],
  [/\b(bearer|basic)\s+[A-Za-z0-9+/_.~=-]{8,}/gi, '$1 …'],
  [/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi, '$1…@'],
  [
    /\b([\w-]*(?:password|passwd|secret|token|api[_-]?key|access[_-]?key)["']?\s*[=:]\s*)("[^"]*"|'[^']*'|[^\s,;&"']+)/gi,
    '$1…',
  ],
];

const withoutSecrets = (text: string): string =>
  SECRETS.reduce((so, [pattern, instead]) => so.replace(pattern, instead), text);

const printable = (text: string): string =>
  text
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Surrogate}]+/gu, ' ')
    .replace(/ {2,}/g, ' ')
    .trim();
