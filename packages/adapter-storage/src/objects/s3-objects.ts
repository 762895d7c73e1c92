/** Objects in a bucket of S3, or of a service that speaks its protocol and keeps its conditions. */
import { createHash } from 'node:crypto';
import type { Answer, Ms } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';
import {
  type AskedAs,
  createRequests,
  isRead,
  objectNames,
  type Part,
  partOf,
  type Reply,
  rangeOf,
  retainedUntil,
  statusFault,
} from './http-objects.ts';
import {
  isObjectName,
  isObjectPrefix,
  misnamed,
  type ObjectHead,
  type ObjectStore,
  type Put,
  type Retention,
} from './object-store.ts';

/** Where a bucket is, and who asks. */
export interface S3Options {
  readonly bucket: string;
  /** What all names begin with, without a slash at its ends. */
  readonly prefix?: string;
  /** `https://s3.eu-central-1.amazonaws.com`, or where another service answers. */
  readonly endpoint: string;
  /** Signs and asks: `new AwsClient({ accessKeyId, secretAccessKey, service: 's3', region, retries: 0 }).fetch` of `aws4fetch` does. */
  readonly ask: AskedAs;
  /** Object Lock: it must be on in the bucket. Absent: the bucket's own default. */
  readonly retention?: Retention;
  readonly now?: () => Ms;
  readonly answerWithinMs?: Ms;
}

/**
 * Objects are written with `If-None-Match: *`, so a name that is taken stays (docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html).
 * A service that ignores the condition would replace them: don't use one. The checksum of what is sent is checked by the server.
 */
export const s3Objects = (options: S3Options): ObjectStore => {
  const { bucket, prefix, endpoint, retention, ask, now = Date.now, answerWithinMs } = options;
  const name = `s3://${bucket}${prefix === undefined ? '' : `/${prefix}`}`;
  const request = createRequests(name, ask, answerWithinMs);
  const key = (of: string): string => (prefix === undefined ? of : `${prefix}/${of}`);
  const urlOf = (of: string): string => `${endpoint}/${bucket}/${key(of)}`;
  const looked = async (of: string, method: string, headers: Part = {}): Answer<Reply | undefined> => {
    if (!isObjectName(of)) return E.left(misnamed(of));
    const reply = await request(urlOf(of), { method, headers }, false);
    if (E.isLeft(reply)) return reply;
    if (isRead(reply.right)) return reply;
    // Without a body nobody says whether it is the object or the bucket that is missing.
    const isAbsent = reply.right.status === 404 && (method === 'HEAD' || !textOf(reply.right).includes('NoSuchBucket'));
    return isAbsent ? E.right(undefined) : E.left(statusFault(name, reply.right, false));
  };
  return {
    name,
    put: async (of, bytes): Answer<Put> => {
      if (!isObjectName(of)) return E.left(misnamed(of));
      const digest = createHash('sha256').update(bytes).digest();
      const headers = {
        'content-type': 'application/octet-stream',
        'if-none-match': '*',
        'x-amz-content-sha256': digest.toString('hex'),
        'x-amz-checksum-sha256': digest.toString('base64'),
        ...lockOf(retention, now()),
      };
      const reply = await request(urlOf(of), { method: 'PUT', headers, body: Buffer.from(bytes) }, true);
      if (E.isLeft(reply)) return reply;
      if (reply.right.status === 200) return E.right('written');
      return reply.right.status === 412 ? E.right('exists') : E.left(statusFault(name, reply.right, true));
    },
    get: async (of) => E.map((reply: Reply | undefined) => reply?.bytes)(await looked(of, 'GET')),
    part: async (of, from, to) =>
      E.map((reply: Reply | undefined) => partOf(reply, from, to))(await looked(of, 'GET', rangeOf(from, to))),
    head: async (of) =>
      E.map((reply: Reply | undefined): ObjectHead | undefined =>
        reply === undefined ? undefined : { bytes: Number(reply.headers.get('content-length')) },
      )(await looked(of, 'HEAD')),
    list: async (of) => {
      if (!isObjectPrefix(of)) return E.left(misnamed(of));
      const names: string[] = [];
      let token: string | undefined;
      do {
        const asked = new URLSearchParams({ 'list-type': '2', prefix: key(of) });
        if (token !== undefined) asked.set('continuation-token', token);
        const reply = await request(`${endpoint}/${bucket}?${asked}`, { method: 'GET' }, false);
        if (E.isLeft(reply)) return reply;
        if (reply.right.status !== 200) return E.left(statusFault(name, reply.right, false));
        const text = textOf(reply.right);
        names.push(...elements(text, 'Key'));
        [token] = elements(text, 'IsTruncated')[0] === 'true' ? elements(text, 'NextContinuationToken') : [];
      } while (token !== undefined);
      return E.right(objectNames(names, key('')));
    },
  };
};

const lockOf = (retention: Retention | undefined, now: Ms): Readonly<Record<string, string>> =>
  retention === undefined
    ? {}
    : {
        'x-amz-object-lock-mode': retention.mode.toUpperCase(),
        'x-amz-object-lock-retain-until-date': retainedUntil(retention, now),
      };

const textOf = ({ bytes }: Reply): string => Buffer.from(bytes).toString('utf8');

/** The texts of the elements of a name: the lists of S3 are flat. */
const elements = (xml: string, name: string): readonly string[] =>
  [...xml.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, 'g'))].map(([, text = '']) => unescaped(text));

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

const unescaped = (text: string): string =>
  text.replace(/&(amp|lt|gt|quot|apos);/g, (_, entity: string) => ENTITIES[entity] ?? '');
