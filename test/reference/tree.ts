/** The slow, obvious tree: RFC 6962 section 2.1 word for word, recursive, over lists of leaf inputs. For tests only. */
import { createHash } from 'node:crypto';

const sha = (...parts: readonly Uint8Array[]): Uint8Array => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
};

/** The largest power of two smaller than n (n > 1). */
const split = (n: number): number => {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
};

/** MTH(D[n]) of section 2.1. */
export const referenceRoot = (data: readonly Uint8Array[]): Uint8Array => {
  const [first] = data;
  if (first === undefined) return sha();
  if (data.length === 1) return sha(Uint8Array.of(0), first);
  const k = split(data.length);
  return sha(Uint8Array.of(1), referenceRoot(data.slice(0, k)), referenceRoot(data.slice(k)));
};

/** PATH(m, D[n]) of section 2.1.1. */
export const referencePath = (m: number, data: readonly Uint8Array[]): readonly Uint8Array[] => {
  if (data.length <= 1) return [];
  const k = split(data.length);
  return m < k
    ? [...referencePath(m, data.slice(0, k)), referenceRoot(data.slice(k))]
    : [...referencePath(m - k, data.slice(k)), referenceRoot(data.slice(0, k))];
};

const subproof = (m: number, data: readonly Uint8Array[], whole: boolean): readonly Uint8Array[] => {
  if (m === data.length) return whole ? [] : [referenceRoot(data)];
  const k = split(data.length);
  return m <= k
    ? [...subproof(m, data.slice(0, k), whole), referenceRoot(data.slice(k))]
    : [...subproof(m - k, data.slice(k), false), referenceRoot(data.slice(0, k))];
};

/** PROOF(m, D[n]) of section 2.1.2. */
export const referenceConsistency = (m: number, data: readonly Uint8Array[]): readonly Uint8Array[] =>
  subproof(m, data, true);
