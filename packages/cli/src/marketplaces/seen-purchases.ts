/** What was seen of purchases that their marketplaces don’t date, and which ones they forgot: a private file beside config.json. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import type {
  ForgottenPurchases,
  LastSeen,
  MarketplaceName,
  Purchase,
  Sight,
  Sights,
} from '@tai-autonomics/adapter-http/marketplaces';
import { isPlainObject } from '@tai-autonomics/core/receipt';
import { parseStrictJson } from '@tai-autonomics/governor/json';
import { isCode, replacePrivate } from '@tai-autonomics/governor/node';
import { either as E } from 'fp-ts';

/** What is kept of each marketplace. What is put in is written soon after, all of it at once. */
export interface SeenPurchases {
  sights(marketplace: MarketplaceName): Sights;
  forgotten(marketplace: MarketplaceName): ForgottenPurchases;
  last(marketplace: MarketplaceName): LastSeen;
  /** Resolves when what was put in is written, or was said to be unwritable. */
  written(): Promise<void>;
}

/** What is kept of one purchase. */
interface SeenPurchase {
  readonly sight?: Sight;
  readonly isForgotten?: true;
  readonly last?: Purchase;
}

/** Opens the file; where it cannot be read, that is said, and everything is seen anew. */
export const openSeenPurchases = async (dir: string, say: (line: string) => void): Promise<SeenPurchases> => {
  const path = join(dir, 'marketplace-sights.json');
  const read = await readSeen(path);
  if (E.isLeft(read)) say(`${read.left}; purchases that their marketplaces don’t date count as changed now`);
  const all = new Map<string, Map<string, SeenPurchase>>(E.isRight(read) ? read.right : []);
  let last: Promise<void> = Promise.resolve();
  let isDue = false;
  const write = async (): Promise<void> => {
    // Whatever else is put in meanwhile goes along.
    await turn();
    isDue = false;
    const json = Object.fromEntries([...all].map(([name, own]) => [name, Object.fromEntries(own)]));
    const kept = await replacePrivate(path, `${JSON.stringify(json, null, 1)}\n`);
    if (E.isLeft(kept)) say(`${kept.left}; what was seen of purchases is forgotten with this process`);
  };
  const of = (marketplace: string, id: string): SeenPurchase => all.get(marketplace)?.get(id) ?? {};
  const put = (marketplace: string, id: string, seen: SeenPurchase): void => {
    all.set(marketplace, (all.get(marketplace) ?? new Map()).set(id, { ...of(marketplace, id), ...seen }));
    if (!isDue) last = last.then(write);
    isDue = true;
  };
  return {
    sights: (marketplace) => ({
      get: (id) => of(marketplace, id).sight,
      set: (id, sight) => put(marketplace, id, { sight }),
      keys: () => (all.get(marketplace) ?? new Map<string, SeenPurchase>()).keys(),
    }),
    forgotten: (marketplace) => ({
      has: (id) => of(marketplace, id).isForgotten === true,
      add: (id) => put(marketplace, id, { isForgotten: true }),
    }),
    last: (marketplace) => ({
      get: (id) => of(marketplace, id).last,
      set: (id, purchase) => {
        if (JSON.stringify(of(marketplace, id).last) !== JSON.stringify(purchase))
          put(marketplace, id, { last: purchase });
      },
    }),
    written: () => last,
  };
};

const LIMITS = { comments: false, maxBytes: 67_108_864, maxDepth: 8 } as const;

const readSeen = async (
  path: string,
): Promise<E.Either<string, readonly (readonly [string, Map<string, SeenPurchase>])[]>> => {
  try {
    const document = parseStrictJson(await readFile(path), LIMITS);
    const value = E.isRight(document) ? document.right.value : undefined;
    if (!isPlainObject(value)) return E.left(`${path}: is no object`);
    return E.right(
      Object.entries(value).map(([name, own]) => [
        name,
        new Map(Object.entries(isPlainObject(own) ? own : {}).map(([id, seen]) => [id, seenIn(seen)])),
      ]),
    );
  } catch (thrown) {
    return isCode(thrown, 'ENOENT') ? E.right([]) : E.left(`${path}: cannot be read`);
  }
};

/** What is not of its form was not seen. */
const seenIn = (x: unknown): SeenPurchase => {
  if (!isPlainObject(x)) return {};
  const { sight, isForgotten, last } = x;
  const isSight = isPlainObject(sight) && typeof sight['digest'] === 'string' && Number.isSafeInteger(sight['at']);
  return {
    ...(isSight ? { sight: { digest: String(sight['digest']), at: Number(sight['at']) } } : {}),
    ...(isForgotten === true ? { isForgotten } : {}),
    ...(isPurchase(last) ? { last } : {}),
  };
};

const isPurchase = (x: unknown): x is Purchase =>
  isPlainObject(x) &&
  ['id', 'status', 'boughtAt', 'changedAt'].every((name) => typeof x[name] === 'string') &&
  ['holders', 'plans'].every((name) => Array.isArray(x[name]));
