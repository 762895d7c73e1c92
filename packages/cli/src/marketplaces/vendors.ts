/** The marketplaces’ own sides, as a configuration names them: how each is asked, and how its calls are known. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { HttpDoorOptions } from '@tai-autonomics/adapter-http';
import {
  type AwsCredentialSource,
  awsBuyers,
  awsReporter,
  awsVendor,
  azureBuyers,
  azureReporter,
  azureVendor,
  type Desk,
  googleBuyers,
  googleReporter,
  googleVendor,
  type MarketplaceName,
  type ResolveBuyer,
  type Sights,
  snsReader,
  type TokenSource,
  type UsageReporter,
  type Vendor,
} from '@tai-autonomics/adapter-http/marketplaces';
import { systemClock } from '@tai-autonomics/governor/node';
import { webhookTokens } from '@tai-autonomics/governor/tokens';
import { either as E } from 'fp-ts';
import type { AzurePlace, GooglePlace, MarketplacePlaces } from './marketplace-place.ts';
import { signedEvents } from './signed-events.ts';

/** What the HTTP door is told of marketplaces, beside who pushes. */
export type MarketplaceDoor = Omit<NonNullable<HttpDoorOptions['marketplace']>, 'verifyPush'>;

/** The marketplaces that are connected. */
export const vendorsOf = (
  dir: string,
  { google, aws, azure }: MarketplacePlaces,
  sightsOf: (marketplace: MarketplaceName) => Sights,
): readonly Vendor[] => {
  const vendors: Vendor[] = [];
  if (google !== undefined) {
    const token = tokenIn(resolve(dir, google.tokenFile));
    vendors.push(googleVendor({ provider: google.provider, token, ...endpointOf(google) }));
  }
  if (aws !== undefined) {
    const { products, accounts, region } = aws;
    const optional = { ...(accounts === undefined ? {} : { accounts }), ...(region === undefined ? {} : { region }) };
    const credentials = credentialsIn(resolve(dir, aws.credentialsFile));
    vendors.push(
      awsVendor({
        products,
        credentials,
        clock: systemClock,
        sights: sightsOf('aws'),
        ...optional,
        ...endpointOf(aws),
      }),
    );
  }
  if (azure !== undefined) {
    const token = tokenIn(resolve(dir, azure.tokenFile));
    vendors.push(azureVendor({ token, clock: systemClock, sights: sightsOf('azure'), ...endpointOf(azure) }));
  }
  return vendors;
};

/** How buyers of each marketplace are resolved, where it is connected, by what their browsers bring. */
export const buyersOf = (
  dir: string,
  { google, aws, azure }: MarketplacePlaces,
): Readonly<Partial<Record<MarketplaceName, ResolveBuyer>>> => ({
  ...(google?.signUp === undefined
    ? {}
    : { google: googleBuyers({ audience: google.signUp.audience, ...jwksOf(google.signUp) }) }),
  ...(aws === undefined
    ? {}
    : {
        aws: awsBuyers({
          products: aws.products,
          credentials: credentialsIn(resolve(dir, aws.credentialsFile)),
          clock: systemClock,
          ...(aws.region === undefined ? {} : { region: aws.region }),
          ...(aws.metering === undefined ? {} : { endpoint: aws.metering }),
        }),
      }),
  ...(azure === undefined
    ? {}
    : { azure: azureBuyers({ token: tokenIn(resolve(dir, azure.tokenFile)), ...endpointOf(azure) }) }),
});

/** How use is reported to each marketplace that is connected, to Google where its service is named; one for each product of AWS. */
export const reportersOf = (
  dir: string,
  { google, aws, azure }: MarketplacePlaces,
): Readonly<Partial<Record<MarketplaceName, readonly UsageReporter[]>>> => {
  const credentials = aws === undefined ? undefined : credentialsIn(resolve(dir, aws.credentialsFile));
  const token = azure === undefined ? undefined : tokenIn(resolve(dir, azure.tokenFile));
  return {
    ...(google?.usage === undefined ? {} : { google: [reporterOfGoogle(dir, google, google.usage)] }),
    ...(aws === undefined || credentials === undefined
      ? {}
      : {
          aws: aws.products.map((product) =>
            awsReporter({
              product,
              credentials,
              clock: systemClock,
              ...(aws.region === undefined ? {} : { region: aws.region }),
              ...(aws.metering === undefined ? {} : { endpoint: aws.metering.replace(/\/+$/, '') }),
            }),
          ),
        }),
    ...(azure === undefined || token === undefined
      ? {}
      : { azure: [azureReporter({ token, planOf: planOf(azure, token), ...endpointOf(azure) })] }),
  };
};

