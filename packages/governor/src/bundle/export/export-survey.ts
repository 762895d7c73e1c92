/** The first reading of a ledger that is to be exported: how long it is, which receipts are meant, and the tree over them. */
import { setImmediate as turn } from 'node:timers/promises';
import {
  type Checkpoint,
  consistencyProof,
  createKeptNodes,
  createKeyHistory,
  equalBytes,
  inclusionProof,
  KEY_ROTATED,
  type KeyFollower,
  leafHash,
  type NodeReader,
  parseCheckpoint,
  parseReceipt,
  rootOf,
  treeRoot,
  verifyConsistency,
  verifyInclusion,
} from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { LoadedCatalog } from '../../catalogs/loaded-catalog.ts';
import { nodeSha256 } from '../../node/crypto.ts';
import { nodeTextCodec } from '../../node/text-codec.ts';
import type { Answer, Head, LedgerId, LedgerStore, Row, Signer, StoredCheckpoint } from '../../ports.ts';
import { createChooser, isOutByPlace, isWholeLedger, type Selection } from './selection.ts';
import { forgetTree, keptTree, namesKey } from './tree-file.ts';

/** What an export is made from: a store, and what it takes to name and check one ledger in it. No secret but an export key. */
export interface LedgerSource {
  readonly store: Pick<LedgerStore, 'read' | 'checkpoint'> & {
    head(ledger: LedgerId): Answer<Pick<Head, 'size'> | undefined>;
  };
  readonly ledger: LedgerId;
  readonly origin: string;
  /** The ledger's own public key. */
  readonly publicKey: Uint8Array;
  /** Keys that sealed it before: named in the bundle if they signed its checkpoint. */
  readonly olderKeys?: readonly Uint8Array[];
  /** Every catalog that decided something in this ledger. */
  readonly catalogs: readonly Pick<LoadedCatalog, 'digest' | 'text'>[];
  /** The raw input of an observation, by its digest; `undefined` where it was not kept. */
  readonly evidence?: (digest: string) => Promise<Uint8Array | undefined>;
  /** Signs the manifest. Another key than the ledger's. */
  readonly exporter?: Pick<Signer, 'publicKey' | 'sign'>;
  /** A folder for the hashes of trees, so that the proof of a few receipts reads few; it may be deleted at any time. */
  readonly trees?: string;
  /** Told how many receipts were read, each as often as it is read (three times of a whole ledger); asked whether to stop. */
  readonly watch?: { readonly onRead?: (receipts: number) => void; readonly isStopped?: () => boolean };
  /** Signs a checkpoint of all that is durable first; left with the reason if that can't be done. */
  readonly seal?: () => Promise<E.Either<string, unknown>>;
}

/** What the first reading takes of a source. */
export type Surveyable = Pick<LedgerSource, 'store' | 'ledger' | 'origin' | 'trees' | 'watch' | 'seal'>;

/** Receipts from the first to before the last. */
export interface Run {
  readonly from: number;
  readonly to: number;
}

/** What the first reading found. */
export interface Survey {
  readonly note: string;
  readonly checkpoint: Checkpoint;
  readonly unsealed: number;
  readonly coverage: 'whole' | 'partial';
  /** Receipts whose disclosures are meant. */
  readonly runs: readonly Run[];
  readonly chosen: number;
  /** Bytes of `receipts.jsonl`. */
  readonly lineBytes: number;
  readonly catalogs: ReadonlySet<string>;
  /** Where the ledger changed its key: the first checkpoints of both keys. */
  readonly handovers: readonly StoredCheckpoint[];
  /** Sizes from which a proof of continuity goes with it. */
  readonly continues: readonly number[];
  /** The nodes of the tree that the proofs of this bundle are made of, and no others. */
  readonly nodes: NodeReader;
  readonly asSealed: boolean;
}

/** What is said of an export that was stopped. */
export const STOPPED = 'it was stopped; nothing is left behind';

/** The rows of a ledger, with a store's fault as one line. */
export async function* rowsOf(
  source: Pick<Surveyable, 'store' | 'ledger' | 'watch'>,
  from: number,
  to: number,
): AsyncGenerator<E.Either<string, Row>> {
  const isStopped = (): boolean => source.watch?.isStopped?.() === true;
  let read = 0;
  for await (const row of source.store.read(source.ledger, from, to)) {
    if (read % TURN === 0) {
      // A store may answer without a turn of the event loop, and only in one is a signal heard.
      await turn();
      if (isStopped()) return yield E.left(STOPPED);
    }
    yield detailOf(row);
    read += 1;
    if (read % TURN === 0) source.watch?.onRead?.(TURN);
  }
  source.watch?.onRead?.(read % TURN);
}

