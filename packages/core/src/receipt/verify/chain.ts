/**
 * The chain of a whole ledger, line by line, in constant memory: places, links, references and the tree.
 * It also decides whom to blame. A broken link between n and n + 1 alone doesn't say which of the two was changed: it is
 * n, if n + 1 is vouched for by the `prev` of n + 2 or by the signed root; otherwise n + 1.
 */
import { decodeBase64url, encodeBase64url, equalBytes } from '../encoding/bytes.ts';
import type { Sha256 } from '../encoding/crypto.ts';
import type { Receipt } from '../receipt.ts';
import { genesis } from '../tree/leaf.ts';
import { appendLeaf, emptyFrontier, type Frontier, treeRoot } from '../tree/tree.ts';

/** Told of everything that is wrong. */
export type ChainNote = (step: 'chain' | 'tree', seq: number, why: string) => void;

/** The state of a chain under verification. Mutable: it is the accumulator of one stream. */
export interface Chain {
  readonly hash: Sha256;
  readonly note: ChainNote;
  /** Sizes at which the root is kept. */
  readonly marks: ReadonlySet<number>;
  readonly roots: Map<number, Uint8Array>;
  readonly recent: Map<number, string>;
  origin: string | undefined;
  expected: number;
  frontier: Frontier;
  before: Frontier;
  prev: string | undefined;
  prevLeaf: Uint8Array | undefined;
  lastAt: string;
  /** The receipt before has a finding of its own, which explains a broken link after it. */
  explained: boolean;
  /** The receipt whose link backwards is broken, until it is known whom to blame. */
  pending: number | undefined;
  /** The first broken link that was blamed on somebody: the receipt at its far end. */
  firstBreak: number | undefined;
  /** The tree of the leaves that each next receipt claims, from the first difference on, without the last leaf. */
  claimed: Frontier | undefined;
  /** A place was missing or doubled: the tree can't match any more. */
  displaced: boolean;
  /** References that reach further back than the window. */
  unchecked: number;
}

/** What a signed root says about the stream. */
export interface ChainEnd {
  /** The tree of the lines as they are has the signed root. */
  readonly asSealed: boolean;
  /** The tree of the claimed leaves has the signed root: then whatever differs from its claim was changed, and nothing else. */
  readonly asClaimed: boolean;
}

/** How far back a reference (`of`) is compared with the leaf that it names. */
export const REFERENCE_WINDOW = 65_536;

const EVALUATION = /^[^/]+\/r1\/e\//;
const CONTRACT = /^[^/]+\/r1\/c\//;

/** A chain before its first receipt. Without an expected origin, the first receipt's is taken. */
export const startChain = (
  hash: Sha256,
  origin: string | undefined,
  marks: ReadonlySet<number>,
  note: ChainNote,
): Chain => ({
  hash,
  note,
  marks,
  roots: new Map(),
  recent: new Map(),
  origin,
  expected: 0,
  frontier: emptyFrontier,
  before: emptyFrontier,
  prev: origin === undefined ? undefined : encodeBase64url(genesis(hash, origin)),
  prevLeaf: undefined,
  lastAt: '',
  explained: false,
  pending: undefined,
  firstBreak: undefined,
  claimed: undefined,
  displaced: false,
  unchecked: 0,
});

/** What is wrong with a receipt's reference, as far as the receipt that it names is known. */
export const referenceFlaw = (chain: Chain, receipt: Receipt): string | undefined => {
  if (receipt.kind === 'decision') return undefined;
  const { seq, leaf } = receipt.of;
  const known = chain.recent.get(seq);
  if (known === undefined) chain.unchecked += 1;
  return known === undefined || known === leaf ? undefined : `it refers to receipt ${seq} by another leaf`;
};

/** Keeps the leaf of a receipt for those that will refer to it, as long as it is among the newest. */
export const keepLeaf = (chain: Chain, { seq }: Receipt, leaf: string): void => {
  chain.recent.set(seq, leaf);
  if (chain.recent.size > REFERENCE_WINDOW) chain.recent.delete(chain.recent.keys().next().value ?? 0);
};

/** A ledger's name says what its receipts are: none of an evaluation stands among those of a contract, nor the other way round. */
export const modeFlaw = ({ mode, origin }: Receipt): string | undefined => {
  if (mode === 'eval' && CONTRACT.test(origin)) return 'it is of an evaluation, in a ledger of contracts';
  if (mode === 'contractual' && EVALUATION.test(origin)) return 'it is contractual, in a ledger of an evaluation';
  return undefined;
};

/** A line that is no receipt: it holds its place, and its bytes are a leaf all the same. `why` was noted by the caller. */
export const pushUnreadable = (chain: Chain, leaf: Uint8Array): void => {
  settle(chain, false);
  claim(chain, undefined);
  pushLeaf(chain, leaf);
  chain.explained = true;
};

