/** Reads `receipts.jsonl` line by line, however long it is. */
import { createHash } from 'node:crypto';
import { type LineRest, splitLines } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { type BundleFault, bundleFault } from '../bundle-fault.ts';
import { type Feeding, feedReceipt } from '../verify/feeding.ts';

const PLACE = Buffer.from('"seq":');
const DIGITS_MAX = 16;

/** Feeds every line. A last line without its newline is a line, and a finding. */
export const readWhole = async (feeding: Feeding): Promise<E.Either<BundleFault, void>> => {
  const { source } = feeding.bundle;
  const hash = createHash('sha256');
  const total = Math.max(1, source.size({ file: 'receipts' }));
  let rest: LineRest = new Uint8Array(0);
  let done = 0;
  const feed = (line: Uint8Array): Promise<E.Either<BundleFault, void>> =>
    feedReceipt(feeding, claimedPlace(line) ?? feeding.receipts, line, undefined, done / total);
  for await (const chunk of source.chunks({ file: 'receipts' })) {
    if (E.isLeft(chunk)) return chunk;
    hash.update(chunk.right);
    const split = splitLines(rest, chunk.right);
    if (E.isLeft(split)) return bundleFault('oversized', 'receipts.jsonl', `expected ${split.left.expected}`);
    for (const line of split.right.lines) {
      const fed = await feed(line);
      if (E.isLeft(fed)) return fed;
    }
    rest = split.right.rest;
    done += chunk.right.length;
  }
  if (rest.length > 0) {
    feeding.findings.note({ step: 'receipts', why: 'receipts.jsonl ends inside a line' });
    const fed = await feed(rest);
    if (E.isLeft(fed)) return fed;
  }
  feeding.telling.streamed({ file: 'receipts' }, new Uint8Array(hash.digest()));
  return E.right(undefined);
};

/**
 * The place that a line claims, so that its disclosures are found even where a line is missing or doubled. In a lawful
 * receipt the last member of this name is the receipt's own; for anything else the answer is only a guess.
 */
const claimedPlace = (line: Uint8Array): number | undefined => {
  const bytes = Buffer.from(line);
  const at = bytes.lastIndexOf(PLACE);
  if (at < 0) return undefined;
  const digits = /^\d{1,16}/.exec(bytes.toString('latin1', at + PLACE.length, at + PLACE.length + DIGITS_MAX));
  const place = Number(digits?.[0]);
  return Number.isSafeInteger(place) ? place : undefined;
};
