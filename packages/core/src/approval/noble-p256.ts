/** P-256 in JavaScript (@noble/curves). The only file that imports that curve: what doesn't ask for it doesn't load it. */
import { p256 } from '@noble/curves/nist.js';
import type { P256 } from './passkey.ts';

/** Checks signatures of passkeys on P-256. */
export const nobleP256: P256 = {
  verify: (publicKey, message, signature) => {
    if (publicKey.length !== 33 || signature.length !== 64) return false;
    try {
      return p256.verify(signature, message, publicKey, { lowS: true, prehash: true, format: 'compact' });
    } catch {
      return false;
    }
  },
};
