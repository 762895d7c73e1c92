import {
  buildDisclosure,
  canonicalize,
  disclosureDigest,
  isDisclosureName,
  type Json,
  parseDisclosure,
  type Receipt,
  verifyDisclosures,
} from '@tai-autonomics/core/receipt';
import fc from 'fast-check';
import { either as E } from 'fp-ts';
import { describe, expect, test } from 'vitest';
import { runs } from '../runs.ts';
import { buildLedger, bytesOf, right, saltOf, sha256 } from './fixture.ts';

const textOf = (json: unknown): string => Buffer.from(JSON.stringify(json)).toString('base64url');
const SALT = Buffer.from(saltOf('s')).toString('base64url');

test('RFC 9901: the digest is of the text as given', () => {
  // The digest of the family_name disclosure in section 4.2.3 of RFC 9901, whose text has spaces and another salt than ours.
  const text = 'WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0';
  expect(disclosureDigest(sha256, text)).toBe('X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0');
});

test('what is built reads back, and its digest is listed', () => {
  const values = fc.json({ maxDepth: 3 }).map((text) => JSON.parse(text) as Json);
  fc.assert(
    fc.property(values, fc.uint8Array({ minLength: 16, maxLength: 16 }), (value, salt) => {
      const { name, text, digest } = right(buildDisclosure(sha256, salt, 'evidence/a/b', value));
      const read = right(parseDisclosure(text));
      expect({ ...read, value: canonicalize(read.value) }).toEqual({
        salt: Buffer.from(salt).toString('base64url'),
        name,
        value: canonicalize(value),
      });
      expect(digest).toBe(disclosureDigest(sha256, text));
    }),
    { numRuns: runs(300) },
  );
});

test('fractions may be disclosed, what is not JSON may not', () => {
  expect(E.isRight(buildDisclosure(sha256, saltOf('s'), 'a/b', 0.1))).toBe(true);
  expect(E.isLeft(buildDisclosure(sha256, saltOf('s'), 'a/b', Number.NaN))).toBe(true);
  expect(E.isLeft(buildDisclosure(sha256, saltOf('s'), 'a/b', '\ud800'))).toBe(true);
  expect(E.isLeft(buildDisclosure(sha256, saltOf('s').slice(1), 'a/b', 1))).toBe(true);
  expect(E.isLeft(buildDisclosure(sha256, saltOf('s'), 'decision', 1))).toBe(true);
  expect(E.isLeft(buildDisclosure(sha256, saltOf('s'), 'a/b', 'x'.repeat(1_000_000)))).toBe(true);
});

test.for([
  { name: 'request/intent', ok: true },
  { name: 'evidence/deployment_stable/git:local', ok: true },
  { name: 'decision', ok: false },
  { name: '/a', ok: false },
  { name: 'a/', ok: false },
  { name: 'a//b', ok: false },
  { name: 'a/../b c', ok: false },
  { name: 'a/b\n', ok: false },
  { name: '', ok: false },
  { name: `a/${'b'.repeat(255)}`, ok: false },
])('"$name" may name a disclosure: $ok', ({ name, ok }) => {
  expect(isDisclosureName(name)).toBe(ok);
});

test.for([
  { note: 'not base64url', text: 'a b' },
  { note: 'padding', text: `${textOf([SALT, 'a/b', 1])}=` },
  { note: 'spaces in the JSON', text: Buffer.from(`["${SALT}", "a/b", 1]`).toString('base64url') },
  { note: 'two parts: an array element of SD-JWT', text: textOf([SALT, 1]) },
  { note: 'four parts', text: textOf([SALT, 'a/b', 1, 2]) },
  { note: 'an object', text: textOf({ salt: SALT }) },
  { note: 'a short salt', text: textOf(['AAAA', 'a/b', 1]) },
  { note: 'a salt that is no text', text: textOf([1, 'a/b', 1]) },
  { note: 'a name that could be a member', text: textOf([SALT, 'verdict', 'approve']) },
  { note: 'duplicate names in the value', text: Buffer.from(`["${SALT}","a/b",{"a":1,"a":2}]`).toString('base64url') },
  { note: 'not UTF-8', text: Buffer.from([0x5b, 0xff, 0x5d]).toString('base64url') },
  { note: 'too long', text: 'A'.repeat(1_048_577) },
  { note: 'nothing', text: '' },
])('parseDisclosure refuses: $note', ({ text }) => {
  expect(E.isLeft(parseDisclosure(text))).toBe(true);
});

describe('disclosures of a receipt', () => {
  const [first, second] = buildLedger(2).receipts;
  const receipt = first?.receipt as Receipt;
  const texts = (first?.disclosures ?? []).map(({ text }) => text);
  const [intent = '', evidence = ''] = texts;

  test('all, some in any order, none', () => {
    expect([...right(verifyDisclosures(sha256, receipt, texts)).keys()]).toEqual([
      'request/intent',
      'evidence/deployment_stable/git',
    ]);
    expect(right(verifyDisclosures(sha256, receipt, [evidence, intent])).size).toBe(2);
    expect([...right(verifyDisclosures(sha256, receipt, [evidence])).keys()]).toEqual([
      'evidence/deployment_stable/git',
    ]);
    expect(right(verifyDisclosures(sha256, receipt, [])).size).toBe(0);
  });

  test('twice the same one is refused', () => {
    expect(E.isLeft(verifyDisclosures(sha256, receipt, [intent, intent]))).toBe(true);
  });

  test('one of another receipt is refused', () => {
    expect(verifyDisclosures(sha256, receipt, [second?.disclosures[0]?.text ?? ''])).toMatchObject(
      E.left({ path: [0] }),
    );
  });

  test('two listed ones of one name are refused', () => {
    const again = right(buildDisclosure(sha256, saltOf('again'), 'request/intent', 'another'));
    const both = { ...receipt, _sd: [...receipt._sd, again.digest].sort() } as Receipt;
    expect(E.isRight(verifyDisclosures(sha256, both, [again.text]))).toBe(true);
    expect(E.isLeft(verifyDisclosures(sha256, both, [intent, again.text]))).toBe(true);
  });

  test('a hidden value of few possibilities cannot be guessed without its salt', () => {
    // Everything but the 16 random bytes is known; a guess without them has another digest.
    const guesses = [true, false].flatMap((value) =>
      [new Uint8Array(16), saltOf('guess')].map(
        (salt) => right(buildDisclosure(sha256, salt, 'evidence/deployment_stable/git', value)).digest,
      ),
    );
    expect(guesses.some((digest) => receipt._sd.includes(digest))).toBe(false);
    expect(new Set(guesses).size).toBe(4);
  });

  test('any single-bit change of a disclosure is refused', () => {
    const bytes = bytesOf(intent);
    for (let bit = 0; bit < bytes.length * 8; bit += 5) {
      const text = Buffer.from(bytes.with(bit >> 3, (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7)))).toString('latin1');
      expect(E.isLeft(verifyDisclosures(sha256, receipt, [text]))).toBe(true);
    }
  });
});
