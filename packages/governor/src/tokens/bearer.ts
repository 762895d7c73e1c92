/** The credential that a request carries. */

/** The one credential of the header `Authorization`; two headers, or one that is too long, are none. */
export const bearerOf = (headers: Headers): string | undefined => {
  const value = headers.get('authorization') ?? '';
  return value.length > TOKEN_CHARACTERS_MAX + 'Bearer '.length ? undefined : BEARER.exec(value)?.[1];
};

/** The longest token that is looked at. */
export const TOKEN_CHARACTERS_MAX = 8_192;

const BEARER = /^Bearer +([\x21-\x7e]+) *$/i;
