/** The end of a verification: what the accumulated state, the checkpoint and the auditor's files say together. */
import { either as E } from 'fp-ts';
import type { Checkpoint } from '../signing/checkpoint.ts';
import { judgeApprovals } from './approvals.ts';
import { type ChainEnd, endChain } from './chain.ts';
import { type ConsistencyVerdict, judgeConsistency } from './consistency.ts';
import { erasedOf } from './erasures.ts';
import { judgeFreshness } from './freshness.ts';
import type {
  Completeness,
  Labels,
  Overall,
  StepResult,
  StepStatus,
  Unchecked,
  VerifyReport,
  VerifyStep,
} from './report.ts';
import { noteFinding, type Verification } from './session.ts';
import { judgeSignatures, readTrust, type SignatureVerdict } from './signatures.ts';
import { uncheckedOf } from './unchecked.ts';

/** Draws the conclusion. Called once. */
export const concludeVerification = (v: Verification): VerifyReport => {
  const checkpoint = v.checkpoint === undefined || E.isLeft(v.checkpoint) ? undefined : v.checkpoint.right;
  const trust = readTrust(v);
  const signatures = judgeSignatures(v, trust.policy);
  const end = endChain(v.chain, checkpoint?.size, checkpoint?.root);
  const tree = treeStep(v, end, signatures.signed !== 'no');
  settleFirstBad(v, end);
  const sealed = signatures.trusted === 'yes' && tree.status === 'passed';
  const consistency = judgeConsistency(v, checkpoint, trust.policy, sealed);
  const freshness = judgeFreshness(v, signatures.newestTime);
  const approvals = judgeApprovals(v, trust.policy);
  const steps: readonly StepResult[] = [
    trust.step,
    receiptsStep(v),
    chainStep(v),
    tree,
    signatures.step,
    consistency.step,
    disclosuresStep(v),
    digestsStep(v),
    rederivationStep(v),
    freshness.step,
  ];
  const statuses = new Map(steps.map((step) => [step.step, step.status]));
  const labels = labelsOf(v, statuses, signatures);
  const completeness = completenessOf(v, statuses, labels, signatures, consistency);
  const unreadable =
    trust.step.status === 'failed' || [v.remembered, v.outside].some((one) => one !== undefined && E.isLeft(one));
  const unchecked = uncheckedOf(v, statuses, completeness, trust.policy);
  const overall = overallOf(steps, unreadable, unchecked);
  return {
    overall,
    headline: headlineOf(v, overall, completeness),
    unchecked,
    labels,
    completeness,
    steps,
    findings: v.findings,
    findingCount: v.findingCount,
    receipts: v.receipts,
    rederived: v.rederived,
    approvals,
    decidedBy: v.decidedBy,
    erased: erasedOf(v.erasures),
    ...(v.firstBad !== undefined && { firstBad: v.firstBad }),
    ...(checkpoint !== undefined && { checkpoint }),
    ...(freshness.freshness !== undefined && { freshness: freshness.freshness }),
    ...(consistency.equivocation !== undefined && { equivocation: consistency.equivocation }),
  };
};

const treeStep = (v: Verification, end: ChainEnd, believable: boolean): StepResult => {
  if (v.checkpoint === undefined)
    return result('tree', 'not_run', 'There is no checkpoint, so nothing says what was sealed.');
  if (E.isLeft(v.checkpoint)) return result('tree', 'not_run', 'The checkpoint cannot be read.');
  if (v.options.coverage === 'whole') return wholeTreeStep(v, v.checkpoint.right, end, believable);
  const bad = v.failed.get('tree') ?? 0;
  if (bad > 0) return result('tree', 'failed', `${count(bad, 'receipt')} without a good inclusion proof.`);
  return result(
    'tree',
    'passed',
    `Each receipt is proved to be one of the ${v.checkpoint.right.size} that were sealed.`,
  );
};

const result = (step: VerifyStep, status: StepStatus, sentence: string): StepResult => ({ step, status, sentence });

