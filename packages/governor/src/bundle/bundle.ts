/** A bundle that was opened: every file's name is known to be lawful, nothing about their contents is. */
import { stat } from 'node:fs/promises';
import { type BundleFile, decodeUtf8, formatBundlePath, parseCheckpoint } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { BundleSource } from './archive/bundle-source.ts';
import { folderSource } from './archive/folder-source.ts';
import { tarSource } from './archive/tar-source.ts';
import { type BundleFault, bundleFault, cannotBeRead } from './bundle-fault.ts';

/** A bundle, open for reading. Close it. */
export interface Bundle {
  readonly packed: 'folder' | 'tar';
  /** `whole`: every receipt up to the checkpoint. `partial`: some, each with its proof. */
  readonly coverage: 'whole' | 'partial';
  /** The checkpoint's text; empty if it isn't UTF-8. */
  readonly checkpoint: string;
  /** The ledger that the checkpoint is about, if it can be read. A claim of the bundle. */
  readonly origin?: string;
  /** Of a partial bundle: which receipts, ascending. */
  readonly seqs: readonly number[];
  /** How many files of the two sorts that belong to a receipt. */
  readonly counts: { readonly disclosures: number; readonly proof: number };
  /** All files that are not numbered by a receipt. */
  readonly others: readonly BundleFile[];
  readonly source: BundleSource;
  close(): void;
}

interface Reading {
  readonly seqs: number[];
  readonly others: BundleFile[];
  readonly counts: { disclosures: number; proof: number };
}

/** Files that are neither numbered nor single: few, or the bundle is not one. */
const OTHERS_MAX = 100_000;

/**
 * Opens a bundle in a folder or a tar file. Left, with one thing that is wrong, for names that lead out of it, links,
 * devices, doubled and unknown files, files over their limit, a damaged archive, and for what has no checkpoint or no
 * receipts. Nothing is unpacked or written; what the files hold is for `verifyBundle` to judge.
 */
export const readBundle = async (path: string): Promise<E.Either<BundleFault, Bundle>> => {
  const opened = await openSource(path);
  if (E.isLeft(opened)) return opened;
  const source = opened.right;
  const refuse = (left: E.Left<BundleFault>): E.Left<BundleFault> => {
    source.close();
    return left;
  };
  const reading = await survey(source);
  if (E.isLeft(reading)) return refuse(reading);
  const coverage = checkLayout(reading.right);
  if (E.isLeft(coverage)) return refuse(coverage);
  const note = source.read({ file: 'checkpoint' });
  if (E.isLeft(note)) return refuse(note);
  const checkpoint = decodeUtf8(note.right ?? new Uint8Array(0)) ?? '';
  const said = parseCheckpoint(checkpoint);
  return E.right({
    packed: source.packed,
    coverage: coverage.right,
    checkpoint,
    ...(E.isRight(said) && { origin: said.right.origin }),
    seqs: reading.right.seqs,
    counts: reading.right.counts,
    others: reading.right.others,
    source,
    close: () => source.close(),
  });
};

const survey = async (source: BundleSource): Promise<E.Either<BundleFault, Reading>> => {
  const reading: Reading = { seqs: [], others: [], counts: { disclosures: 0, proof: 0 } };
  for await (const entry of source.entries()) {
    if (E.isLeft(entry)) return entry;
    const file = entry.right;
    if (file.file === 'receipt') reading.seqs.push(file.seq);
    else if (file.file === 'disclosures' || file.file === 'proof') reading.counts[file.file] += 1;
    else reading.others.push(file);
    if (reading.others.length > OTHERS_MAX)
      return bundleFault('too_many_files', undefined, `more than ${OTHERS_MAX} that belong to no receipt`);
  }
  reading.seqs.sort((a, b) => a - b);
  reading.others.sort((a, b) => (formatBundlePath(a) < formatBundlePath(b) ? -1 : 1));
  return E.right(reading);
};

const checkLayout = ({ seqs, others }: Reading): E.Either<BundleFault, 'whole' | 'partial'> => {
  const isWhole = others.some(({ file }) => file === 'receipts');
  if (!others.some(({ file }) => file === 'checkpoint'))
    return bundleFault('missing', 'checkpoint', 'a bundle has a checkpoint');
  if (isWhole && seqs.length > 0)
    return bundleFault('doubled', 'receipts.jsonl', 'a bundle has receipts.jsonl or receipts/<seq>.json, not both');
  if (!isWhole && seqs.length === 0)
    return bundleFault('missing', 'receipts.jsonl', 'a bundle has receipts.jsonl or receipts/<seq>.json');
  return E.right(isWhole ? 'whole' : 'partial');
};

const openSource = async (path: string): Promise<E.Either<BundleFault, BundleSource>> => {
  try {
    const found = await stat(path);
    if (found.isDirectory()) return E.right(folderSource(path));
    return found.isFile() ? tarSource(path) : bundleFault('unreadable', undefined, 'neither a folder nor a tar file');
  } catch (thrown) {
    return cannotBeRead(undefined, thrown);
  }
};
