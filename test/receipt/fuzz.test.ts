import {
  assembleNote,
  canonicalize,
  checkpointBody,
  encodeUtf8,
  formatBundlePath,
  formatConsistency,
  formatEnvelope,
  formatInclusion,
  formatVkey,
  IN_TOTO_TYPE,
  manifestBody,
  nobleEd25519,
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
  parseTrust,
  parseVkey,
  receiptText,
  verifyEnvelope,
} from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { expect, test } from 'vitest';
import { buildLedger, digestOf, ORIGIN, proofOf, right, sha256, testKey } from './fixture.ts';

// Every parser gets a hundred thousand near misses: no throw, and whatever is accepted is the one spelling of what it says.

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 100_000);
/** Each costs the arithmetic of an Ed25519 key. `FUZZ_RUNS=5000000` gives these a hundred thousand as well. */
const SLOW_RUNS = RUNS / 50;

const ledger = buildLedger(6);
const witness = testKey('w.example/w', 4);
const lines = ledger.receipts.map(({ bytes }) => Buffer.from(bytes).toString('latin1'));
const inclusion = proofOf(ledger, 3);
const trust = `log ${ledger.key.vkey}\nwitness W ${witness.vkey}\ngroup G any W\nquorum G\n`;
const manifest = manifestBody({ origin: ORIGIN, entries: [{ path: 'checkpoint', sha256: sha256(new Uint8Array(0)) }] });
const disclosed = ledger.receipts[0]?.disclosures.map(({ text }) => text) ?? [];
const envelope = right(formatEnvelope(IN_TOTO_TYPE, new Uint8Array(9), [{ keyid: 'k', sig: new Uint8Array(64) }]));

/** A small deterministic generator: the same inputs on every run and machine. */
const generator = (seed: number): ((below: number) => number) => {
  let state = seed >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % below;
  };
};

const ALPHABET = [
  '\n',
  ' ',
  '"',
  '{',
  '}',
  '[',
  ']',
  ':',
  ',',
  '0',
  '1',
  '9',
  '-',
  '+',
  '=',
  'A',
  'a',
  '_',
  '/',
  '.',
  '\\',
  '\u2014',
  '\0',
  '\u00e9',
  '\ud800',
];

/** One of the samples, cut, doubled, spliced or with a few letters changed. */
const mutate = (samples: readonly string[], next: (below: number) => number): string => {
  let text = samples[next(samples.length)] ?? '';
  for (let edits = 1 + next(3); edits > 0; edits--) {
    const at = next(text.length + 1);
    const letter = ALPHABET[next(ALPHABET.length)] ?? '';
    switch (next(6)) {
      case 0:
        text = text.slice(0, at) + letter + text.slice(at);
        break;
      case 1:
        text = text.slice(0, at) + text.slice(at + 1 + next(4));
        break;
      case 2:
        text = text.slice(0, at) + letter + text.slice(at + 1);
        break;
      case 3:
        text =
          text.slice(0, at) + String.fromCharCode((text.charCodeAt(at) || 65) ^ (1 << next(7))) + text.slice(at + 1);
        break;
      case 4: {
        const other = samples[next(samples.length)] ?? '';
        text = text.slice(0, at) + other.slice(next(other.length + 1));
        break;
      }
      default:
        text = text.slice(0, at) + text.slice(Math.max(0, at - next(20)));
    }
  }
  return text;
};

const latin1 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));

/** A parser under test. `read` answers the canonical spelling of what was accepted, or `undefined` for a refusal. */
interface Format {
  readonly name: string;
  readonly samples: readonly string[];
  readonly read: (text: string) => string | undefined;
  readonly runs?: number;
}

const value = <A>(parsed: E.Either<unknown, A>): A | undefined => (E.isRight(parsed) ? parsed.right : undefined);

const FORMATS: readonly Format[] = [
  {
    name: 'receipt',
    samples: lines,
    read: (text) => {
      const receipt = value(parseReceipt(latin1(text)));
      return receipt && Buffer.from(encodeUtf8(right(receiptText(receipt))) ?? []).toString('latin1');
    },
  },
  {
    name: 'canonical JSON',
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
    samples: [ledger.key.vkey, witness.vkey],
    read: (text) => {
      const key = value(parseVkey(sha256, text));
      return key && formatVkey(key);
    },
    runs: SLOW_RUNS,
  },
  {
    // Comments and white space are free here, so an accepted text is only asked for its keys.
    name: 'trust file',
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
    runs: SLOW_RUNS,
  },
  {
    name: 'DSSE envelope',
    samples: [envelope],
    read: (text) =>
      value(E.map(() => 'verified')(verifyEnvelope({ verify: () => false }, new Uint8Array(32), IN_TOTO_TYPE, text))),
  },
];

test.for(FORMATS)(
  '$name: no throw, and nothing accepted but the one spelling',
  ({ name, samples, read, runs = RUNS }) => {
    const next = generator([...name].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7));
    // A sample itself must be accepted, or the run would prove nothing (an envelope is accepted only with a good signature).
    if (name !== 'DSSE envelope') for (const sample of samples) expect(read(sample)).toBe(sample);
    const wrong: string[] = [];
    for (let i = 0; i < runs; i++) {
      const text = mutate(samples, next);
      const accepted = read(text);
      if (accepted !== undefined && accepted !== text) wrong.push(text);
    }
    expect(wrong.slice(0, 3)).toEqual([]);
  },
);

test('signatures of any length and content never throw', () => {
  const next = generator(42);
  for (let i = 0; i < 300; i++) {
    const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, () => next(256));
    expect(nobleEd25519.verify(bytes(next(40)), bytes(next(9)), bytes(next(70)))).toBe(false);
  }
});
