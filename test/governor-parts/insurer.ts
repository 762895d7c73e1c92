/** An insurer for tests: its key, a certificate that is whole, and what it signs. */
import { generateKeyPairSync, sign } from 'node:crypto';
import {
  certificateMessage,
  type InsuranceCertificate,
  type InsuranceTerms,
  type RevocationList,
  revocationsMessage,
} from '@tai-autonomics/governor/keys';

export const FROM = Date.UTC(2026, 0, 1);
export const UNTIL = Date.UTC(2027, 0, 1);
export const NOW = Date.UTC(2026, 5, 1);

const pair = () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return { privateKey, raw: new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }).subarray(-32)) };
};
export const insurer = pair();
export const other = pair();

export const coverage: InsuranceCertificate['coverages'][number] = {
  insurer: 'A',
  type: 'professional_liability',
  basis: 'claims_made',
  additionalInsured: false,
  subrogationWaived: false,
  policyNumber: 'EM-1',
  effective: '2026-01-01T00:00:00.000Z',
  expires: '2027-01-01T00:00:00.000Z',
  currency: 'USD',
  eachOccurrence: 100,
  aggregate: 500,
};
export const certificate: InsuranceCertificate = {
  format: 'tai-autonomics/insurance-certificate@2',
  issuedAt: '2026-01-01T00:00:00.000Z',
  certificateNumber: 'C-1',
  revisionNumber: '1',
  producer: 'Example Brokers',
  insured: 'the operator',
  insurers: [{ letter: 'A', name: 'Example Mutual', naic: '12345' }],
  coverages: [coverage],
  descriptionOfOperations: '',
  certificateHolder: 'the customers',
  authorizedRepresentative: 'A. Broker',
};
export const terms: InsuranceTerms = {
  insurerKey: insurer.raw,
  insured: 'the operator',
  coverage: { type: 'professional_liability', currency: 'USD', eachOccurrence: 100, aggregate: 500 },
};

const signature = (message: Uint8Array | undefined, by = insurer): string =>
  sign(null, message ?? new Uint8Array(0), by.privateKey).toString('base64url');

/** Signed as it stands, whatever it says. */
export const signed = (of: object = certificate, by = insurer) => ({
  certificate: of,
  signature: signature(certificateMessage(of as InsuranceCertificate), by),
});

export const list: RevocationList = {
  format: 'tai-autonomics/insurance-revocations@1',
  issuedAt: '2026-05-01T00:00:00.000Z',
  nextUpdate: '2036-07-01T00:00:00.000Z',
  revoked: [],
};
export const signedList = (of: object = list, by = insurer) => ({
  list: of,
  signature: signature(revocationsMessage(of as RevocationList), by),
});