/** The tree of a whole ledger against its checkpoint. Names the last receipt if nothing else shows what was changed. */
const wholeTreeStep = (v: Verification, checkpoint: Checkpoint, end: ChainEnd, believable: boolean): StepResult => {
  const size = v.chain.frontier.size;
  if (size !== checkpoint.size) {
    const seq = Math.min(size, checkpoint.size);
    const why =
      size < checkpoint.size ? 'it is missing, though the checkpoint covers it' : 'the checkpoint does not cover it';
    noteFinding(v, { step: 'tree', seq, why });
    return result(
      'tree',
      'failed',
      `The checkpoint is for ${count(checkpoint.size, 'receipt')}, and there are ${size}.`,
    );
  }
  if (end.asSealed)
    return result('tree', 'passed', `The ${count(size, 'receipt')} have the root that the checkpoint says.`);
  const named = v.firstBad !== undefined;
  const why = 'all links hold but the root is another: it was changed, or the ledger was rewritten up to it';
  noteFinding(v, { step: 'tree', why, ...(!named && believable && size > 0 && { seq: size - 1 }) });
  return result('tree', 'failed', 'The receipts do not have the root that the checkpoint says.');
};

const count = (n: number, one: string, many: string = `${one}s`): string => `${n} ${n === 1 ? one : many}`;

/** Says whether all other receipts are proved to be as sealed, and corrects the blame where the writer itself sealed a broken link. */
const settleFirstBad = (v: Verification, end: ChainEnd): void => {
  if (v.firstBad === undefined) return;
  const far = v.chain.firstBreak;
  if (end.asSealed && far !== undefined && v.firstBad.seq === far - 1) {
    v.firstBad = { seq: far, why: 'it was sealed with a link that does not match the receipt before', certain: true };
  } else if (end.asClaimed || end.asSealed) v.firstBad = { ...v.firstBad, certain: true };
};

const receiptsStep = (v: Verification): StepResult => {
  const bad = v.failed.get('receipts') ?? 0;
  if (bad > 0)
    return result('receipts', 'failed', `${count(bad, 'line')} of ${v.receipts} cannot be read as a receipt.`);
  return result('receipts', 'passed', `${count(v.receipts, 'receipt')}, each canonical and within the schema.`);
};

const chainStep = (v: Verification): StepResult => {
  const bad = v.failed.get('chain') ?? 0;
  if (bad > 0) return result('chain', 'failed', `Places or links are broken: ${count(bad, 'finding')}.`);
  if (v.options.coverage === 'partial')
    return result('chain', 'passed', 'Neighbours that are both here link to each other.');
  const far =
    v.chain.unchecked === 0 ? '' : ` ${count(v.chain.unchecked, 'reference')} reached too far back to be compared.`;
  return result('chain', 'passed', `Every receipt stands in its place and links to the one before.${far}`);
};

const disclosuresStep = (v: Verification): StepResult => {
  const bad = v.failed.get('disclosures') ?? 0;
  if (bad > 0)
    return result('disclosures', 'failed', `${count(bad, 'receipt')} with a disclosure that does not belong to it.`);
  return result('disclosures', 'passed', `${count(v.disclosed, 'disclosure')}, each listed by its receipt.`);
};

const digestsStep = (v: Verification): StepResult => {
  if (v.options.attachments === undefined)
    return result('digests', 'not_run', 'No catalogs or evidence files were given.');
  if (v.missing.size === 0)
    return result('digests', 'passed', 'Every catalog and evidence file that is named is here, with its digest.');
  const names = [...v.missing].sort().slice(0, 5).join(', ');
  return result(
    'digests',
    'incomplete',
    `${count(v.missing.size, 'named file')} not here: ${names}${v.missing.size > 5 ? ' …' : ''}.`,
  );
};

