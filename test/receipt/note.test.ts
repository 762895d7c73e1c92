import {
  assembleNote,
  buildNoteKey,
  type Checkpoint,
  checkpointBody,
  consistencyProof,
  cosignatureMessage,
  formatVkey,
  joinCosignature,
  leafHash,
  type NoteKey,
  nobleEd25519,
  nodesOf,
  parseCheckpoint,
  parseCheckpointBody,
  parseNote,
  parseVkey,
  rootOf,
  signEd25519,
  signingRule,
  verifyNote,
} from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { describe, expect, test } from 'vitest';
import { bytesOf, readVector, right, sha256, signedNote, type TestKey, testKey } from './fixture.ts';

const example = readVector('signed-note/c2sp-signed-note-example.json') as { vkey: string; note: string };
const none = new Uint8Array(0);

describe('the specification’s example', () => {
  const key = right(parseVkey(sha256, example.vkey));

  test('its key reads and writes back', () => {
    expect(key.name).toBe('example.com/foo');
    expect(key.keyId.toString(16)).toBe('530d903a');
    expect(formatVkey(key)).toBe(example.vkey);
  });

  test('its note verifies', () => {
    expect(right(verifyNote(nobleEd25519, [key], example.note)).text).toBe('This is an example message.\n');
  });

  test('any single-bit change of its note is refused', () => {
    const bytes = bytesOf(example.note);
    for (let bit = 0; bit < bytes.length * 8; bit += 7) {
      const flipped = bytes.with(bit >> 3, (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7)));
      expect(E.isLeft(verifyNote(nobleEd25519, [key], Buffer.from(flipped).toString('latin1')))).toBe(true);
    }
  });

  test('the checkpoint of the specification reads', () => {
    const note = `example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n`;
    expect(right(parseCheckpoint(note))).toMatchObject({ origin: 'example.com/behind-the-sofa', size: 20_852_163 });
  });
});

describe('verifier keys', () => {
  const { vkey } = testKey('a.example/x');
  test.for([
    { note: 'another id', text: vkey.replace(/\+[0-9a-f]{8}\+/, '+00000000+') },
    { note: 'id in upper case', text: vkey.replace(/\+([0-9a-f]{8})\+/, (_, id: string) => `+${id.toUpperCase()}X+`) },
    { note: 'another name', text: vkey.replace('a.example', 'b.example') },
    { note: 'no key', text: vkey.split('+').slice(0, 2).join('+') },
    { note: 'space in the name', text: `a b${vkey}` },
    { note: 'no name', text: vkey.replace('a.example/x', '') },
    { note: 'key type 0x02', text: vkey.replace(/\+A/, '+C') },
    { note: 'a character short', text: vkey.slice(0, -1) },
    { note: 'a key of small order', text: 'x+00000000+AQEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' },
    { note: 'nothing', text: '' },
  ])('refused: $note', ({ text }) => {
    expect(E.isLeft(parseVkey(sha256, text))).toBe(true);
  });

  test('a key whose base64 has a plus sign reads', () => {
    const plus = [...Array(400).keys()]
      .map((i) => testKey('a.example/x', 1, `plus ${i}`))
      .find((k) => k.vkey.split('+').length > 3);
    expect(plus).toBeDefined();
    expect(right(parseVkey(sha256, plus?.vkey ?? ''))).toEqual(plus?.key);
  });
});

const log = testKey('ledger.example/r1/c/1');
const other = testKey('ledger.example/r1/c/2');
const body = checkpointBody({ origin: log.key.name, size: 3, root: sha256(none) });

const cosign = (note: string, witness: TestKey, time: number): string => {
  const text = right(parseNote(note)).text;
  const signature = signEd25519(witness.seed, cosignatureMessage(text, time)) ?? none;
  const { signatures } = right(parseNote(note));
  return right(
    assembleNote(text, [
      ...signatures,
      { name: witness.key.name, keyId: witness.key.keyId, signature: joinCosignature(time, signature) },
    ]),
  );
};

