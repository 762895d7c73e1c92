/** The webhooks of a deployment, as its config.json names them; each has a secret of its own in a private file. */
import { mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { WEBHOOK_SECRET } from '@tai-autonomics/adapter-http/events';
import { readCredentialFile } from '@tai-autonomics/governor/keys';
import { createPrivate, readPrivate, systemRandom } from '@tai-autonomics/governor/node';
import { either as E } from 'fp-ts';
import type { Config } from '../deployment/config.ts';
import type { Deployment } from '../deployment/deployment.ts';
import { startWebhooks, type Webhook, type WebhookSender } from './webhook-sender.ts';

/** Starts them. Left: one line for each that can't be; nothing is sent then. */
export const openWebhooks = async (
  deployment: Pick<Deployment, 'dir' | 'config' | 'store' | 'catalogStore' | 'catalogs' | 'identity'>,
  say: (line: string) => void,
): Promise<E.Either<readonly string[], WebhookSender>> => {
  const { dir, config, store, catalogStore, catalogs, identity } = deployment;
  const webhooks: Webhook[] = [];
  const wrong: string[] = [];
  for (const [name, { secret, ...place }] of Object.entries(config.webhooks)) {
    const read = await secretsIn(resolve(dir, secret));
    if (E.isLeft(read)) wrong.push(read.left);
    else webhooks.push({ name, ...place, secret: read.right });
  }
  if (wrong.length > 0) return E.left(wrong);
  const names = await namesIn(dir, config);
  const byLedger = new Map(names.map((name) => [identity.ledger(name), name]));
  const tenantOf = (ledger: string): string | undefined => byLedger.get(ledger);
  const started = await startWebhooks({ dir, webhooks, store, catalogStore, catalog: catalogs[0], tenantOf, say });
  return E.mapLeft((why: string): readonly string[] => [why])(started);
};

/** The secrets of a file, one a line: two while the newer one replaces the older. One is made where there is none. */
const secretsIn = async (path: string): Promise<E.Either<string, readonly string[]>> => {
  const known = await readPrivate(path);
  if (E.isLeft(known)) return known;
  if (known.right === undefined) {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const made = await createPrivate(path, `whsec_${Buffer.from(systemRandom(32)).toString('base64')}\n`);
    if (E.isLeft(made)) return made;
    return secretsIn(path);
  }
  const lines = known.right.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]));
  return lines.length >= 1 && lines.length <= SECRETS_MAX && lines.every((line) => WEBHOOK_SECRET.test(line))
    ? E.right(lines)
    : E.left(`${path}: expected whsec_ and 24 to 64 bytes in base64, or whsk_ and an Ed25519 key; two lines at most`);
};

const SECRETS_MAX = 2;

/** A ledger names nobody: these are the names that the folder knows. */
const namesIn = async (dir: string, { owners, selfHosted }: Config): Promise<readonly string[]> => {
  const keys = await readCredentialFile(join(dir, 'credentials.json'));
  const held = E.isLeft(keys) ? [] : keys.right.flatMap(({ tenant }) => tenant ?? []);
  return [...new Set([...Object.keys(owners), ...selfHosted, ...held])];
};
