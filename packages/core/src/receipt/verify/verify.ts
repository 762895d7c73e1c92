/**
 * The verifier: ten steps over a bundle's files, offline, as a stream with constant memory. It re-derives decisions
 * through a `Rederiver` that it is given; without one that step reads `not_run`, and everything else still holds.
 */
import { either as E } from 'fp-ts';
import { verifyDisclosures } from '../disclosure.ts';
import { isPlainObject, type Json } from '../encoding/json.ts';
import { followRules, noLedgerRules } from '../ledger-rules.ts';
import type { Receipt } from '../receipt.ts';
import { parseReceipt } from '../receipt-codec.ts';
import { parseCheckpoint } from '../signing/checkpoint.ts';
import { createKeyHistory, KEY_ROTATED } from '../signing/key-history.ts';
import { leafHash } from '../tree/leaf.ts';
import { parseConsistency } from '../tree/proof-file.ts';
import { pushReceipt, pushUnreadable, startChain } from './chain.ts';
import { concludeVerification } from './conclude.ts';
import { createDecisionIds } from './decision-ids.ts';
import { isOfKind } from './disclosed-names.ts';
import { followErasures, noErasures } from './erasures.ts';
import { pushPartial } from './partial.ts';
import { RESTORES_MAX, restoreOf } from './restores.ts';
import {
  describeFlaw,
  noteFinding,
  type ReceiptInput,
  type ReceiptOutcome,
  type Rederived,
  type RederivedApproval,
  type Rederiver,
  type Verification,
  type Verifier,
  type VerifyOptions,
} from './session.ts';
import { followTerms, watchTerms } from './terms.ts';

const MAX_MISSING = 1000;
const MAX_DECIDED_BY = 1000;

/**
 * Starts a verification. Feed it every receipt with `step`, then call `finish`. State is bounded: the frontier of the
 * tree, the leaves of the last 65,536 receipts, the ids of two million decisions, and the first hundred findings.
 */
export const startVerifier = (options: VerifyOptions): Verifier => {
  const checkpoint = options.checkpoint === undefined ? undefined : parseCheckpoint(options.checkpoint);
  const remembered = options.remembered === undefined ? undefined : parseCheckpoint(options.remembered);
  const outside = options.outside === undefined ? undefined : parseCheckpoint(options.outside);
  const handovers = (options.handovers ?? []).map(parseCheckpoint);
  const known = [checkpoint, remembered, outside, ...handovers].flatMap((c) =>
    c === undefined || E.isLeft(c) ? [] : [c.right],
  );
  const proofs = (options.consistency ?? []).map(parseConsistency);
  const marks = new Set([
    ...known.map((c) => c.size),
    ...proofs.flatMap((proof) => (E.isLeft(proof) ? [] : [proof.right.oldSize])),
  ]);
  const v: Verification = {
    options,
    chain: startChain(options.sha256, known[0]?.origin, marks, (step, seq, why) => noteFinding(v, { step, seq, why })),
    checkpoint,
    remembered,
    outside,
    findings: [],
    failed: new Map(),
    rederived: { level1: 0, level2: 0, withheld: 0, notAvailable: 0, falsified: 0, notRun: 0 },
    missing: new Set(),
    keys: createKeyHistory(),
    rules: noLedgerRules,
    decidedBy: [],
    terms: watchTerms(),
    erasures: noErasures(),
    restores: [],
    approvals: new Map(),
    approvalsBeyond: 0,
    ids: createDecisionIds(),
    idsBeyond: 0,
    again: undefined,
    stray: undefined,
    unread: undefined,
    unsuccessful: 0,
    seenBefore: 0,
    due: new Map(),
    findingCount: 0,
    receipts: 0,
    disclosed: 0,
    firstBad: undefined,
    chained: false,
  };
  return {
    step: (input) => {
      const before = v.findings.length;
      const outcome = stepReceipt(v, input);
      return { ...outcome, findings: v.findings.slice(before) };
    },
    finish: () => concludeVerification(v),
  };
};

