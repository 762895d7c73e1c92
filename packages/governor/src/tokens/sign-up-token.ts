/** Tokens of Google Cloud Marketplace, with which the browser of a buyer comes to a sign-up page: whose procurement account it is. */
import { either as E } from 'fp-ts';
import type { KeyFault } from '../credentials/credentials.ts';
import { systemClock } from '../node/system.ts';
import type { Clock } from '../ports.ts';
import { type IssuerKeysOptions, issuerKeys } from './issuer-keys.ts';
import { verifySigned } from './signed-token.ts';

/** Which tokens count: those for this sign-up page. */
export interface SignUpTokenOptions {
  /** The domain of the page, as it is registered at Google. */
  readonly audience: string;
  /** Where Google's keys are, if elsewhere. */
  readonly jwks?: string;
  readonly clock?: Clock;
  readonly keys?: IssuerKeysOptions;
}

/** A verifier: RS256 by the keys of the marketplace's own service account, its issuer, the page as audience, and dates within a minute. Never rejects. */
export const signUpTokens = ({
  audience,
  jwks = `https://www.googleapis.com/service_accounts/v1/jwk/${ACCOUNT}`,
  clock = systemClock,
  keys,
}: SignUpTokenOptions): ((text: string) => Promise<E.Either<KeyFault, string>>) => {
  const known = issuerKeys(jwks, keys);
  return async (text) => {
    const signed = await verifySigned(text, known, {
      issuer: `https://www.googleapis.com/robot/v1/metadata/x509/${ACCOUNT}`,
      audience,
      algorithms: ['RS256'],
      clockTolerance: SKEW_SECONDS,
      maxTokenAge: HOUR_SECONDS,
      requiredClaims: ['exp', 'sub'],
      currentDate: new Date(clock()),
    });
    if (E.isLeft(signed)) return signed;
    const { sub } = signed.right;
    return typeof sub === 'string' && sub !== '' ? E.right(sub) : E.left('unauthenticated');
  };
};

const ACCOUNT = 'cloud-commerce-partner@system.gserviceaccount.com';
const SKEW_SECONDS = 60;
const HOUR_SECONDS = 3_600;
