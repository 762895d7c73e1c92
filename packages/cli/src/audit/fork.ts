/** `tai verify` of the evidence of a fork: two signed checkpoints of one ledger that can't both be honest. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { encodeBase64, parseTrust, verifyEquivocation } from '@tai-autonomics/core/receipt';
import { nodeEd25519, nodeSha256 } from '@tai-autonomics/governor/node';
import { either as E } from 'fp-ts';
import { complain, EXIT, type ExitCode, type Io, printJson } from '../terminal/io.ts';

/**
 * Exit 0 if the file proves a fork to whoever trusts these keys; 1 if it does not; 2 if it, or the trust file, can't be
 * read. Checkpoints of two sizes prove nothing by themselves: that takes the ledger.
 */
export const checkFork = async (
  io: Io,
  name: string,
  { json = false }: { readonly json?: boolean },
  trust: string | undefined,
): Promise<ExitCode> => {
  let text: string;
  try {
    text = await readFile(resolve(io.cwd, name), 'utf8');
  } catch {
    return unreadable(io, json, `${name}: cannot be read`);
  }
  const policy = trust === undefined ? undefined : parseTrust(nodeSha256, trust);
  if (policy === undefined) return unreadable(io, json, 'the keys of the ledger are needed: name them with --trust');
  if (E.isLeft(policy)) return unreadable(io, json, `the trust file: expected ${policy.left.expected}`);
  const proved = verifyEquivocation(nodeEd25519, policy.right.logs, text);
  if (E.isLeft(proved)) {
    const headline = `It proves no fork to you: expected ${proved.left.expected}, found ${proved.left.found}.`;
    if (json) printJson(io, { overall: 'falsified', headline });
    else io.out(`${io.paint.red(headline)}\n`);
    return EXIT.failed;
  }
  const { origin, size, roots } = proved.right;
  const headline = `Proved: ${origin} was forked at size ${size}. A key that you trust signed two roots of it.`;
  if (json) printJson(io, { overall: 'verified', headline, origin, size, roots: roots.map(encodeBase64) });
  else io.out(`${io.paint.green(headline)}\n${roots.map((root) => `  ${encodeBase64(root)}\n`).join('')}`);
  return EXIT.ok;
};

const unreadable = (io: Io, json: boolean, line: string): ExitCode => {
  complain(io, line);
  if (json) printJson(io, { overall: 'unreadable', headline: line });
  return EXIT.unreadable;
};