/** The next receipt of the file. */
export const pushReceipt = (chain: Chain, receipt: Receipt, leaf: Uint8Array): void => {
  if (chain.origin === undefined) {
    chain.origin = receipt.origin;
    chain.prev = encodeBase64url(genesis(chain.hash, receipt.origin));
  }
  const place = checkPlace(chain, receipt);
  if (place === 'behind') return;
  if (place === 'ahead') chain.expected = receipt.seq;
  else {
    checkLink(chain, receipt);
    claim(chain, receipt.prev);
  }
  if (receipt.origin !== chain.origin) blame(chain, receipt.seq, `it belongs to another ledger, ${receipt.origin}`);
  if (receipt.at < chain.lastAt) blame(chain, receipt.seq, 'it is earlier than the receipt before');
  chain.lastAt = receipt.at;
  for (const flaw of [modeFlaw(receipt), referenceFlaw(chain, receipt)])
    if (flaw !== undefined) blame(chain, receipt.seq, flaw);
  const text = encodeBase64url(leaf);
  keepLeaf(chain, receipt, text);
  pushLeaf(chain, leaf, text);
};

/** The end of the stream. Settles what is open, with the help of the signed root where there is one. */
export const endChain = (chain: Chain, size: number | undefined, root: Uint8Array | undefined): ChainEnd => {
  const last = chain.prevLeaf;
  const whole = root !== undefined && size === chain.frontier.size && !chain.displaced;
  const asSealed = whole && equalBytes(treeRoot(chain.hash, chain.frontier), root);
  const asClaimed =
    whole &&
    chain.claimed !== undefined &&
    last !== undefined &&
    equalBytes(treeRoot(chain.hash, appendLeaf(chain.hash, chain.claimed, last)), root);
  settle(chain, asClaimed);
  return { asSealed, asClaimed };
};

/** Settles a broken link once it is known whether the receipt at its far end is vouched for. */
const settle = (chain: Chain, vouched: boolean): void => {
  const far = chain.pending;
  if (far === undefined) return;
  chain.pending = undefined;
  chain.firstBreak ??= far;
  if (vouched)
    chain.note(
      'chain',
      far - 1,
      `its leaf is not the one that receipt ${far} links to, and receipt ${far} is vouched for`,
    );
  else blame(chain, far, `its link does not match receipt ${far - 1}`);
};

const blame = (chain: Chain, seq: number, why: string): void => {
  chain.note('chain', seq, why);
  chain.explained = true;
};

/** Keeps the tree of claimed leaves: what receipt n + 1 says that leaf n was. */
const claim = (chain: Chain, claimedPrev: string | undefined): void => {
  if (chain.prevLeaf === undefined) return;
  const holds = claimedPrev === undefined || claimedPrev === chain.prev;
  const claimedLeaf = holds ? chain.prevLeaf : (decodeBase64url(claimedPrev) ?? chain.prevLeaf);
  if (chain.claimed !== undefined) chain.claimed = appendLeaf(chain.hash, chain.claimed, claimedLeaf);
  else if (!equalBytes(claimedLeaf, chain.prevLeaf)) chain.claimed = appendLeaf(chain.hash, chain.before, claimedLeaf);
};

const pushLeaf = (chain: Chain, leaf: Uint8Array, text: string = encodeBase64url(leaf)): void => {
  chain.before = chain.frontier;
  chain.frontier = appendLeaf(chain.hash, chain.frontier, leaf);
  chain.prev = text;
  chain.prevLeaf = leaf;
  chain.expected += 1;
  if (chain.marks.has(chain.frontier.size)) chain.roots.set(chain.frontier.size, treeRoot(chain.hash, chain.frontier));
};

/** Whether a receipt stands where it must. If it comes too early the places between are missing; too late, it is skipped. */
const checkPlace = (chain: Chain, receipt: Receipt): 'here' | 'ahead' | 'behind' => {
  if (receipt.seq === chain.expected) return 'here';
  chain.displaced = true;
  settle(chain, false);
  blame(chain, chain.expected, `in its place stands receipt ${receipt.seq}`);
  return receipt.seq > chain.expected ? 'ahead' : 'behind';
};

const checkLink = (chain: Chain, receipt: Receipt): void => {
  const holds = receipt.prev === chain.prev;
  settle(chain, holds);
  const explained = chain.explained;
  chain.explained = false;
  if (holds) return;
  if (receipt.seq === 0) blame(chain, 0, 'it does not begin from the genesis value of its origin');
  else if (!explained) chain.pending = receipt.seq;
};
