/**
 * The verifier: ten steps over a bundle's files, offline, as a stream with constant memory. It re-derives decisions
 * through a `Rederiver` that it is given; without one that step reads `not_run`, and everything else still holds.
 */
import { either as E } from 'fp-ts';
import { encodeBase64url, equalBytes } from './bytes.ts';
import { type Checkpoint, parseCheckpoint } from './checkpoint.ts';
import type { Ed25519, Sha256 } from './crypto.ts';
import { verifyDisclosures } from './disclosure.ts';
import type { FormatIssue } from './format-issue.ts';
import type { Json } from './json.ts';
import { leafHash } from './leaf.ts';
import { verifyInclusion } from './proof.ts';
import { parseInclusion } from './proof-file.ts';
import type { Receipt } from './receipt.ts';
import { parseReceipt } from './receipt-codec.ts';
import { type Chain, pushReceipt, pushUnreadable, startChain } from './verify-chain.ts';
import { concludeVerification } from './verify-conclude.ts';
import type { Finding, FirstBad, RederivedCounts, VerifyReport, VerifyStep } from './verify-report.ts';

/** How far one receipt was re-derived. */
export type Rederived =
  /** 1: the decision follows from its readings. 2: and the readings follow from the ledger, the catalog and the evidence. */
  | { readonly status: 'ok'; readonly level: 1 | 2 }
  | { readonly status: 'falsified'; readonly why: string }
  /** Disclosures that it would take are not in the bundle. */
  | { readonly status: 'withheld'; readonly names: readonly string[] }
  /** This verifier has not what it takes: the catalog, or the version of the engine. Never a falsification. */
  | { readonly status: 'not_available'; readonly why: string };

/**
 * The decision side's part: a fold over the receipts in order. `prefixWhole` is true while every receipt from the
 * ledger's first one on has been seen, which level 2 needs.
 */
export interface Rederiver {
  readonly step: (
    receipt: Receipt,
    leaf: Uint8Array,
    disclosures: ReadonlyMap<string, Json>,
    prefixWhole: boolean,
  ) => Rederived;
}

/** A key of the trust file that must not vouch for anything larger than a size. */
export interface KeyRevocation {
  readonly name: string;
  readonly keyId: number;
  readonly lastGoodSize: number;
}

/** What a verification is given. Everything that is trusted comes from the auditor, nothing from the bundle. */
export interface VerifyOptions {
  readonly sha256: Sha256;
  readonly ed25519: Ed25519;
  /** `whole`: every receipt of the ledger in order. `partial`: some, each with its inclusion proof. */
  readonly coverage: 'whole' | 'partial';
  /** The bundle's checkpoint, a signed note. */
  readonly checkpoint?: string;
  /** The bundle's `.consistency` files. */
  readonly consistency?: readonly string[];
  /** Keys that the bundle says are the ledger's: enough for the label `signed`, never for `trusted`. */
  readonly claimedKeys?: readonly string[];
  /** The auditor's trust file. */
  readonly trust?: string;
  /** The last checkpoint of this ledger that the auditor saw, as it was stored: a signed note. */
  readonly remembered?: string;
  readonly revocations?: readonly KeyRevocation[];
  /** Digests of catalog and evidence files that the caller found in the bundle and checked with `verifyAttachment`. */
  readonly attachments?: { readonly catalogs: ReadonlySet<string>; readonly evidence: ReadonlySet<string> };
  readonly rederiver?: Rederiver;
  /** The auditor's time, and the age that a witness's newest cosignature may have. */
  readonly freshness?: { readonly atMs: number; readonly maxAgeMs: number };
}

/** One receipt as the bundle has it. */
export interface ReceiptInput {
  /** Without the newline. */
  readonly bytes: Uint8Array;
  readonly disclosures: readonly string[];
  /** The `.tlog-proof` file, in a partial bundle. */
  readonly proof?: string;
}

/** What became of one receipt. `seq` is the place that it claims, or would have. */
export interface ReceiptOutcome {
  readonly seq: number;
  readonly findings: readonly Finding[];
  readonly rederived: Rederived | { readonly status: 'not_run' };
}

