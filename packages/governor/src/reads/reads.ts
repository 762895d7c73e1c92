/** The read steps that every deployment has. A read looks something up and writes nothing. */
import { either as E } from 'fp-ts';
import type { Governor, ReadStep } from '../api.ts';
import type { Context } from '../context.ts';
import type { Walk } from '../walk/walk.ts';
import { exportReceipts } from './export-receipts.ts';
import { figureOf } from './figures.ts';
import { health, supportModel } from './health.ts';
import { listIncidents } from './list-incidents.ts';
import { listReceipts } from './list-receipts.ts';
import { pendingApprovals } from './pending-approvals.ts';
import { permittedActions } from './permitted-actions.ts';
import { policyLint } from './policy-lint.ts';
import { policyDiff, policyExplain, policyFlips, policyProve } from './policy-questions.ts';
import { previewOf } from './preview.ts';
import { showReceipt } from './show-receipt.ts';
import { proveReceipt } from './verify/prove-receipt.ts';
import { verifyBundleText } from './verify/verify-bundle-text.ts';
import { verifyOwnLedger } from './verify/verify-own.ts';
import { verifyProofText } from './verify/verify-proof.ts';
import { verifyRange } from './verify/verify-range.ts';
import { verifyReceiptText } from './verify/verify-receipt.ts';

/** The readers of one governor, by step; a host can add to them but not replace them. */
export const createReads = (
  context: Pick<Context, 'store' | 'signer' | 'identity' | 'sealing' | 'catalogs' | 'reads'>,
  preview: Governor['preview'],
  walk: Walk,
): Readonly<Record<string, ReadStep>> => {
  const { signer, store, identity, catalogs } = context;
  const { engines } = context.sealing;
  return {
    ...context.reads,
    show,
    health,
    support_model: supportModel,
    preview: previewOf(preview),
    verify_ledger: verifyOwnLedger({ store, signer }, identity, walk),
    verify_range: verifyRange(signer, walk),
    verify_receipt: verifyReceiptText(engines),
    verify_proof: verifyProofText(signer),
    verify_bundle: verifyBundleText(signer, walk),
    figure: figureOf(walk),
    policy_lint: policyLint(context),
    policy_flips: policyFlips(context, walk),
    policy_explain: policyExplain(preview),
    policy_diff: policyDiff(context),
    policy_prove: policyProve(context),
    permitted_actions: permittedActions(preview),
    pending_approvals: pendingApprovals(catalogs, identity.subject, walk),
    list_receipts: listReceipts(walk),
    list_incidents: listIncidents,
    show_receipt: showReceipt,
    prove_receipt: proveReceipt(signer),
    export_receipts: exportReceipts(signer, walk),
  };
};

/** Answers with the step's own arguments: they were resolved from the ledger when the read was approved. */
const show: ReadStep = async (step) => E.right(step.with);
