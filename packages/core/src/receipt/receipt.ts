/**
 * The receipt, exactly as its JSON says it (`tai-autonomics/receipt@1`). One receipt is one event of a ledger:
 * a decision, the outcome of something that was approved, or a consequence of another receipt. There is no fourth kind.
 */

/** Version of the receipt's shape. Part of the signed bytes, so a later version can't be read as this one. */
export const RECEIPT_VERSION = 'tai-autonomics/receipt@1';

/** Names another receipt of the same ledger: its place, and the leaf hash that it must have. */
export interface ReceiptRef {
  readonly seq: number;
  /** base64url of 32 bytes. */
  readonly leaf: string;
}

/** A document that holds outside the ledger, and the digest of its bytes. */
export interface TermsRef {
  readonly id: string;
  /** base64url of 32 bytes. */
  readonly digest: string;
}

/** What a contractual receipt rests on. At least one of the three. */
export interface ReceiptTerms {
  readonly policy?: TermsRef;
  readonly insurance?: TermsRef;
  readonly msa?: TermsRef;
}

/** What an eval receipt belongs to: a pilot that binds nobody. */
export interface ReceiptSession {
  readonly id: string;
  readonly notice: 'non-contractual';
}

/** The cell of a write. `key` picks one entry of it. */
export interface WireCell {
  readonly cell: string;
  readonly key: readonly string[];
}

/** What one write does. Exactly one member beside `cell` and `key`; lists are sorted sets. */
export type WireWrite = WireCell &
  (
    | { readonly set: boolean | number | string }
    /** RFC 3339, milliseconds, `Z`. */
    | { readonly at: string }
    | { readonly add: readonly string[] }
    | { readonly remove: readonly string[] }
    | { readonly replace: readonly string[] }
    | { readonly plus: number }
    | { readonly clear: true }
  );

/** A decision about one intent. A refusal has at least one code and no writes; an approval has no codes. */
export interface DecisionBody {
  readonly kind: 'decision';
  readonly verdict: 'approve' | 'refuse';
  /** Reason codes, sorted, each once. */
  readonly codes: readonly string[];
  readonly writes: readonly WireWrite[];
  /** Only on an approval after which something will run: when its outcome is due. */
  readonly deadline?: string;
}

/** How an approved action ended. */
export interface OutcomeBody {
  readonly kind: 'outcome';
  readonly of: ReceiptRef;
  readonly status: 'success' | 'failed' | 'timeout' | 'memory_exceeded' | 'unknown' | 'withdrawn';
  readonly writes: readonly WireWrite[];
}

/** Something that follows from another receipt without being asked for. */
export interface ConsequenceBody {
  readonly kind: 'consequence';
  readonly of: ReceiptRef;
  readonly writes: readonly WireWrite[];
}

/** The three kinds. */
export type ReceiptBody = DecisionBody | OutcomeBody | ConsequenceBody;

/** Binding or not; never both, never neither. */
export type ReceiptBinding =
  | { readonly mode: 'contractual'; readonly terms: ReceiptTerms }
  | { readonly mode: 'eval'; readonly session: ReceiptSession };

/** What every receipt says beside its body. */
export interface ReceiptContext {
  /** RFC 3339, milliseconds, `Z`. Self-asserted; never earlier than the receipt before. */
  readonly at: string;
  /** From the closed vocabulary of the product and of the active packs. */
  readonly event: string;
  /** Keyed hash of the intent's id: base64url of 32 bytes. */
  readonly id: string;
  /** Pseudonym of who asked; opaque outside the tenant. */
  readonly subject: string;
  readonly catalog: { readonly id: string; readonly version: string; readonly digest: string };
  /** `semantics` changes whenever deciding or folding changes meaning. */
  readonly engine: { readonly name: string; readonly version: string; readonly semantics: number };
  readonly incident?: string;
  /** W3C trace id: 32 hex digits. */
  readonly trace?: string;
  /** Digests of the disclosures, sorted, each once. Deleting a disclosure leaves its digest here. */
  readonly _sd: readonly string[];
}

/** Where a receipt stands. */
export interface ReceiptPlace {
  readonly origin: string;
  /** Leaf index: 0 for the first receipt of a ledger. */
  readonly seq: number;
  /** Leaf hash of the receipt before; for the first, the genesis value of the origin. */
  readonly prev: string;
}

/** What a ledger's writer supplies; place and version are added when it is appended. */
export type LedgerEntry = ReceiptContext & ReceiptBinding & ReceiptBody;

/** Everything that a receipt says but its version. */
export type ReceiptParts = ReceiptPlace & LedgerEntry;

/** A receipt. */
export type Receipt = { readonly v: typeof RECEIPT_VERSION; readonly _sd_alg: 'sha-256' } & ReceiptParts;

/** A receipt of one kind. */
export type ReceiptOf<Kind extends ReceiptBody['kind']> = Extract<Receipt, { readonly kind: Kind }>;
