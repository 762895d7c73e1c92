/** What follows from an approval of something that runs: by whom it was approved, and whether it began. */
import type { Catalog } from '../catalog.ts';
import type { Observation } from '../observation.ts';
import type { Receipt, ReceiptOf, RederivedApproval } from '../receipt/index.ts';
import type { WithdrawalCheck } from './withdrawal-check.ts';

/** What stands in clear in an approval of something that runs, and in everything that follows from it. */
export interface Named {
  /** By which its outcome and its consequences name it. */
  readonly leaf: string;
  readonly receipt: Receipt;
}

export interface Opened extends Named {
  readonly catalog: Catalog;
  readonly decided: Observation;
  /** Absent where the ledger before it is not known. */
  readonly standing?: WithdrawalCheck;
  begun?: true;
  /** When its beginning says that it was. */
  begunAt?: string;
}

/** Its disclosures are not here: what it was about is not known. */
export interface Withheld extends Named {
  readonly decided?: undefined;
}

const OTHER_CATALOG = 'it names another catalog than its decision';

/** What may follow without having begun: it never did, or nobody knows. */
export const NEVER_BEGUN: ReadonlySet<string> = new Set(['withdrawn', 'unknown']);

/** Whether a decision approves what the refusal that it names asks to be approved, and who signed that. */
export const approvalOf = (
  { verdict }: ReceiptOf<'decision'>,
  { intent }: Observation,
): RederivedApproval | undefined => {
  const { refusal, signedBy, subject, action } = intent;
  if (verdict !== 'approve' || refusal === undefined || !refusal.asks.includes(action.id)) return undefined;
  return { approver: subject.ref, ...(signedBy === undefined ? {} : { key: signedBy }) };
};

/** What follows from an approval says in clear what the approval said, but for what is its own. */
export const otherThan = (
  { leaf, receipt }: Named,
  what: Exclude<Receipt, ReceiptOf<'decision'>>,
  isShown: boolean,
): string | undefined => {
  if (leaf !== what.of.leaf) return 'it refers to its decision by another leaf';
  if (receipt.id !== what.id) return 'it has the id of another intent than its decision';
  if (receipt.incident !== what.incident || receipt.trace !== what.trace)
    return 'it belongs to another incident or trace than its decision';
  // Of a decision that was erased nobody knows any more whose it was, and which catalog took it.
  if (!isShown) return undefined;
  if (receipt.subject !== what.subject) return 'it is said of another subject than its decision';
  return receipt.catalog.digest === what.catalog.digest ? undefined : OTHER_CATALOG;
};

/** What is idempotent is driven again after its deadline, if nobody recorded an outcome. */
export const mayBeginAgain = ({ receipt }: Opened, isIdempotent: boolean, again: Receipt): boolean =>
  isIdempotent && receipt.kind === 'decision' && receipt.deadline !== undefined && again.at > receipt.deadline;