describe('who signed', () => {
  const witness = testKey('witness.example/w', 4);
  const note = signedNote(body, log, other);

  test.for<{ note: string; keys: readonly NoteKey[]; names: readonly string[] | undefined; unknown: number }>([
    { note: 'both known', keys: [log.key, other.key], names: [log.key.name, other.key.name], unknown: 0 },
    { note: 'one known, the other ignored', keys: [other.key], names: [other.key.name], unknown: 1 },
    { note: 'none known', keys: [witness.key], names: undefined, unknown: 2 },
    { note: 'no keys', keys: [], names: undefined, unknown: 2 },
  ])('$note', ({ keys, names, unknown }) => {
    const verified = verifyNote(nobleEd25519, keys, note);
    if (names === undefined) expect(E.isLeft(verified)).toBe(true);
    else {
      expect(right(verified).verified.map(({ key }) => key.name)).toEqual(names);
      expect(right(verified).unknown).toBe(unknown);
    }
  });

  test('a bad signature of a known key rejects the note although another one is good', () => {
    const bad = right(
      assembleNote(body, [
        ...right(parseNote(note)).signatures.slice(0, 1),
        { name: other.key.name, keyId: other.key.keyId, signature: new Uint8Array(64) },
      ]),
    );
    expect(E.isLeft(verifyNote(nobleEd25519, [log.key, other.key], bad))).toBe(true);
    expect(E.isRight(verifyNote(nobleEd25519, [log.key], bad))).toBe(true);
  });

  test('a signature under the right id and another name is of an unknown key', () => {
    const renamed = right(
      assembleNote(body, [{ name: 'else.example/x', keyId: log.key.keyId, signature: new Uint8Array(64) }]),
    );
    expect(E.isLeft(verifyNote(nobleEd25519, [log.key], renamed))).toBe(true);
  });

  test('a cosignature says when, and is not a signature of the text', () => {
    const cosigned = cosign(signedNote(body, log), witness, 1_800_000_000);
    expect(right(verifyNote(nobleEd25519, [log.key, witness.key], cosigned)).verified).toEqual([
      { key: log.key },
      { key: witness.key, time: 1_800_000_000 },
    ]);
    // The same key under type 0x01 has another id, so its line is unknown.
    const asLog = right(buildNoteKey(sha256, witness.key.name, 1, witness.key.publicKey));
    expect(right(verifyNote(nobleEd25519, [log.key, asLog], cosigned)).unknown).toBe(1);
  });

  test('a cosignature with another time, or of 64 bytes, is bad', () => {
    const signature = signEd25519(witness.seed, cosignatureMessage(body, 5)) ?? none;
    for (const bytes of [joinCosignature(6, signature), signature, joinCosignature(2 ** 53, signature)]) {
      const forged = right(
        assembleNote(body, [{ name: witness.key.name, keyId: witness.key.keyId, signature: bytes }]),
      );
      expect(E.isLeft(verifyNote(nobleEd25519, [witness.key], forged))).toBe(true);
    }
  });
});

test.for([
  { note: 'no signatures', text: 'a\n\n' },
  { note: 'no text', text: '\n\n— a AAAAAAA=\n' },
  { note: 'no blank line', text: 'a\n— a AAAAAAA=\n' },
  { note: 'no newline at the end', text: 'a\n\n— a AAAAAAA=' },
  { note: 'a line after the signatures', text: 'a\n\n— a AAAAAAA=\nb\n' },
  { note: 'blank line after the signatures', text: 'a\n\n— a AAAAAAA=\n\n' },
  { note: 'hyphen for an em dash', text: 'a\n\n- a AAAAAAA=\n' },
  { note: 'two spaces', text: 'a\n\n—  a AAAAAAA=\n' },
  { note: 'no-break space in a name', text: 'a\n\n— a\u00a0b AAAAAAA=\n' },
  { note: 'plus in a name', text: 'a\n\n— a+b AAAAAAA=\n' },
  { note: 'unused bits in base64', text: 'a\n\n— a AAAAAAB=\n' },
  { note: 'four bytes only', text: 'a\n\n— a AAAAAA==\n' },
  { note: 'carriage return', text: 'a\r\n\n— a AAAAAAA=\n' },
  { note: 'tab', text: 'a\tb\n\n— a AAAAAAA=\n' },
  { note: 'lone surrogate', text: 'a\ud800\n\n— a AAAAAAA=\n' },
  { note: '101 signatures', text: `a\n\n${'— a AAAAAAA=\n'.repeat(101)}` },
  { note: 'a million characters and one', text: `${'a'.repeat(1_000_001)}\n\n— a AAAAAAA=\n` },
])('parseNote refuses: $note', ({ text }) => {
  expect(E.isLeft(parseNote(text))).toBe(true);
});

