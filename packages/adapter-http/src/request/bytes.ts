/** Texts as bytes and back, with what every runtime has. */

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder('utf-8', { ignoreBOM: true });

/** UTF-8; half of a surrogate pair becomes a replacement character. */
export const utf8 = (text: string): Uint8Array<ArrayBuffer> => ENCODER.encode(text);

/** The text of UTF-8; what is none becomes replacement characters. */
export const textIn = (bytes: Uint8Array): string => DECODER.decode(bytes);

/** Base64 in either alphabet, padded or not (RFC 4648 sections 4 and 5), of a text that is known to be of that form. */
export const fromBase64 = (text: string): Uint8Array<ArrayBuffer> => {
  if (typeof Buffer === 'function') return new Uint8Array(Buffer.from(text, 'base64'));
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  const bytes = new Uint8Array(binary.length);
  for (let n = 0; n < binary.length; n++) bytes[n] = binary.charCodeAt(n);
  return bytes;
};
