/**
 * Buckets of our own over loopback, which enforce what the store relies on: conditions, checksums, who asks, pages of ten. One speaks
 * as S3 does, one as the JSON API of Google Cloud Storage.
 */
import { createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/** A bucket that answers. */
export interface Bucket {
  readonly endpoint: string;
  readonly objects: Map<string, Stored>;
  /** What the next requests are answered instead: a status, or a connection that breaks before or after the request did its work. */
  readonly faults: (number | 'cut' | 'lost')[];
  stop(): Promise<void>;
}

export interface Stored {
  readonly bytes: Buffer;
  readonly retention?: string;
}

const PAGE = 10;

type Answered = readonly [
  status: number,
  body?: string | Buffer,
  headers?: Readonly<Record<string, string>> | undefined,
];

const serving = async (
  answer: (request: IncomingMessage, url: URL, body: Buffer, objects: Map<string, Stored>) => Answered,
): Promise<Bucket> => {
  const objects = new Map<string, Stored>();
  const faults: (number | 'cut' | 'lost')[] = [];
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const fault = faults.shift();
    if (fault === 'cut') return void request.socket.destroy();
    if (typeof fault === 'number') return void response.writeHead(fault).end();
    const url = new URL(request.url ?? '/', 'http://localhost');
    const [status, body = '', headers = {}] = inPart(request, answer(request, url, Buffer.concat(chunks), objects));
    if (fault === 'lost') return void request.socket.destroy();
    response.writeHead(status, { 'content-length': Buffer.byteLength(body), ...headers });
    response.end(request.method === 'HEAD' ? undefined : body);
  };
  const server = createServer((request, response) => void serve(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    objects,
    faults,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
};

/** The part that was asked for: RFC 9110 section 14. */
const inPart = ({ headers: { range } }: IncomingMessage, [status, whole = '', headers]: Answered): Answered => {
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
  return status !== 200 || from === undefined
    ? [status, whole, headers]
    : [206, Buffer.from(whole).subarray(Number(from), Number(to) + 1), headers];
};

/** The names that begin so, ten at a time. */
const pageOf = (objects: Map<string, Stored>, prefix: string, after: string) => {
  const names = [...objects.keys()].filter((name) => name.startsWith(prefix) && name > after).sort();
  return { page: names.slice(0, PAGE), next: names.length > PAGE ? names[PAGE - 1] : undefined };
};

/** Who asks; a request may name a key without signing, and one that is signed is signed rightly. */
interface AwsKey {
  readonly id: string;
  readonly secret: string;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html, as far as it is asked for; the key alone may ask. */
export const s3Server = (bucket: string, key: AwsKey): Promise<Bucket> =>
  serving((request, url, body, objects) => {
    const { authorization = '', 'x-amz-content-sha256': hash, 'x-amz-checksum-sha256': checksum } = request.headers;
    const isSigned = authorization.includes('Signature=');
    if (isSigned && authorization !== signatureOf(request, url, key))
      return [403, '<Code>SignatureDoesNotMatch</Code>'];
    if (!authorization.startsWith(`AWS4-HMAC-SHA256 Credential=${key.id}/`))
      return [403, '<Code>InvalidAccessKeyId</Code>'];
    const [, named, ...rest] = url.pathname.split('/');
    if (named !== bucket) return [404, '<Code>NoSuchBucket</Code>'];
    const name = decodeURIComponent(rest.join('/'));
    if (name === '') {
      const { page, next } = pageOf(
        objects,
        url.searchParams.get('prefix') ?? '',
        url.searchParams.get('continuation-token')?.replace(/^<&/, '') ?? '',
      );
      const contents = page.map((key) => `<Contents><Key>${key}</Key><Size>1</Size></Contents>`).join('');
      const more = next === undefined ? '' : `<NextContinuationToken>&lt;&amp;${next}</NextContinuationToken>`;
      return [
        200,
        `<ListBucketResult><IsTruncated>${next !== undefined}</IsTruncated>${contents}${more}</ListBucketResult>`,
      ];
    }
    const there = objects.get(name);
    if (request.method !== 'PUT') return there === undefined ? [404, '<Code>NoSuchKey</Code>'] : [200, there.bytes];
    if (request.headers['if-none-match'] !== '*') return [400, '<Code>InvalidRequest</Code>'];
    const digest = createHash('sha256').update(body).digest();
    if (hash !== digest.toString('hex')) return [400, '<Code>XAmzContentSHA256Mismatch</Code>'];
    if (checksum !== digest.toString('base64')) return [400, '<Code>BadDigest</Code>'];
    if (there !== undefined) return [412, '<Code>PreconditionFailed</Code>'];
    const mode = request.headers['x-amz-object-lock-mode'];
    const until = request.headers['x-amz-object-lock-retain-until-date'];
    objects.set(name, { bytes: body, ...(mode === undefined ? {} : { retention: `${mode} ${until}` }) });
    return [200];
  });

/** What the header has to say: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
const signatureOf = (request: IncomingMessage, url: URL, { id, secret }: AwsKey): string => {
  const { authorization = '' } = request.headers;
  const [, scope = '', signed = ''] = /Credential=[^/]+\/([^,]+), ?SignedHeaders=([^,]+)/.exec(authorization) ?? [];
  const header = (name: string): string => String(request.headers[name] ?? '').trim();
  const encoded = (text: string): string =>
    encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
  const query = [...url.searchParams].map(([name, value]) => `${encoded(name)}=${encoded(value)}`).sort();
  const canonical = [
    request.method,
    url.pathname,
    query.join('&'),
    ...signed.split(';').map((name) => `${name}:${header(name)}`),
    '',
    signed,
    header('x-amz-content-sha256'),
  ].join('\n');
  const hash = createHash('sha256').update(canonical).digest('hex');
  const toSign = ['AWS4-HMAC-SHA256', header('x-amz-date'), scope, hash].join('\n');
  const hmac = (by: Buffer | string, text: string): Buffer => createHmac('sha256', by).update(text).digest();
  const signature = hmac(scope.split('/').reduce<Buffer | string>(hmac, `AWS4${secret}`) as Buffer, toSign).toString(
    'hex',
  );
  return `AWS4-HMAC-SHA256 Credential=${id}/${scope}, SignedHeaders=${signed}, Signature=${signature}`;
};

/** https://cloud.google.com/storage/docs/json_api/v1/objects, as far as it is asked for; who has the token may ask. */
export const gcsServer = (bucket: string, token: string): Promise<Bucket> =>
  serving((request, url, body, objects) => {
    if (request.headers.authorization !== `Bearer ${token}`)
      return [401, '{"error":{"message":"Invalid Credentials"}}'];
    const [, named, object] = /\/storage\/v1\/b\/([^/]+)\/o(?:\/(.*))?$/.exec(url.pathname) ?? [];
    if (named !== bucket) return [404, '{"error":{"message":"The specified bucket does not exist."}}'];
    if (request.method === 'POST') return uploaded(request, url, body, objects);
    if (object === undefined) {
      const { page, next } = pageOf(
        objects,
        url.searchParams.get('prefix') ?? '',
        url.searchParams.get('pageToken') ?? '',
      );
      return [
        200,
        JSON.stringify({
          ...(page.length === 0 ? {} : { items: page.map((name) => ({ name })) }),
          ...(next === undefined ? {} : { nextPageToken: next }),
        }),
      ];
    }
    const there = objects.get(decodeURIComponent(object));
    if (there === undefined) return [404, '{"error":{"message":"No such object: x"}}'];
    return url.searchParams.get('alt') === 'media'
      ? [200, there.bytes]
      : [200, JSON.stringify({ size: String(there.bytes.length) })];
  });

const uploaded = (request: IncomingMessage, url: URL, body: Buffer, objects: Map<string, Stored>): Answered => {
  if (url.searchParams.get('ifGenerationMatch') !== '0') return [400];
  const [, boundary = ''] = /boundary=(.+)$/.exec(request.headers['content-type'] ?? '') ?? [];
  const from = body.indexOf('\r\n\r\n') + 4;
  const between = body.indexOf(`\r\n--${boundary}\r\n`, from);
  const start = body.indexOf('\r\n\r\n', between) + 4;
  const end = body.lastIndexOf(`\r\n--${boundary}--`);
  const { name, retention } = JSON.parse(body.subarray(from, between).toString('utf8')) as {
    readonly name: string;
    readonly retention?: { readonly mode: string; readonly retainUntilTime: string };
  };
  if (objects.has(name)) return [412, '{"error":{"message":"conditionNotMet"}}'];
  const kept = retention === undefined ? {} : { retention: `${retention.mode} ${retention.retainUntilTime}` };
  objects.set(name, { bytes: Buffer.from(body.subarray(start, end)), ...kept });
  return [200, JSON.stringify({ name })];
};
