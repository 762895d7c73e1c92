/** Feeds the verifier: one receipt at a time with its disclosures, and word of every file that is read. */
import { setImmediate as turn } from 'node:timers/promises';
import { parseDisclosures, type Verifier } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { nodeTextCodec } from '../../node/text-codec.ts';
import type { Bundle } from '../bundle.ts';
import type { BundleFault } from '../bundle-fault.ts';
import type { Telling } from '../bundle-files.ts';
import type { createFindings } from './amend-report.ts';
import type { ReachedRanges } from './reached-ranges.ts';

/** How far a verification has come. */
export interface VerifyProgress {
  readonly receipts: number;
  /** From 0 to 1. */
  readonly share: number;
}

/** How many receipts are judged between two turns of the event loop. */
const TURN = 512;

/** One verification while it runs. */
export interface Feeding {
  readonly bundle: Bundle;
  readonly verifier: Verifier;
  readonly findings: ReturnType<typeof createFindings>;
  readonly reached: ReachedRanges;
  readonly telling: Telling;
  readonly onProgress: ((progress: VerifyProgress) => void) | undefined;
  receipts: number;
  readonly used: { disclosures: number; proof: number };
}

const NO_TEXTS: readonly string[] = [];

/** Judges one receipt that says, or should have, the place `seq`. `share` is how much of the bundle has been read. */
export const feedReceipt = async (
  feeding: Feeding,
  seq: number,
  bytes: Uint8Array,
  proof: string | undefined,
  share: number,
): Promise<E.Either<BundleFault, void>> => {
  const { findings } = feeding;
  const disclosures = readDisclosures(feeding, seq);
  if (E.isLeft(disclosures)) return disclosures;
  const input = { bytes, disclosures: disclosures.right, ...(proof === undefined ? {} : { proof }) };
  const outcome = feeding.verifier.step(input);
  feeding.reached.push(outcome);
  if (proof !== undefined && outcome.seq !== seq)
    findings.note({ step: 'receipts', seq: outcome.seq, why: `it stands in the file of receipt ${seq}` });
  feeding.receipts += 1;
  if (feeding.receipts % TURN === 0) {
    feeding.onProgress?.({ receipts: feeding.receipts, share });
    await turn();
  }
  return E.right(undefined);
};

const readDisclosures = (feeding: Feeding, seq: number): E.Either<BundleFault, readonly string[]> => {
  const { bundle, findings, telling, used } = feeding;
  if (bundle.counts.disclosures === 0) return E.right(NO_TEXTS);
  const file = { file: 'disclosures', seq } as const;
  const found = bundle.source.read(file);
  if (E.isLeft(found) || found.right === undefined) return E.isLeft(found) ? found : E.right(NO_TEXTS);
  used.disclosures += 1;
  telling.met(file, found.right);
  const texts = parseDisclosures(found.right, nodeTextCodec);
  if (E.isRight(texts)) return texts;
  const why = `its disclosures cannot be read: expected ${texts.left.expected}, found ${texts.left.found}`;
  findings.note({ step: 'disclosures', seq, why });
  return E.right(NO_TEXTS);
};