/** A verification in progress. */
export interface Verifier {
  /** Feeds the next receipt. Never throws; what is wrong ends up in the report. */
  readonly step: (input: ReceiptInput) => ReceiptOutcome;
  /** The report. To be called once, after the last receipt. */
  readonly finish: () => VerifyReport;
}

type MutableCounts = { -readonly [K in keyof RederivedCounts]: RederivedCounts[K] };

/** Everything that a verification accumulates. */
export interface Verification {
  readonly options: VerifyOptions;
  readonly chain: Chain;
  /** What the checkpoint's note says, if it can be read. */
  readonly checkpoint: E.Either<FormatIssue, Checkpoint> | undefined;
  readonly remembered: E.Either<FormatIssue, Checkpoint> | undefined;
  readonly findings: Finding[];
  readonly failed: Map<VerifyStep, number>;
  readonly rederived: MutableCounts;
  readonly missing: Set<string>;
  findingCount: number;
  receipts: number;
  disclosed: number;
  firstBad: FirstBad | undefined;
}

const MAX_FINDINGS = 100;

/** Notes what is wrong. The lowest place is the first bad receipt. */
export const noteFinding = (v: Verification, finding: Finding): void => {
  v.findingCount += 1;
  v.failed.set(finding.step, (v.failed.get(finding.step) ?? 0) + 1);
  if (v.findings.length < MAX_FINDINGS) v.findings.push(finding);
  const { seq, why } = finding;
  if (seq !== undefined && (v.firstBad === undefined || seq < v.firstBad.seq)) v.firstBad = { seq, why, certain: false };
};

/** One line of a flaw, for a sentence. */
export const describeFlaw = (flaw: FormatIssue): string => {
  const path = flaw.path.length === 0 ? '' : `${flaw.path.join('.')}: `;
  return `${path}expected ${flaw.expected}, found ${flaw.found}`;
};

const checkInclusion = (v: Verification, receipt: Receipt, leaf: Uint8Array, proof: string | undefined): string | undefined => {
  if (v.checkpoint === undefined || E.isLeft(v.checkpoint)) return 'there is no checkpoint to prove it against';
  const checkpoint = v.checkpoint.right;
  if (proof === undefined) return 'it has no inclusion proof';
  const file = parseInclusion(proof);
  if (E.isLeft(file)) return `its proof can't be read: ${describeFlaw(file.left)}`;
  if (file.right.index !== receipt.seq) return `its proof is for place ${file.right.index}`;
  const own = parseCheckpoint(file.right.note);
  if (E.isLeft(own)) return `its proof's checkpoint can't be read: ${describeFlaw(own.left)}`;
  const { origin, size, root } = own.right;
  if (origin !== checkpoint.origin || size !== checkpoint.size || !equalBytes(root, checkpoint.root)) {
    return "its proof is for another checkpoint than the bundle's";
  }
  return verifyInclusion(v.options.sha256, leaf, receipt.seq, size, root, file.right.proof)
    ? undefined
    : "its proof does not lead to the checkpoint's root";
};

/** One receipt of a partial bundle: proved by itself, linked to its neighbour where that is there too. */
const pushPartial = (v: Verification, receipt: Receipt, leaf: Uint8Array, proof: string | undefined): void => {
  const { chain } = v;
  const { seq } = receipt;
  const origin = chain.origin ?? receipt.origin;
  chain.origin = origin;
  const note = (step: VerifyStep, why: string): void => noteFinding(v, { step, seq, why });
  if (receipt.origin !== origin) note('chain', `it belongs to another ledger, ${receipt.origin}`);
  if (seq < chain.expected) note('chain', 'it comes twice, or out of order');
  else if (seq === chain.expected && chain.prev !== undefined && receipt.prev !== chain.prev) {
    note('chain', 'its link does not match the receipt before');
  }
  if (receipt.at < chain.lastAt && seq >= chain.expected) note('chain', 'it is earlier than a receipt before');
  const flaw = checkInclusion(v, receipt, leaf, proof);
  if (flaw !== undefined) note('tree', flaw);
  if (seq >= chain.expected) {
    chain.lastAt = receipt.at;
    chain.prev = encodeBase64url(leaf);
    chain.expected = seq + 1;
  }
};

