/**
 * Text and bytes. The pure core has no TextEncoder, no Buffer and no atob, so UTF-8, base64 (RFC 4648 section 4, padded),
 * base64url (section 5, not padded) and hex are here. Every decoder accepts exactly one spelling of a byte string:
 * garbage, white space, missing or wrong padding and unused bits that are not zero all read as `undefined`.
 */

/**
 * Text as bytes, bare or in base64url, and back. A platform's own is several times as fast as this file's and may be
 * injected: the same bytes, and the same refusals (a lone surrogate, what is not UTF-8, a second spelling of base64url).
 */
export interface TextCodec {
  readonly encode: (text: string) => Uint8Array | undefined;
  readonly decode: (bytes: Uint8Array) => string | undefined;
  /** base64url of the text's UTF-8. */
  readonly pack: (text: string) => string | undefined;
  readonly unpack: (packed: string) => string | undefined;
}

const B64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const B64U = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

const HEX = '0123456789abcdef';

const DIGEST = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;

/**
 * Whether a string has no lone surrogate, so that it has a UTF-8 form at all. An encoder that "repairs" lone surrogates
 * gives two different strings the same bytes, hence the same hash.
 */
export const isWellFormed = (text: string): boolean => !/\p{Surrogate}/u.test(text);

/** UTF-8 of a string that has no lone surrogates; `undefined` for one that has. */
export const encodeUtf8 = (text: string): Uint8Array | undefined => {
  const ascii = new Uint8Array(text.length);
  let i = 0;
  for (; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit > 0x7f) break;
    ascii[i] = unit;
  }
  if (i === text.length) return ascii;
  if (!isWellFormed(text)) return undefined;
  const out = new Uint8Array(i + (text.length - i) * 3);
  out.set(ascii.subarray(0, i));
  let to = i;
  for (; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit <= 0x7f) {
      out[to] = unit;
      to += 1;
    } else {
      to = writeRune(text, i, out, to);
      if (unit >= 0xd800 && unit <= 0xdbff) i += 1;
    }
  }
  return out.slice(0, to);
};

/** Text of UTF-8 bytes; `undefined` unless every byte is well-formed UTF-8. A byte order mark is kept as U+FEFF, never dropped. */
export const decodeUtf8 = (bytes: Uint8Array): string | undefined => {
  let text = '';
  for (let i = 0; i < bytes.length; ) {
    let end = i;
    while (end < bytes.length && (bytes[end] as number) <= 0x7f) end += 1;
    if (end > i) {
      text += asciiText(bytes.subarray(i, end));
      i = end;
    } else {
      const length = sequenceLength(bytes[i] ?? 0);
      const rune = readRune(bytes, i, length);
      if (rune === undefined) return undefined;
      text += String.fromCodePoint(rune);
      i += length;
    }
  }
  return text;
};

/** base64url without padding (RFC 4648 section 5). */
export const encodeBase64url = (bytes: Uint8Array): string => asciiText(encode64(bytes, B64U_CODES));

/** Bytes of base64url without padding; `undefined` for any other spelling. */
export const decodeBase64url = (text: string): Uint8Array | undefined => decode64(text, B64U_VALUES);

/** The codec in JavaScript: what is used where none is given. */
export const pureTextCodec: TextCodec = {
  encode: encodeUtf8,
  decode: decodeUtf8,
  pack: (text) => {
    const bytes = encodeUtf8(text);
    return bytes && encodeBase64url(bytes);
  },
  unpack: (packed) => {
    const bytes = decodeBase64url(packed);
    return bytes && decodeUtf8(bytes);
  },
};

/** base64 with padding (RFC 4648 section 4). */
export const encodeBase64 = (bytes: Uint8Array): string => {
  const text = asciiText(encode64(bytes, B64_CODES));
  return text + '='.repeat((4 - (text.length % 4)) % 4);
};

/** Bytes of padded base64; `undefined` for any other spelling. */
export const decodeBase64 = (text: string): Uint8Array | undefined => {
  if (text.length % 4 !== 0) return undefined;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  return decode64(text.slice(0, text.length - padding), B64_VALUES);
};

/** Lower-case hex. */
export const encodeHex = (bytes: Uint8Array): string => {
  let text = '';
  for (const byte of bytes) text += (HEX[byte >> 4] ?? '') + (HEX[byte & 15] ?? '');
  return text;
};

/** Bytes of lower-case hex; `undefined` for any other spelling. */
export const decodeHex = (text: string): Uint8Array | undefined => {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/.test(text)) return undefined;
  const out = new Uint8Array(text.length / 2);
  for (let i = 0; i < out.length; i++) out[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return out;
};

/** One byte string after the other. */
export const concatBytes = (...parts: readonly Uint8Array[]): Uint8Array => {
  let length = 0;
  for (const part of parts) length += part.length;
  const out = new Uint8Array(length);
  let to = 0;
  for (const part of parts) {
    out.set(part, to);
    to += part.length;
  }
  return out;
};

/** Whether two byte strings are equal. Not constant-time: nothing compared here is secret. */
export const equalBytes = (a: Uint8Array, b: Uint8Array): boolean => {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
};

/** Bytes of text that is ASCII by construction (digests, decimal numbers, names that a pattern has passed). */
export const ascii = (text: string): Uint8Array => {
  const out = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) out[i] = text.charCodeAt(i);
  return out;
};

/** A decimal number without sign or leading zero, up to 2^53 − 1; `undefined` for any other spelling. */
export const parseDecimal = (text: string): number | undefined => {
  if (!/^(?:0|[1-9][0-9]{0,15})$/.test(text)) return undefined;
  const n = Number(text);
  return Number.isSafeInteger(n) ? n : undefined;
};

