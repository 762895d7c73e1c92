/** The operator's insurance certificate counts only with its insurer's signature, whole, and while it is valid. */
import { generateKeyPairSync, sign } from 'node:crypto';
import { certificateMessage, type InsuranceCertificate, verifyCertificate } from '@tai-autonomics/governor/keys';
import { either as E } from 'fp-ts';
import { expect, test } from 'vitest';

const FROM = Date.UTC(2026, 0, 1);
const UNTIL = Date.UTC(2027, 0, 1);
const NOW = Date.UTC(2026, 5, 1);

const pair = () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return { privateKey, raw: new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }).subarray(-32)) };
};
const insurer = pair();
const other = pair();

const certificate: InsuranceCertificate = {
  format: 'tai-autonomics/insurance-certificate@1',
  insurer: 'Example Mutual',
  policy: 'EM-1',
  insured: 'the operator',
  currency: 'USD',
  limitPerClaim: 100,
  limitInAll: 500,
  validFrom: '2026-01-01T00:00:00.000Z',
  validUntil: '2027-01-01T00:00:00.000Z',
};
const signed = (of: object = certificate, by = insurer) => ({
  certificate: of,
  signature: sign(null, certificateMessage(of as InsuranceCertificate) ?? new Uint8Array(0), by.privateKey).toString(
    'base64url',
  ),
});
const verify = (json: unknown, at = NOW) => verifyCertificate(json, insurer.raw, at);

test('a signed certificate is named by its policy and its digest, and says until when it counts', () => {
  const verified = verify(signed());
  expect(E.isRight(verified) && verified.right).toMatchObject({ id: 'EM-1', validUntil: UNTIL });
  expect(E.isRight(verified) && verified.right.digest).toMatch(/^[\w-]{43}$/);
});

test.for([
  { note: 'at the first instant of its period', at: FROM, counts: true },
  { note: 'a millisecond before it', at: FROM - 1, counts: false },
  { note: 'a millisecond before its end', at: UNTIL - 1, counts: true },
  { note: 'at the very end', at: UNTIL, counts: false },
  { note: 'thirty days later', at: UNTIL + 30 * 86_400_000, counts: false },
])('$note it counts: $counts', ({ at, counts }) => {
  expect(E.isRight(verify(signed(), at))).toBe(counts);
});

const without = (name: keyof InsuranceCertificate): object => {
  const { [name]: _, ...rest } = certificate;
  return rest;
};

test.for([
  { note: 'another insurer’s signature', json: signed(certificate, other), why: /not the insurer’s/ },
  {
    note: 'a changed limit',
    json: { ...signed(), certificate: { ...certificate, limitInAll: 501 } },
    why: /not the insurer’s/,
  },
  {
    note: 'a changed end',
    json: { ...signed(), certificate: { ...certificate, validUntil: '2999-01-01T00:00:00.000Z' } },
    why: /not the insurer’s/,
  },
  { note: 'no signature', json: { certificate }, why: /expected/ },
  { note: 'a signature that is none', json: { certificate, signature: 'x' }, why: /not the insurer’s/ },
  {
    note: 'a truncated signature',
    json: { certificate, signature: signed().signature.slice(0, -4) },
    why: /not the insurer’s/,
  },
  {
    note: 'a member that nobody knows',
    json: signed({ ...certificate, excluded: 'all' }),
    why: /unknown member `excluded`/,
  },
  { note: 'another format', json: signed({ ...certificate, format: 'x' }), why: /unknown format/ },
  { note: 'no insured', json: signed(without('insured')), why: /insured is missing/ },
  { note: 'no limit', json: signed({ ...certificate, limitPerClaim: 0 }), why: /limitPerClaim is missing/ },
  { note: 'a limit as text', json: signed({ ...certificate, limitInAll: '500' }), why: /limitInAll is missing/ },
  { note: 'a period in other words', json: signed({ ...certificate, validUntil: 'next year' }), why: /RFC 3339/ },
  { note: 'a list', json: [], why: /expected/ },
  { note: 'nothing', json: undefined, why: /expected/ },
])('$note is refused, in one sentence', ({ json, why }) => {
  const verified = verify(json);
  expect(E.isLeft(verified) && verified.left).toMatch(why);
  expect(E.isLeft(verified) && verified.left).not.toContain('\n');
});
