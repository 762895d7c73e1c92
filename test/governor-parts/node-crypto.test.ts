import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import {
  buildDisclosure,
  disclosureDigest,
  hmacSha256,
  type Json,
  nobleEd25519,
  nobleSha256,
  parseDisclosure,
  pureTextCodec,
} from '@tai-autonomics/core/receipt';
import { nodeEd25519, nodeHmacSha256, nodeSha256, nodeTextCodec } from '@tai-autonomics/governor/node';
import * as fc from 'fast-check';
import { either as E } from 'fp-ts';
import { expect, test } from 'vitest';
import { runs } from '../runs.ts';

const bytes = (maxLength: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength });
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const FIELD = 2n ** 255n - 19n;
const ORDER = 2n ** 252n + 27_742_317_777_372_353_535_851_937_790_883_648_493n;

const littleEndian = (value: bigint): Uint8Array =>
  new Uint8Array(Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse());
const bigEndian = (value: Uint8Array): bigint => BigInt(`0x${Buffer.from(value).reverse().toString('hex')}`);

/** A signature of Node's over a message, by a key from a seed. */
const signed = (
  seed: Uint8Array,
  message: Uint8Array,
): { readonly key: Uint8Array; readonly signature: Uint8Array } => {
  const secret = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' });
  const key = new Uint8Array(createPublicKey(secret).export({ format: 'der', type: 'spki' }).subarray(-32));
  return { key, signature: new Uint8Array(sign(null, message, secret)) };
};

/** Both verifiers' verdict, which has to be one. */
const verdict = (key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean => {
  const node = nodeEd25519.verify(key, message, signature);
  expect(nobleEd25519.verify(key, message, signature)).toBe(node);
  return node;
};

test('Node and core hash alike, and key a hash alike', () => {
  fc.assert(
    fc.property(bytes(300), bytes(200), (key, message) => {
      expect(nodeSha256(message)).toEqual(nobleSha256(message));
      expect(nodeHmacSha256(key, message)).toEqual(hmacSha256(nobleSha256, key, message));
    }),
  );
  expect(Buffer.isBuffer(nodeSha256(new Uint8Array(3)))).toBe(false);
});

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({ unit: 'binary-ascii', maxLength: 300 }),
  fc.constantFrom('a\ud800', '\udc00', '\udc00\ud800', '😀', '\ufeffa', '\ufffd'),
);

test('Node and core write text alike as bytes and as base64url, and refuse what has no UTF-8', () => {
  fc.assert(
    fc.property(text, (said) => {
      const bytes = pureTextCodec.encode(said);
      expect(nodeTextCodec.encode(said)).toEqual(bytes);
      expect(Buffer.isBuffer(nodeTextCodec.encode(said))).toBe(false);
      const packed = pureTextCodec.pack(said);
      expect(nodeTextCodec.pack(said)).toBe(packed);
      if (bytes === undefined || packed === undefined) return;
      for (const { decode, unpack } of [nodeTextCodec, pureTextCodec]) {
        expect(decode(bytes)).toBe(said);
        expect(unpack(packed)).toBe(said);
      }
      expect(disclosureDigest(nodeSha256, packed)).toBe(disclosureDigest(nobleSha256, packed));
    }),
    { numRuns: runs(2_000) },
  );
});

test('a disclosure is the same whoever writes it, and reads the same whoever reads it', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.jsonValue(), (salt, value) => {
      const [name, json] = ['evidence/a/b', value as Json];
      const written = buildDisclosure(nodeSha256, salt, name, json, nodeTextCodec);
      expect(written).toEqual(buildDisclosure(nobleSha256, salt, name, json));
      if (E.isLeft(written)) return;
      expect(parseDisclosure(written.right.text, nodeTextCodec)).toEqual(parseDisclosure(written.right.text));
    }),
    { numRuns: runs(500) },
  );
});

test('Node and core read the same bytes and the same base64url, and refuse the rest', () => {
  const letters = fc.string({ unit: fc.constantFrom(...'ABQgw019+/-_= \n\u0101'), maxLength: 12 });
  fc.assert(
    fc.property(bytes(40), letters, text, fc.nat(255), fc.nat(40), (any, packed, said, byte, at) => {
      const near = new TextEncoder().encode(said);
      if (at < near.length) near[at] = byte;
      for (const some of [any, near]) {
        expect(nodeTextCodec.decode(some)).toBe(pureTextCodec.decode(some));
        const coded = Buffer.from(some).toString('base64url');
        expect(nodeTextCodec.unpack(coded)).toBe(pureTextCodec.unpack(coded));
      }
      expect(nodeTextCodec.unpack(packed)).toBe(pureTextCodec.unpack(packed));
    }),
    { numRuns: runs(5_000) },
  );
});

test('a signature holds for its key and message, and for no single bit of another, by Node and by core', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), bytes(80), fc.nat(511), (seed, message, bit) => {
      const { key, signature } = signed(seed, message);
      expect(verdict(key, message, signature)).toBe(true);
      const flip = (of: Uint8Array, at: number): Uint8Array =>
        of.map((byte, place) => (place === at >> 3 ? byte ^ (1 << (at & 7)) : byte));
      expect(verdict(key, message, flip(signature, bit))).toBe(false);
      expect(verdict(flip(key, bit & 255), message, signature)).toBe(false);
      expect(verdict(key, Uint8Array.of(...message, 0), signature)).toBe(false);
    }),
    { numRuns: runs(15) },
  );
});

test('a second spelling of a signature is refused: S plus the order of the group', () => {
  const message = Uint8Array.of(1, 2, 3);
  const { key, signature } = signed(new Uint8Array(32).fill(7), message);
  const other = Uint8Array.of(...signature.subarray(0, 32), ...littleEndian(bigEndian(signature.subarray(32)) + ORDER));
  expect(verdict(key, message, other)).toBe(false);
});

test('keys in a spelling that is not the canonical one are refused, whatever the signature', () => {
  const signature = Uint8Array.of(1, ...new Uint8Array(63));
  const sign1 = 2n ** 255n;
  const spellings = [FIELD, FIELD + 1n, FIELD + 18n, 1n + sign1, FIELD - 1n + sign1, FIELD + sign1, FIELD + 1n + sign1];
  for (const spelling of spellings) {
    for (let text = 0; text < 8; text += 1) {
      expect(verdict(littleEndian(spelling), Uint8Array.of(text), signature)).toBe(false);
    }
  }
});

test('Node and core agree on keys of small order too', () => {
  const signature = Uint8Array.of(1, ...new Uint8Array(63));
  const eighth = 0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n;
  for (const y of [0n, 1n, FIELD - 1n, eighth, FIELD - eighth]) {
    for (let text = 0; text < 8; text += 1) verdict(littleEndian(y), Uint8Array.of(text), signature);
  }
  expect(verdict(littleEndian(1n), Uint8Array.of(0), signature)).toBe(true);
});

test('nothing makes the verifier throw', () => {
  fc.assert(
    fc.property(bytes(70), bytes(10), bytes(70), (key, message, signature) => {
      expect(nodeEd25519.verify(key, message, signature)).toBe(false);
    }),
  );
});
