/** Objects in a bucket of Google Cloud Storage, by its JSON API. */
import type { Answer, Ms } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';
import {
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
export interface GcsOptions {
  readonly bucket: string;
  /** What all names begin with, without a slash at its ends. */
  readonly prefix?: string;
  /** An access token that is good now: asked for before each request. */
  readonly token: () => Promise<string>;
  /** `https://storage.googleapis.com` where absent. */
  readonly endpoint?: string;
  /** Retention of objects: it must be on in the bucket. Absent: the bucket's own policy. */
  readonly retention?: Retention;
  readonly now?: () => Ms;
  readonly answerWithinMs?: Ms;
}

const ENDPOINT = 'https://storage.googleapis.com';

/**
 * Objects are written with `ifGenerationMatch=0`, so a name that is taken stays
 * (cloud.google.com/storage/docs/request-preconditions). Governance and compliance are its modes `Unlocked` and `Locked`.
 */
export const gcsObjects = (options: GcsOptions): ObjectStore => {
  const { bucket, prefix, token, endpoint = ENDPOINT, retention, now = Date.now, answerWithinMs } = options;
  const name = `gs://${bucket}${prefix === undefined ? '' : `/${prefix}`}`;
  const request = createRequests(
    name,
    async (url, { headers, ...init }) =>
      fetch(url, {
        ...init,
        headers: { ...(headers as Record<string, string>), authorization: `Bearer ${await token()}` },
      }),
    answerWithinMs,
  );
  const key = (of: string): string => (prefix === undefined ? of : `${prefix}/${of}`);
  const objects = `${endpoint}/storage/v1/b/${encodeURIComponent(bucket)}/o`;
  const uploads = `${endpoint}/upload/storage/v1/b/${encodeURIComponent(bucket)}/o`;
  const looked = async (of: string, what: string, headers: Part = {}): Answer<Reply | undefined> => {
    if (!isObjectName(of)) return E.left(misnamed(of));
    const reply = await request(`${objects}/${encodeURIComponent(key(of))}?${what}`, { method: 'GET', headers }, false);
    if (E.isLeft(reply)) return reply;
    if (isRead(reply.right)) return reply;
    const isAbsent = reply.right.status === 404 && !/specified bucket does not exist/i.test(textOf(reply.right));
    return isAbsent ? E.right(undefined) : E.left(statusFault(name, reply.right, false));
  };
  return {
    name,
    put: async (of, bytes): Answer<Put> => {
      if (!isObjectName(of)) return E.left(misnamed(of));
      const { type, body } = multipart(metadataOf(key(of), retention, now()), bytes);
      const asked = new URLSearchParams({ uploadType: 'multipart', ifGenerationMatch: '0' });
      const reply = await request(
        `${uploads}?${asked}`,
        { method: 'POST', headers: { 'content-type': type }, body },
        true,
      );
      if (E.isLeft(reply)) return reply;
      if (reply.right.status === 200) return E.right('written');
      return reply.right.status === 412 ? E.right('exists') : E.left(statusFault(name, reply.right, true));
    },
    get: async (of) => E.map((reply: Reply | undefined) => reply?.bytes)(await looked(of, 'alt=media')),
    part: async (of, from, to) =>
      E.map((reply: Reply | undefined) => partOf(reply, from, to))(await looked(of, 'alt=media', rangeOf(from, to))),
    head: async (of) =>
      E.map((reply: Reply | undefined): ObjectHead | undefined =>
        reply === undefined ? undefined : { bytes: Number(jsonOf(reply)['size']) },
      )(await looked(of, 'fields=size')),
    list: async (of) => {
      if (!isObjectPrefix(of)) return E.left(misnamed(of));
      const names: string[] = [];
      let page: unknown;
      do {
        const asked = new URLSearchParams({ prefix: key(of), fields: 'items(name),nextPageToken' });
        if (typeof page === 'string') asked.set('pageToken', page);
        const reply = await request(`${objects}?${asked}`, { method: 'GET' }, false);
        if (E.isLeft(reply)) return reply;
        if (reply.right.status !== 200) return E.left(statusFault(name, reply.right, false));
        const { items, nextPageToken } = jsonOf(reply.right);
        for (const item of Array.isArray(items) ? items : [])
          names.push(String((item as { readonly name?: unknown }).name));
        page = nextPageToken;
      } while (typeof page === 'string');
      return E.right(objectNames(names, key('')));
    },
  };
};

const metadataOf = (name: string, retention: Retention | undefined, now: Ms): object => ({
  name,
  contentType: 'application/octet-stream',
  ...(retention === undefined
    ? {}
    : {
        retention: {
          mode: retention.mode === 'compliance' ? 'Locked' : 'Unlocked',
          retainUntilTime: retainedUntil(retention, now),
        },
      }),
});

/** A boundary that the bytes do not hold. */
const multipart = (
  metadata: object,
  bytes: Uint8Array,
): { readonly type: string; readonly body: Buffer<ArrayBuffer> } => {
  let boundary = 'tai-object';
  while (Buffer.from(bytes).includes(boundary)) boundary = `tai-${Math.random().toString(36).slice(2)}`;
  const head = `--${boundary}\r\ncontent-type: application/json; charset=utf-8\r\n\r\n${JSON.stringify(metadata)}\r\n--${boundary}\r\ncontent-type: application/octet-stream\r\n\r\n`;
  return {
    type: `multipart/related; boundary=${boundary}`,
    body: Buffer.concat([Buffer.from(head), bytes, Buffer.from(`\r\n--${boundary}--\r\n`)]),
  };
};

const textOf = ({ bytes }: Reply): string => Buffer.from(bytes).toString('utf8');

const jsonOf = (reply: Reply): Readonly<Record<string, unknown>> => {
  try {
    const json: unknown = JSON.parse(textOf(reply));
    return typeof json === 'object' && json !== null ? (json as Readonly<Record<string, unknown>>) : {};
  } catch {
    return {};
  }
};
