/**
 * Proofs as files. Inclusion: C2SP tlog-proof, `<seq>.tlog-proof`, the portable signature of one receipt. Consistency:
 * the add-checkpoint body of C2SP tlog-witness, `<old>-<new>.consistency`. Both end in a checkpoint, verbatim.
 */
import { either as E } from 'fp-ts';
import { decodeBase64, encodeBase64, parseDecimal } from '../encoding/bytes.ts';
import { type FormatIssue, issue } from '../encoding/format-issue.ts';
import { MAX_PROOF_HASHES } from './proof.ts';

/** An inclusion proof file. `note` is the checkpoint with its signatures, byte for byte. */
export interface InclusionFile {
  readonly index: number;
  readonly proof: readonly Uint8Array[];
  readonly note: string;
}

/** A consistency proof file: the first `oldSize` receipts are the beginning of the checkpoint's. */
export interface ConsistencyFile {
  readonly oldSize: number;
  readonly proof: readonly Uint8Array[];
  readonly note: string;
}

const MAX_FILE_LENGTH = 1_010_000;
const HEADER = 'c2sp.org/tlog-proof@v1';

/** The text of a `.tlog-proof` file. No extra data: it would not be authenticated. */
export const formatInclusion = (file: InclusionFile): string =>
  `${HEADER}\nindex ${file.index}\n${formatHashes(file.proof)}\n${file.note}`;

/** The text of a `.consistency` file. */
export const formatConsistency = (file: ConsistencyFile): string =>
  `old ${file.oldSize}\n${formatHashes(file.proof)}\n${file.note}`;

/** Reads a `.tlog-proof` file. The checkpoint inside is not read here. A line of extra data is refused: nothing vouches for it. */
export const parseInclusion = (text: string): E.Either<FormatIssue, InclusionFile> => {
  const parts = splitAtBlank(text);
  if (parts === undefined) return issue([], 'a proof, a blank line and a checkpoint', text);
  const [header, second, ...rest] = parts.lines;
  if (header !== HEADER) return issue(['line', 1], HEADER, header);
  const index = numberAfter('index', second);
  if (index === undefined) return issue(['line', 2], 'index and a number', second);
  const proof = parseHashes(rest);
  return E.isLeft(proof) ? proof : E.right({ index, proof: proof.right, note: parts.note });
};

/** Reads a `.consistency` file. The checkpoint inside is not read here. An old size of 0 goes with no hashes. */
export const parseConsistency = (text: string): E.Either<FormatIssue, ConsistencyFile> => {
  const parts = splitAtBlank(text);
  if (parts === undefined) return issue([], 'a proof, a blank line and a checkpoint', text);
  const [first, ...rest] = parts.lines;
  const oldSize = numberAfter('old', first);
  if (oldSize === undefined) return issue(['line', 1], 'old and a size', first);
  const proof = parseHashes(rest);
  if (E.isLeft(proof)) return proof;
  if (oldSize === 0 && proof.right.length > 0)
    return issue(['hash'], 'no hashes for an empty old tree', proof.right.length);
  return E.right({ oldSize, proof: proof.right, note: parts.note });
};

const formatHashes = (proof: readonly Uint8Array[]): string => proof.map((node) => `${encodeBase64(node)}\n`).join('');

/** Everything before the first blank line, in lines, and everything after it. */
const splitAtBlank = (text: string): { readonly lines: readonly string[]; readonly note: string } | undefined => {
  const blank = text.length > MAX_FILE_LENGTH ? -1 : text.indexOf('\n\n');
  return blank < 0 ? undefined : { lines: text.slice(0, blank).split('\n'), note: text.slice(blank + 2) };
};

const numberAfter = (word: string, line: string | undefined): number | undefined =>
  line?.startsWith(`${word} `) ? parseDecimal(line.slice(word.length + 1)) : undefined;

const parseHashes = (lines: readonly string[]): E.Either<FormatIssue, readonly Uint8Array[]> => {
  if (lines.length > MAX_PROOF_HASHES) return issue(['hash'], `at most ${MAX_PROOF_HASHES} hashes`, lines.length);
  const proof: Uint8Array[] = [];
  for (const [i, line] of lines.entries()) {
    const node = decodeBase64(line);
    if (node === undefined || node.length !== 32) return issue(['hash', i + 1], 'base64 of 32 bytes', line);
    proof.push(node);
  }
  return E.right(proof);
};
