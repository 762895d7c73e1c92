/** What each route of the operator's door takes and answers, for the client. */
import type { Mode } from '@tai-autonomics/core';
import type { Credential, Decided, ReceiptPlace, TenantStatus } from '@tai-autonomics/governor';
import type { OperatorRight } from '@tai-autonomics/governor/keys';
import type { Buyer } from '../marketplaces/buyers.ts';
import type {
  KeptMessage,
  OperatedTenants,
  RevokedKey,
  RotatedKeys,
  SealingKeys,
} from '../operator/operator-options.ts';
import type { DecisionAnswer, Noticed } from './answers.ts';

/** What was about to be done, in the operator's ledger. */
export interface OperationDone extends Noticed {
  readonly receipt: ReceiptPlace;
  readonly repeated: boolean;
}

/** A decision about a tenant, and the operator's own receipt. */
export type OperatedAnswer = DecisionAnswer &
  Omit<Decided, 'decided' | 'decision'> & { readonly operation: ReceiptPlace };

/** An API key as an operator sees it. */
export type ShownCredential = Omit<Credential, 'hash'> & { readonly state: 'live' | 'disabled' | 'expired' };

/** A change of API keys. `key` is the key itself, shown once. */
export type CredentialAnswer = ShownCredential & OperationDone & { readonly key?: string };

/** What each route takes and answers. */
export interface OperatorCalls {
  readonly 'GET /operator/v1/whoami': {
    readonly answer: Noticed & {
      readonly operator: string;
      readonly may: readonly OperatorRight[];
      readonly mode: Mode;
    };
  };
  readonly 'GET /operator/v1/tenants': { readonly answer: Noticed & OperatedTenants };
  readonly 'GET /operator/v1/tenants/{tenant}': {
    readonly path: { readonly tenant: string };
    readonly answer: Noticed & TenantStatus & { readonly tenant: string };
  };
  readonly 'POST /operator/v1/tenants/{tenant}/actions': {
    readonly path: { readonly tenant: string };
    readonly body: {
      readonly action: string;
      readonly resource?: string;
      readonly arguments?: Readonly<Record<string, unknown>>;
    };
    readonly answer: OperatedAnswer;
  };
  readonly 'POST /operator/v1/tenants/{tenant}/catalog': {
    readonly path: { readonly tenant: string };
    readonly body: object;
    readonly answer: OperatedAnswer;
  };
  readonly 'GET /operator/v1/catalogs/{digest}': {
    readonly path: { readonly digest: string };
    readonly answer: Readonly<Record<string, unknown>>;
  };
  readonly 'GET /operator/v1/credentials': {
    readonly answer: Noticed & { readonly credentials: readonly ShownCredential[] };
  };
  readonly 'POST /operator/v1/credentials': {
    readonly body: Omit<Credential, 'keyId' | 'hash' | 'disabled' | 'scope'> & Partial<Pick<Credential, 'scope'>>;
    readonly answer: CredentialAnswer;
  };
  readonly 'POST /operator/v1/credentials/{key}/disable': {
    readonly path: { readonly key: string };
    readonly answer: OperationDone & { readonly keyId: string; readonly state: 'disabled' };
  };
  readonly 'POST /operator/v1/credentials/{key}/rotate': {
    readonly path: { readonly key: string };
    readonly body: { readonly overlapUntil?: string };
    readonly answer: CredentialAnswer;
  };
  readonly 'GET /operator/v1/keys': { readonly answer: Noticed & SealingKeys };
  readonly 'POST /operator/v1/keys/next': { readonly answer: OperationDone & { readonly next: string } };
  readonly 'POST /operator/v1/keys/rotate': { readonly answer: OperationDone & RotatedKeys };
  readonly 'POST /operator/v1/marketplaces/{marketplace}/buyers': {
    readonly path: { readonly marketplace: 'google' | 'aws' | 'azure' };
    readonly body: { readonly token?: string; readonly account?: string; readonly tenant?: string };
    readonly answer: Buyer & Partial<OperationDone> & { readonly bound?: string; readonly tenant?: string };
  };
  readonly 'GET /operator/v1/messages': { readonly answer: Noticed & { readonly messages: readonly KeptMessage[] } };
  readonly 'POST /operator/v1/messages/{digest}/dismiss': {
    readonly path: { readonly digest: string };
    readonly body: { readonly why: string };
    readonly answer: OperationDone & { readonly digest: string; readonly released: ReceiptPlace };
  };
  readonly 'POST /operator/v1/keys/{key}/revoke': {
    readonly path: { readonly key: string };
    readonly body: { readonly tenant: string; readonly lastGoodSize?: number };
    readonly answer: OperationDone & RevokedKey;
  };
}
