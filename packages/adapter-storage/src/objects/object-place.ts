/** The objects of a text: a folder, or a bucket with the keys that the environment has. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { AwsClient } from 'aws4fetch';
import { either as E } from 'fp-ts';
import { folderObjects } from './folder-objects.ts';
import { gcsObjects } from './gcs-objects.ts';
import { isObjectName, type ObjectStore, type Retention } from './object-store.ts';
import { s3Objects } from './s3-objects.ts';

/** What is known besides the text: where a relative folder begins, and the environment. */
export interface ObjectSurroundings {
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Reads `folder:PATH`, `s3://BUCKET[/PREFIX]` or `gs://BUCKET[/PREFIX]`. Behind a question mark, with `&` between: `retain=DAYS` and
 * `mode=governance|compliance` for a lock on each object; `endpoint=URL` and `region=NAME` for S3. Keys are never in it: S3 takes them
 * from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, Google from the file that GOOGLE_ACCESS_TOKEN_FILE names, or from the machine's
 * service account. Nothing is asked yet.
 */
export const openObjects = (text: string, { folder, env }: ObjectSurroundings): E.Either<string, ObjectStore> => {
  if (text.startsWith('folder:') && text.length > 'folder:'.length)
    return E.right(folderObjects(resolve(folder, text.slice('folder:'.length))));
  const [, scheme, bucket = '', prefix, query = ''] = PLACE.exec(text) ?? [];
  if (scheme === undefined || (prefix !== undefined && !isObjectName(prefix))) return E.left(FORM);
  const asked = new URLSearchParams(query);
  const unknown = [...asked.keys()].find((key) => !PARAMETERS.includes(key));
  if (unknown !== undefined)
    return E.left(`${scheme}://${bucket}: has the parameter ${unknown}; known are ${PARAMETERS.join(', ')}`);
  const endpoint = asked.get('endpoint');
  if (endpoint !== null && !ENDPOINT.test(endpoint))
    return E.left(`endpoint=${endpoint}: expected https://HOST; keys go over TLS alone, or not out of this machine`);
  const retention = retentionOf(asked);
  if (E.isLeft(retention)) return retention;
  const common = {
    bucket,
    ...(prefix === undefined ? {} : { prefix }),
    ...(retention.right === undefined ? {} : { retention: retention.right }),
  };
  return scheme === 'gs'
    ? E.right(gcsObjects({ ...common, token: googleToken(env), ...endpointOf(asked) }))
    : s3Of(asked, env, common);
};

const FORM = 'expected folder:PATH, s3://BUCKET/PREFIX or gs://BUCKET/PREFIX';
const PLACE = /^(s3|gs):\/\/([a-z0-9][a-z0-9._-]{1,220})(?:\/([^?]+))?(?:\?(.*))?$/;
const PARAMETERS = ['retain', 'mode', 'endpoint', 'region'];

const retentionOf = (asked: URLSearchParams): E.Either<string, Retention | undefined> => {
  const [days, mode] = [asked.get('retain'), asked.get('mode') ?? 'governance'];
  if (days === null) return asked.has('mode') ? E.left('a mode needs retain=DAYS beside it') : E.right(undefined);
  if (!/^[1-9]\d{0,4}$/.test(days)) return E.left(`retain=${days}: expected days, 1 to 99999`);
  if (mode !== 'governance' && mode !== 'compliance') return E.left(`mode=${mode}: expected governance or compliance`);
  return E.right({ days: Number(days), mode });
};

/** A key goes over TLS alone, or not out of this machine. */
const ENDPOINT = /^(?:https:\/\/[^/?#@]+|http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?)$/;

const endpointOf = (asked: URLSearchParams): { readonly endpoint?: string } => {
  const endpoint = asked.get('endpoint');
  return endpoint === null ? {} : { endpoint };
};

const s3Of = (
  asked: URLSearchParams,
  env: ObjectSurroundings['env'],
  common: Pick<Parameters<typeof s3Objects>[0], 'bucket' | 'prefix' | 'retention'>,
): E.Either<string, ObjectStore> => {
  const name = `s3://${common.bucket}`;
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  } = env;
  if (accessKeyId === undefined || secretAccessKey === undefined)
    return E.left(`${name}: needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment`);
  const region = asked.get('region') ?? env['AWS_REGION'] ?? 'us-east-1';
  if (!/^[a-z0-9-]{1,40}$/.test(region)) return E.left(`${name}: its region is none`);
  const { endpoint = `https://s3.${region}.amazonaws.com` } = endpointOf(asked);
  const keys = { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
  const client = new AwsClient({ ...keys, service: 's3', region, retries: 0 });
  return E.right(s3Objects({ ...common, endpoint, ask: (url, init) => client.fetch(url, init) }));
};

const METADATA = 'http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token';

/** The file is kept fresh by somebody else; the machine's own service answers what is good for some minutes. */
const googleToken = (env: ObjectSurroundings['env']) => async (): Promise<string> => {
  const path = env['GOOGLE_ACCESS_TOKEN_FILE'];
  if (path !== undefined) return (await readFile(path, 'utf8')).trim();
  const response = await fetch(METADATA, {
    headers: { 'metadata-flavor': 'Google' },
    signal: AbortSignal.timeout(5_000),
  });
  const { access_token: token } = (await response.json()) as { readonly access_token?: string };
  if (token === undefined) throw new Error('this machine has no service account');
  return token;
};
