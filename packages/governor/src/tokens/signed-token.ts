/** A JSON Web Token in its compact form, checked against one issuer: signature, dates, audience, and nothing that it says of itself. */

import { isPlainObject } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { errors, type JWTVerifyGetKey, type JWTVerifyOptions, jwtVerify } from 'jose';
import type { KeyFault } from '../credentials/credentials.ts';
import type { Members } from '../json/members.ts';
import { parseStrictJson } from '../json/strict-json.ts';
import { TOKEN_CHARACTERS_MAX } from './bearer.ts';
import { KeysUnavailable } from './issuer-keys.ts';

/**
 * The claims of a token that is what it says. Left: `unavailable` if the keys can't be had now, else `unauthenticated`, whatever is
 * wrong. The header's `jku`, `jwk`, `x5u` and `x5c` are never looked at. Never rejects.
 */
export const verifySigned = async (
  text: string,
  keys: JWTVerifyGetKey,
  options: JWTVerifyOptions,
): Promise<E.Either<KeyFault, Members>> => {
  const unread = claimsIn(text);
  if (unread === undefined) return E.left('unauthenticated');
  try {
    const { payload } = await jwtVerify(text, keys, options);
    // What is bound to a key of the client counts for nobody who only carries it (RFC 8705, RFC 9449).
    return payload['cnf'] === undefined ? E.right(unread) : E.left('unauthenticated');
  } catch (thrown) {
    return E.left(isUnavailable(thrown) ? 'unavailable' : 'unauthenticated');
  }
};

/** The claims as they are written, unverified; `undefined` for what is no token, or says a member twice. */
export const claimsIn = (text: string): Members | undefined => {
  const [, header, payload] = COMPACT.exec(text) ?? [];
  if (text.length > TOKEN_CHARACTERS_MAX || header === undefined || payload === undefined) return undefined;
  return strictly(header) === undefined ? undefined : strictly(payload);
};

const COMPACT = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)$/;
const LIMITS = { comments: false, maxBytes: TOKEN_CHARACTERS_MAX, maxDepth: 8 } as const;

const strictly = (part: string): Members | undefined => {
  const parsed = parseStrictJson(new Uint8Array(Buffer.from(part, 'base64url')), LIMITS);
  return E.isRight(parsed) && isPlainObject(parsed.right.value) ? parsed.right.value : undefined;
};

const isUnavailable = (thrown: unknown): boolean =>
  thrown instanceof KeysUnavailable || thrown instanceof errors.JWKSTimeout || thrown instanceof errors.JWKSInvalid;
