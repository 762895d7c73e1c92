/** Usage that is billed by a marketplace: counted from a tenant's receipts, reported, and what the marketplace said of it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type MarketplaceName,
  type Metered,
  type MeteredRow,
  meterUsage,
  type UsageAnswer,
  type UsageLog,
} from '@tai-autonomics/adapter-http/marketplaces';
import { isPlainObject, parseReceipt, verifyDisclosures } from '@tai-autonomics/core/receipt';
import type { Ms } from '@tai-autonomics/governor';
import { parseStrictJson } from '@tai-autonomics/governor/json';
import { isCode, nodeSha256, replacePrivate } from '@tai-autonomics/governor/node';
import { either as E } from 'fp-ts';
import type { LocalDeployment } from '../local/local-deployment.ts';

/** What is counted as what: the marketplace's dimension, by action. */
export type Counts = Readonly<Record<string, string>>;

/** Counts a tenant's ledger from its first receipt on; hours that end after `until` are left out. */
export const countUsage = async (
  { store, identity }: Pick<LocalDeployment, 'store' | 'identity'>,
  tenant: string,
  marketplace: MarketplaceName,
  counts: Counts,
  until: Ms,
): Promise<E.Either<string, Metered>> => {
  const rows: MeteredRow[] = [];
  for await (const row of store.read(identity.ledger(tenant), 0, Number.MAX_SAFE_INTEGER)) {
    if (E.isLeft(row)) return E.left(row.left.detail);
    const receipt = parseReceipt(row.right.bytes);
    if (E.isLeft(receipt)) return E.left(`receipt ${row.right.seq} cannot be read`);
    const texts = row.right.disclosures.map(({ text }) => text);
    const disclosed = verifyDisclosures(nodeSha256, receipt.right, texts);
    rows.push({ receipt: receipt.right, disclosed: E.isRight(disclosed) ? disclosed.right : new Map() });
  }
  const dimensionOf = (action: string): string | undefined =>
    Object.hasOwn(counts, action) ? counts[action] : undefined;
  return E.right(meterUsage(rows, { marketplace, dimensionOf, sha256: nodeSha256, until }));
};

/** The marketplaces' answers, in a private file of the folder. Left: it cannot be read, so nothing may be reported. */
export const openUsageLog = async (dir: string): Promise<E.Either<string, UsageLog>> => {
  const path = join(dir, 'marketplace-usage.json');
  const read = await readAnswers(path);
  if (E.isLeft(read)) return read;
  const known = new Map(read.right.map((answer) => [answer.id, answer]));
  return E.right({
    answers: async () => known,
    keep: async (answers) => {
      for (const answer of answers) known.set(answer.id, answer);
      const kept = await replacePrivate(path, `${JSON.stringify([...known.values()], null, 2)}\n`);
      if (E.isLeft(kept)) throw new Error(kept.left);
    },
  });
};

const LIMITS = { comments: false, maxBytes: 67_108_864, maxDepth: 4 } as const;

const readAnswers = async (path: string): Promise<E.Either<string, readonly UsageAnswer[]>> => {
  try {
    const document = parseStrictJson(await readFile(path), LIMITS);
    const value = E.isRight(document) ? document.right.value : undefined;
    return Array.isArray(value) && value.every(isAnswer)
      ? E.right(value)
      : E.left(`${path}: is no list of answers; nothing is reported, so that nothing is billed twice`);
  } catch (thrown) {
    return isCode(thrown, 'ENOENT') ? E.right([]) : E.left(`${path}: cannot be read`);
  }
};

const isAnswer = (x: unknown): x is UsageAnswer =>
  isPlainObject(x) &&
  typeof x['id'] === 'string' &&
  typeof x['said'] === 'string' &&
  ['accepted', 'rejected', 'later'].includes(String(x['status']));
