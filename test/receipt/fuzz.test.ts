import {
  assembleNote,
  canonicalize,
  checkpointBody,
  encodeUtf8,
  equalBytes,
  formatBundlePath,
  formatConsistency,
  formatEnvelope,
  formatEquivocation,
  formatInclusion,
  formatRevocation,
  formatVkey,
  IN_TOTO_TYPE,
  manifestBody,
  nobleEd25519,
  noteMessage,
  parseBundlePath,
  parseCanonical,
  parseCheckpointBody,
  parseConsistency,
  parseDisclosure,
  parseDisclosures,
  parseInclusion,
  parseManifestBody,
  parseNote,
  parseReceipt,
  parseRevocations,
  parseTrust,
  parseVkey,
  preAuthEncoding,
  receiptText,
  verifyEnvelope,
  verifyEquivocation,
} from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { expect, test } from 'vitest';
import { runs } from '../runs.ts';
import { buildLedger, digestOf, ORIGIN, proofOf, right, sha256, signedNote, testKey } from './fixture.ts';
import { diceOf, mutate } from './mutants.ts';

// Every parser gets a hundred thousand near misses, those of keys a tenth: no throw, and whatever is accepted is the one spelling of what it says.

const RUNS = runs(100_000);
// Whether a key is one costs the arithmetic of a curve, and most near misses of these leave their keys as they are.
const RUNS_OF_KEYS = runs(10_000);

const ledger = buildLedger(6);
const witness = testKey('w.example/w', 4);
const lines = ledger.receipts.map(({ bytes }) => Buffer.from(bytes).toString('latin1'));
const inclusion = proofOf(ledger, 3);
const trust = `log ${ledger.key.vkey}\nwitness W ${witness.vkey}\ngroup G any W\nquorum G\n`;
const manifest = manifestBody({ origin: ORIGIN, entries: [{ path: 'checkpoint', sha256: sha256(new Uint8Array(0)) }] });
const disclosed = ledger.receipts[0]?.disclosures.map(({ text }) => text) ?? [];
const statement = new Uint8Array(9);
const signedMessage = preAuthEncoding(IN_TOTO_TYPE, statement);
const envelope = right(formatEnvelope(IN_TOTO_TYPE, statement, [{ keyid: 'k', sig: new Uint8Array(64) }]));
const revocation = formatRevocation({ name: ORIGIN, keyId: 0xbeef, lastGoodSize: 42 });
const otherRoot = { ...ledger.checkpoint, root: sha256(new Uint8Array(1)) };
const forked = signedNote(checkpointBody(otherRoot), ledger.key);
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const signedOnce = new Set(
  [ledger.note, forked].map((note) => {
    const { text, signatures } = right(parseNote(note));
    return `${hexOf(noteMessage(text))} ${hexOf(signatures[0]?.signature ?? statement)}`;
  }),
);

/** The bytes that a text stands for, one a letter. */
const latin1 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));

/** A parser under test. `read` answers the canonical spelling of what was accepted, or `undefined` for a refusal. */
interface Format {
  readonly name: string;
  readonly samples: readonly string[];
  readonly read: (text: string) => string | undefined;
  /** The texts stand for bytes, one a letter. */
  readonly bytes?: true;
  readonly hasKeys?: true;
}

const value = <A>(parsed: E.Either<unknown, A>): A | undefined => (E.isRight(parsed) ? parsed.right : undefined);

