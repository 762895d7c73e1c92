import {
  decodeBase64,
  decodeBase64url,
  decodeHex,
  decodeUtf8,
  encodeBase64,
  encodeBase64url,
  encodeHex,
  encodeUtf8,
  isDigestText,
  isWellFormed,
  parseDecimal,
} from '@tai-autonomics/core/receipt';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runs } from '../runs.ts';

const bytes = fc.uint8Array({ maxLength: 300 });
const plain = (b: Uint8Array | undefined): number[] | undefined => (b === undefined ? undefined : [...b]);

describe('UTF-8', () => {
  test('encodes what the platform encodes, and refuses what the platform would repair', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        const lone = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(text);
        expect(isWellFormed(text)).toBe(!lone);
        expect(plain(encodeUtf8(text))).toEqual(lone ? undefined : [...new TextEncoder().encode(text)]);
      }),
      { numRuns: runs(2000) },
    );
  });

  test('decodes exactly what a fatal platform decoder decodes', () => {
    const fatal = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    const expected = (b: Uint8Array): string | undefined => {
      try {
        return fatal.decode(b);
      } catch {
        return undefined;
      }
    };
    const nearUtf8 = fc
      .tuple(fc.string({ unit: 'binary', maxLength: 20 }), fc.nat(255), fc.nat(40))
      .map(([text, byte, at]) => {
        const b = new TextEncoder().encode(text);
        return at < b.length ? b.with(at, byte) : b;
      });
    fc.assert(
      fc.property(fc.oneof(bytes, nearUtf8), (b) => {
        expect(decodeUtf8(b)).toBe(expected(b));
      }),
      { numRuns: runs(5000) },
    );
  });

  test.for([
    { note: 'lone high surrogate', text: 'a\ud800', ok: false },
    { note: 'lone low surrogate', text: '\udc00', ok: false },
    { note: 'reversed pair', text: '\udc00\ud800', ok: false },
    { note: 'pair', text: '😀', ok: true },
    { note: 'U+FFFD is a character like others', text: '\ufffd', ok: true },
  ])('$note', ({ text, ok }) => {
    expect(encodeUtf8(text) !== undefined).toBe(ok);
  });

  test('long texts survive the round trip in pieces', () => {
    const text = 'aß😀'.repeat(5000);
    expect(decodeUtf8(encodeUtf8(text) ?? new Uint8Array(0))).toBe(text);
  });

  test('a byte order mark is kept, not dropped', () => {
    expect(decodeUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61))).toBe('\ufeffa');
  });
});

describe('base64, base64url and hex', () => {
  test('encode as the platform does, and decode their own text', () => {
    fc.assert(
      fc.property(bytes, (b) => {
        expect(encodeBase64(b)).toBe(Buffer.from(b).toString('base64'));
        expect(encodeBase64url(b)).toBe(Buffer.from(b).toString('base64url'));
        expect(encodeHex(b)).toBe(Buffer.from(b).toString('hex'));
        expect(plain(decodeBase64(encodeBase64(b)))).toEqual([...b]);
        expect(plain(decodeBase64url(encodeBase64url(b)))).toEqual([...b]);
        expect(plain(decodeHex(encodeHex(b)))).toEqual([...b]);
      }),
    );
  });

  test('whatever a decoder accepts is the one spelling of its bytes', () => {
    const letters = fc.string({ unit: fc.constantFrom(...'ABab01+/-_=w \n'), maxLength: 12 });
    fc.assert(
      fc.property(letters, (text) => {
        const [b64, b64u, hex] = [decodeBase64(text), decodeBase64url(text), decodeHex(text)];
        if (b64 !== undefined) expect(encodeBase64(b64)).toBe(text);
        if (b64u !== undefined) expect(encodeBase64url(b64u)).toBe(text);
        if (hex !== undefined) expect(encodeHex(hex)).toBe(text);
      }),
      { numRuns: runs(10_000) },
    );
  });

  test.for([
    { note: 'unused bits set', text: 'AR==' },
    { note: 'no padding', text: 'AQ' },
    { note: 'too much padding', text: 'AQ===' },
    { note: 'padding alone', text: '====' },
    { note: 'white space', text: 'AQ==\n' },
    { note: 'url alphabet', text: '-_8=' },
    { note: 'not ASCII', text: 'AQ=\u00e9' },
  ])('base64 refuses: $note', ({ text }) => {
    expect(decodeBase64(text)).toBeUndefined();
  });

  test('a digest text is base64url of exactly 32 bytes', () => {
    expect(isDigestText(encodeBase64url(new Uint8Array(32)))).toBe(true);
    expect(isDigestText(encodeBase64url(new Uint8Array(33)))).toBe(false);
    expect(isDigestText(`${'A'.repeat(42)}B`)).toBe(false);
    expect(isDigestText(undefined)).toBe(false);
  });
});

test.for([
  { text: '0', n: 0 },
  { text: '9007199254740991', n: 9007199254740991 },
  { text: '9007199254740992', n: undefined },
  { text: '18446744073709551615', n: undefined },
  { text: '', n: undefined },
  { text: '00', n: undefined },
  { text: '01', n: undefined },
  { text: '+1', n: undefined },
  { text: '-0', n: undefined },
  { text: '0x10', n: undefined },
  { text: '1e3', n: undefined },
  { text: '12abc', n: undefined },
  { text: ' 1', n: undefined },
  { text: '1\n', n: undefined },
  { text: '١', n: undefined },
])('decimal "$text" reads as $n', ({ text, n }) => {
  expect(parseDecimal(text)).toBe(n);
});
