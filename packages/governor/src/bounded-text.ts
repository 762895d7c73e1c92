/** Text from elsewhere (an error, a tool's output), cut to what a receipt or a terminal line may hold. */

const DETAIL_CHARACTERS_MAX = 500;

/** One printable line of at most 500 characters: control characters and line ends become spaces. */
export const oneLine = (text: string): string => {
  const line = text
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Surrogate}]+/gu, ' ')
    .replace(/ {2,}/g, ' ')
    .trim();
  return line.length > DETAIL_CHARACTERS_MAX ? `${[...line].slice(0, DETAIL_CHARACTERS_MAX - 1).join('')}…` : line;
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
