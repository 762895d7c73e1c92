/**
 * Billable use, folded from receipts alone: actions of paid packs that were carried out with success, hour by hour. Refusals, reads,
 * what failed, what the platform does for itself, and everything of an evaluation cost nothing.
 */
import { formatInstant, type Ms, parseInstant } from '@tai-autonomics/core/engine';
import {
  encodeBase64url,
  encodeUtf8,
  isPlainObject,
  type Json,
  type Receipt,
  type Sha256,
} from '@tai-autonomics/core/receipt';
import type { MarketplaceName } from '../purchase.ts';

/** A receipt, with what it discloses. */
export interface MeteredRow {
  readonly receipt: Receipt;
  readonly disclosed: ReadonlyMap<string, Json>;
}

/** What is counted, and how. */
export interface MeterOptions {
  readonly marketplace: MarketplaceName;
  /** The marketplace’s name of what an action is counted as; nothing for what is free. */
  readonly dimensionOf: (action: string, catalog: string) => string | undefined;
  readonly sha256: Sha256;
  /** Hours that end later than this are left out: more may come. */
  readonly until: Ms;
}

/** What was used of one purchase in one clock hour. The same ledger gives the same records, with the same ids. */
export interface UsageRecord {
  /** Digest of marketplace, ledger, purchase, dimension and hour: 22 characters of base64url. */
  readonly id: string;
  /** The marketplace’s id of the purchase. */
  readonly purchase: string;
  readonly dimension: string;
  /** RFC 3339, whole hours. */
  readonly from: string;
  readonly to: string;
  readonly quantity: number;
  /** The receipts that were counted: the ledger, and the places of the first and the last. */
  readonly receipts: { readonly origin: string; readonly first: number; readonly last: number };
}

/** The records of a ledger, in order, and what could be attributed to nothing. */
export interface Metered {
  readonly records: readonly UsageRecord[];
  /** Outcomes whose action isn’t disclosed any more, or that came while no purchase of this marketplace ruled: their places. */
  readonly unattributed: readonly number[];
}

/** Folds a ledger from its first receipt on. */
export const meterUsage = (rows: Iterable<MeteredRow>, options: MeterOptions): Metered => {
  const { marketplace, dimensionOf, sha256, until } = options;
  const approvals = new Map<number, Approval>();
  const windows = new Map<string, Omit<UsageRecord, 'id'>>();
  const unattributed: number[] = [];
  let ruling: string | undefined;
  for (const { receipt, disclosed } of rows) {
    ruling = rulingAfter(receipt, ruling);
    if (receipt.mode === 'eval') continue;
    if (receipt.kind === 'decision' && receipt.verdict === 'approve' && receipt.deadline !== undefined)
      approvals.set(receipt.seq, { action: actionIn(disclosed), purchase: purchaseIn(marketplace, ruling) });
    if (receipt.kind !== 'outcome') continue;
    const approval = approvals.get(receipt.of.seq);
    approvals.delete(receipt.of.seq);
    const at = parseInstant(receipt.at) ?? 0;
    const from = at - (at % HOUR_MS);
    if (receipt.status !== 'success' || approval === undefined || from + HOUR_MS > until) continue;
    const { action, purchase } = approval;
    const dimension = action === undefined ? undefined : dimensionOf(action, receipt.catalog.digest);
    // What isn’t disclosed any more cannot be counted as anything; what has no dimension is free.
    if (action === undefined || (purchase === undefined && dimension !== undefined)) unattributed.push(receipt.seq);
    if (dimension === undefined || purchase === undefined) continue;
    const key = JSON.stringify([purchase, dimension, from]);
    const before = windows.get(key);
    windows.set(key, {
      purchase,
      dimension,
      from: formatInstant(from),
      to: formatInstant(from + HOUR_MS),
      quantity: (before?.quantity ?? 0) + 1,
      receipts: { origin: receipt.origin, first: before?.receipts.first ?? receipt.seq, last: receipt.seq },
    });
  }
  const records = [...windows.values()].map((record) => ({ id: idOf(marketplace, record, sha256), ...record }));
  return { records, unattributed };
};

interface Approval {
  readonly action: string | undefined;
  readonly purchase: string | undefined;
}

const HOUR_MS: Ms = 3_600_000;

/** The entitlement in force, as the receipts’ own writes say. */
const rulingAfter = ({ writes }: Receipt, before: string | undefined): string | undefined => {
  let ruling = before;
  for (const write of writes)
    if (write.cell === 'entitlement_id')
      ruling = 'set' in write && typeof write.set === 'string' ? write.set : undefined;
  return ruling;
};

/** A purchase whose id stands in receipts only as a digest cannot be named to its marketplace. */
const purchaseIn = (marketplace: MarketplaceName, entitlement: string | undefined): string | undefined => {
  const prefix = `${marketplace}:`;
  if (entitlement?.startsWith(prefix) !== true) return undefined;
  const id = entitlement.slice(prefix.length);
  return id.startsWith('sha256:') ? undefined : id;
};

const actionIn = (disclosed: MeteredRow['disclosed']): string | undefined => {
  const intent = disclosed.get('request/intent');
  const action = isPlainObject(intent) ? intent['action'] : undefined;
  const id = isPlainObject(action) ? action['id'] : undefined;
  return typeof id === 'string' ? id : undefined;
};

const idOf = (marketplace: MarketplaceName, record: Omit<UsageRecord, 'id'>, sha256: Sha256): string => {
  const { receipts, purchase, dimension, from } = record;
  const text = JSON.stringify(['tai-autonomics/usage@1', marketplace, receipts.origin, purchase, dimension, from]);
  return encodeBase64url(sha256(encodeUtf8(text) ?? new Uint8Array(0))).slice(0, 22);
};
