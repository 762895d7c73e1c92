/** Passkeys: an assertion counts for exactly one statement, on the page of its key, by a person who was there; and nothing else does. */
import { verify } from 'node:crypto';
import { type ApprovalStatement, approvalBytes, nobleP256, verifyStatement } from '@tai-autonomics/core/engine';
import { nobleEd25519, nobleSha256, parseTrust } from '@tai-autonomics/core/receipt';
import fc from 'fast-check';
import { either as E } from 'fp-ts';
import { describe, expect, test } from 'vitest';
import { runs } from '../runs.ts';
import { createAuthenticator, ORDER, type Otherwise, publicKeyOf } from './authenticator.ts';

const ORIGIN = 'https://approvals.example.com:8443';
const CHECKS = { sha256: nobleSha256, ed25519: nobleEd25519, p256: nobleP256 };

const said: ApprovalStatement = {
  ledger: 'ledger.example/r1/c/4f2a',
  approver: 'sub_arjun',
  by: 'approve_action',
  shown: {
    receipt: 12,
    leaf: 'n2dzqf0s4n5Zx1G6Yt0vK3m8pQ7rS9uB2cE4dF6gHiI',
    requester: { type: 'agent', id: 'release-bot', ref: 'sub_bot' },
    action: 'trigger_rollback',
    arguments: { target: 'v41' },
    resource: 'service/checkout',
    plan: [{ step: 'roll_back', with: { to: 'v41' } }],
    catalog: 's1lEccgxyC7XZtnrNtg9OtqhcMcgEVwT3FAUYbBzVeY',
  },
  nonce: 'n1',
  expiresAt: '2026-11-21T09:00:00.000Z',
};
const bytesOf = (over: Partial<ApprovalStatement> = {}): Uint8Array =>
  approvalBytes({ ...said, ...over }) ?? new Uint8Array(0);
const STATEMENT = bytesOf();

const parts = (text: string): readonly Buffer[] => text.split('.').map((part) => Buffer.from(part, 'base64url'));
const joined = (all: readonly Uint8Array[]): string =>
  all.map((part) => Buffer.from(part).toString('base64url')).join('.');

