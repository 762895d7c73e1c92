/** Keys of an approver in a browser: a passkey, or an Ed25519 key that this browser keeps and never shows. */
import { encodeBase64url } from './statement.js';

/** @typedef {{ readonly key: string, readonly sign: (statement: Uint8Array<ArrayBuffer>) => Promise<string> }} Signer */

const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const ALGORITHMS = { es256: -7, eddsa: -8 };
const STORE = 'keys';

/** A passkey belongs to a host name on https, or to this machine by its name. */
export const canUsePasskeys = () =>
  typeof PublicKeyCredential === 'function' &&
  /^(https:\/\/[^[]*[a-z][a-z0-9-]*|http:\/\/localhost)(:\d+)?$/.test(origin());

/** Whether this browser can make and keep an Ed25519 key. */
export const canKeepKeys = async () => {
  if (globalThis.crypto?.subtle === undefined || globalThis.indexedDB === undefined) return false;
  try {
    await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']);
    return true;
  } catch {
    return false;
  }
};

/**
 * Asks the authenticator for a passkey, which it keeps for this host.
 *
 * @param {string} subject
 * @param {string} name
 * @returns {Promise<Signer>}
 */
export const createPasskey = async (subject, name) => {
  const created = await navigator.credentials.create({
    publicKey: {
      rp: { id: location.hostname, name: 'Approvals' },
      user: { id: await digest(new TextEncoder().encode(subject)), name, displayName: name },
      challenge: crypto.getRandomValues(new Uint8Array(32)),
      pubKeyCredParams: Object.values(ALGORITHMS).map((alg) => ({ type: /** @type {const} */ ('public-key'), alg })),
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      attestation: 'none',
    },
  });
  const response = /** @type {AuthenticatorAttestationResponse} */ (
    /** @type {PublicKeyCredential} */ (created).response
  );
  const written = response.getPublicKey();
  if (written === null) throw new Error('the authenticator has no key of a kind that this page knows');
  const spki = new Uint8Array(written);
  const isP256 = response.getPublicKeyAlgorithm() === ALGORITHMS.es256;
  const key = isP256 ? compressed(spki.slice(-65)) : spki.slice(-32);
  return passkey(`webauthn:${isP256 ? 'es256' : 'eddsa'}:${encodeBase64url(key)}:${origin()}`);
};

/**
 * The signer of a registered key, if it is one of this browser and this page.
 *
 * @param {string} key
 * @returns {Promise<Signer | undefined>}
 */
export const signerOf = async (key) => {
  if (key.startsWith('webauthn:')) return key.endsWith(`:${origin()}`) && canUsePasskeys() ? passkey(key) : undefined;
  const kept = /** @type {CryptoKey | undefined} */ (await inStore('readonly', (store) => store.get(key)));
  return kept === undefined ? undefined : keptKey(key, kept);
};

/**
 * Makes an Ed25519 key whose private half no script can read.
 *
 * @returns {Promise<Signer>}
 */
export const createKeptKey = async () => {
  const pair = /** @type {CryptoKeyPair} */ (await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']));
  const key = encodeBase64url(await crypto.subtle.exportKey('raw', pair.publicKey));
  await inStore('readwrite', (store) => store.put(pair.privateKey, key));
  return keptKey(key, pair.privateKey);
};

/** SHA-256. @param {Uint8Array<ArrayBuffer>} bytes */
export const digest = async (bytes) => new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));

/** The signature of ECDSA as 64 bytes, with s in the lower half of the order, of its DER. @param {Uint8Array} der */
const rawSignature = (der) => {
  const [r, afterR] = integer(der, 2);
  const [s] = integer(der, afterR);
  return Uint8Array.from([...bytes32(r), ...bytes32(s > ORDER / 2n ? ORDER - s : s)]);
};

const origin = () => location.origin;

/** @param {string} key @returns {Signer} */
const passkey = (key) => ({
  key,
  sign: async (statement) => {
    const got = await navigator.credentials.get({
      publicKey: { challenge: await digest(statement), rpId: location.hostname, userVerification: 'required' },
    });
    const response = /** @type {AuthenticatorAssertionResponse} */ (/** @type {PublicKeyCredential} */ (got).response);
    const made = new Uint8Array(response.signature);
    const signature = key.startsWith('webauthn:es256:') ? rawSignature(made) : made;
    return [response.authenticatorData, response.clientDataJSON, signature].map(encodeBase64url).join('.');
  },
});

/** @param {string} key @param {CryptoKey} privateKey @returns {Signer} */
const keptKey = (key, privateKey) => ({
  key,
  sign: async (statement) => encodeBase64url(await crypto.subtle.sign('Ed25519', privateKey, statement)),
});

/** @param {Uint8Array} point */
const compressed = (point) => Uint8Array.from([(point[64] ?? 0) % 2 === 0 ? 2 : 3, ...point.slice(1, 33)]);

/** An integer of DER, and where the next one begins. @param {Uint8Array} der @param {number} at @returns {[bigint, number]} */
const integer = (der, at) => {
  const end = at + 2 + (der[at + 1] ?? 0);
  return [der.slice(at + 2, end).reduce((n, byte) => n * 256n + BigInt(byte), 0n), end];
};

/** @param {bigint} n */
const bytes32 = (n) => decodeHex(n.toString(16).padStart(64, '0'));

/** @param {string} hex */
const decodeHex = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

/**
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest} use
 * @returns {Promise<unknown>}
 */
const inStore = (mode, use) =>
  new Promise((resolve, reject) => {
    const opening = indexedDB.open('tai-approvals', 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const transaction = opening.result.transaction(STORE, mode);
      const request = use(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onerror = () => reject(transaction.error);
    };
  });
