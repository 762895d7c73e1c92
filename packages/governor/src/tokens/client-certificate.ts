/** A client's certificate, as a proxy that ended TLS passes it on (RFC 9440). */
import { X509Certificate } from 'node:crypto';
import type { AuthenticatedTenant } from '../credentials/credentials.ts';
import { nodeSha256 } from '../node/crypto.ts';
import type { Ms } from '../ports.ts';
import type { CertificateProxy } from './issuers.ts';

/**
 * Whose certificate stands in the header `Client-Cert`, if the request came from the proxy's own address; `undefined` for none, for
 * one that nobody is known by, and outside of its dates. That the client holds its key, the proxy has verified.
 */
export const certificateHolder = (
  { from, holders }: CertificateProxy,
  headers: Headers,
  peer: string | undefined,
  at: Ms,
): AuthenticatedTenant | undefined => {
  if (peer === undefined || !from.includes(plainAddress(peer))) return undefined;
  const [, base64] = HEADER.exec(headers.get('client-cert') ?? '') ?? [];
  if (base64 === undefined) return undefined;
  const der = Buffer.from(base64, 'base64');
  const print = Buffer.from(nodeSha256(der)).toString('base64url');
  const holder = Object.hasOwn(holders, print) ? holders[print] : undefined;
  if (holder === undefined || !isInForce(der, at)) return undefined;
  return { keyId: Buffer.from(print, 'base64url').toString('hex').slice(0, 32), ...holder };
};

/** A byte sequence of structured fields (RFC 8941 section 3.3.5); two headers would be joined by a comma, and are none. */
const HEADER = /^:([A-Za-z0-9+/]{1,16384}={0,2}):$/;

/** An IPv4 address that came over an IPv6 socket is the same address. */
const plainAddress = (peer: string): string => peer.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '');

const isInForce = (der: Uint8Array, at: Ms): boolean => {
  try {
    const { validFrom, validTo } = new X509Certificate(der);
    return Date.parse(validFrom) <= at && at <= Date.parse(validTo);
  } catch {
    return false;
  }
};