describe.each(['es256', 'eddsa'] as const)('%s', (alg) => {
  const passkey = createAuthenticator(ORIGIN, alg);
  const good = passkey.sign(STATEMENT);
  const counts = (text: string, statement = STATEMENT, key = passkey.key): boolean | undefined =>
    verifyStatement(CHECKS, key, statement, text);

  test('an assertion over exactly what was shown counts, and Node finds it as good', () => {
    const [data = Buffer.of(), client = Buffer.of(), signature = Buffer.of()] = parts(good);
    const signed = Buffer.concat([data, nobleSha256(client)]);
    const key = { key: publicKeyOf(passkey.key), dsaEncoding: 'ieee-p1363' as const };
    expect(verify(alg === 'es256' ? 'sha256' : null, signed, key, signature)).toBe(true);
    expect(counts(good)).toBe(true);
  });

  test.for<{ readonly note: string; readonly over: Otherwise }>([
    { note: 'that a browser ends with more members', over: { after: ',"crossOrigin":false,"other":"x"}' } },
    { note: 'of a browser that says nothing of frames', over: { after: '}' } },
    { note: 'of a passkey that is backed up', over: { flags: 0x1d } },
  ])('one $note counts', ({ over }) => {
    expect(counts(passkey.sign(STATEMENT, over))).toBe(true);
  });

  test.for<{ readonly note: string; readonly over: Otherwise }>([
    { note: 'on another page', over: { origin: 'https://approvals.example.com.evil.test:8443' } },
    { note: 'on another port', over: { origin: 'https://approvals.example.com' } },
    { note: 'without encryption', over: { origin: 'http://approvals.example.com:8443' } },
    { note: 'for another relying party', over: { rpId: 'example.com' } },
    { note: 'in another page’s frame', over: { after: ',"crossOrigin":true}' } },
    { note: 'in a frame, with its top page', over: { after: ',"crossOrigin":true,"topOrigin":"https://evil.test"}' } },
    { note: 'with members before the frame', over: { after: ',"x":1,"crossOrigin":false}' } },
    { note: 'with text after its end', over: { after: ',"crossOrigin":false} ' } },
    { note: 'without an end', over: { after: ',"crossOrigin":false' } },
    { note: 'with another end', over: { after: ',"crossOrigin":false,"x":1]' } },
    { note: 'to register a passkey', over: { type: 'webauthn.create' } },
    { note: 'of a payment', over: { type: 'payment.get' } },
    { note: 'of another challenge', over: { challenge: 'A'.repeat(43) } },
    { note: 'of a challenge in another spelling', over: { challenge: `${'A'.repeat(43)}=` } },
    { note: 'with nobody present', over: { flags: 0x04 } },
    { note: 'with nobody verified', over: { flags: 0x01 } },
    { note: 'backed up, though it cannot be', over: { flags: 0x15 } },
    { note: 'with the data of a registration', over: { flags: 0x45, extra: new Uint8Array(20) } },
    { note: 'with extensions', over: { flags: 0x85, extra: Uint8Array.of(0xa0) } },
    { note: 'with bytes after the counter', over: { extra: Uint8Array.of(0) } },
  ])('one $note does not', ({ over }) => {
    expect(counts(passkey.sign(STATEMENT, over))).toBe(false);
  });

  test('an assertion of one statement counts for no other', () => {
    const { shown } = said;
    for (const other of [
      bytesOf({ nonce: 'n2' }),
      bytesOf({ expiresAt: '2026-11-21T09:00:00.001Z' }),
      bytesOf({ approver: 'sub_olivia' }),
      bytesOf({ by: 'deny_action' }),
      bytesOf({ ledger: 'ledger.example/r1/c/4f2b' }),
      bytesOf({ shown: { ...shown, receipt: 13 } }),
      bytesOf({ shown: { ...shown, resource: 'service/payments' } }),
      bytesOf({ shown: { ...shown, plan: [] } }),
      bytesOf({ shown: { ...shown, arguments: {} } }),
      bytesOf({ shown: { ...shown, catalog: said.shown.leaf } }),
      bytesOf({ shown: { ...shown, requester: { ...shown.requester, id: 'other-bot' } } }),
    ])
      expect(counts(good, other)).toBe(false);
  });

  test('another credential, and the same one written for another page, do not count', () => {
    expect(counts(good, STATEMENT, createAuthenticator(ORIGIN, alg).key)).toBe(false);
    expect(counts(good, STATEMENT, passkey.key.replace('approvals.', 'other.'))).toBe(false);
    expect(counts(good, STATEMENT, passkey.key.replace(alg, alg === 'es256' ? 'eddsa' : 'es256'))).toBe(false);
  });

  test('a bit that is changed anywhere, a byte more or less, and another spelling make it no signature', () => {
    fc.assert(
      fc.property(fc.nat(2), fc.nat(), fc.nat(7), (part, at, bit) => {
        const all = parts(good);
        const chosen = all[part] ?? Buffer.of();
        const place = at % chosen.length;
        chosen[place] = (chosen[place] ?? 0) ^ (1 << bit);
        // The counter is signed, and anything may stand there; so its signature is wrong too.
        expect(counts(joined(all))).toBe(false);
      }),
      { numRuns: runs(500) },
    );
    const [data = Buffer.of(), client = Buffer.of(), signature = Buffer.of()] = parts(good);
    for (const text of [
      '',
      '..',
      good.slice(0, good.lastIndexOf('.')),
      `${good}.`,
      `${good}=`,
      joined([data, client, signature.subarray(0, 63)]),
      joined([data, client, Buffer.concat([signature, Buffer.of(0)])]),
      joined([data.subarray(0, 36), client, signature]),
      joined([client, data, signature]),
      joined([data, client, Buffer.alloc(64)]),
    ])
      expect(counts(text)).toBe(false);
  });
});

