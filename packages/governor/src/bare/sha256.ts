/** SHA-256 by what is at hand: Node's own, which is several times as fast, or the pure one. */
import { encodeBase64url, nobleSha256, type Sha256 } from '@tai-autonomics/core/receipt';
import { builtin } from './runtime.ts';

/** One byte a letter. A digest that OpenSSL hands over as a buffer takes twice as long: it lies outside of the heap. */
const latin1Bytes = (text: string): Uint8Array => {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
};

type Digest = (data: Uint8Array | string, encoding: 'binary' | 'base64url') => string;

/** Node's one-shot hash is there since 20.12; it takes half of the time. */
const nodeDigest = (): Digest | undefined => {
  const crypto = builtin('node:crypto');
  if (crypto === undefined) return undefined;
  const { hash, createHash } = crypto;
  return typeof hash === 'function'
    ? (data, encoding) => hash('sha256', data, encoding)
    : (data, encoding) => createHash('sha256').update(data).digest(encoding);
};

const digest = nodeDigest();

/** SHA-256 of bytes: 32 bytes. */
export const sha256: Sha256 =
  digest === undefined
    ? Object.assign((bytes: Uint8Array) => nobleSha256(bytes), {
        textDigest: (text: string) => encodeBase64url(nobleSha256(new TextEncoder().encode(text))),
      })
    : Object.assign((bytes: Uint8Array) => latin1Bytes(digest(bytes, 'binary')), {
        textDigest: (text: string) => digest(text, 'base64url'),
      });
