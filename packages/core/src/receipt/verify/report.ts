/** What a verification says: ten steps, three labels, the first bad receipt, and how much was re-derived. Data only. */
import type { Checkpoint } from '../signing/checkpoint.ts';

/** The steps, in their order. Each has its own result; they are never folded into one boolean. */
export const VERIFY_STEPS = [
  'trust',
  'receipts',
  'chain',
  'tree',
  'signatures',
  'consistency',
  'disclosures',
  'digests',
  'rederivation',
  'freshness',
] as const;

/** A step's name. */
export type VerifyStep = (typeof VERIFY_STEPS)[number];

/**
 * `passed`: checked, and holds. `failed`: checked, and does not hold. `incomplete`: what could be checked holds, but not
 * everything could. `not_run`: the verifier was not given what this step needs.
 */
export type StepStatus = 'passed' | 'failed' | 'incomplete' | 'not_run';

/** One step's result, with a sentence for a person. */
export interface StepResult {
  readonly step: VerifyStep;
  readonly status: StepStatus;
  readonly sentence: string;
}

/** One thing that is wrong. `seq` is the receipt's place, where there is one to name. */
export interface Finding {
  readonly step: VerifyStep;
  readonly seq?: number;
  readonly why: string;
}

/** The first receipt that is not what was sealed. `certain`: all others are proved to be as they were sealed. */
export interface FirstBad {
  readonly seq: number;
  readonly why: string;
  readonly certain: boolean;
}

/** `unknown`: the verifier was not given what it needs to say. */
export type Label = 'yes' | 'no' | 'unknown';

/**
 * Three separate claims. `linked`: the receipts hang together by their hashes. `signed`: a checkpoint over exactly them
 * carries a good signature of some key named after the ledger. `trusted`: that key is in the auditor's trust file, or
 * followed one that is by hand-overs, and the witnesses that the file asks for have cosigned.
 */
export interface Labels {
  readonly linked: Label;
  readonly signed: Label;
  readonly trusted: Label;
}

/**
 * Whether anything from outside the bundle says how long the ledger was: a quorum of witnesses, or a checkpoint that came
 * to the auditor by another way. Without that it is `integrity_only`: receipts after the checkpoint may have been left
 * out. A checkpoint that was remembered from a bundle shows that history continues, and never that it is complete.
 */
export type Completeness =
  | { readonly complete: 'integrity_only' }
  | { readonly complete: 'to_size'; readonly size: number; readonly by: 'outside_checkpoint' | 'witnesses' };

/** How many receipts reached which level of re-derivation. */
export interface RederivedCounts {
  /** The decision follows from its readings. */
  readonly level1: number;
  /** And the readings follow from the ledger, the catalog and the evidence. */
  readonly level2: number;
  readonly withheld: number;
  readonly notAvailable: number;
  readonly falsified: number;
  readonly notRun: number;
}

/** How many approvals are what. */
export interface ApprovalCounts {
  /** Signed by the key that the trust file names for their approver. */
  readonly trusted: number;
  /** Signed by a key that the ledger alone names. */
  readonly introduced: number;
  readonly unsigned: number;
}

/** Decisions in a row that name one catalog, from the first one to the last. */
export interface DecidedBy {
  readonly digest: string;
  readonly id: string;
  readonly version: string;
  readonly from: number;
  readonly to: number;
}

/** The times that were compared, in milliseconds since the Unix epoch. */
export interface Freshness {
  /** The auditor's time. */
  readonly atMs: number;
  readonly maxAgeMs: number;
  /** When the quorum of the auditor's witnesses was met last; absent if no trusted witness says when. */
  readonly witnessedAtMs?: number;
  /** What the newest receipt that is here says of itself: its issuer's word. */
  readonly receiptAtMs?: number;
}

/** Two checkpoints of one ledger that can't both be honest: portable evidence against whoever holds the key. */
export interface Equivocation {
  readonly origin: string;
  readonly why: string;
  /** Signed notes, byte for byte. */
  readonly notes: readonly [string, string];
}

/** `unreadable`: the auditor's own trust file or remembered checkpoint can't be read, so nothing can be said. */
export type Overall = 'verified' | 'falsified' | 'incomplete' | 'unreadable';

/** What may be left unchecked, or be the issuer's word alone. */
export type UncheckedWhat =
  | 'keys'
  | 'checkpoint'
  | 'end'
  | 'neighbours'
  | 'decisions'
  | 'withheld'
  | 'not_available'
  | 'readings'
  | 'files'
  | 'terms'
  | 'outcomes'
  | 'approvals'
  | 'catalogs'
  | 'ids'
  | 'disclosures'
  | 'restores'
  | 'age'
  | 'times'
  /** Of a bundle's files, beside its receipts. */
  | 'evidence'
  | 'detectors'
  | 'manifest'
  | 'time_stamp'
  | 'unnamed_files';

/** A receipt of which something is not here, and the receipt that ordered it to be erased. */
export interface Erased {
  readonly seq: number;
  readonly order: number;
}

/** One thing that the verdict does not rest on, with a sentence for a person. `open`: it alone keeps the verdict from `verified`. */
export interface Unchecked {
  readonly what: UncheckedWhat;
  readonly sentence: string;
  readonly open: boolean;
}

/** The result of a verification. */
export interface VerifyReport {
  readonly overall: Overall;
  readonly headline: string;
  /** What was not checked, and what is the issuer's word. "Verified" is said of none of it. */
  readonly unchecked: readonly Unchecked[];
  readonly labels: Labels;
  readonly completeness: Completeness;
  /** Ten, in order. */
  readonly steps: readonly StepResult[];
  /** The first hundred; `findingCount` counts all. */
  readonly findings: readonly Finding[];
  readonly findingCount: number;
  readonly firstBad?: FirstBad;
  readonly receipts: number;
  readonly rederived: RederivedCounts;
  /** Approvals that were decided again: signed by a key of their approver's own, or the issuer's word. */
  readonly approvals: ApprovalCounts;
  /** Which catalog decided from where to where, as far as the receipts are here; the first thousand. */
  readonly decidedBy: readonly DecidedBy[];
  /** What is not here because the ledger itself says that it was erased; the first ten thousand. */
  readonly erased: readonly Erased[];
  /** What the bundle's checkpoint says; to be remembered by an auditor if its signature is trusted. */
  readonly checkpoint?: Checkpoint;
  readonly equivocation?: Equivocation;
  /** Present if a time was given. */
  readonly freshness?: Freshness;
}
