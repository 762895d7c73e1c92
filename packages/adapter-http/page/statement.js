/** What is signed, byte for byte as docs/receipt-v1.md says it: the statement's type, a newline, its canonical JSON. */

/** @typedef {{ readonly ledger: string, readonly approver: string, readonly by: string, readonly shown: object, readonly nonce: string, readonly expiresAt: string }} Approval */

const encoder = new TextEncoder();

/** @param {ArrayBuffer | Uint8Array} bytes */
export const encodeBase64url = (bytes) => {
  let text = '';
  for (const byte of new Uint8Array(bytes)) text += String.fromCharCode(byte);
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
};

/** @param {string} text */
export const decodeBase64url = (text) =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (one) => one.charCodeAt(0));

/**
 * RFC 8785: members sorted by UTF-16 units, and numbers and strings as ECMAScript writes them.
 *
 * @param {unknown} value
 * @returns {string}
 */
export const canonical = (value) => {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`;
};

/** @param {Approval} approval */
export const approvalBytes = ({ ledger, approver, by, shown, nonce, expiresAt }) =>
  statement('tai-autonomics/approval@1', { approver, by, expires_at: expiresAt, ledger, nonce, shown });

/**
 * @param {string} ledger
 * @param {string} subject
 * @param {string} key
 */
export const approverKeyBytes = (ledger, subject, key) =>
  statement('tai-autonomics/approver-key@1', { key, ledger, subject });

/**
 * @param {string} type
 * @param {object} said
 */
const statement = (type, said) => encoder.encode(`${type}\n${canonical(said)}`);
