/** The operator's monitor: a certificate and a revocation list, wherever they are, looked at whenever it is asked. */
import { type Ms, parseInstant } from '@tai-autonomics/core/engine';
import type { Ed25519 } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { messageOf } from '../bounds/bounded-text.ts';
import { nodeEd25519 } from '../node/crypto.ts';
import type { InsuranceMonitor, InsuranceSeen } from '../ports.ts';
import {
  type CertificateFault,
  certificateNumberOf,
  type InsuranceTerms,
  type SignedCertificate,
  verifyCertificate,
} from './certificate.ts';
import { type RevocationList, verifyRevocations } from './revocations.ts';

/** Reads one JSON document now. Left, in one sentence: it can't be read. Never rejects. */
export type DocumentSource = () => Promise<E.Either<string, unknown>>;

/** What a monitor looks at, and what it asks of that. */
export interface InsuranceMonitorOptions extends InsuranceTerms {
  readonly certificate: DocumentSource;
  readonly revocations: DocumentSource;
  /** How long a look counts at most; a minute where absent. */
  readonly lookEveryMs?: Ms;
  readonly ed25519?: Ed25519;
}

/**
 * A monitor of one certificate. What can't be read, is no certificate, or comes without a revocation list that says something
 * now, is `unseen`: it says nothing about the insurance. A forged, foreign, too small, expired or revoked one is `uninsured`.
 * A revocation list that is older than one that was seen before is not believed.
 */
export const insuranceMonitor = (options: InsuranceMonitorOptions): InsuranceMonitor => {
  const { insurerKey, ed25519 = nodeEd25519 } = options;
  let newest = Number.NEGATIVE_INFINITY;

  const isRevoked = (list: RevocationList, json: unknown): boolean =>
    list.revoked.includes(certificateNumberOf(json as SignedCertificate));

  const revocationsAt = async (at: Ms): Promise<E.Either<string, RevocationList>> => {
    const read = await readFrom(options.revocations);
    if (E.isLeft(read)) return E.left(`the revocation list: ${read.left}`);
    const list = verifyRevocations(read.right, insurerKey, at, ed25519);
    if (E.isLeft(list)) return list;
    const { issuedAt } = list.right;
    const issued = parseInstant(issuedAt) as Ms;
    if (issued < newest)
      return E.left(`the revocation list is of ${issuedAt}, older than the one that was seen before`);
    newest = issued;
    return list;
  };

  return {
    ...(options.lookEveryMs === undefined ? {} : { lookEveryMs: options.lookEveryMs }),
    look: async (at) => {
      const read = await readFrom(options.certificate);
      if (E.isLeft(read)) return unseen(`the certificate: ${read.left}`);
      const verified = verifyCertificate(read.right, options, at, ed25519);
      if (E.isLeft(verified)) return ofFault(verified.left);
      const list = await revocationsAt(at);
      if (E.isLeft(list)) return unseen(list.left);
      return isRevoked(list.right, read.right)
        ? { seen: 'uninsured', why: 'the insurer revoked the certificate' }
        : { seen: 'insured', certificate: verified.right };
    },
  };
};

const unseen = (why: string): InsuranceSeen => ({ seen: 'unseen', why });

const ofFault = ({ fault, why }: CertificateFault): InsuranceSeen =>
  fault === 'malformed' ? unseen(why) : { seen: 'uninsured', why };

const readFrom = async (source: DocumentSource): Promise<E.Either<string, unknown>> => {
  try {
    return await source();
  } catch (thrown) {
    return E.left(messageOf(thrown));
  }
};