const stepReceipt = (v: Verification, input: ReceiptInput): Omit<ReceiptOutcome, 'findings'> => {
  const leaf = leafHash(v.options.sha256, input.bytes);
  const parsed = parseReceipt(input.bytes, v.options.codec);
  const expected = v.chain.expected;
  v.receipts += 1;
  if (E.isLeft(parsed)) {
    noteFinding(v, { step: 'receipts', seq: expected, why: `it is not a receipt: ${describeFlaw(parsed.left)}` });
    v.rederived.notRun += 1;
    if (v.options.coverage === 'whole') pushUnreadable(v.chain, leaf);
    return { seq: expected, rederived: { status: 'not_run' } };
  }
  const receipt = parsed.right;
  const isInOrder = receipt.seq >= expected;
  if (v.options.coverage === 'whole') {
    pushReceipt(v.chain, receipt, leaf);
    v.keys.follow(receipt);
  } else {
    pushPartial(v, receipt, leaf, input.proof);
    // A revocation holds wherever it is met, and a rotation can be followed. Which key has to seal now is another matter: a
    // later rotation may not be here.
    if (isInOrder || receipt.event !== KEY_ROTATED) v.keys.follow(receipt);
  }
  const disclosures = verifyDisclosures(v.options.sha256, receipt, input.disclosures, v.options.codec);
  if (E.isLeft(disclosures)) {
    noteFinding(v, {
      step: 'disclosures',
      seq: receipt.seq,
      why: `a disclosure is wrong: ${describeFlaw(disclosures.left)}`,
    });
  }
  const values = E.isLeft(disclosures) ? NO_DISCLOSURES : disclosures.right;
  v.disclosed += values.size;
  noteStray(v, receipt, values);
  checkDigests(v, receipt, values);
  // One receipt that is unreadable or out of place, and the fold from there on is not the ledger's.
  const whole = v.options.coverage === 'whole' && !v.chain.displaced && !v.failed.has('receipts');
  noteCatalog(v, receipt);
  if (v.options.coverage === 'whole' ? whole : isInOrder) checkId(v, receipt);
  const followed = followRules(v.rules, receipt);
  const restore = isInOrder ? restoreOf(receipt) : undefined;
  if (restore !== undefined && v.restores.length < RESTORES_MAX) v.restores.push(restore);
  if (whole) {
    v.rules = followed.rules;
    for (const { seq, why } of followTerms(v.terms, receipt)) noteFinding(v, { step: 'rederivation', seq, why });
    noteDue(v, receipt);
  }
  const rederived = rederive(v, receipt, leaf, values, whole, whole ? followed.broken : undefined);
  followErasures(v.erasures, receipt, values.size < receipt._sd.length);
  return { seq: receipt.seq, rederived };
};

/** An intent is answered once: a second answer under its id is one that nobody asked for. */
const checkId = (v: Verification, receipt: Receipt): void => {
  const found = v.ids.check(receipt);
  if (found === 'not_known') v.idsBeyond += 1;
  if (found === 'taken') v.again = { seq: v.again?.seq ?? receipt.seq, count: (v.again?.count ?? 0) + 1 };
};

const noteStray = (v: Verification, receipt: Receipt, disclosed: ReadonlyMap<string, Json>): void => {
  for (const name of disclosed.keys())
    if (!isOfKind(receipt, name)) v.stray = { seq: v.stray?.seq ?? receipt.seq, count: (v.stray?.count ?? 0) + 1 };
  if (receipt.kind === 'outcome' && receipt.status !== 'success' && receipt.status !== 'withdrawn') v.unsuccessful += 1;
};

const MAX_APPROVERS = 10_000;