const rederivationStep = (v: Verification): StepResult => {
  const { level1, level2, withheld, notAvailable } = v.rederived;
  const falsified = v.failed.get('rederivation') ?? 0;
  if (v.options.rederiver === undefined)
    return falsified === 0
      ? result('rederivation', 'not_run', 'Decisions were not re-derived.')
      : result('rederivation', 'failed', `The ledger itself contradicts ${count(falsified, 'receipt')}.`);
  const reached = `${level2} of ${v.receipts} re-derived from ledger, catalog and evidence, ${level1} more from their recorded readings`;
  if (falsified > 0)
    return result(
      'rederivation',
      'failed',
      `${count(falsified, 'receipt does', 'receipts do')} not follow; ${reached}.`,
    );
  const rest = v.receipts - level2;
  const partial = v.options.coverage === 'partial' && withheld + notAvailable === 0 && level1 + level2 === v.receipts;
  if (rest === 0 || partial) return result('rederivation', 'passed', `${reached}.`);
  return result('rederivation', 'incomplete', `${reached}; ${withheld} withheld, ${notAvailable} not available here.`);
};

const labelsOf = (
  v: Verification,
  steps: ReadonlyMap<VerifyStep, StepStatus>,
  signatures: SignatureVerdict,
): Labels => {
  const passed = (step: VerifyStep): boolean => steps.get(step) === 'passed';
  const hangs = passed('receipts') && passed('chain') && (v.options.coverage === 'whole' || passed('tree'));
  const sealed = passed('tree');
  return {
    linked: v.receipts === 0 ? 'unknown' : hangs ? 'yes' : 'no',
    signed: signatures.signed === 'yes' && !sealed ? 'no' : signatures.signed,
    trusted: signatures.trusted === 'yes' && !sealed ? 'no' : signatures.trusted,
  };
};

const completenessOf = (
  v: Verification,
  steps: ReadonlyMap<VerifyStep, StepStatus>,
  labels: Labels,
  signatures: SignatureVerdict,
  consistency: ConsistencyVerdict,
): Completeness => {
  if (v.options.coverage === 'partial' || steps.get('tree') !== 'passed' || labels.trusted !== 'yes') {
    return { complete: 'integrity_only' };
  }
  if (signatures.witnessed) return { complete: 'to_size', size: v.chain.frontier.size, by: 'witnesses' };
  return consistency.outsideSize === undefined
    ? { complete: 'integrity_only' }
    : { complete: 'to_size', size: consistency.outsideSize, by: 'outside_checkpoint' };
};

const overallOf = (steps: readonly StepResult[], unreadable: boolean, unchecked: readonly Unchecked[]): Overall => {
  if (unreadable) return 'unreadable';
  if (steps.some((step) => step.status === 'failed')) return 'falsified';
  // What nobody asked for is no gap: a time to compare with, or what was seen before.
  const asked = steps.filter(({ step, status }) => !(OPTIONAL.has(step) && status === 'not_run'));
  return asked.every(({ status }) => status === 'passed') && !unchecked.some((one) => one.open)
    ? 'verified'
    : 'incomplete';
};

const OPTIONAL: ReadonlySet<VerifyStep> = new Set(['freshness', 'consistency']);

const headlineOf = (v: Verification, overall: Overall, completeness: Completeness): string => {
  switch (overall) {
    case 'unreadable':
      return "The trust file, or a checkpoint of the auditor's, cannot be read, so nothing can be said.";
    case 'falsified':
      return v.firstBad === undefined
        ? `Falsified: ${v.findings[0]?.step ?? 'a step'}: ${v.findings[0]?.why ?? 'it does not hold'}`
        : `Falsified: the first bad receipt is ${v.firstBad.seq}: ${v.firstBad.why}.`;
    case 'incomplete':
      return completeness.complete === 'integrity_only'
        ? 'Nothing is wrong in what was checked: integrity only. Nothing from outside says how long the ledger was.'
        : 'Nothing is wrong in what was checked, but not everything could be checked.';
    default:
      return completeness.complete === 'to_size' && completeness.size > 0
        ? `Verified, and complete up to receipt ${completeness.size - 1}.`
        : 'Verified: the ledger is empty.';
  }
};
