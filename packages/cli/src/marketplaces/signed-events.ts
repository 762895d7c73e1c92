/** Events of shops of one's own that come signed, as Standard Webhooks has it, in place of a key. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { PushIdentity } from '@tai-autonomics/adapter-http';
import { verifyWebhook } from '@tai-autonomics/adapter-http/events';
import { systemClock } from '@tai-autonomics/governor/node';
import { either as E } from 'fp-ts';
import type { OwnShops } from './marketplace-place.ts';

/** Knows a shop by its signature, over the bytes as they came and within five minutes; its keys are read anew each time. Rejects while none can be read. */
export const signedEvents =
  (dir: string, shops: OwnShops): ((headers: Headers, body: Uint8Array) => Promise<PushIdentity | undefined>) =>
  async (headers, body) => {
    let unread: unknown;
    for (const [id, { keysFile, tenants }] of Object.entries(shops)) {
      const keys = await keysIn(resolve(dir, keysFile)).catch((thrown: unknown) => {
        unread = thrown;
        return [];
      });
      if (E.isRight(verifyWebhook(headers, body, keys, systemClock())))
        return { id, ...(tenants === undefined ? {} : { tenants }) };
    }
    if (unread !== undefined) throw unread;
    return undefined;
  };

const keysIn = async (path: string): Promise<readonly string[]> =>
  (await readFile(path, 'utf8'))
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
