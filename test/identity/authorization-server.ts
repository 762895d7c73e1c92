/** An authorization server as a resource server meets it: keys under an address, and tokens. The keys are of these tests alone. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CompactSign, importJWK, type JWK, SignJWT } from 'jose';

/** `issuer` and `edwards` are the issuer's; `stranger` has the key id of the first. */
export type KeyName = 'issuer' | 'edwards' | 'stranger';

const KEYS: Readonly<Record<KeyName, JWK>> = JSON.parse(readFileSync(new URL('keys.json', import.meta.url), 'utf8'));

/** What tokens say, and in which header. */
export interface Said {
  readonly header?: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
}

/** A token that one of the keys signed. RS256 and EdDSA sign the same thing in the same way each time. */
export const signed = async (key: KeyName, { header = {}, claims }: Said): Promise<string> => {
  const jwk: JWK = KEYS[key];
  const protectedHeader = { alg: jwk.alg ?? '', kid: jwk.kid ?? '', typ: 'at+jwt', ...header };
  return new SignJWT({ ...claims }).setProtectedHeader(protectedHeader).sign(await importJWK(jwk, jwk.alg));
};

/** A token whose payload is exactly this text, whatever it says. */
export const signedText = async (key: KeyName, payload: string): Promise<string> => {
  const jwk = KEYS[key];
  return new CompactSign(new TextEncoder().encode(payload))
    .setProtectedHeader({ alg: jwk.alg ?? '', kid: jwk.kid ?? '', typ: 'at+jwt' })
    .sign(await importJWK(jwk, jwk.alg));
};

/** The public half of a key. */
export const publicJwk = (key: KeyName): JWK => {
  const { kty, kid, alg, n, e, crv, x } = KEYS[key];
  return JSON.parse(JSON.stringify({ kty, kid, alg, n, e, crv, x, use: 'sig' }));
};

/** How the address of keys answers. */
export interface Answering {
  keys: readonly JWK[];
  status: number;
  /** Instead of the set of keys. */
  body?: string;
  location?: string;
  /** How often it was asked. */
  asked: number;
}

/** Serves keys over loopback. */
export const serveKeys = async (
  keys: readonly JWK[],
): Promise<{ readonly jwks: string; readonly answering: Answering; close(): Promise<void> }> => {
  const answering: Answering = { keys, status: 200, asked: 0 };
  const server = createServer((_, response) => {
    answering.asked += 1;
    const { status, body, location } = answering;
    response.writeHead(status, {
      'content-type': 'application/json',
      ...(location === undefined ? {} : { location }),
    });
    response.end(body ?? JSON.stringify({ keys: answering.keys }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    jwks: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`,
    answering,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
