/**
 * What a ledger says about itself: which keys seal it, what was erased from beside it, and with which engine it was
 * written last. A fold over clear members, like the state, but with places; so nothing of it can be lost with a process.
 */
import {
  followKeys,
  type KeyHistory,
  LEDGER_CLOSED,
  noKeyHistory,
  owns,
  PURGED_CELL,
  type Receipt,
} from '@tai-autonomics/core/receipt';

/** The event of an erasure. */
export const DISCLOSURES_PURGED = 'disclosures_purged';
/** The event that seals silence. */
export const HEARTBEAT = 'heartbeat';

const PLACE = /^(?:0|[1-9][0-9]{0,15})$/;

/** An erasure that a receipt ordered. */
export interface Purge {
  /** The receipt beside which something was disclosed. */
  readonly seq: number;
  readonly names: readonly string[];
  /** The receipt that ordered it. */
  readonly by: number;
}

/** What a ledger says about itself after some receipts. */
export interface Annals {
  readonly keys: KeyHistory;
  readonly purges: readonly Purge[];
  /** The engine that the newest receipt was written with; 0 for an empty ledger. */
  readonly semantics: number;
  /** The digests of the catalogs that its receipts name. */
  readonly catalogs: readonly string[];
  readonly closed: boolean;
  /** Actions whose outcome stayed unknown: the newest of them, the last one last. */
  readonly unknown: readonly UnknownOutcome[];
}

/** An action of which nobody knows how it ended. */
export interface UnknownOutcome {
  /** The receipt that says so. */
  readonly seq: number;
  /** The receipt that approved it. */
  readonly of: number;
  /** RFC 3339. */
  readonly at: string;
}

/** So many are remembered; all of them are in the ledger. */
const UNKNOWN_MAX = 32;

/** Nothing was written yet. */
export const noAnnals: Annals = {
  keys: noKeyHistory,
  purges: [],
  semantics: 0,
  catalogs: [],
  closed: false,
  unknown: [],
};

/** The annals after one more receipt. */
export const followAnnals = (annals: Annals, receipt: Receipt): Annals => {
  const { semantics } = receipt.engine;
  const { digest } = receipt.catalog;
  const catalogs = annals.catalogs.includes(digest) ? annals.catalogs : [...annals.catalogs, digest];
  const isApproved = receipt.kind === 'decision' && receipt.verdict === 'approve';
  const closes = isApproved && receipt.event === LEDGER_CLOSED;
  const purges = isApproved && receipt.event === DISCLOSURES_PURGED ? purgesBy(receipt) : [];
  const keys = followKeys(annals.keys, receipt);
  const isUnknown = receipt.kind === 'outcome' && receipt.status === 'unknown';
  const isSame =
    keys === annals.keys &&
    catalogs === annals.catalogs &&
    purges.length === 0 &&
    semantics === annals.semantics &&
    !closes &&
    !isUnknown;
  if (isSame) return annals;
  return {
    keys,
    purges: purges.length === 0 ? annals.purges : [...annals.purges, ...purges],
    semantics,
    catalogs,
    closed: annals.closed || closes,
    unknown: isUnknown
      ? [...annals.unknown, { seq: receipt.seq, of: receipt.of.seq, at: receipt.at }].slice(-UNKNOWN_MAX)
      : annals.unknown,
  };
};

/** An erasure is about earlier receipts: a place that does not exist yet is not erased in advance. */
const purgesBy = (receipt: Receipt): readonly Purge[] =>
  receipt.writes.flatMap((write) => {
    const [place = ''] = write.key;
    if (write.cell !== PURGED_CELL || !owns(write, 'add') || !PLACE.test(place)) return [];
    const seq = Number(place);
    return seq < receipt.seq ? [{ seq, names: write.add, by: receipt.seq }] : [];
  });