/** How the door knows what they send. */
export const doorOf = (
  dir: string,
  { own, aws, azure }: MarketplacePlaces,
  desks: readonly Desk[],
): MarketplaceDoor => {
  const { topics } = aws ?? {};
  return {
    desks: Object.fromEntries(desks.map((desk) => [desk.name, desk])),
    ...(own === undefined ? {} : { verifyEvent: signedEvents(dir, own) }),
    ...(topics === undefined ? {} : { sns: snsReader({ topics, clock: systemClock }) }),
    ...(azure?.caller === undefined ? {} : { verifyWebhook: webhookVerifier(azure.caller) }),
  };
};

/** Why a marketplace cannot be asked at all; nothing where it can. */
export const lackOf = async (dir: string, { google, aws, azure }: MarketplacePlaces): Promise<readonly string[]> => {
  const tokens = Object.entries({ google, azure }).flatMap(([name, place]) =>
    place === undefined ? [] : [[name, tokenIn(resolve(dir, place.tokenFile))] as const],
  );
  const sources: readonly (readonly [string, () => Promise<E.Either<string, unknown>>])[] = [
    ...tokens,
    ...(aws === undefined ? [] : [['aws', credentialsIn(resolve(dir, aws.credentialsFile))] as const]),
  ];
  const lacking: string[] = [];
  for (const [name, source] of sources) {
    const proof = await source();
    if (E.isLeft(proof)) lacking.push(`config.json, marketplaces.${name}: ${proof.left}; nothing can be read back`);
  }
  return lacking;
};

const jwksOf = ({ jwks }: { readonly jwks?: string }): { readonly jwks?: string } =>
  jwks === undefined ? {} : { jwks };

const endpointOf = ({ endpoint }: { readonly endpoint?: string }): { readonly endpoint?: string } =>
  endpoint === undefined ? {} : { endpoint };

const tokenIn =
  (path: string): TokenSource =>
  async () => {
    try {
      const token = (await readFile(path, 'utf8')).trim();
      return /^[\x21-\x7e]+$/.test(token) ? E.right(token) : E.left(`${path} holds no access token`);
    } catch {
      return E.left(`${path} cannot be read`);
    }
  };

/** As `aws configure export-credentials` writes them. */
const credentialsIn =
  (path: string): AwsCredentialSource =>
  async () => {
    try {
      const {
        AccessKeyId: accessKeyId,
        SecretAccessKey: secretAccessKey,
        SessionToken,
      } = JSON.parse(await readFile(path, 'utf8'));
      if (typeof accessKeyId !== 'string' || typeof secretAccessKey !== 'string')
        return E.left(`${path} holds no credentials`);
      return E.right({
        accessKeyId,
        secretAccessKey,
        ...(typeof SessionToken === 'string' ? { sessionToken: SessionToken } : {}),
      });
    } catch {
      return E.left(`${path} cannot be read as credentials`);
    }
  };

/** A call that nobody can verify now is made again: what is thrown is answered with 503. */
const webhookVerifier = (caller: NonNullable<AzurePlace['caller']>): NonNullable<MarketplaceDoor['verifyWebhook']> => {
  const verify = webhookTokens(caller);
  return async ({ headers }) => {
    const verified = await verify(/^Bearer ([^ ]+)$/i.exec(headers.get('authorization') ?? '')?.[1] ?? '');
    if (E.isRight(verified)) return { id: 'azure' };
    if (verified.left === 'unavailable') throw new Error('the keys of Entra cannot be had now');
    return undefined;
  };
};

/** Google meters a purchase under an id that only the purchase itself names: it is read once for as long as the reporter lives. */
const reporterOfGoogle = (
  dir: string,
  google: GooglePlace,
  { service, endpoint }: NonNullable<GooglePlace['usage']>,
): UsageReporter => {
  const token = tokenIn(resolve(dir, google.tokenFile));
  const vendor = googleVendor({ provider: google.provider, token, ...endpointOf(google) });
  const read = new Map<string, Promise<string | undefined>>();
  const idOf = async (id: string): Promise<string | undefined> => {
    const purchase = await vendor.read({ id });
    return E.isRight(purchase) ? purchase.right.usageId : undefined;
  };
  return googleReporter({
    service,
    token,
    usageIdOf: (purchase) => {
      const known = read.get(purchase) ?? idOf(purchase);
      read.set(purchase, known);
      return known;
    },
    ...(endpoint === undefined ? {} : { endpoint: endpoint.replace(/\/+$/, '') }),
  });
};

/** Microsoft’s name of the plan of a subscription, as it is now. */
const planOf = (azure: AzurePlace, token: TokenSource): ((purchase: string) => Promise<string | undefined>) => {
  const vendor = azureVendor({ token, clock: systemClock, ...endpointOf(azure) });
  return async (id) => {
    const read = await vendor.read({ id });
    return E.isRight(read) ? read.right.plans.at(-1) : undefined;
  };
};
