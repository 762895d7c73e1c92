/** A deployment whose key changes: a signer that holds the old key beside the new one, over the same marks. */
import { buildNoteKey, formatVkey, parseNote } from '@tai-autonomics/core/receipt';
import type { Caller, Signer } from '@tai-autonomics/governor';
import { nodeSha256 } from '@tai-autonomics/governor/node';
import { right, type Setting, TENANT } from '../governor/kit.ts';
import { memorySigner, type TestSigner } from '../governor/signer.ts';

export const NEVER = { every: 1_000_000, withinMs: 1_000_000 };

export const system: Caller = { tenant: TENANT, subject: { type: 'system', id: 'operator' }, scope: [] };

/** The successor of a signer: another key, the old one held beside it, the marks of the origins kept. */
export const successor = (old: TestSigner, name = 'new key', older: readonly Signer[] = [old]): TestSigner => {
  const fresh = memorySigner(name);
  return Object.assign(fresh, {
    older,
    kept: old.kept,
    highWaterMark: old.highWaterMark,
    marks: old.marks,
    raise: old.raise,
  });
};

export const vkeyOf = ({ identity }: Pick<Setting, 'identity'>, signer: Pick<Signer, 'publicKey'>): string =>
  formatVkey(right(buildNoteKey(nodeSha256, identity.origin(TENANT), 1, signer.publicKey)));

/** The 8 hex digits in the middle of a vkey. */
export const idOf = (vkey: string): string => vkey.split('+')[1] ?? '';

/** The ids of the keys that signed a note, in the order of their lines. */
export const linesOf = (note: string): readonly string[] =>
  right(parseNote(note)).signatures.map(({ keyId }) => keyId.toString(16).padStart(8, '0'));

export const trusting = (...vkeys: readonly string[]): string =>
  `${vkeys.map((vkey) => `log ${vkey}\n`).join('')}quorum none\n`;