/** Whether a text is base64url of exactly 32 bytes. */
export const isDigestText = (text: unknown): text is string => typeof text === 'string' && DIGEST.test(text);

const writeRune = (text: string, at: number, out: Uint8Array, to: number): number => {
  const rune = text.codePointAt(at) ?? 0;
  if (rune < 0x800) {
    out[to] = 0xc0 | (rune >> 6);
    out[to + 1] = 0x80 | (rune & 63);
    return to + 2;
  }
  if (rune < 0x10000) {
    out[to] = 0xe0 | (rune >> 12);
    out[to + 1] = 0x80 | ((rune >> 6) & 63);
    out[to + 2] = 0x80 | (rune & 63);
    return to + 3;
  }
  out[to] = 0xf0 | (rune >> 18);
  out[to + 1] = 0x80 | ((rune >> 12) & 63);
  out[to + 2] = 0x80 | ((rune >> 6) & 63);
  out[to + 3] = 0x80 | (rune & 63);
  return to + 4;
};

/** Text of bytes that are ASCII. Eight letters a call: three times faster than one by one (measured), and no spread. */
const asciiText = (b: Uint8Array): string => {
  const whole = b.length - (b.length % 8);
  let text = '';
  let i = 0;
  for (; i < whole; i += 8) {
    const [p, q, r, s] = [b[i] as number, b[i + 1] as number, b[i + 2] as number, b[i + 3] as number];
    const [t, u, v, w] = [b[i + 4] as number, b[i + 5] as number, b[i + 6] as number, b[i + 7] as number];
    text += String.fromCharCode(p, q, r, s, t, u, v, w);
  }
  for (; i < b.length; i++) text += String.fromCharCode(b[i] as number);
  return text;
};

/** Length in bytes and least code point of a sequence, by its first byte; 0 for a byte that can't come first. */
const sequenceLength = (first: number): number => {
  if (first >= 0xc2 && first <= 0xdf) return 2;
  if (first >= 0xe0 && first <= 0xef) return 3;
  return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
};

const readRune = (bytes: Uint8Array, at: number, length: number): number | undefined => {
  if (length === 0 || at + length > bytes.length) return undefined;
  let rune = (bytes[at] ?? 0) & (0xff >> (length + 1));
  for (let i = 1; i < length; i++) {
    const next = bytes[at + i] ?? 0;
    if ((next & 0xc0) !== 0x80) return undefined;
    rune = (rune << 6) | (next & 63);
  }
  // Overlong forms, surrogates and everything past U+10FFFF are not UTF-8 (RFC 3629 section 3).
  const least = length === 2 ? 0x80 : length === 3 ? 0x800 : 0x10000;
  return rune < least || rune > 0x10ffff || (rune >= 0xd800 && rune <= 0xdfff) ? undefined : rune;
};

const encode64 = (bytes: Uint8Array, codes: Uint8Array): Uint8Array => {
  const whole = bytes.length - (bytes.length % 3);
  const out = new Uint8Array(Math.ceil((bytes.length * 4) / 3));
  let to = 0;
  for (let i = 0; i < whole; i += 3) {
    const bits = ((bytes[i] as number) << 16) | ((bytes[i + 1] as number) << 8) | (bytes[i + 2] as number);
    out[to] = codes[(bits >> 18) & 63] as number;
    out[to + 1] = codes[(bits >> 12) & 63] as number;
    out[to + 2] = codes[(bits >> 6) & 63] as number;
    out[to + 3] = codes[bits & 63] as number;
    to += 4;
  }
  if (whole < bytes.length) {
    const bits = ((bytes[whole] as number) << 16) | ((bytes[whole + 1] ?? 0) << 8);
    out[to] = codes[(bits >> 18) & 63] as number;
    out[to + 1] = codes[(bits >> 12) & 63] as number;
    if (to + 2 < out.length) out[to + 2] = codes[(bits >> 6) & 63] as number;
  }
  return out;
};

const codesOf = (alphabet: string): Uint8Array => Uint8Array.from(alphabet, (letter) => letter.charCodeAt(0));

const decode64 = (text: string, values: Uint8Array): Uint8Array | undefined => {
  const tail = text.length % 4;
  if (tail === 1) return undefined;
  const out = new Uint8Array(Math.floor((text.length * 3) / 4));
  let bits = 0;
  let held = 0;
  let to = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    const value = unit < 128 ? (values[unit] ?? 255) : 255;
    if (value === 255) return undefined;
    bits = ((bits << 6) | value) & 0xffff;
    held += 6;
    if (held >= 8) {
      held -= 8;
      out[to] = (bits >> held) & 0xff;
      to += 1;
    }
  }
  // Bits that are left over must be zero, else two texts would mean the same bytes.
  return (bits & ((1 << held) - 1)) === 0 ? out : undefined;
};

const valuesOf = (alphabet: string): Uint8Array => {
  const values = new Uint8Array(128).fill(255);
  for (let i = 0; i < alphabet.length; i++) values[alphabet.charCodeAt(i)] = i;
  return values;
};

const B64_CODES: Uint8Array = /* @__PURE__ */ codesOf(B64);
const B64U_CODES: Uint8Array = /* @__PURE__ */ codesOf(B64U);
const B64_VALUES: Uint8Array = /* @__PURE__ */ valuesOf(B64);
const B64U_VALUES: Uint8Array = /* @__PURE__ */ valuesOf(B64U);
