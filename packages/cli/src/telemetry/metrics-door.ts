/** `GET /metrics`, for whoever can read the operator's folder: the key stands in a file there, as Prometheus reads it. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Problem, problemResponse, SECURITY } from '@tai-autonomics/adapter-http';
import { createPrivate, readPrivate, systemRandom } from '@tai-autonomics/governor/node';
import { either as E } from 'fp-ts';
import type { Metrics } from './metrics.ts';

/** Answers a request for the figures. */
export type MetricsDoor = (request: Request) => Promise<Response>;

/** Opens the door of a deployment; its key is made where there is none. */
export const openMetricsDoor = async (dir: string, metrics: Metrics): Promise<E.Either<string, MetricsDoor>> => {
  const key = await openKey(join(dir, 'keys', METRICS_KEY));
  if (E.isLeft(key)) return key;
  const expected = digest(key.right);
  return E.right(async (request) => {
    if (request.method === 'OPTIONS')
      return new Response(null, { status: 204, headers: { ...SECURITY, allow: ALLOW } });
    if (request.method !== 'GET' && request.method !== 'HEAD') return problemResponse(OTHER_METHOD);
    const given = /^Bearer +(\S{1,200}) *$/i.exec(request.headers.get('authorization') ?? '')?.[1] ?? '';
    if (!timingSafeEqual(digest(given), expected)) return problemResponse(NO_KEY);
    return new Response(await metrics.text(), { headers: { ...SECURITY, 'content-type': metrics.contentType } });
  });
};

/** The file with the key, in the folder `keys` of a deployment. */
const METRICS_KEY = 'metrics.key';

const ALLOW = 'GET, HEAD, OPTIONS';
const NO_KEY: Problem = {
  problem: 'unauthenticated',
  detail: `send Authorization: Bearer and what stands in keys/${METRICS_KEY}`,
  headers: { 'www-authenticate': 'Bearer realm="tai-autonomics metrics"' },
};
const OTHER_METHOD: Problem = {
  problem: 'method_not_allowed',
  detail: `this route has ${ALLOW}`,
  headers: { allow: ALLOW },
};

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

const openKey = async (path: string): Promise<E.Either<string, string>> => {
  const known = await readPrivate(path);
  if (E.isLeft(known)) return known;
  if (known.right !== undefined) return parsed(path, known.right);
  await mkdir(join(path, '..'), { recursive: true, mode: 0o700 });
  const made = await createPrivate(path, `${Buffer.from(systemRandom(32)).toString('base64url')}\n`);
  if (E.isLeft(made)) return made;
  const read = await readPrivate(path);
  return E.isLeft(read) ? read : parsed(path, read.right ?? '');
};

const parsed = (path: string, text: string): E.Either<string, string> =>
  /^[\x21-\x7e]{32,200}$/.test(text.trim())
    ? E.right(text.trim())
    : E.left(`${path}: holds no key of 32 to 200 characters; delete it, and the next start makes one`);
