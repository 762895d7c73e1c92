/**
 * The operator's insurance certificate (M-06, M-07): a JSON document that the insurer signed. Verified before a
 * contractual governor starts; receipts name it by its digest.
 */

import { type Ms, parseInstant } from '@tai-autonomics/core/engine';
import {
  canonicalize,
  decodeBase64url,
  type Ed25519,
  encodeBase64url,
  encodeUtf8,
  type Json,
} from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { nodeEd25519, nodeSha256 } from '../node/crypto.ts';
import type { VerifiedCertificate } from '../options.ts';

/** What is signed. Instants are RFC 3339; limits are integers in minor units of the currency. */
export interface InsuranceCertificate {
  readonly format: 'tai-autonomics/insurance-certificate@1';
  readonly insurer: string;
  readonly policy: string;
  readonly insured: string;
  readonly currency: string;
  readonly limitPerClaim: number;
  readonly limitInAll: number;
  readonly validFrom: string;
  readonly validUntil: string;
}

/** A certificate with the insurer's Ed25519 signature over the domain and the certificate's canonical JSON. */
export interface SignedCertificate {
  readonly certificate: InsuranceCertificate;
  /** base64url of 64 bytes. */
  readonly signature: string;
}

const DOMAIN = 'tai-autonomics/insurance-certificate@1\n';
const TEXTS = ['insurer', 'policy', 'insured', 'currency', 'validFrom', 'validUntil'] as const;
const AMOUNTS = ['limitPerClaim', 'limitInAll'] as const;

/** The bytes that an insurer signs; `undefined` for what has no canonical form. */
export const certificateMessage = (certificate: InsuranceCertificate): Uint8Array | undefined => {
  const text = canonicalize(certificate as unknown as Json);
  return E.isLeft(text) ? undefined : encodeUtf8(DOMAIN + text.right);
};

/** Verifies a certificate at an instant with the insurer's public key (32 bytes). One sentence says what is wrong. */
export const verifyCertificate = (
  json: unknown,
  insurerKey: Uint8Array,
  at: Ms,
  ed25519: Ed25519 = nodeEd25519,
): E.Either<string, VerifiedCertificate> => {
  const parsed = parse(json);
  if (E.isLeft(parsed)) return parsed;
  const { certificate, signature } = parsed.right;
  const message = certificateMessage(certificate);
  const signed = decodeBase64url(signature);
  if (message === undefined || signed === undefined || !ed25519.verify(insurerKey, message, signed))
    return E.left('the certificate’s signature is not the insurer’s');
  const [from, until] = [parseInstant(certificate.validFrom), parseInstant(certificate.validUntil)];
  if (from === undefined || until === undefined) return E.left('the certificate’s period is not written in RFC 3339');
  if (at < from) return E.left(`the certificate is valid from ${certificate.validFrom} on`);
  if (at >= until) return E.left(`the certificate was valid until ${certificate.validUntil}`);
  return E.right({ id: certificate.policy, digest: encodeBase64url(nodeSha256(message)), validUntil: until });
};

const isMembers = (x: unknown): x is Readonly<Record<string, unknown>> =>
  typeof x === 'object' && x !== null && !Array.isArray(x);

const parse = (json: unknown): E.Either<string, SignedCertificate> => {
  if (!isMembers(json) || !isMembers(json['certificate']) || typeof json['signature'] !== 'string')
    return E.left('expected { certificate, signature }');
  const { certificate } = json;
  const known: ReadonlySet<string> = new Set(['format', ...TEXTS, ...AMOUNTS]);
  const unknown = Object.keys(certificate).find((name) => !known.has(name));
  if (unknown !== undefined) return E.left(`the certificate has an unknown member \`${unknown.slice(0, 40)}\``);
  if (certificate['format'] !== 'tai-autonomics/insurance-certificate@1')
    return E.left('the certificate is of an unknown format');
  const untold = TEXTS.find((name) => typeof certificate[name] !== 'string' || certificate[name] === '');
  const uncounted = AMOUNTS.find(
    (name) => !Number.isSafeInteger(certificate[name]) || (certificate[name] as number) <= 0,
  );
  const missing = untold ?? uncounted;
  return missing === undefined
    ? E.right(json as unknown as SignedCertificate)
    : E.left(`the certificate’s ${missing} is missing or not of its form`);
};
