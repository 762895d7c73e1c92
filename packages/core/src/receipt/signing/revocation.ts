/**
 * Keys of which the auditor knows from outside that they were given up: a ledger says so too, but the parts of one that
 * are in a bundle may not, and whoever stole a key leaves it out. Lines `revoked <key name>+<key id> <last good size>`.
 */
import { either as E } from 'fp-ts';
import { parsePolicyLines } from '../bundle/policy-lines.ts';
import { parseDecimal } from '../encoding/bytes.ts';
import { type FormatIssue, issue } from '../encoding/format-issue.ts';
import { isKeyName } from './note-key.ts';

/** A key that must not vouch for anything larger than a size. */
export interface KeyRevocation {
  readonly name: string;
  readonly keyId: number;
  readonly lastGoodSize: number;
}

const KEY_ID = /^[0-9a-f]{8}$/;

/** Reads a file of revocations. A key may stand there more than once: the smallest size counts. */
export const parseRevocations = (text: string): E.Either<FormatIssue, readonly KeyRevocation[]> => {
  const lines = parsePolicyLines(text);
  if (E.isLeft(lines)) return lines;
  const revocations: KeyRevocation[] = [];
  for (const { at, words } of lines.right) {
    const [verb, key = '', size = ''] = words;
    const [name = '', keyId = '', ...more] = key.split('+');
    const lastGoodSize = parseDecimal(size);
    const isOne =
      verb === 'revoked' && words.length === 3 && more.length === 0 && isKeyName(name) && KEY_ID.test(keyId);
    if (!isOne || lastGoodSize === undefined)
      return issue(at, 'revoked <key name>+<key id of 8 hex digits> <last good size>', words.join(' '));
    revocations.push({ name, keyId: Number.parseInt(keyId, 16), lastGoodSize });
  }
  return E.right(revocations);
};

/** The line of one revocation, with its newline. */
export const formatRevocation = ({ name, keyId, lastGoodSize }: KeyRevocation): string =>
  `revoked ${name}+${keyId.toString(16).padStart(8, '0')} ${lastGoodSize}\n`;
