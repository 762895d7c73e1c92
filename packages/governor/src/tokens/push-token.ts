/** Tokens of a push service (OIDC), as Pub/Sub puts them on every push: which subscription sent it. */
import { either as E } from 'fp-ts';
import type { JWTVerifyGetKey } from 'jose';
import type { KeyFault } from '../credentials/credentials.ts';
import { systemClock } from '../node/system.ts';
import type { Clock } from '../ports.ts';
import { type IssuerKeysOptions, issuerKeys } from './issuer-keys.ts';
import type { PushIssuer } from './issuers.ts';
import { verifySigned } from './signed-token.ts';

/** Which subscription pushed: its name in the configuration, and whom its events may name. */
export interface PushSender {
  readonly id: string;
  readonly tenants?: readonly string[];
}

/** What a verifier of pushes is made from. */
export interface PushTokenOptions {
  readonly push: Readonly<Record<string, PushIssuer>>;
  readonly clock?: Clock;
  readonly keys?: Omit<IssuerKeysOptions, 'onFault'>;
  readonly onFault?: (subscription: string, why: string | undefined) => void;
}

/** Verifies the token of a push. Never rejects. */
export type VerifyPushToken = (text: string) => Promise<E.Either<KeyFault, PushSender>>;

/**
 * A verifier over all subscriptions: RS256 by the push service's keys, its issuer, the subscription's audience, its service
 * account as a verified e-mail address, and dates within a minute. One that none of them sent is `unauthenticated`; if the keys of
 * one can't be had and no other sent it, `unavailable`.
 */
export const pushTokens = ({ push, clock = systemClock, keys, onFault }: PushTokenOptions): VerifyPushToken => {
  const known = Object.entries(push).map(
    ([name, issuer]): Subscription => ({
      name,
      issuer,
      keys: issuerKeys(issuer.jwks ?? GOOGLE_KEYS, { ...keys, onFault: (why) => onFault?.(name, why) }),
    }),
  );
  return async (text) => {
    let fault: KeyFault = 'unauthenticated';
    for (const subscription of known) {
      const sender = await senderBy(subscription, clock, text);
      if (E.isRight(sender)) return sender;
      if (sender.left === 'unavailable') fault = 'unavailable';
    }
    return E.left(fault);
  };
};

interface Subscription {
  readonly name: string;
  readonly issuer: PushIssuer;
  readonly keys: JWTVerifyGetKey;
}

const GOOGLE_KEYS = 'https://www.googleapis.com/oauth2/v3/certs';
const GOOGLE: readonly string[] = ['https://accounts.google.com', 'accounts.google.com'];
const SKEW_SECONDS = 60;
const HOUR_SECONDS = 3_600;

const senderBy = async (
  { name, issuer, keys }: Subscription,
  clock: Clock,
  text: string,
): Promise<E.Either<KeyFault, PushSender>> => {
  const signed = await verifySigned(text, keys, {
    issuer: issuer.issuer === undefined ? [...GOOGLE] : issuer.issuer,
    audience: issuer.audience,
    algorithms: ['RS256'],
    clockTolerance: SKEW_SECONDS,
    maxTokenAge: HOUR_SECONDS,
    requiredClaims: ['exp', 'email'],
    currentDate: new Date(clock()),
  });
  if (E.isLeft(signed)) return signed;
  const { email, email_verified: isVerified } = signed.right;
  if (email !== issuer.email || isVerified !== true) return E.left('unauthenticated');
  return E.right({ id: name, ...(issuer.tenants === undefined ? {} : { tenants: issuer.tenants }) });
};
