/** Approvals against the auditor's trust file, where that names approvers: only the approver's own key can make a signed one. */
import { either as E } from 'fp-ts';
import type { TrustPolicy } from '../bundle/trust.ts';
import { encodeBase64url } from '../encoding/bytes.ts';
import { publicHalf } from '../signing/approver-key.ts';
import { type NoteKey, parseVkey } from '../signing/note-key.ts';
import type { ApprovalCounts } from './report.ts';
import { noteFinding, type Verification } from './session.ts';

/**
 * Counts approvals, and notes as a finding each that is signed by another key than the trust file names for its approver,
 * or by one that has another role: an issuer must not be able to approve with the key that seals.
 */
export const judgeApprovals = (v: Verification, policy: TrustPolicy | undefined): ApprovalCounts => {
  const counts = { trusted: 0, introduced: 0, unsigned: 0 };
  const roles = v.approvals.size === 0 ? new Map<string, string>() : otherRoles(v, policy);
  for (const { approver, key, seq, count } of v.approvals.values()) {
    const trusted = policy?.approvers.get(approver);
    const role = key === undefined ? undefined : roles.get(publicHalf(key));
    if (role !== undefined) {
      const why = `the approval is signed with the key of ${role}, which is no approver's`;
      noteFinding(v, { step: 'rederivation', seq, why });
    } else if (key === undefined) counts.unsigned += count;
    else if (trusted === undefined) counts.introduced += count;
    else if (trusted === key) counts.trusted += count;
    else {
      const why = 'the approval is signed by another key than the trust file names for its approver';
      noteFinding(v, { step: 'rederivation', seq, why });
    }
  }
  return counts;
};

/** Public keys that seal, cosign or sign exports, as the trust file and the receipts say. */
const otherRoles = (v: Verification, policy: TrustPolicy | undefined): ReadonlyMap<string, string> => {
  const named = v.keys.history.named.flatMap(({ vkey }): readonly NoteKey[] => {
    const key = parseVkey(v.options.sha256, vkey);
    return E.isRight(key) ? [key.right] : [];
  });
  const keys = [...named, ...(policy?.logs ?? []), ...(policy?.witnesses ?? []).map(({ key }) => key)];
  return new Map(keys.map(({ publicKey, name }) => [encodeBase64url(publicKey), name]));
};