test('a signature on P-256 has one spelling: s in the lower half, and no DER', () => {
  const passkey = createAuthenticator(ORIGIN);
  const high = passkey.sign(STATEMENT, { high: true });
  expect(verifyStatement(CHECKS, passkey.key, STATEMENT, high)).toBe(false);
  const [data = Buffer.of(), client = Buffer.of(), raw = Buffer.of()] = parts(passkey.sign(STATEMENT));
  const [r, s] = [raw.subarray(0, 32), raw.subarray(32)];
  const integer = (bytes: Buffer): Buffer => {
    const positive = (bytes[0] ?? 0) > 127 ? Buffer.concat([Buffer.of(0), bytes]) : bytes;
    return Buffer.concat([Buffer.of(2, positive.length), positive]);
  };
  const der = Buffer.concat([integer(r), integer(s)]);
  const beyond = Buffer.from((BigInt(`0x${s.toString('hex')}`) + ORDER).toString(16).padStart(64, '0'), 'hex');
  for (const signature of [
    Buffer.concat([Buffer.of(0x30, der.length), der]),
    Buffer.concat([r, beyond]),
    Buffer.concat([Buffer.alloc(32), s]),
    Buffer.concat([r, Buffer.alloc(32)]),
    Buffer.concat([Buffer.from(ORDER.toString(16), 'hex'), s]),
  ])
    expect(verifyStatement(CHECKS, passkey.key, STATEMENT, joined([data, client, signature]))).toBe(false);
});

test('without the curve nothing is said of a passkey on P-256, and what is of another form is refused all the same', () => {
  const { p256: _, ...withoutCurve } = CHECKS;
  const passkey = createAuthenticator(ORIGIN);
  expect(verifyStatement(withoutCurve, passkey.key, STATEMENT, passkey.sign(STATEMENT))).toBeUndefined();
  expect(verifyStatement(withoutCurve, passkey.key, STATEMENT, passkey.sign(STATEMENT, { flags: 1 }))).toBe(false);
  const edwards = createAuthenticator(ORIGIN, 'eddsa');
  expect(verifyStatement(withoutCurve, edwards.key, STATEMENT, edwards.sign(STATEMENT))).toBe(true);
});

test('a key has one spelling, and an origin that a passkey can have', () => {
  const { key } = createAuthenticator('https://a.example');
  const trusted = (text: string): boolean =>
    E.isRight(parseTrust(nobleSha256, `approver sub_arjun ${text}\nquorum none\n`));
  const [, , point = ''] = key.split(':');
  expect(trusted(key)).toBe(true);
  expect(trusted(key.replace('https://a.example', 'http://localhost:8787'))).toBe(true);
  for (const origin of [
    'https://A.example',
    'https://a.example/',
    'https://a.example:443',
    'https://a.example:65536',
    'https://a.example:08',
    'http://a.example',
    'http://localhost:80',
    'https://127.0.0.1',
    'https://[::1]',
    'https://-a.example',
    'https://a..example',
    'https://a.example.',
    'https://user@a.example',
    'null',
  ])
    expect(trusted(key.replace('https://a.example', origin))).toBe(false);
  for (const wrong of [
    key.replace('es256', 'es384'),
    key.replace('es256', 'eddsa'),
    key.replace(point, point.slice(1)),
    key.replace(point, `B${point.slice(1)}`),
    `webauthn:es256:${point}`,
  ])
    expect(trusted(wrong)).toBe(false);
});

test('a trust file takes one key for one role, also where a passkey has it', () => {
  const { key } = createAuthenticator('https://a.example', 'eddsa');
  const [, , plain = ''] = key.split(':');
  const lines = (...all: readonly string[]): string => `${all.join('\n')}\nquorum none\n`;
  expect(E.isRight(parseTrust(nobleSha256, lines(`approver sub_a ${key}`)))).toBe(true);
  expect(E.isRight(parseTrust(nobleSha256, lines(`approver sub_a ${key}`, `approver sub_b ${plain}`)))).toBe(false);
});
