/** Approvals against the auditor's trust file, where that names approvers: only the approver's own key can make a signed one. */
import type { TrustPolicy } from '../bundle/trust.ts';
import type { ApprovalCounts } from './report.ts';
import { noteFinding, type Verification } from './session.ts';

/** Counts approvals, and notes as a finding each that is signed by another key than the trust file names for its approver. */
export const judgeApprovals = (v: Verification, policy: TrustPolicy | undefined): ApprovalCounts => {
  const counts = { trusted: 0, introduced: 0, unsigned: 0 };
  for (const { approver, key, seq, count } of v.approvals.values()) {
    const trusted = policy?.approvers.get(approver);
    if (key === undefined) counts.unsigned += count;
    else if (trusted === undefined) counts.introduced += count;
    else if (trusted === key) counts.trusted += count;
    else {
      const why = 'the approval is signed by another key than the trust file names for its approver';
      noteFinding(v, { step: 'rederivation', seq, why });
    }
  }
  return counts;
};