const noteApproval = (v: Verification, seq: number, approval: RederivedApproval): void => {
  const { approvals } = v;
  const name = `${approval.approver} ${approval.key ?? ''}`;
  const known = approvals.get(name);
  if (known !== undefined) known.count += 1;
  else if (approvals.size < MAX_APPROVERS) approvals.set(name, { ...approval, seq, count: 1 });
  else v.approvalsBeyond += 1;
};

const MAX_DUE = 10_000;

const noteDue = ({ due }: Verification, receipt: Receipt): void => {
  if (receipt.kind === 'outcome') due.delete(receipt.of.seq);
  else if (receipt.kind === 'decision' && receipt.deadline !== undefined && due.size < MAX_DUE)
    due.set(receipt.seq, receipt.deadline);
};

/** Notes which catalog decided, as runs of decisions. */
const noteCatalog = ({ decidedBy }: Verification, { kind, seq, catalog }: Receipt): void => {
  if (kind !== 'decision') return;
  const { digest, id, version } = catalog;
  const last = decidedBy.at(-1);
  if (last?.digest === digest && last.id === id && last.version === version)
    decidedBy[decidedBy.length - 1] = { ...last, to: seq };
  else if (decidedBy.length < MAX_DECIDED_BY) decidedBy.push({ digest, id, version, from: seq, to: seq });
};

/** Which catalog and raw evidence a receipt names that the bundle does not carry. */
const checkDigests = (v: Verification, receipt: Receipt, disclosures: ReadonlyMap<string, Json>): void => {
  const { attachments } = v.options;
  if (attachments === undefined || v.missing.size >= MAX_MISSING) return;
  if (!attachments.catalogs.has(receipt.catalog.digest)) v.missing.add(`catalog/${receipt.catalog.digest}.json`);
  for (const [name, value] of disclosures) {
    if (!name.startsWith('evidence/')) continue;
    for (const entry of Array.isArray(value) ? (value as readonly Json[]) : [value]) {
      const digest = refDigest(entry);
      if (digest !== undefined && !attachments.evidence.has(digest)) v.missing.add(`evidence/${digest}`);
    }
  }
};

const refDigest = (entry: Json): string | undefined => {
  const ref = isPlainObject(entry) ? entry['ref'] : undefined;
  const digest = isPlainObject(ref) ? ref['digest'] : undefined;
  return typeof digest === 'string' ? digest : undefined;
};

const rederive = (
  v: Verification,
  receipt: Receipt,
  leaf: Uint8Array,
  disclosures: ReadonlyMap<string, Json>,
  whole: boolean,
  broken: string | undefined,
): ReceiptOutcome['rederived'] => {
  const asked = askAgain(v, receipt, leaf, disclosures, whole);
  const result = broken === undefined ? asked : ({ status: 'falsified', why: broken } as const);
  if (result === undefined) {
    v.rederived.notRun += 1;
    return { status: 'not_run' };
  }
  if (result.status === 'ok') {
    v.rederived[result.level === 2 ? 'level2' : 'level1'] += 1;
    if (result.approval !== undefined) noteApproval(v, receipt.seq, result.approval);
    if (result.seenBefore === true) v.seenBefore += 1;
    if (result.unread !== undefined)
      v.unread = { seq: v.unread?.seq ?? receipt.seq, count: (v.unread?.count ?? 0) + result.unread };
  } else if (result.status === 'withheld') v.rederived.withheld += 1;
  else if (result.status === 'not_available') v.rederived.notAvailable += 1;
  else {
    v.rederived.falsified += 1;
    noteFinding(v, { step: 'rederivation', seq: receipt.seq, why: result.why });
  }
  return result;
};

/** What an issuer discloses may be anything: whatever it does to the re-deriver, the verification goes on. */
const askAgain = (v: Verification, ...asked: Parameters<Rederiver['step']>): Rederived | undefined => {
  try {
    return v.options.rederiver?.step(...asked);
  } catch {
    return { status: 'not_available', why: 'deciding it again broke off' };
  }
};

const NO_DISCLOSURES: ReadonlyMap<string, Json> = new Map();