/** Reads the sealed part of the ledger once. A receipt that can't be read is taken along: a verifier names it. */
export const surveyLedger = async (source: Surveyable, selection: Selection): Promise<E.Either<string, Survey>> => {
  const sealed = source.seal === undefined ? E.right(undefined) : await source.seal();
  if (E.isLeft(sealed)) return sealed;
  const newest = await newestCheckpoint(source);
  const head = detailOf(await source.store.head(source.ledger));
  if (E.isLeft(newest)) return newest;
  if (E.isLeft(head)) return head;
  const { note, checkpoint } = newest.right;
  const all = isWholeLedger(selection);
  const coverage = all || selection.clear === 'ledger' ? 'whole' : 'partial';
  const isChosen = createChooser(selection);
  const isOut = coverage === 'partial' ? isOutByPlace(selection) : (): boolean => false;
  const few =
    coverage === 'partial'
      ? await surveyFew(source, selection, newest.right, head.right?.size ?? 0)
      : E.right(undefined);
  if (E.isLeft(few)) return few;
  if (few.right !== undefined) return E.right(few.right);
  const handovers = new Map<number, StoredCheckpoint>();
  const tree = createKeptNodes(nodeSha256);
  for (const oldSize of selection.continues ?? []) tree.wantConsistency(oldSize, checkpoint.size);
  const counting: Counting = { runs: [], catalogs: new Set(), chosen: 0, lineBytes: 0, keys: createKeyHistory() };
  for await (const row of rowsOf(source, 0, checkpoint.size)) {
    if (E.isLeft(row)) return row;
    const { seq, bytes } = row.right;
    counting.lineBytes += bytes.length + 1;
    if (isOut(seq) && !Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(KEY_ROTATED)) {
      tree.append(leafHash(nodeSha256, bytes));
      continue;
    }
    const receipt = parseReceipt(bytes, nodeTextCodec);
    const rotates = E.isRight(receipt) && namesKey(counting.keys, receipt.right);
    if (rotates) {
      const handover = await handoverBehind(source, seq, checkpoint.size);
      if (E.isLeft(handover)) return handover;
      if (handover.right !== undefined) {
        handovers.set(handover.right.size, handover.right);
        if (coverage === 'partial') tree.wantConsistency(handover.right.size, checkpoint.size);
      }
    }
    // A part carries what names its keys too, or nobody could follow them.
    const chosen = E.isRight(receipt) ? isChosen(receipt.right) || (rotates && coverage === 'partial') : all;
    if (chosen && coverage === 'partial') tree.wantInclusion(checkpoint.size);
    tree.append(leafHash(nodeSha256, bytes));
    if (E.isRight(receipt) && (chosen || coverage === 'whole')) counting.catalogs.add(receipt.right.catalog.digest);
    if (chosen) choose(counting, seq);
  }
  if (counting.chosen === 0) return E.left(`${source.origin}: no sealed receipt is chosen by this selection`);
  const { keys: _, ...counted } = counting;
  return E.right({
    note,
    checkpoint,
    unsealed: Math.max(0, (head.right?.size ?? 0) - checkpoint.size),
    coverage,
    ...counted,
    handovers: [...handovers.values()],
    continues: continuesOf(selection, coverage === 'partial' ? [...handovers.keys()] : []),
    nodes: tree.read,
    asSealed:
      tree.frontier.size === checkpoint.size && equalBytes(treeRoot(nodeSha256, tree.frontier), checkpoint.root),
  });
};

/** Single receipts by the hashes that are kept: those are read, and what names a key. `undefined`: read the ledger. */
const surveyFew = async (
  source: Surveyable,
  selection: Selection,
  { note, checkpoint }: { readonly note: string; readonly checkpoint: Checkpoint },
  headSize: number,
): Promise<E.Either<string, Survey | undefined>> => {
  const { seqs, incident, continues = [] } = selection;
  if (source.trees === undefined || seqs === undefined || incident !== undefined) return E.right(undefined);
  const place = { folder: source.trees, name: source.ledger };
  const kept = await keptTree(place, checkpoint, (from, to) => rowsOf(source, from, to));
  if (E.isLeft(kept) || kept.right === undefined) return kept as E.Either<string, undefined>;
  const { nodes, keyChanges, close } = kept.right;
  try {
    const found = await readFew(source, selection, checkpoint, keyChanges);
    if (E.isLeft(found)) return found;
    const { counting, handovers, leaves } = found.right;
    const sizes = [...continues, ...handovers.map(({ size }) => size)];
    // Read once, so that the file may go: and what is wrong in it shows before it stands in a bundle.
    const read = remembered(nodes);
    const isRight =
      [...leaves].every(([seq, leaf]) => isProved(read, seq, leaf, checkpoint)) &&
      sizes.every((size) => isContinued(read, size, checkpoint));
    if (!isRight) {
      await forgetTree(place);
      return E.right(undefined);
    }
    if (counting.chosen === 0) return E.left(`${source.origin}: no sealed receipt is chosen by this selection`);
    const { keys: _, ...counted } = counting;
    return E.right({
      note,
      checkpoint,
      unsealed: Math.max(0, headSize - checkpoint.size),
      coverage: 'partial',
      ...counted,
      handovers,
      continues: continuesOf(
        selection,
        handovers.map(({ size }) => size),
      ),
      nodes: read,
      asSealed: true,
    });
  } finally {
    close();
  }
};

