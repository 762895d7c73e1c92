/** What a contractual receipt cites: the insurance and the agreement that its ledger recorded, and the host's data rule (C-35). */
import type { State } from '@tai-autonomics/core';
import { encodeBase64url, isDigestText, type ReceiptTerms, type TermsRef } from '@tai-autonomics/core/receipt';
import { nodeSha256 } from '../node/crypto.ts';
import type { VerifiedCertificate } from '../ports.ts';

/** The section of an agreement that says none. */
const WHOLE = 'whole';

/**
 * The terms of the next receipt. Insurance: what the ledger recorded, by the number of the policy; before that, the certificate
 * that was found. Agreement: what the ledger recorded, by the section under which the operator acts; before that, the host's.
 */
export const citedTerms = (
  own: Omit<ReceiptTerms, 'insurance'> | undefined,
  { id, digest }: VerifiedCertificate,
  state: State,
): ReceiptTerms => {
  const certificate = textIn(state, 'insurance_certificate');
  const agreement = textIn(state, 'msa_agreement');
  const insurance =
    certificate === undefined || certificate === digest
      ? { id, digest }
      : refOf(certificate, textIn(state, 'insurance_policy') ?? certificate);
  if (agreement === undefined) return { ...own, insurance };
  return { ...own, insurance, msa: refOf(agreement, `msa#${textIn(state, 'msa_section') ?? WHOLE}`) };
};

const textIn = ({ cells }: State, cell: string): string | undefined => {
  const value = cells.get(cell)?.get('');
  return typeof value === 'string' && value !== '' ? value : undefined;
};

/** A record that is a digest is cited by it; any other text is cited as it stands, with a digest of its own. */
const refOf = (recorded: string, id: string): TermsRef =>
  isDigestText(recorded)
    ? { id, digest: recorded }
    : { id: recorded, digest: encodeBase64url(nodeSha256(Buffer.from(recorded, 'utf8'))) };
