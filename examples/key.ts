/** The key of the examples, and randomness that is none: what they print is always the same. Never outside of an example. */
import { publicKeyOf, signEd25519 } from '@tai-autonomics/core/receipt';
import type { Signer } from '@tai-autonomics/governor';
import { nodeSha256 } from '@tai-autonomics/governor/node';
import { either as E } from 'fp-ts';

let drawn = 0;
/** At most 32 bytes, which anybody can guess. */
export const random = (count: number): Uint8Array => nodeSha256(Buffer.from(`draw ${drawn++}`)).slice(0, count);

const seed = random(32);
export const signer: Signer = {
  publicKey: publicKeyOf(seed) ?? seed,
  sign: async (message) => E.fromNullable('no signature')(signEd25519(seed, message)),
  // Nothing outlives this process, so no mark of it has to.
  highWaterMark: async () => E.right(undefined),
  marks: async () => E.right([]),
  raise: async () => E.right(undefined),
};
