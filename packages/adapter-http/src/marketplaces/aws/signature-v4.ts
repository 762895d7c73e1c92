/** AWS Signature Version 4, for POSTs of JSON and the test vector of its documentation. */
import { createHash, createHmac } from 'node:crypto';
import { formatInstant, type Ms } from '@tai-autonomics/core/engine';
import { either as E } from 'fp-ts';
import type { Authorize, VendorRequest } from '../vendor-call.ts';

/** Credentials of AWS, kept fresh by somebody else. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Where credentials come from. Left: why there are none now. */
export type AwsCredentialSource = () => Promise<E.Either<string, AwsCredentials>>;

/** Signs each call for one service of one region. */
export const signAws =
  (
    source: AwsCredentialSource,
    scope: { readonly region: string; readonly service: string },
    clock: () => Ms,
  ): Authorize =>
  async (request, body) =>
    E.map((credentials: AwsCredentials) => awsHeaders(request, body, { credentials, ...scope, at: clock() }))(
      await source(),
    );

/**
 * The headers that sign a request: those of the request itself, the host and the time are signed
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
 */
export const awsHeaders = (
  { method, url, headers = {} }: VendorRequest,
  body: string,
  {
    credentials,
    region,
    service,
    at,
  }: { readonly credentials: AwsCredentials; readonly region: string; readonly service: string; readonly at: Ms },
): Readonly<Record<string, string>> => {
  const { host, pathname, searchParams } = new URL(url);
  const time = formatInstant(at).replaceAll(/[-:]|\.\d{3}/g, '');
  const day = time.slice(0, 8);
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const token = sessionToken === undefined ? {} : { 'x-amz-security-token': sessionToken };
  const sent = Object.entries({ ...headers, ...token, host, 'x-amz-date': time }).map(
    ([name, value]) => [name.toLowerCase(), value.trim().replaceAll(/ +/g, ' ')] as const,
  );
  const signed = sent.toSorted(([a], [b]) => (a < b ? -1 : 1));
  const names = signed.map(([name]) => name).join(';');
  const query = [...searchParams]
    .map((pair) => pair.map(encoded).join('='))
    .toSorted()
    .join('&');
  const lines = signed.map(([name, value]) => `${name}:${value}\n`).join('');
  const canonical = [method, pathname, query, lines, names, sha256(body)].join('\n');
  const scope = `${day}/${region}/${service}/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n');
  const key = [region, service, 'aws4_request'].reduce(hmac, hmac(Buffer.from(`AWS4${secretAccessKey}`), day));
  const signature = hmac(key, text).toString('hex');
  return {
    ...token,
    'x-amz-date': time,
    authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`,
  };
};

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
const encoded = (text: string): string =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
