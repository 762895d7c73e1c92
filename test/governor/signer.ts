/** A signer in memory: fast, and as slow, as broken or as forgetful as a test wants it. */
import { createPrivateKey, sign } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { publicKeyOf } from '@tai-autonomics/core/receipt';
import type { HighWaterMark, Signer } from '@tai-autonomics/governor';
import { nodeSha256 } from '@tai-autonomics/governor/node';
import { either as E } from 'fp-ts';

export interface TestSigner extends Signer {
  /** Stands for a cloud key service: every signature takes so long. */
  delayMs: number;
  /** What signing answers instead of a signature, while it is set. */
  broken: string | undefined;
  /** How often a signature was asked for. */
  asked: number;
  /** The marks beside the key; a test may forge them. */
  readonly kept: Map<string, HighWaterMark>;
}

const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

const objection = (standing: HighWaterMark | undefined, mark: HighWaterMark): string | undefined => {
  if (standing === undefined || mark.size > standing.size) return undefined;
  if (mark.size < standing.size) return 'smaller than what was signed';
  return Buffer.compare(standing.root, mark.root) === 0 ? undefined : 'another root than was signed';
};

/** The key of a name: the same name gives the same key. */
export const memorySigner = (name = 'ledger key'): TestSigner => {
  const seed = nodeSha256(new Uint8Array(Buffer.from(name)));
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' });
  const kept = new Map<string, HighWaterMark>();
  const signer: TestSigner = {
    delayMs: 0,
    broken: undefined,
    asked: 0,
    kept,
    publicKey: publicKeyOf(seed) ?? new Uint8Array(0),
    sign: async (message) => {
      signer.asked += 1;
      if (signer.delayMs > 0) await pause(signer.delayMs);
      return signer.broken === undefined ? E.right(new Uint8Array(sign(null, message, key))) : E.left(signer.broken);
    },
    highWaterMark: async (origin) => E.right(kept.get(origin)),
    marks: async () => E.right([...kept.values()]),
    raise: async (mark) => {
      const why = objection(kept.get(mark.origin), mark);
      if (why !== undefined) return E.left(why);
      kept.set(mark.origin, mark);
      return E.right(undefined);
    },
    lower: async (from, to) => {
      if (signer.broken !== undefined) return E.left(signer.broken);
      if (kept.get(from.origin) !== from) return E.left('another mark stands');
      kept.set(to.origin, to);
      return E.right(undefined);
    },
  };
  return signer;
};
