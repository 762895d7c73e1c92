/**
 * Pseudonyms and keyed digests. Everything low in entropy that reaches a ledger is keyed with a secret of the host, so
 * nobody can guess it from a receipt; the same subject has another pseudonym in each tenant.
 */

import type { Mode } from '@tai-autonomics/core';
import type { SubjectType } from '@tai-autonomics/core/author';
import { encodeBase64url, encodeHex } from '@tai-autonomics/core/receipt';
import type { TenantId } from '../api.ts';
import { createRecentlyUsed } from '../bounds/recently-used.ts';
import { nodeHmacUnder } from '../node/crypto.ts';
import { nodeTextCodec } from '../node/text-codec.ts';

/** The keyed names of one deployment. */
export interface Identity {
  /** The opaque id of a tenant's ledger. */
  readonly ledger: (tenant: TenantId) => string;
  readonly origin: (tenant: TenantId) => string;
  /** The ledger that an origin of this deployment names; `undefined` for an origin of another domain or mode. */
  readonly ledgerOf: (origin: string) => string | undefined;
  readonly subject: (tenant: TenantId, type: SubjectType, id: string) => string;
  /** `*`, the whole tenant, keeps its name. */
  readonly resource: (tenant: TenantId, id: string) => string;
  /** base64url of 32 bytes: what an intent, a request or a binding is called in receipts. */
  readonly digest: (tenant: TenantId, purpose: 'intent' | 'request' | 'binding', text: string) => string;
}

export interface IdentityOptions {
  readonly secret: Uint8Array;
  /** The host part of every origin, `[a-z0-9.-]+`. */
  readonly domain: string;
  readonly mode: Mode;
  /** The pilot that eval ledgers belong to. */
  readonly session?: string;
}

/** Pseudonyms that are remembered. */
const NAMES_MAX = 4_096;

/** Whether a text is of the form of a subject's pseudonym. Whose it is, nobody can tell. */
export const isPseudonym = (text: string): boolean => /^sub_[A-Za-z0-9_-]{22}$/.test(text);

/** Keyed names over a 32-byte secret. Changing the secret changes all of them. */
export const createIdentity = ({ secret, domain, mode, session }: IdentityOptions): Identity => {
  // Lengths are part of the text: two different lists of parts never give the same bytes. Text that UTF-8 can't say
  // (a lone surrogate) is keyed by its code units, so that it has a name of its own too.
  const hmac = nodeHmacUnder(secret);
  const keyedText = (text: string): Uint8Array =>
    hmac(nodeTextCodec.encode(text) ?? new Uint8Array(Buffer.from(text, 'utf16le')));
  const keyed = (...parts: readonly string[]): Uint8Array => keyedText(textOf(parts));
  // The same few subjects and resources are named again and again.
  const names = createRecentlyUsed<string>(NAMES_MAX);
  const named = (prefix: string, ...parts: readonly string[]): string => {
    const text = textOf(parts);
    const known = names.get(text);
    if (known !== undefined) return known;
    const name = `${prefix}${short(keyedText(text))}`;
    names.set(text, name);
    return name;
  };
  const ledger = (tenant: TenantId): string => encodeHex(keyed('ledger', mode, session ?? '', tenant)).slice(0, 32);
  const prefix = `${domain}/r1/${mode === 'contractual' ? 'c' : 'e'}/`;
  const short = (bytes: Uint8Array): string => encodeBase64url(bytes).slice(0, 22);
  return {
    ledger,
    origin: (tenant) => `${prefix}${ledger(tenant)}`,
    ledgerOf: (origin) => (origin.startsWith(prefix) ? origin.slice(prefix.length) : undefined),
    subject: (tenant, type, id) => named('sub_', 'subject', tenant, type, id),
    resource: (tenant, id) => (id === '*' ? id : named('res_', 'resource', tenant, id)),
    digest: (tenant, purpose, text) => encodeBase64url(keyed(purpose, tenant, text)),
  };
};

const textOf = (parts: readonly string[]): string => parts.map((part) => `${part.length}:${part}`).join('');
