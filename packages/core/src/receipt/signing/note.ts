/**
 * Signed notes (C2SP signed-note v1.0.0): a text that ends in a newline, a blank line, signature lines. Known keys
 * decide; unknown ones are ignored, which is how rotation and witnesses work; one bad signature of a known key rejects all.
 */
import { either as E } from 'fp-ts';
import { ascii, concatBytes, decodeBase64, encodeBase64, encodeUtf8, isWellFormed } from '../encoding/bytes.ts';
import type { Ed25519 } from '../encoding/crypto.ts';
import { type FormatIssue, issue } from '../encoding/format-issue.ts';
import { isKeyName, type NoteKey, readU32, writeU32 } from './note-key.ts';

/** One signature line. `signature` is what follows the four bytes of the key id. */
export interface NoteSignature {
  readonly name: string;
  readonly keyId: number;
  readonly signature: Uint8Array;
}

/** A note that was read; nothing about it is verified yet. `text` ends in a newline. */
export interface Note {
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** A signature that verified. `time` (POSIX seconds) is a witness's. */
export interface NoteVerified {
  readonly key: NoteKey;
  readonly time?: number;
}

/** A note of which at least one known key's signature verified and no known key's failed. */
export interface VerifiedNote {
  readonly text: string;
  readonly verified: readonly NoteVerified[];
  /** Signature lines of keys that the caller doesn't know. They prove nothing. */
  readonly unknown: number;
}

/** What the known keys say about a note, good and bad. */
export interface JudgedNote extends VerifiedNote {
  /** Known keys whose signature does not verify. One of them, and the note must be rejected. */
  readonly bad: readonly NoteKey[];
}

/** Longest note that is read, in UTF-16 code units. */
export const MAX_NOTE_LENGTH = 1_000_000;
/** Most signature lines that are read (the specification asks for at least 16). */
export const MAX_NOTE_SIGNATURES = 100;

// biome-ignore lint/suspicious/noControlCharactersInRegex: the specification forbids exactly these
const CONTROL = /[\u0000-\u0009\u000b-\u001f]/;

/** Reads a note's text and signature lines. Verifies nothing. */
export const parseNote = (note: string): E.Either<FormatIssue, Note> => {
  if (note.length > MAX_NOTE_LENGTH) return issue([], `a note of at most ${MAX_NOTE_LENGTH} characters`, note);
  if (CONTROL.test(note)) return issue([], 'no control characters but newlines', note);
  if (!isWellFormed(note)) return issue([], 'no lone surrogates', note);
  const split = note.lastIndexOf('\n\n');
  if (split < 1 || !note.endsWith('\n') || split + 2 === note.length)
    return issue([], 'a text, a blank line and signature lines', note);
  const lines = note.slice(split + 2, -1).split('\n');
  if (lines.length > MAX_NOTE_SIGNATURES)
    return issue(['signature'], `at most ${MAX_NOTE_SIGNATURES} signatures`, lines.length);
  const signatures: NoteSignature[] = [];
  for (const [i, line] of lines.entries()) {
    const signature = parseSignatureLine(line, i + 1);
    if (E.isLeft(signature)) return signature;
    signatures.push(signature.right);
  }
  return E.right({ text: note.slice(0, split + 1), signatures });
};

/** The bytes that an Ed25519 key (type 0x01) signs: the note's text with its final newline. */
export const noteMessage = (text: string): Uint8Array => encodeUtf8(text) ?? new Uint8Array(0);

/** The bytes that a witness (type 0x04) signs at a time in POSIX seconds. */
export const cosignatureMessage = (text: string, time: number): Uint8Array =>
  concatBytes(ascii(`cosignature/v1\ntime ${time}\n`), noteMessage(text));

/** One signature line, with its newline. */
export const formatSignatureLine = (line: NoteSignature): string =>
  `\u2014 ${line.name} ${encodeBase64(concatBytes(writeU32(line.keyId), line.signature))}\n`;

/**
 * The note of a text and its signatures, in the order given. The text must end in a newline and the result must read
 * back as the same note; so a text with a control character, or a name with a space, is refused.
 */
export const assembleNote = (text: string, signatures: readonly NoteSignature[]): E.Either<FormatIssue, string> => {
  if (!text.endsWith('\n')) return issue([], 'a text that ends in a newline', text);
  const note = `${text}\n${signatures.map(formatSignatureLine).join('')}`;
  const again = parseNote(note);
  if (E.isLeft(again)) return again;
  return again.right.text === text ? E.right(note) : issue([], 'a text that can be told from its signatures', text);
};

/** The signature of a witness's cosignature line: time ‖ signature of `cosignatureMessage`. */
export const joinCosignature = (time: number, signature: Uint8Array): Uint8Array =>
  concatBytes(writeU32(Math.floor(time / 0x100000000)), writeU32(time % 0x100000000), signature);

/** Judges every signature line of a note by the known keys, without deciding yet. Left only if it doesn't parse. */
export const judgeNote = (
  ed25519: Ed25519,
  keys: readonly NoteKey[],
  note: string,
): E.Either<FormatIssue, JudgedNote> => {
  const parsed = parseNote(note);
  if (E.isLeft(parsed)) return parsed;
  const { text, signatures } = parsed.right;
  const verified: NoteVerified[] = [];
  const bad: NoteKey[] = [];
  let unknown = 0;
  for (const line of signatures) {
    const key = keys.find((known) => known.name === line.name && known.keyId === line.keyId);
    const good = key === undefined ? undefined : verifyLine(ed25519, key, text, line);
    if (key === undefined) unknown += 1;
    else if (good === undefined) bad.push(key);
    else verified.push(good);
  }
  return E.right({ text, verified, unknown, bad });
};

/**
 * Verifies a note against known keys. Left if it doesn't parse, if a known key's signature is bad, or if no known key
 * signed it. A signature of an unknown key is counted and ignored, even if it shares name or id (not both) with a known one.
 */
export const verifyNote = (
  ed25519: Ed25519,
  keys: readonly NoteKey[],
  note: string,
): E.Either<FormatIssue, VerifiedNote> => {
  const judged = judgeNote(ed25519, keys, note);
  if (E.isLeft(judged)) return judged;
  const { text, verified, unknown, bad } = judged.right;
  if (bad[0] !== undefined)
    return issue(['signature'], `a good signature of the known key ${bad[0].name}`, 'a bad one');
  if (verified.length === 0) return issue(['signature'], 'one of a known key', `${unknown} of unknown keys`);
  return E.right({ text, verified, unknown });
};

const parseSignatureLine = (line: string, place: number): E.Either<FormatIssue, NoteSignature> => {
  const at = ['signature', place];
  const parts = line.split(' ');
  if (parts.length !== 3 || parts[0] !== '\u2014') return issue(at, 'an em dash, a key name and base64', line);
  const [, name = '', text = ''] = parts;
  if (!isKeyName(name)) return issue(at, 'a key name', name);
  const bytes = decodeBase64(text);
  if (bytes === undefined || bytes.length < 5) return issue(at, 'base64 of a key id and a signature', text);
  return E.right({ name, keyId: readU32(bytes), signature: bytes.slice(4) });
};

const verifyLine = (ed25519: Ed25519, key: NoteKey, text: string, line: NoteSignature): NoteVerified | undefined => {
  if (key.type === 1) return ed25519.verify(key.publicKey, noteMessage(text), line.signature) ? { key } : undefined;
  const parts = splitCosignature(line.signature);
  if (parts === undefined) return undefined;
  const message = cosignatureMessage(text, parts.time);
  return ed25519.verify(key.publicKey, message, parts.signature) ? { key, time: parts.time } : undefined;
};

/** Time of a cosignature as eight bytes, big-endian, then 64 bytes of signature. */
const splitCosignature = (bytes: Uint8Array): { readonly time: number; readonly signature: Uint8Array } | undefined => {
  if (bytes.length !== 72) return undefined;
  const time = readU32(bytes.subarray(0, 4)) * 0x100000000 + readU32(bytes.subarray(4, 8));
  return Number.isSafeInteger(time) ? { time, signature: bytes.slice(8) } : undefined;
};
