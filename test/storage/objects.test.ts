/** Objects in a folder, in S3 and in Google Cloud Storage: the conformance suite over buckets of our own, and what they can do wrong. */
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { objectStoreConformance } from '@tai-autonomics/adapter-storage/conformance';
import {
  type AskedAs,
  folderObjects,
  gcsObjects,
  type ObjectStore,
  openObjects,
  type Retention,
  s3Objects,
} from '@tai-autonomics/adapter-storage/objects';
import { either as E } from 'fp-ts';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { inTheLongRun } from '../runs.ts';
import { newFolder, openedOr } from './folder.ts';
import { type Bucket, gcsServer, s3Server } from './object-servers.ts';

const folder = newFolder();
let folders = 0;
const [s3, gcs] = [
  await s3Server('evidence', { id: 'AKIDEXAMPLE', secret: 'secret' }),
  await gcsServer('evidence', 'a-token'),
];
afterAll(async () => {
  await s3.stop();
  await gcs.stop();
  await rm(folder, { recursive: true });
});

const NOW = Date.UTC(2026, 10, 30);
/** Says who asks; the signature itself is aws4fetch’s, by `openObjects` below. */
const signing =
  (key: string): AskedAs =>
  (url, init) =>
    fetch(url, {
      ...init,
      headers: { ...(init.headers as Record<string, string>), authorization: `AWS4-HMAC-SHA256 Credential=${key}/x` },
    });
const common = (prefix: string, retention?: Retention) => ({
  bucket: 'evidence',
  prefix,
  now: () => NOW,
  ...(retention === undefined ? {} : { retention }),
});
const inS3 = (prefix: string, retention?: Retention, key = 'AKIDEXAMPLE'): ObjectStore => {
  return s3Objects({
    ...common(prefix, retention),
    endpoint: s3.endpoint,
    ask: signing(key),
  });
};
const inGcs = (prefix: string, retention?: Retention, token = 'a-token'): ObjectStore =>
  gcsObjects({ ...common(prefix, retention), endpoint: gcs.endpoint, token: async () => token });

objectStoreConformance('folder', async () => folderObjects(`${folder}/${++folders}`), { describe, test });
objectStoreConformance('S3, our server', async () => inS3(`p${++folders}/of`), { describe, test });
objectStoreConformance('Google Cloud Storage, our server', async () => inGcs(`p${++folders}/of`), { describe, test });

interface Row {
  readonly name: string;
  readonly server: Bucket;
  readonly open: (prefix: string, retention?: Retention) => ObjectStore;
  readonly other: (prefix: string) => ObjectStore;
  readonly locked: (mode: Retention['mode']) => string;
}

const UNTIL = '2026-12-10T00:00:00.000Z';
const rows: readonly Row[] = [
  {
    name: 'S3',
    server: s3,
    open: inS3,
    other: (prefix) => inS3(prefix, undefined, 'AKIDOTHER'),
    locked: (mode) => `${mode.toUpperCase()} ${UNTIL}`,
  },
  {
    name: 'Google Cloud Storage',
    server: gcs,
    open: inGcs,
    other: (prefix) => inGcs(prefix, undefined, 'another'),
    locked: (mode) => `${mode === 'compliance' ? 'Locked' : 'Unlocked'} ${UNTIL}`,
  },
];

const bytes = new Uint8Array(Buffer.from('--tai-object\r\nbytes'));

describe.each(rows)('a bucket of $name', ({ name, server, open, other, locked }) => {
  beforeEach(() => void server.faults.splice(0));

  test('a fault of the server, and a way that breaks, are tried again', async (context) => {
    if (name !== 'S3') inTheLongRun(context);
    for (const [n, faults] of ([[503, 500], ['cut'], [429], [409]] as const).entries()) {
      const store = open(`again-${n}`);
      server.faults.push(...faults);
      expect(await store.put('a', bytes)).toEqual(E.right('written'));
      server.faults.push(...faults);
      expect(openedOr(await store.get('a'))).toEqual(bytes);
      server.faults.push(...faults);
      expect(openedOr(await store.list(''))).toEqual(['a']);
    }
  });

  test('a put whose answer was lost is told that something is there, and it is what was put', async () => {
    const store = open('lost');
    server.faults.push('lost');
    expect(await store.put('a', bytes)).toEqual(E.right('exists'));
    expect(openedOr(await store.get('a'))).toEqual(bytes);
  });

  test('a server that never answers as it should is a fault: of a put nobody knows what it did', async (context) => {
    if (name !== 'S3') inTheLongRun(context);
    const store = open('never');
    server.faults.push(500, 500, 500, 500);
    expect(await store.put('a', bytes)).toMatchObject({ left: { fault: 'unavailable', outcome: 'unknown' } });
    server.faults.push('cut', 'cut', 'cut', 'cut');
    expect(await store.get('a')).toMatchObject({
      left: { detail: expect.stringContaining('cannot be reached'), outcome: 'not_written' },
    });
    server.faults.push('lost', 'lost', 'lost', 'lost');
    expect(await store.put('b', bytes)).toMatchObject({ left: { outcome: 'unknown' } });
  });

  test('keys that are not accepted are a fault that says so, and says no key', async () => {
    for (const answer of [
      await other('keys').put('a', bytes),
      await other('keys').get('a'),
      await other('keys').list(''),
    ]) {
      expect(answer).toMatchObject({
        left: { outcome: 'not_written', detail: expect.stringContaining('its credentials are not accepted') },
      });
      expect(JSON.stringify(answer)).not.toMatch(/secret|AKID|another/);
    }
  });

  test('a bucket that is not there is a fault, not an empty one', async () => {
    const gone =
      name === 'S3'
        ? s3Objects({
            bucket: 'nowhere',
            endpoint: s3.endpoint,
            ask: signing('AKIDEXAMPLE'),
          })
        : gcsObjects({ bucket: 'nowhere', endpoint: gcs.endpoint, token: async () => 'a-token' });
    for (const answer of [await gone.put('a', bytes), await gone.get('a'), await gone.list('')])
      expect(answer).toMatchObject({ left: { detail: expect.stringContaining('no such bucket') } });
  });

  test('an object is locked for as long as it was asked for', async () => {
    for (const mode of ['governance', 'compliance'] as const) {
      const store = open(`lock-${mode}`, { days: 10, mode });
      expect(await store.put('a', bytes)).toEqual(E.right('written'));
      expect(server.objects.get(`lock-${mode}/a`)?.retention).toBe(locked(mode));
    }
    await open('free').put('a', bytes);
    expect(server.objects.get('free/a')?.retention).toBeUndefined();
  });

  test('the parts of a name that another prefix begins with are not its own', async () => {
    await open('one').put('a', bytes);
    await open('one-more').put('b', bytes);
    expect(openedOr(await open('one').list(''))).toEqual(['a']);
  });
});

