/** An authenticator and the browser before it, played by node:crypto: what a passkey signs, and everything that one could sign otherwise. */
import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

const b64u = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');
const sha256 = (bytes: Uint8Array | string): Buffer => createHash('sha256').update(bytes).digest();

/** The order of P-256. */
export const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** What of an assertion may be otherwise than it has to be. */
export interface Otherwise {
  readonly type?: string;
  readonly challenge?: string;
  readonly origin?: string;
  readonly rpId?: string;
  readonly flags?: number;
  /** What follows the origin in the client data, up to its end. */
  readonly after?: string;
  /** Bytes after the counter. */
  readonly extra?: Uint8Array;
  /** s in the upper half of the order. */
  readonly high?: boolean;
}

export interface Authenticator {
  /** The key as ledgers write it. */
  readonly key: string;
  /** The signature of a statement as receipts record it. */
  readonly sign: (statement: Uint8Array, otherwise?: Otherwise) => string;
}

/** UP and UV. */
const PRESENT_AND_VERIFIED = 0x05;

/** A passkey for the page of one origin. */
export const createAuthenticator = (origin: string, alg: 'es256' | 'eddsa' = 'es256'): Authenticator => {
  const { privateKey, publicKey } = alg === 'es256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : edwards();
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const even = (Buffer.from(y, 'base64url').at(-1) ?? 0) % 2 === 0;
  const point = alg === 'es256' ? Buffer.concat([Buffer.of(even ? 2 : 3), Buffer.from(x, 'base64url')]) : undefined;
  return {
    key: `webauthn:${alg}:${point === undefined ? x : b64u(point)}:${origin}`,
    sign: (statement, otherwise = {}) => assertion(privateKey, origin, statement, otherwise),
  };
};

const edwards = (): { readonly privateKey: KeyObject; readonly publicKey: KeyObject } => generateKeyPairSync('ed25519');

const assertion = (key: KeyObject, origin: string, statement: Uint8Array, other: Otherwise): string => {
  const { type = 'webauthn.get', challenge = b64u(sha256(statement)), after = ',"crossOrigin":false}' } = other;
  const client = `{"type":"${type}","challenge":"${challenge}","origin":"${other.origin ?? origin}"${after}`;
  const counter = Buffer.alloc(4);
  const data = Buffer.concat([
    sha256(other.rpId ?? new URL(origin).hostname),
    Buffer.of(other.flags ?? PRESENT_AND_VERIFIED),
    counter,
    other.extra ?? new Uint8Array(0),
  ]);
  const signed = Buffer.concat([data, sha256(client)]);
  const isEdwards = key.asymmetricKeyType === 'ed25519';
  const raw = isEdwards ? sign(null, signed, key) : sign('sha256', signed, { key, dsaEncoding: 'ieee-p1363' });
  return [data, Buffer.from(client), isEdwards ? raw : halved(raw, other.high === true)].map(b64u).join('.');
};

/** With s in the lower half of the order, or in the upper one. */
const halved = (raw: Buffer, high: boolean): Buffer => {
  const s = BigInt(`0x${raw.subarray(32).toString('hex')}`);
  const low = s > ORDER / 2n ? ORDER - s : s;
  const wanted = high ? ORDER - low : low;
  return Buffer.concat([raw.subarray(0, 32), Buffer.from(wanted.toString(16).padStart(64, '0'), 'hex')]);
};

/** Another party's check of an assertion: Node's own curve over the same bytes. */
export const publicKeyOf = (key: string): KeyObject => {
  const [, alg, text = ''] = key.split(':');
  if (alg === 'eddsa') return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: text }, format: 'jwk' });
  // SubjectPublicKeyInfo of a compressed point on P-256.
  const head = Buffer.from('3039301306072a8648ce3d020106082a8648ce3d030107032200', 'hex');
  return createPublicKey({ key: Buffer.concat([head, Buffer.from(text, 'base64url')]), format: 'der', type: 'spki' });
};
