/** Tokens of Microsoft Entra, as Microsoft’s marketplace puts them on every call of a webhook. */
import { either as E } from 'fp-ts';
import type { KeyFault } from '../credentials/credentials.ts';
import { systemClock } from '../node/system.ts';
import type { Clock } from '../ports.ts';
import { type IssuerKeysOptions, issuerKeys } from './issuer-keys.ts';
import { verifySigned } from './signed-token.ts';

/** Whose tokens count: those for the application that the offer names, in the publisher’s directory. */
export interface WebhookTokenOptions {
  /** The id of the publisher’s directory (tenant) at Entra. */
  readonly directory: string;
  /** The id of the application of the offer’s technical configuration: the audience of its tokens. */
  readonly application: string;
  /** Where the directory’s keys are, if elsewhere than at Microsoft. */
  readonly jwks?: string;
  readonly clock?: Clock;
  readonly keys?: IssuerKeysOptions;
}

/**
 * A verifier: RS256 by the directory’s keys, its issuer in either version, the application as audience, dates within a minute,
 * and the marketplace’s own application as the one that calls. Never rejects.
 */
export const webhookTokens = ({
  directory,
  application,
  jwks = `https://login.microsoftonline.com/${encodeURIComponent(directory)}/discovery/keys`,
  clock = systemClock,
  keys,
}: WebhookTokenOptions): ((text: string) => Promise<E.Either<KeyFault, void>>) => {
  const known = issuerKeys(jwks, keys);
  return async (text) => {
    const signed = await verifySigned(text, known, {
      issuer: [`https://sts.windows.net/${directory}/`, `https://login.microsoftonline.com/${directory}/v2.0`],
      audience: application,
      algorithms: ['RS256'],
      clockTolerance: SKEW_SECONDS,
      maxTokenAge: AGE_SECONDS,
      requiredClaims: ['exp'],
      currentDate: new Date(clock()),
    });
    if (E.isLeft(signed)) return signed;
    // Version 1 names who calls in `appid`, version 2 in `azp`.
    const { appid, azp } = signed.right;
    return (appid ?? azp) === MARKETPLACE ? E.right(undefined) : E.left('unauthenticated');
  };
};

/** The marketplace, as every directory knows it. */
const MARKETPLACE = '20e940b3-4c77-4b0b-9a53-9e16a1b010a7';
const SKEW_SECONDS = 60;
const AGE_SECONDS = 86_400;
