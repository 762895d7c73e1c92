/** The operator's insurance certificate counts only with its insurer's signature, for the operator, with its limits, and while it is valid. */
import { type InsuranceCertificate, verifyCertificate, verifyRevocations } from '@tai-autonomics/governor/keys';
import { either as E } from 'fp-ts';
import { expect, test } from 'vitest';
import { certificate, coverage, FROM, insurer, list, NOW, other, signed, signedList, terms, UNTIL } from './insurer.ts';

const verify = (json: unknown, at = NOW) => verifyCertificate(json, terms, at);
const covering = (...coverages: readonly object[]) => signed({ ...certificate, coverages });

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

test('a policy is named by what of its number can stand in clear', () => {
  const verified = verify(covering({ ...coverage, policyNumber: 'GL 1234/56 #7' }));
  expect(E.isRight(verified) && verified.right.id).toBe('GL-1234/56-7');
});

test('of several coverages of the type that is asked for the one counts that has both limits and lasts longest', () => {
  const verified = verify(
    covering(
      { ...coverage, policyNumber: 'too small', eachOccurrence: 99, expires: '2030-01-01T00:00:00.000Z' },
      { ...coverage, policyNumber: 'another kind', type: 'cyber_liability' },
      { ...coverage, policyNumber: 'shorter', expires: '2026-07-01T00:00:00.000Z' },
      coverage,
    ),
  );
  expect(E.isRight(verified) && verified.right.id).toBe('EM-1');
});

const without = (name: keyof InsuranceCertificate): object => {
  const { [name]: _, ...rest } = certificate;
  return rest;
};

test.for([
  { note: 'another insurer’s signature', json: signed(certificate, other), fault: 'forged', why: /not the insurer’s/ },
  {
    note: 'a changed limit',
    json: { ...signed(), certificate: { ...certificate, coverages: [{ ...coverage, aggregate: 501 }] } },
    fault: 'forged',
    why: /not the insurer’s/,
  },
  {
    note: 'a changed end',
    json: {
      ...signed(),
      certificate: { ...certificate, coverages: [{ ...coverage, expires: '2999-01-01T00:00:00Z' }] },
    },
    fault: 'forged',
    why: /not the insurer’s/,
  },
  {
    note: 'a signature that is none',
    json: { certificate, signature: 'x' },
    fault: 'forged',
    why: /not the insurer’s/,
  },
  {
    note: 'a truncated signature',
    json: { certificate, signature: signed().signature.slice(0, -4) },
    fault: 'forged',
    why: /not the insurer’s/,
  },
  {
    note: 'another insured',
    json: signed({ ...certificate, insured: 'The Operator' }),
    fault: 'other_insured',
    why: /another insured/,
  },
  {
    note: 'no coverage of the kind',
    json: covering({ ...coverage, type: 'automobile_liability' }),
    fault: 'not_covered',
    why: /no professional_liability in USD/,
  },
  {
    note: 'a coverage in another currency',
    json: covering({ ...coverage, currency: 'EUR' }),
    fault: 'not_covered',
    why: /in USD/,
  },
  {
    note: 'a limit of a claim that is one too low',
    json: covering({ ...coverage, eachOccurrence: 99 }),
    fault: 'limits_too_low',
    why: /lower/,
  },
  {
    note: 'a limit in all that is one too low',
    json: covering({ ...coverage, aggregate: 499 }),
    fault: 'limits_too_low',
    why: /lower/,
  },
  {
    note: 'a period to come',
    json: covering({ ...coverage, effective: '2026-12-01T00:00:00Z' }),
    fault: 'not_yet_valid',
    why: /valid from 2026-12-01/,
  },
  {
    note: 'a period that is over',
    json: covering({ ...coverage, expires: '2026-02-01T00:00:00Z' }),
    fault: 'expired',
    why: /valid until 2026-02-01/,
  },
  { note: 'no signature', json: { certificate }, fault: 'malformed', why: /signature/ },
  {
    note: 'a member that nobody knows',
    json: signed({ ...certificate, excluded: 'all' }),
    fault: 'malformed',
    why: /excluded/,
  },
  {
    note: 'a coverage with a member that nobody knows',
    json: covering({ ...coverage, deductible: 1 }),
    fault: 'malformed',
    why: /deductible/,
  },
  {
    note: 'a coverage of an insurer that is not there',
    json: covering({ ...coverage, insurer: 'B' }),
    fault: 'malformed',
    why: /one of the insurers/,
  },
  { note: 'another format', json: signed({ ...certificate, format: 'x' }), fault: 'malformed', why: /format/ },
  { note: 'no insured', json: signed(without('insured')), fault: 'malformed', why: /insured/ },
  { note: 'no coverage at all', json: covering(), fault: 'malformed', why: /coverages/ },
  { note: 'a limit of nothing', json: covering({ ...coverage, eachOccurrence: 0 }), fault: 'malformed', why: /minor/ },
  { note: 'a limit as text', json: covering({ ...coverage, aggregate: '500' }), fault: 'malformed', why: /minor/ },
  {
    note: 'a period in other words',
    json: covering({ ...coverage, expires: 'next year' }),
    fault: 'malformed',
    why: /RFC 3339/,
  },
  { note: 'a list', json: [], fault: 'malformed', why: /expected an object/ },
  { note: 'nothing', json: undefined, fault: 'malformed', why: /expected an object/ },
])('$note is refused as $fault, in one sentence', ({ json, fault, why }) => {
  const verified = verify(json);
  expect(verified).toMatchObject({ left: { fault, why: expect.stringMatching(why) } });
  expect(E.isLeft(verified) && verified.left.why).not.toContain('\n');
});

test('a revocation list that the insurer signed says what is revoked, from its instant until its next one', () => {
  const [from, until] = [Date.parse(list.issuedAt), Date.parse(list.nextUpdate)];
  const at = (instant: number) => E.isRight(verifyRevocations(signedList(), insurer.raw, instant));
  expect([from - 1, from, until - 1, until].map(at)).toEqual([false, true, true, false]);
});

test.for([
  { note: 'of another insurer', json: signedList(list, other), why: /not the insurer’s/ },
  {
    note: 'with a name taken off',
    json: { ...signedList({ ...list, revoked: ['C-1'] }), list },
    why: /not the insurer’s/,
  },
  { note: 'of numbers', json: signedList({ ...list, revoked: [1] }), why: /numbers of certificates/ },
  { note: 'with a member that nobody knows', json: signedList({ ...list, more: 1 }), why: /more/ },
  { note: 'that is none', json: 'none', why: /expected an object/ },
])('a revocation list $note says nothing', ({ json, why }) => {
  const verified = verifyRevocations(json, insurer.raw, NOW);
  expect(E.isLeft(verified) && verified.left).toMatch(why);
});
