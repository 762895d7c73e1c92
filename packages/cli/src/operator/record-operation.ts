/** What the operator is about to do by a command, in the operator's ledger: nothing is done that is not recorded. */
import { encodeBase64url } from '@tai-autonomics/core/receipt';
import type { Submitted } from '@tai-autonomics/governor';
import { nodeSha256 } from '@tai-autonomics/governor/node';
import { OPERATOR } from '@tai-autonomics/governor/operator';
import type { LocalDeployment } from '../local/local-deployment.ts';

/**
 * Records an operation before it is done; the request must hold no secret. `about` is what the receipt has the digest of, the request
 * itself where absent. Answers why nothing may be done; nothing where it may.
 */
export const recordOperation = async (
  { governor }: LocalDeployment,
  operation: string,
  request: Readonly<Record<string, unknown>>,
  about: unknown = request,
): Promise<string | undefined> => {
  const digest = encodeBase64url(nodeSha256(Buffer.from(JSON.stringify(about))));
  const submitted = await governor.submit(
    { tenant: OPERATOR, subject: { type: 'system', id: 'operator' }, scope: [] },
    {
      action: 'record_operation',
      resource: '*',
      arguments: { operation, digest, request: JSON.stringify(request) },
    },
  );
  return notApproved(submitted);
};

/** Why what was submitted is not in force; nothing where it is. */
export const notApproved = (submitted: Submitted): string | undefined => {
  if (!submitted.decided) return `not decided: ${submitted.why}: ${submitted.detail}`;
  const { decision } = submitted;
  return decision.verdict === 'approve' ? undefined : `refused: ${decision.reasons.map(({ code }) => code).join(', ')}`;
};