const refDigest = (entry: Json): string | undefined => {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) return undefined;
  const ref = (entry as { readonly [name: string]: Json })['ref'];
  if (typeof ref !== 'object' || ref === null || Array.isArray(ref)) return undefined;
  const digest = (ref as { readonly [name: string]: Json })['digest'];
  return typeof digest === 'string' ? digest : undefined;
};

const MAX_MISSING = 1000;

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

const NO_DISCLOSURES: ReadonlyMap<string, Json> = new Map();

const rederive = (
  v: Verification,
  receipt: Receipt,
  leaf: Uint8Array,
  disclosures: ReadonlyMap<string, Json>,
  whole: boolean,
): ReceiptOutcome['rederived'] => {
  const result = v.options.rederiver?.step(receipt, leaf, disclosures, whole);
  if (result === undefined) {
    v.rederived.notRun += 1;
    return { status: 'not_run' };
  }
  if (result.status === 'ok') v.rederived[result.level === 2 ? 'level2' : 'level1'] += 1;
  else if (result.status === 'withheld') v.rederived.withheld += 1;
  else if (result.status === 'not_available') v.rederived.notAvailable += 1;
  else {
    v.rederived.falsified += 1;
    noteFinding(v, { step: 'rederivation', seq: receipt.seq, why: result.why });
  }
  return result;
};

const stepReceipt = (v: Verification, input: ReceiptInput): Omit<ReceiptOutcome, 'findings'> => {
  const leaf = leafHash(v.options.sha256, input.bytes);
  const parsed = parseReceipt(input.bytes);
  const expected = v.chain.expected;
  v.receipts += 1;
  if (E.isLeft(parsed)) {
    noteFinding(v, { step: 'receipts', seq: expected, why: `it is not a receipt: ${describeFlaw(parsed.left)}` });
    v.rederived.notRun += 1;
    if (v.options.coverage === 'whole') pushUnreadable(v.chain, leaf);
    return { seq: expected, rederived: { status: 'not_run' } };
  }
  const receipt = parsed.right;
  if (v.options.coverage === 'whole') pushReceipt(v.chain, receipt, leaf);
  else pushPartial(v, receipt, leaf, input.proof);
  const disclosures = verifyDisclosures(v.options.sha256, receipt, input.disclosures);
  if (E.isLeft(disclosures)) {
    noteFinding(v, { step: 'disclosures', seq: receipt.seq, why: `a disclosure is wrong: ${describeFlaw(disclosures.left)}` });
  }
  const values = E.isLeft(disclosures) ? NO_DISCLOSURES : disclosures.right;
  v.disclosed += values.size;
  checkDigests(v, receipt, values);
  // One receipt that is unreadable or out of place, and the fold from there on is not the ledger's.
  const whole = v.options.coverage === 'whole' && !v.chain.displaced && !v.failed.has('receipts');
  return { seq: receipt.seq, rederived: rederive(v, receipt, leaf, values, whole) };
};

/**
 * Starts a verification. Feed it every receipt with `step`, then call `finish`. State is bounded: the frontier of the
 * tree, the leaves of the last 65,536 receipts, and the first hundred findings.
 */
export const startVerifier = (options: VerifyOptions): Verifier => {
  const checkpoint = options.checkpoint === undefined ? undefined : parseCheckpoint(options.checkpoint);
  const remembered = options.remembered === undefined ? undefined : parseCheckpoint(options.remembered);
  const known = [checkpoint, remembered].flatMap((c) => (c === undefined || E.isLeft(c) ? [] : [c.right]));
  const marks = new Set(known.map((c) => c.size));
  const v: Verification = {
    options,
    chain: startChain(options.sha256, known[0]?.origin, marks, (step, seq, why) => noteFinding(v, { step, seq, why })),
    checkpoint,
    remembered,
    findings: [],
    failed: new Map(),
    rederived: { level1: 0, level2: 0, withheld: 0, notAvailable: 0, falsified: 0, notRun: 0 },
    missing: new Set(),
    findingCount: 0,
    receipts: 0,
    disclosed: 0,
    firstBad: undefined,
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
