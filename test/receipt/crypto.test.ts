import { createHmac, createPrivateKey, sign as nodeSign } from 'node:crypto';
import {
  acceptKey,
  hmacSha256,
  nobleEd25519,
  nobleSha256,
  publicKeyOf,
  signEd25519,
} from '@tai-autonomics/core/receipt';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runs } from '../runs.ts';
import { platformEd25519 as platform, readVector, seedOf, sha256 } from './fixture.ts';

const fromHex = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));
const none = new Uint8Array(0);

const platformSign = (seed: Uint8Array, message: Uint8Array): Uint8Array => {
  const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
  return new Uint8Array(nodeSign(null, message, createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' })));
};

const vectors = readVector('ed25519/rfc8032.json') as { priv: string; pub: string; msg: string; sig: string }[];

test.for(vectors.map((v, i) => ({ ...v, i })))('RFC 8032 section 7.1 vector $i', ({ priv, pub, msg, sig }) => {
  const [seed, message] = [fromHex(priv.slice(0, 64)), fromHex(msg)];
  expect(publicKeyOf(seed)).toEqual(fromHex(pub));
  expect(signEd25519(seed, message)).toEqual(fromHex(sig));
  expect(acceptKey(fromHex(pub))).toBe(true);
  expect(nobleEd25519.verify(fromHex(pub), message, fromHex(sig))).toBe(true);
  expect(platform.verify(fromHex(pub), message, fromHex(sig))).toBe(true);
});

describe('which keys may be registered', () => {
  const good = publicKeyOf(seedOf('good')) ?? none;
  test.for([
    { note: 'a key of a seed', key: good, ok: true },
    { note: 'identity', key: fromHex(`01${'00'.repeat(31)}`), ok: false },
    { note: 'identity with the sign bit', key: fromHex(`01${'00'.repeat(30)}80`), ok: false },
    { note: 'order 2', key: fromHex(`ec${'ff'.repeat(30)}7f`), ok: false },
    { note: 'order 4', key: fromHex('00'.repeat(32)), ok: false },
    { note: 'order 4, other sign', key: fromHex(`${'00'.repeat(31)}80`), ok: false },
    { note: 'order 8', key: fromHex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'), ok: false },
    {
      note: 'order 8, another',
      key: fromHex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85'),
      ok: false,
    },
    {
      note: 'a good key plus a point of order 8',
      key: fromHex('d0d31a3cb4bf59a067bce65dbb4e453eb75450b39b1f8a15bd2cce95fa47c958'),
      ok: false,
    },
    { note: 'y = p, a second spelling of 0', key: fromHex(`ed${'ff'.repeat(30)}7f`), ok: false },
    { note: 'y = p + 1, a second spelling of 1', key: fromHex(`ee${'ff'.repeat(30)}7f`), ok: false },
    { note: 'not on the curve', key: fromHex(`02${'00'.repeat(31)}`), ok: false },
    { note: '31 bytes', key: good.slice(1), ok: false },
    { note: 'nothing', key: none, ok: false },
  ])('$note', ({ key, ok }) => {
    expect(acceptKey(key)).toBe(ok);
  });
});

describe('signatures', () => {
  const seed = seedOf('signer');
  const key = publicKeyOf(seed) ?? none;
  const message = fromHex('00ff10');
  const signature = signEd25519(seed, message) ?? none;
  const L = 2n ** 252n + 27742317777372353535851937790883648493n;
  const plusL = (): Uint8Array => {
    const s = BigInt(`0x${Buffer.from(signature.slice(32)).reverse().toString('hex')}`) + L;
    const hex = s.toString(16).padStart(64, '0');
    return Uint8Array.of(...signature.slice(0, 32), ...Buffer.from(hex, 'hex').reverse());
  };

  test.for([
    { note: 'S + L instead of S', of: plusL },
    { note: 'the identity as R and S = 0', of: () => fromHex(`01${'00'.repeat(63)}`) },
    { note: 'all zeros', of: () => new Uint8Array(64) },
    { note: '63 bytes', of: () => signature.slice(0, 63) },
    { note: '65 bytes', of: () => Uint8Array.of(...signature, 0) },
    { note: 'nothing', of: () => none },
  ])('refused by both implementations: $note', ({ of }) => {
    expect(nobleEd25519.verify(key, message, of())).toBe(false);
    expect(platform.verify(key, message, of())).toBe(false);
  });

  test('a key of small order does not verify every message, and nothing throws on odd lengths', () => {
    const small = fromHex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a');
    const forged = fromHex(`${'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'}${'00'.repeat(32)}`);
    const verdicts = [...Array(16).keys()].map((i) => nobleEd25519.verify(small, Uint8Array.of(i), forged));
    expect(verdicts).toContain(false);
    expect(nobleEd25519.verify(none, message, signature)).toBe(false);
    expect(nobleEd25519.verify(key.slice(0, 31), message, signature)).toBe(false);
    expect(signEd25519(seed.slice(1), message)).toBeUndefined();
    expect(publicKeyOf(none)).toBeUndefined();
  });

  test('both implementations give the same signatures and the same verdicts, flipped bits included', () => {
    const cases = fc.record({
      name: fc.string({ maxLength: 8 }),
      message: fc.uint8Array({ maxLength: 100 }),
      bit: fc.option(fc.nat(511)),
    });
    fc.assert(
      fc.property(cases, ({ name, message: m, bit }) => {
        const s = seedOf(name);
        const k = publicKeyOf(s) ?? none;
        const sig = signEd25519(s, m) ?? none;
        expect(sig).toEqual(platformSign(s, m));
        const tried = bit === null ? sig : sig.with(bit >> 3, (sig[bit >> 3] ?? 0) ^ (1 << (bit & 7)));
        expect(nobleEd25519.verify(k, m, tried)).toBe(bit === null);
        expect(platform.verify(k, m, tried)).toBe(bit === null);
      }),
      { numRuns: runs(40) },
    );
  });
});

test('both SHA-256 give the same bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (b) => {
      expect(nobleSha256(b)).toEqual(sha256(b));
    }),
    { numRuns: runs(300) },
  );
});

test('HMAC is the platform’s, for keys shorter and longer than a block', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 140 }), fc.uint8Array({ maxLength: 100 }), (key, message) => {
      const expected = new Uint8Array(createHmac('sha256', key).update(message).digest());
      expect(hmacSha256(sha256, key, message)).toEqual(expected);
      expect(hmacSha256(nobleSha256, key, message)).toEqual(expected);
    }),
  );
});