const FORMATS: readonly Format[] = [
  {
    name: 'receipt',
    bytes: true,
    samples: lines,
    read: (text) => {
      const receipt = value(parseReceipt(latin1(text)));
      return receipt && Buffer.from(encodeUtf8(right(receiptText(receipt))) ?? []).toString('latin1');
    },
  },
  {
    name: 'canonical JSON',
    bytes: true,
    samples: [...lines, Buffer.from('[1,2.5,-3e-7,"é\\n",null,true,{"":{}}]', 'utf8').toString('latin1')],
    read: (text) => {
      const parsed = parseCanonical(latin1(text));
      return E.isLeft(parsed)
        ? undefined
        : Buffer.from(encodeUtf8(right(canonicalize(parsed.right))) ?? []).toString('latin1');
    },
  },
  {
    name: 'note',
    samples: [ledger.note],
    read: (text) => {
      const note = value(parseNote(text));
      return note && right(assembleNote(note.text, note.signatures));
    },
  },
  {
    name: 'checkpoint',
    samples: [checkpointBody(ledger.checkpoint)],
    read: (text) => {
      const checkpoint = value(parseCheckpointBody(text));
      return checkpoint && checkpointBody(checkpoint);
    },
  },
  {
    name: 'inclusion proof',
    samples: [inclusion],
    read: (text) => {
      const file = value(parseInclusion(text));
      return file && formatInclusion(file);
    },
  },
  {
    name: 'consistency proof',
    samples: [formatConsistency({ oldSize: 3, proof: [sha256(new Uint8Array(0))], note: ledger.note })],
    read: (text) => {
      const file = value(parseConsistency(text));
      return file && formatConsistency(file);
    },
  },
  {
    name: 'disclosure',
    samples: disclosed,
    read: (text) => {
      const read = value(parseDisclosure(text));
      return read && Buffer.from(right(canonicalize([read.salt, read.name, read.value]))).toString('base64url');
    },
  },
  {
    name: 'list of disclosures',
    bytes: true,
    samples: [JSON.stringify(disclosed), '["a","b"]', '[]'],
    read: (text) => {
      const list = value(parseDisclosures(latin1(text)));
      return list && Buffer.from(encodeUtf8(JSON.stringify(list)) ?? []).toString('latin1');
    },
  },
  {
    name: 'manifest',
    samples: [manifest],
    read: (text) => {
      const read = value(parseManifestBody(text));
      return read && manifestBody(read);
    },
  },
  {
    name: 'bundle path',
    samples: [
      'receipts/12.json',
      `catalog/${digestOf('x')}.json`,
      'consistency/3-9.consistency',
      'checkpoint',
      'manifest.dsse.json',
    ],
    read: (text) => {
      const file = value(parseBundlePath(text));
      return file && formatBundlePath(file);
    },
  },
  {
    name: 'verifier key',
    hasKeys: true,
    samples: [ledger.key.vkey, witness.vkey],
    read: (text) => {
      const key = value(parseVkey(sha256, text));
      return key && formatVkey(key);
    },
  },
  {
    // Comments and white space are free here, so an accepted text is only asked for its keys.
    name: 'trust file',
    hasKeys: true,
    samples: [trust],
    read: (text) => {
      const policy = value(parseTrust(sha256, text));
      if (policy === undefined) return undefined;
      const known = [ledger.key.key.publicKey, witness.key.publicKey].map((key) => Buffer.from(key).toString('hex'));
      const keys = [...policy.logs, ...policy.witnesses.map(({ key }) => key)];
      return keys.every(({ publicKey }) => known.includes(Buffer.from(publicKey).toString('hex')))
        ? text
        : 'another key';
    },
  },
  {
    // JSON in any spelling, as the specification has it: what is accepted is the payload, and only the one that was signed.
    name: 'DSSE envelope',
    samples: [envelope],
    read: (text) => {
      const signed = { verify: (_key: Uint8Array, message: Uint8Array) => equalBytes(message, signedMessage) };
      const payload = value(verifyEnvelope(signed, new Uint8Array(32), IN_TOTO_TYPE, text));
      if (payload === undefined) return undefined;
      return equalBytes(payload, statement) ? text : 'another payload';
    },
  },
  {
    // Comments, white space and a byte order mark are free here as well: what is accepted says what the lines with words say.
    name: 'file of revocations',
    samples: [
      `${revocation}# told by telephone\n${formatRevocation({ name: 'w.example/w', keyId: 7, lastGoodSize: 0 })}`,
      revocation,
    ],
    read: (text) => {
      const read = value(parseRevocations(text));
      const said = text
        .replace(/^\uFEFF/, '')
        .split(/\r?\n/)
        .map((line) =>
          line
            .split(/[ \t]+/)
            .filter((word) => word !== '')
            .join(' '),
        )
        .filter((line) => line !== '' && !line.startsWith('#'));
      if (read === undefined) return undefined;
      return read.map(formatRevocation).join('') === said.map((line) => `${line}\n`).join('') ? text : 'something else';
    },
  },
  {
    name: 'evidence of a fork',
    samples: [right(formatEquivocation([ledger.note, forked]))],
    read: (text) => {
      const proved = value(
        verifyEquivocation(
          { verify: (_key, message, signature) => signedOnce.has(`${hexOf(message)} ${hexOf(signature)}`) },
          [ledger.key.key],
          text,
        ),
      );
      if (proved === undefined) return undefined;
      const { origin, size, roots } = proved;
      const notes = roots.map((root) => (equalBytes(root, ledger.checkpoint.root) ? ledger.note : forked));
      return origin === ORIGIN && size === 6 && notes[0] !== notes[1]
        ? right(formatEquivocation([notes[0] ?? '', notes[1] ?? '']))
        : 'another fork';
    },
  },
];

test.for(FORMATS)(
  '$name: no throw, and nothing accepted but the one spelling',
  async ({ name, samples, read, bytes, hasKeys }, { annotate }) => {
    const next = diceOf(name);
    const count = hasKeys === true ? RUNS_OF_KEYS : RUNS;
    // A sample itself must be accepted, or the run would prove nothing.
    for (const sample of samples) expect(read(sample)).toBe(sample);
    const wrong: string[] = [];
    let valid = 0;
    for (let i = 0; i < count; i++) {
      const mutant = mutate(samples, next);
      const text = bytes === true ? Buffer.from(mutant, 'latin1').toString('latin1') : mutant;
      const accepted = read(text);
      if (accepted !== undefined && !samples.includes(text)) valid += 1;
      if (accepted !== undefined && accepted !== text) wrong.push(text);
    }
    expect(wrong.slice(0, 3)).toEqual([]);
    await annotate(`${valid} of ${count} near misses were valid, and were none of the samples`);
  },
);

test('signatures of any length and content never throw', () => {
  const next = diceOf('signatures');
  for (let i = 0; i < 300; i++) {
    const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, () => next(256));
    expect(nobleEd25519.verify(bytes(next(40)), bytes(next(9)), bytes(next(70)))).toBe(false);
  }
});
