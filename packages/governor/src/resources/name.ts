/** Names of resources: each in one spelling, so that what looks the same is the same. */
import { isWellFormed } from '@tai-autonomics/core/receipt';

/** The whole tenant; every tenant has it. */
export const WHOLE_TENANT = '*';

const LENGTH = /^[\s\S]{1,200}$/u;
/** Control, format (invisible, direction), private, unassigned and separator characters other than a plain space. */
const STRANGE = /\p{DI}|\p{C}|\p{Zl}|\p{Zp}|(?! )\p{Zs}/u;
const PADDED = /^ | $| {2}/;

/** What is wrong with a name; `undefined` for a name in its one spelling. */
export const nameFault = (name: unknown): string | undefined => {
  if (typeof name !== 'string' || !isWellFormed(name) || !LENGTH.test(name)) return 'a name has 1 to 200 characters';
  if (STRANGE.test(name))
    return 'a name has no invisible, direction or control characters, and no spaces but the plain one';
  if (PADDED.test(name)) return 'a name has no spaces around it, and no two in a row';
  return name.normalize('NFC') === name ? undefined : 'a name is written in NFC';
};
