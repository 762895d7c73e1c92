/**
 * The operator's insurance certificate (M-06, M-07): the fields of an ACORD 25, as JSON that the insurer signed. It is verified
 * before a contractual governor starts and again and again while it runs; receipts name it by its digest.
 */

import { type Issue, printIssue } from '@tai-autonomics/core';
import { type Ms, parseInstant } from '@tai-autonomics/core/engine';
import { type Ed25519, encodeBase64url, isPlainObject } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { checkMembers, isText, type Rule } from '../json/members.ts';
import { nodeEd25519, nodeSha256 } from '../node/crypto.ts';
import type { VerifiedCertificate } from '../ports.ts';
import { signedMessage, verifiedMessage } from './signed-document.ts';

const FORMAT = 'tai-autonomics/insurance-certificate@2';

/** The kinds of insurance that a certificate can name; `professional_liability` covers errors and omissions. */
export const COVERAGES = [
  'commercial_general_liability',
  'automobile_liability',
  'umbrella_liability',
  'excess_liability',
  'workers_compensation',
  'professional_liability',
  'cyber_liability',
] as const;

/** An insurer that affords coverage, by the letter that the coverages refer to. */
export interface CertificateInsurer {
  readonly letter: string;
  readonly name: string;
  /** The insurer's number at the NAIC. */
  readonly naic: string;
}

/** One line of the coverages. Amounts are integers in minor units of the currency; instants are RFC 3339. */
export interface CertificateCoverage {
  readonly insurer: string;
  readonly type: (typeof COVERAGES)[number];
  readonly basis: 'claims_made' | 'occurrence';
  readonly additionalInsured: boolean;
  readonly subrogationWaived: boolean;
  readonly policyNumber: string;
  readonly effective: string;
  /** At this very instant it no longer counts. */
  readonly expires: string;
  readonly currency: string;
  readonly eachOccurrence: number;
  readonly aggregate: number;
}

/** What is signed: the fields of an ACORD 25. */
export interface InsuranceCertificate {
  readonly format: typeof FORMAT;
  readonly issuedAt: string;
  readonly certificateNumber: string;
  readonly revisionNumber: string;
  readonly producer: string;
  readonly insured: string;
  readonly insurers: readonly CertificateInsurer[];
  readonly coverages: readonly CertificateCoverage[];
  readonly descriptionOfOperations: string;
  readonly certificateHolder: string;
  readonly authorizedRepresentative: string;
}

/** A certificate with the insurer's Ed25519 signature over `certificateMessage`. */
export interface SignedCertificate {
  readonly certificate: InsuranceCertificate;
  /** base64url of 64 bytes. */
  readonly signature: string;
}

/** What an operator has to be insured for, and by whom. */
export interface InsuranceTerms {
  /** The insurer's public key: 32 bytes, Ed25519. It signs the revocation list too. */
  readonly insurerKey: Uint8Array;
  /** The named insured, exactly as the certificate has it. */
  readonly insured: string;
  readonly coverage: Pick<CertificateCoverage, 'type' | 'currency' | 'eachOccurrence' | 'aggregate'>;
}

/** Why a certificate does not count. `malformed` says nothing about the insurance; each of the others says that there is none. */
export interface CertificateFault {
  readonly fault:
    | 'malformed'
    | 'forged'
    | 'other_insured'
    | 'not_covered'
    | 'limits_too_low'
    | 'not_yet_valid'
    | 'expired'
    | 'revoked';
  /** One sentence. */
  readonly why: string;
}

/** The bytes that an insurer signs; `undefined` for what has no canonical form. */
export const certificateMessage = (certificate: InsuranceCertificate): Uint8Array | undefined =>
  signedMessage(certificate);

/**
 * Verifies a certificate at an instant: form, the insurer's signature, the named insured, a coverage of the type that is asked
 * for with both limits, and its period. One sentence says what is wrong. Whether it was revoked, `checkRevocations` says.
 */
export const verifyCertificate = (
  json: unknown,
  terms: InsuranceTerms,
  at: Ms,
  ed25519: Ed25519 = nodeEd25519,
): E.Either<CertificateFault, VerifiedCertificate> => {
  const parsed = parse(json);
  if (E.isLeft(parsed)) return left('malformed', parsed.left);
  const { certificate, signature } = parsed.right;
  const message = verifiedMessage({ ...certificate }, FORMAT, signature, terms.insurerKey, ed25519);
  if (message === undefined) return left('forged', 'the certificate’s signature is not the insurer’s');
  if (certificate.insured !== terms.insured)
    return left('other_insured', 'the certificate names another insured than the operator');
  const coverage = coverageFor(certificate, terms, at);
  return E.map(({ policyNumber, expires }: CertificateCoverage) => ({
    id: policyNumber.replace(NOT_OF_AN_ID, '-').slice(0, ID_MAX),
    digest: encodeBase64url(nodeSha256(message)),
    validUntil: parseInstant(expires) as Ms,
  }))(coverage);
};

/** What an opaque id has no room for: it stands in clear in receipts, which cite the policy by it. */
const NOT_OF_AN_ID = /[^A-Za-z0-9_.:/+=-]+/g;
const ID_MAX = 128;