describe('a folder', () => {
  test('its files are its owner’s alone and can’t be written to, and nothing unfinished is left', async () => {
    const at = `${folder}/modes`;
    const store = folderObjects(at);
    await Promise.all([1, 2, 3].map(() => store.put('l/a', bytes)));
    expect(readdirSync(`${at}/l`)).toEqual(['a']);
    expect(statSync(`${at}/l/a`).mode & 0o777).toBe(0o400);
    expect(statSync(at).mode & 0o077).toBe(0);
  });

  test('what a process left unfinished is in no list', async () => {
    const at = `${folder}/unfinished`;
    mkdirSync(`${at}/l`, { recursive: true });
    writeFileSync(`${at}/l/a-0123.unfinished`, 'half');
    expect(openedOr(await folderObjects(at).list(''))).toEqual([]);
  });

  test('a folder that can’t be used is a fault that names it', async () => {
    const at = `${folder}/file`;
    writeFileSync(at, 'a file');
    expect(await folderObjects(at).put('a', bytes)).toMatchObject({
      left: { fault: 'unavailable', detail: expect.stringContaining(at) },
    });
    expect(readFileSync(at, 'utf8')).toBe('a file');
    chmodSync(at, 0o600);
    rmSync(at);
  });
});

test.for([
  { text: 'folder:', says: 'expected folder:PATH' },
  { text: 's3://', says: 'expected folder:PATH' },
  { text: 's3://bucket/../x', says: 'expected folder:PATH' },
  { text: 'postgres://a@b/c', says: 'expected folder:PATH' },
  { text: 's3://bucket?secret=x', says: 'known are retain, mode, endpoint, region' },
  { text: 's3://bucket?retain=0', says: 'expected days' },
  { text: 's3://bucket?retain=10&mode=never', says: 'expected governance or compliance' },
  { text: 's3://bucket?mode=compliance', says: 'needs retain=DAYS' },
  { text: 's3://bucket', says: 'needs AWS_ACCESS_KEY_ID' },
  { text: 's3://bucket?endpoint=http://example.com', says: 'over TLS alone' },
  { text: 'gs://bucket?endpoint=https://u@example.com', says: 'over TLS alone' },
])('$text is refused', ({ text, says }) => {
  expect(openObjects(text, { folder, env: {} })).toEqual(E.left(expect.stringContaining(says)));
});

test('a text is opened with the keys of the environment', async () => {
  const env = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret', AWS_REGION: 'eu-west-1' };
  const named = openObjects(`s3://evidence/by-text?endpoint=${s3.endpoint}&retain=3`, { folder, env });
  if (E.isLeft(named)) throw new Error(named.left);
  expect(named.right.name).toBe('s3://evidence/by-text');
  expect(await named.right.put('a', bytes)).toEqual(E.right('written'));
  expect(s3.objects.get('by-text/a')?.retention).toMatch(/^GOVERNANCE /);
  expect(openedOr(await named.right.get('a'))).toEqual(bytes);
  expect(openedOr(await named.right.head('a'))).toEqual({ bytes: bytes.length });
  for (let n = 0; n < 12; n += 1) await named.right.put(`more/${n}`, bytes);
  expect(openedOr(await named.right.list('more/'))).toHaveLength(12);
  const other = openObjects(`s3://evidence/by-text?endpoint=${s3.endpoint}`, {
    folder,
    env: { ...env, AWS_SECRET_ACCESS_KEY: 'another' },
  });
  if (E.isLeft(other)) throw new Error(other.left);
  expect(await other.right.put('b', bytes)).toMatchObject({
    left: { detail: expect.stringContaining('its credentials are not accepted') },
  });
  writeFileSync(`${folder}/token`, 'a-token\n');
  const google = openObjects(`gs://evidence/by-text?endpoint=${gcs.endpoint}`, {
    folder,
    env: { GOOGLE_ACCESS_TOKEN_FILE: `${folder}/token` },
  });
  if (E.isLeft(google)) throw new Error(google.left);
  expect(await google.right.put('a', bytes)).toEqual(E.right('written'));
});
