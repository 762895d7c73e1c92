/** Comparison of secrets. */
import { builtin } from './runtime.ts';

const crypto = builtin('node:crypto');

/** Whether two hashes of one length are the same; it takes the same time wherever they differ. */
export const equalBytes = (one: Uint8Array, other: Uint8Array): boolean => {
  if (one.length !== other.length) return false;
  if (crypto !== undefined) return crypto.timingSafeEqual(one, other);
  let difference = 0;
  for (let n = 0; n < one.length; n++) difference |= (one[n] ?? 0) ^ (other[n] ?? 0);
  return difference === 0;
};