test('a text with blank lines is split at the last one', () => {
  expect(right(parseNote('a\n\nb\n\n— a AAAAAAA=\n')).text).toBe('a\n\nb\n');
});

test('100 signatures are read', () => {
  expect(right(parseNote(`a\n\n${'— a AAAAAAA=\n'.repeat(100)}`)).signatures).toHaveLength(100);
});

test('assembleNote refuses what would not read back', () => {
  const line = { name: 'a', keyId: 1, signature: new Uint8Array(64) };
  expect(E.isLeft(assembleNote('no newline', [line]))).toBe(true);
  expect(E.isLeft(assembleNote('a\n', []))).toBe(true);
  expect(E.isLeft(assembleNote('a\n', [{ ...line, name: 'a b' }]))).toBe(true);
  expect(E.isLeft(assembleNote('a\u0007\n', [line]))).toBe(true);
});

const root64 = Buffer.from(sha256(none)).toString('base64');
test.for([
  { note: 'extension line', text: `a.b/c\n1\n${root64}\nx\n` },
  { note: 'trailing blank line', text: `a.b/c\n1\n${root64}\n\n` },
  { note: 'two lines', text: 'a.b/c\n1\n' },
  { note: 'origin without a path', text: `a.b\n1\n${root64}\n` },
  { note: 'origin in upper case', text: `A.b/c\n1\n${root64}\n` },
  { note: 'origin of 256 characters', text: `a.b/${'c'.repeat(252)}\n1\n${root64}\n` },
  { note: 'leading zero', text: `a.b/c\n01\n${root64}\n` },
  { note: 'size 2^53', text: `a.b/c\n9007199254740992\n${root64}\n` },
  { note: 'negative size', text: `a.b/c\n-1\n${root64}\n` },
  { note: 'empty size', text: `a.b/c\n\n${root64}\n` },
  { note: 'root of 31 bytes', text: `a.b/c\n1\n${Buffer.alloc(31).toString('base64')}\n` },
  { note: 'root in base64url', text: `a.b/c\n1\n${'_'.repeat(43)}=\n` },
])('parseCheckpointBody refuses: $note', ({ text }) => {
  expect(E.isLeft(parseCheckpointBody(text))).toBe(true);
});

describe('the signing rule', () => {
  const leaves = [...Array(9).keys()].map((i) => leafHash(sha256, Uint8Array.of(i)));
  const nodes = nodesOf(sha256, leaves);
  const forked = nodesOf(sha256, leaves.with(1, leafHash(sha256, Uint8Array.of(99))));
  const at = (size: number, reader = nodes): Checkpoint => ({
    origin: 'a.b/c',
    size,
    root: rootOf(sha256, reader, size) ?? sha256(none),
  });
  const proof = (from: number, to: number, reader = nodes): readonly Uint8Array[] =>
    consistencyProof(sha256, reader, from, to) ?? [];

  test.for<{
    note: string;
    previous: Checkpoint | undefined;
    next: Checkpoint;
    proof: readonly Uint8Array[];
    want: E.Either<string, string>;
  }>([
    { note: 'the first one', previous: undefined, next: at(4), proof: [], want: E.right('sign') },
    { note: 'after the empty tree', previous: at(0), next: at(4), proof: [], want: E.right('sign') },
    { note: 'the same again', previous: at(4), next: at(4), proof: [], want: E.right('same') },
    { note: 'larger, with its proof', previous: at(4), next: at(9), proof: proof(4, 9), want: E.right('sign') },
    { note: 'smaller: a rollback', previous: at(9), next: at(4), proof: [], want: E.left('smaller_size') },
    {
      note: 'same size, another root: a fork',
      previous: at(4),
      next: at(4, forked),
      proof: [],
      want: E.left('another_root'),
    },
    { note: 'larger without a proof', previous: at(4), next: at(9), proof: [], want: E.left('inconsistent') },
    {
      note: 'larger, rewritten before',
      previous: at(4),
      next: at(9, forked),
      proof: proof(4, 9, forked),
      want: E.left('inconsistent'),
    },
    {
      note: 'another ledger',
      previous: { ...at(4), origin: 'a.b/d' },
      next: at(9),
      proof: proof(4, 9),
      want: E.left('another_origin'),
    },
  ])('$note', ({ previous, next, proof: given, want }) => {
    expect(signingRule(sha256, previous, next, given)).toEqual(want);
  });
});
