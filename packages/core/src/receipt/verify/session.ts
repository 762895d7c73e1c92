/** What a verification is given, and what it accumulates. */
import type { either as E } from 'fp-ts';
import type { TextCodec } from '../encoding/bytes.ts';
import type { Ed25519, Sha256 } from '../encoding/crypto.ts';
import type { FormatIssue } from '../encoding/format-issue.ts';
import type { Json } from '../encoding/json.ts';
import type { LedgerRules } from '../ledger-rules.ts';
import type { Receipt } from '../receipt.ts';
import type { Checkpoint } from '../signing/checkpoint.ts';
import type { KeyFollower } from '../signing/key-history.ts';
import type { KeyRevocation } from '../signing/revocation.ts';
import type { Chain } from './chain.ts';
import type { DecisionIds } from './decision-ids.ts';
import type { Erasures } from './erasures.ts';
import type { DecidedBy, Finding, FirstBad, RederivedCounts, VerifyReport, VerifyStep } from './report.ts';
import type { Restore } from './restores.ts';
import type { TermsWatch } from './terms.ts';

/** An approval of what a refusal refused. */
export interface RederivedApproval {
  /** The pseudonym of who approved. */
  readonly approver: string;
  /** base64url of the key of its own by which it is signed, as it was checked; absent where it is the issuer's word. */
  readonly key?: string;
}

/** How far one receipt was re-derived. */
export type Rederived =
  /** 1: the decision follows from its readings. 2: and the readings follow from the ledger, the catalog and the evidence. */
  | {
      readonly status: 'ok';
      readonly level: 1 | 2;
      readonly approval?: RederivedApproval;
      /** Of an outcome: what shows its success was seen before the action began. */
      readonly seenBefore?: true;
      /** Entries of evidence at which it cannot have looked: of another fact, or about another resource. Absent where there are none. */
      readonly unread?: number;
    }
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

/** What a verification is given. Everything that is trusted comes from the auditor, nothing from the bundle. */
export interface VerifyOptions {
  readonly sha256: Sha256;
  readonly ed25519: Ed25519;
  /** The platform's own, where it has one that is faster. */
  readonly codec?: TextCodec;
  /** `whole`: every receipt of the ledger in order. `partial`: some, each with its inclusion proof. */
  readonly coverage: 'whole' | 'partial';
  /** The bundle's checkpoint, a signed note. */
  readonly checkpoint?: string;
  /** The bundle's `handovers/`: signed notes. */
  readonly handovers?: readonly string[];
  /** The bundle's `.consistency` files. */
  readonly consistency?: readonly string[];
  /** Keys that the bundle says are the ledger's: enough for the label `signed`, never for `trusted`. */
  readonly claimedKeys?: readonly string[];
  /** The auditor's trust file. */
  readonly trust?: string;
  /** The last checkpoint of this ledger that the auditor saw, as it was stored: a signed note. Shows continuity alone. */
  readonly remembered?: string;
  /** A checkpoint of this ledger that reached the auditor by another way than a bundle: the ledger is complete up to it. */
  readonly outside?: string;
  /** What the auditor knows of keys that were given up. */
  readonly revocations?: readonly KeyRevocation[];
  /** Digests of catalog and evidence files that the caller found in the bundle and checked with `verifyAttachment`. */
  readonly attachments?: {
    readonly catalogs: Pick<ReadonlySet<string>, 'has'>;
    readonly evidence: Pick<ReadonlySet<string>, 'has'>;
  };
  readonly rederiver?: Rederiver;
  /** The auditor's time, and the age that the time at which the quorum of witnesses was met may have. */
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
  readonly outside: E.Either<FormatIssue, Checkpoint> | undefined;
  readonly findings: Finding[];
  readonly failed: Map<VerifyStep, number>;
  readonly rederived: MutableCounts;
  readonly missing: Set<string>;
  /** Which key seals, as the receipts of a whole ledger say. */
  readonly keys: KeyFollower;
  /** What the receipts of a whole ledger say of it in clear. */
  rules: LedgerRules;
  readonly decidedBy: DecidedBy[];
  readonly terms: TermsWatch;
  readonly erasures: Erasures;
  /** Restores that the operator accepted; the first thousand. */
  readonly restores: Restore[];
  /** Approvals by approver and key, and the place of the first of each; at most ten thousand. */
  readonly approvals: Map<string, RederivedApproval & { readonly seq: number; count: number }>;
  /** Approvals by more approvers and keys than are counted. */
  approvalsBeyond: number;
  /** The ids of decisions, how many were met beyond those that are remembered, and which of them had been met. */
  readonly ids: DecisionIds;
  idsBeyond: number;
  again: { readonly seq: number; readonly count: number } | undefined;
  /** Disclosures that are none of their receipt's kind, and the first receipt that has one. */
  stray: { readonly seq: number; readonly count: number } | undefined;
  /** Entries of evidence that were not looked at, and the first receipt that has one. */
  unread: { readonly seq: number; readonly count: number } | undefined;
  /** Outcomes of what did not succeed; and of what did, shown by what was seen before it began. */
  unsuccessful: number;
  seenBefore: number;
  /** When the outcomes of open approvals are due; at most ten thousand at once. */
  readonly due: Map<number, string>;
  findingCount: number;
  receipts: number;
  disclosed: number;
  firstBad: FirstBad | undefined;
  /** The first bad receipt is named by its place in the chain. */
  chained: boolean;
}

const MAX_FINDINGS = 100;

/** Notes what is wrong. The lowest place is the first bad receipt. */
export const noteFinding = (v: Verification, finding: Finding): void => {
  v.findingCount += 1;
  v.failed.set(finding.step, (v.failed.get(finding.step) ?? 0) + 1);
  if (v.findings.length < MAX_FINDINGS) v.findings.push(finding);
  const { seq, why } = finding;
  // Of one receipt that its bytes were changed explains the rest, so the chain's word comes before any other.
  const explains = finding.step === 'chain' && seq === v.firstBad?.seq && !v.chained;
  if (seq === undefined || !(v.firstBad === undefined || seq < v.firstBad.seq || explains)) return;
  v.firstBad = { seq, why, certain: false };
  v.chained = finding.step === 'chain';
};

/** One line of a flaw, for a sentence. */
export const describeFlaw = (flaw: FormatIssue): string => {
  const path = flaw.path.length === 0 ? '' : `${flaw.path.join('.')}: `;
  return `${path}expected ${flaw.expected}, found ${flaw.found}`;
};