/** The rows that are chosen, or name a key. */
const readFew = async (
  source: Surveyable,
  selection: Selection,
  { size }: Checkpoint,
  keyChanges: readonly number[],
): Promise<E.Either<string, Few>> => {
  const isChosen = createChooser(selection);
  const renamed = new Set(keyChanges);
  const counting: Counting = { runs: [], catalogs: new Set(), chosen: 0, lineBytes: 0, keys: createKeyHistory() };
  const handovers = new Map<number, StoredCheckpoint>();
  const leaves = new Map<number, Uint8Array>();
  const places = [...new Set([...(selection.seqs ?? []), ...keyChanges])].filter((seq) => seq < size);
  for (const seq of places.sort((a, b) => a - b))
    for await (const row of rowsOf(source, seq, seq + 1)) {
      if (E.isLeft(row)) return row;
      const { bytes } = row.right;
      const receipt = parseReceipt(bytes, nodeTextCodec);
      if (renamed.has(seq)) {
        const handover = await handoverBehind(source, seq, size);
        if (E.isLeft(handover)) return handover;
        if (handover.right !== undefined) handovers.set(handover.right.size, handover.right);
      }
      if (E.isLeft(receipt) || !(isChosen(receipt.right) || renamed.has(seq))) continue;
      leaves.set(seq, leafHash(nodeSha256, bytes));
      counting.catalogs.add(receipt.right.catalog.digest);
      choose(counting, seq);
    }
  return E.right({ counting, handovers: [...handovers.values()], leaves });
};

interface Few {
  readonly counting: Counting;
  readonly handovers: readonly StoredCheckpoint[];
  readonly leaves: ReadonlyMap<number, Uint8Array>;
}

/** The same hashes, each read once. */
const remembered = (nodes: NodeReader): NodeReader => {
  const read = new Map<string, Uint8Array | undefined>();
  return (level, index) => {
    const key = `${level} ${index}`;
    if (!read.has(key)) read.set(key, nodes(level, index));
    return read.get(key);
  };
};

const isProved = (nodes: NodeReader, seq: number, leaf: Uint8Array, { size, root }: Checkpoint): boolean => {
  const proof = inclusionProof(nodeSha256, nodes, seq, size);
  return proof !== undefined && verifyInclusion(nodeSha256, leaf, seq, size, root, proof);
};

/** A size that is none of the tree's is for the bundle to say. */
const isContinued = (nodes: NodeReader, oldSize: number, { size, root }: Checkpoint): boolean => {
  const older = rootOf(nodeSha256, nodes, oldSize);
  const proof = consistencyProof(nodeSha256, nodes, oldSize, size);
  if (older === undefined || proof === undefined) return oldSize < 1 || oldSize > size;
  return verifyConsistency(nodeSha256, oldSize, older, size, root, proof);
};

const detailOf = <A>(answer: E.Either<{ readonly detail: string }, A>): E.Either<string, A> =>
  E.mapLeft(({ detail }: { readonly detail: string }) => detail)(answer);

/** How many receipts are read between two turns of the event loop. */
const TURN = 256;

/** The newest checkpoint, as a note and as what it says. */
const newestCheckpoint = async (
  source: Surveyable,
): Promise<E.Either<string, { readonly note: string; readonly checkpoint: Checkpoint }>> => {
  const stored = detailOf(await source.store.checkpoint(source.ledger));
  if (E.isLeft(stored)) return stored;
  const found: StoredCheckpoint | undefined = stored.right;
  if (found === undefined) return E.left(`${source.origin}: nothing of this ledger is sealed yet`);
  const checkpoint = parseCheckpoint(found.note);
  if (E.isLeft(checkpoint) || checkpoint.right.origin !== source.origin)
    return E.left(`${source.origin}: the stored checkpoint of size ${found.size} is not one of this ledger`);
  return E.right({ note: found.note, checkpoint: checkpoint.right });
};

/** The sizes from which a proof of continuity is asked for: what the auditor may hold, and the hand-overs of a part. */
const continuesOf = ({ continues = [] }: Selection, handovers: readonly number[]): readonly number[] => [
  ...new Set([...continues, ...handovers]),
];

/** The first checkpoint that covers a change of the key, found by halves; `undefined` if it is the bundle's own. */
const handoverBehind = async (
  { store, ledger }: Surveyable,
  seq: number,
  size: number,
): Promise<E.Either<string, StoredCheckpoint | undefined>> => {
  let first: StoredCheckpoint | undefined;
  let [low, high] = [seq + 1, size - 1];
  while (low <= high) {
    const middle = Math.floor((low + high) / 2);
    const stored = detailOf(await store.checkpoint(ledger, middle));
    if (E.isLeft(stored)) return stored;
    if (stored.right === undefined || stored.right.size <= seq) low = middle + 1;
    else {
      first = stored.right;
      high = first.size - 1;
    }
  }
  return E.right(first);
};

interface Counting {
  readonly runs: { from: number; to: number }[];
  readonly catalogs: Set<string>;
  chosen: number;
  lineBytes: number;
  readonly keys: KeyFollower;
}

const choose = (counting: Counting, seq: number): void => {
  counting.chosen += 1;
  const last = counting.runs.at(-1);
  if (last?.to === seq) last.to = seq + 1;
  else counting.runs.push({ from: seq, to: seq + 1 });
};
