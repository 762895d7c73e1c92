/** The insurer of the stories: it signs certificates of insurance, and the list of those that it took back. */
import { generateKeyPairSync, sign } from 'node:crypto';
import { formatInstant } from '@tai-autonomics/core/engine';

import {
  certificateMessage,
  type InsuranceCertificate,
  revocationsMessage,
  type SignedCertificate,
  type SignedRevocations,
} from '@tai-autonomics/governor/keys';
import type { InsurancePlace } from '../deployment/insurance.ts';

const YEAR_MS = 365 * 86_400_000;

const INSURED = 'TAI Autonomics, demonstration';

const COVERAGE = {
  type: 'professional_liability',
  currency: 'USD',
  eachOccurrence: 100_000_000,
  aggregate: 500_000_000,
} as const;

/** An insurer with one customer. */
export interface Insurer {
  readonly certificate: SignedCertificate;
  /** Another certificate of this number, with another policy. */
  readonly renewed: (certificateNumber: string, policyNumber: string) => SignedCertificate;
  /** What a deployment asks of its insurance, as config.json has it. */
  readonly terms: Omit<InsurancePlace, 'certificate' | 'revocations'>;
  /** The list of an instant; it says something for half a year. */
  readonly revocations: (at: number, ...revoked: readonly string[]) => SignedRevocations;
}

/** An insurer with a key of its own, and the certificate that it gave the operator half a year ago, for a year. */
export const makeInsurer = (now: number): Insurer => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const signed = (message: Uint8Array | undefined): string =>
    sign(null, message ?? new Uint8Array(0), privateKey).toString('base64url');
  const certificate = certificateOf(now);
  const signedCertificate = (of: InsuranceCertificate): SignedCertificate => ({
    certificate: of,
    signature: signed(certificateMessage(of)),
  });
  const insurerKey = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64url');
  return {
    certificate: signedCertificate(certificate),
    renewed: (certificateNumber, policyNumber) =>
      signedCertificate({
        ...certificate,
        certificateNumber,
        coverages: certificate.coverages.map((coverage) => ({ ...coverage, policyNumber })),
      }),
    terms: { insurerKey, insured: INSURED, coverage: COVERAGE },
    revocations: (at, ...revoked) => {
      const list = {
        format: 'tai-autonomics/insurance-revocations@1',
        issuedAt: formatInstant(at),
        nextUpdate: formatInstant(at + YEAR_MS / 2),
        revoked,
      } as const;
      return { list, signature: signed(revocationsMessage(list)) };
    },
  };
};

const certificateOf = (now: number): InsuranceCertificate => ({
  format: 'tai-autonomics/insurance-certificate@2',
  issuedAt: formatInstant(now - YEAR_MS / 2),
  certificateNumber: 'EM-C-2026-0417',
  revisionNumber: '1',
  producer: 'Example Brokers',
  insured: INSURED,
  insurers: [{ letter: 'A', name: 'Example Mutual', naic: '00000' }],
  coverages: [
    {
      insurer: 'A',
      ...COVERAGE,
      basis: 'claims_made',
      additionalInsured: false,
      subrogationWaived: false,
      policyNumber: 'EM-2026-0417',
      effective: formatInstant(now - YEAR_MS / 2),
      expires: formatInstant(now + YEAR_MS / 2),
    },
  ],
  descriptionOfOperations: 'Autonomous operation of customers’ deployments',
  certificateHolder: 'the customers of TAI Autonomics',
  authorizedRepresentative: 'E. Broker',
});
