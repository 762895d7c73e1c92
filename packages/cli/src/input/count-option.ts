/** An option that is a count. */
import { InvalidArgumentError } from 'commander';

/** A whole number from 1 to 999,999,999; anything else is refused with exit 2, by the parser of the command line. */
export const parseCount = (text: string): number => {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError(`expected a whole number from 1, found ${text}`);
  return Number(text);
};