/** The text by which a revocation list names a certificate. */
export const certificateNumberOf = ({ certificate }: SignedCertificate): string => certificate.certificateNumber;

const left = (fault: CertificateFault['fault'], why: string): E.Either<CertificateFault, never> =>
  E.left({ fault, why });

/** Of the coverages that are asked for the one that lasts longest; else what is wrong with the best of them. */
const coverageFor = (
  { coverages }: InsuranceCertificate,
  { coverage: asked }: InsuranceTerms,
  at: Ms,
): E.Either<CertificateFault, CertificateCoverage> => {
  const covering = coverages.filter(({ type, currency }) => type === asked.type && currency === asked.currency);
  if (covering.length === 0) return left('not_covered', `the certificate has no ${asked.type} in ${asked.currency}`);
  const enough = covering
    .filter((c) => c.eachOccurrence >= asked.eachOccurrence && c.aggregate >= asked.aggregate)
    .sort((a, b) => (parseInstant(b.expires) as Ms) - (parseInstant(a.expires) as Ms));
  const [longest] = enough;
  if (longest === undefined)
    return left('limits_too_low', `a limit of the certificate’s ${asked.type} is lower than the one that is asked for`);
  const begun = enough.filter(({ effective }) => (parseInstant(effective) as Ms) <= at);
  const [current] = begun;
  if (current === undefined) return left('not_yet_valid', `the certificate is valid from ${longest.effective} on`);
  return at < (parseInstant(current.expires) as Ms)
    ? E.right(current)
    : left('expired', `the certificate was valid until ${current.expires}`);
};

const LINE = /^[^\p{Cc}\p{Surrogate}]{1,200}$/u;
const TEXT = /^[^\p{Surrogate}]{0,4000}$/u;
const text: Rule = { expected: '1 to 200 characters', holds: (x) => isText(x, LINE) };
const instant: Rule = {
  expected: 'an RFC 3339 instant',
  holds: (x) => typeof x === 'string' && parseInstant(x) !== undefined,
};
const yesOrNo: Rule = { expected: 'true or false', holds: (x) => typeof x === 'boolean' };
const amount: Rule = {
  expected: 'an amount in minor units, above 0',
  holds: (x) => Number.isSafeInteger(x) && (x as number) > 0,
};
const list: Rule = {
  expected: 'a list of 1 to 32',
  holds: (x) => Array.isArray(x) && x.length > 0 && x.length <= 32,
};
const word = (...words: readonly string[]): Rule => ({
  expected: `one of ${words.join(', ')}`,
  holds: (x) => words.some((known) => known === x),
});

const RULES: Readonly<Record<keyof InsuranceCertificate, Rule>> = {
  format: word(FORMAT),
  issuedAt: instant,
  certificateNumber: text,
  revisionNumber: text,
  producer: text,
  insured: text,
  insurers: list,
  coverages: list,
  descriptionOfOperations: { expected: 'at most 4000 characters', holds: (x) => isText(x, TEXT) },
  certificateHolder: text,
  authorizedRepresentative: text,
};
const INSURER: Readonly<Record<keyof CertificateInsurer, Rule>> = {
  letter: { expected: 'a letter from A to F', holds: (x) => isText(x, /^[A-F]$/) },
  name: text,
  naic: { expected: 'the insurer’s NAIC number: 5 digits', holds: (x) => isText(x, /^\d{5}$/) },
};
const COVERAGE: Readonly<Record<keyof CertificateCoverage, Rule>> = {
  insurer: INSURER.letter,
  type: word(...COVERAGES),
  basis: word('claims_made', 'occurrence'),
  additionalInsured: yesOrNo,
  subrogationWaived: yesOrNo,
  policyNumber: text,
  effective: instant,
  expires: instant,
  currency: { expected: 'a currency of ISO 4217, such as USD', holds: (x) => isText(x, /^[A-Z]{3}$/) },
  eachOccurrence: amount,
  aggregate: amount,
};

const parse = (json: unknown): E.Either<string, SignedCertificate> => {
  const [wrong] = issuesOf(json);
  return wrong === undefined
    ? E.right(json as SignedCertificate)
    : E.left(`not a signed certificate: ${printIssue(wrong)}`);
};

const issuesOf = (json: unknown): readonly Issue[] => {
  const outer = checkMembers(json, [], {
    certificate: { expected: 'an object', holds: isPlainObject },
    signature: { expected: 'base64url of 64 bytes', holds: (x) => isText(x, /^[A-Za-z0-9_-]{1,200}$/) },
  });
  if (outer.length > 0) return outer;
  const certificate = (json as { readonly certificate: Readonly<Record<string, unknown>> }).certificate;
  const own = checkMembers(certificate, ['certificate'], RULES);
  if (own.length > 0) return own;
  const { insurers, coverages } = certificate as unknown as InsuranceCertificate;
  const letters = new Set(insurers.map(({ letter }) => letter));
  return [
    ...insurers.flatMap((insurer, n) => checkMembers(insurer, ['certificate', 'insurers', n], INSURER)),
    ...coverages.flatMap((coverage, n) =>
      checkMembers(coverage, ['certificate', 'coverages', n], {
        ...COVERAGE,
        insurer: { expected: 'the letter of one of the insurers', holds: (x) => letters.has(x as string) },
      }),
    ),
  ];
};
