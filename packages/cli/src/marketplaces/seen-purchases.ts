/** What was seen of purchases that their marketplaces don’t date, and which ones they forgot: a private file beside config.json. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import type { ForgottenPurchases, MarketplaceName, Sight, Sights } from '@tai-autonomics/adapter-http/marketplaces';
import { isPlainObject } from '@tai-autonomics/core/receipt';
import { parseStrictJson } from '@tai-autonomics/governor/json';
import { isCode, replacePrivate } from '@tai-autonomics/governor/node';
import { either as E } from 'fp-ts';

/** What is kept of each marketplace. What is put in is written soon after, all of it at once. */
export interface SeenPurchases {
  sights(marketplace: MarketplaceName): Sights;
  forgotten(marketplace: MarketplaceName): ForgottenPurchases;
  /** Resolves when what was put in is written, or was said to be unwritable. */
  written(): Promise<void>;
}

/** Opens the file; where it cannot be read, that is said, and everything is seen anew. */
export const openSeenPurchases = async (dir: string, say: (line: string) => void): Promise<SeenPurchases> => {
  const path = join(dir, 'marketplace-sights.json');
  const read = await readSeen(path);
  if (E.isLeft(read)) say(`${read.left}; purchases that their marketplaces don’t date count as changed now`);
  const all = new Map<string, Map<string, Sight | 'forgotten'>>(E.isRight(read) ? read.right : []);
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
  const put = (marketplace: string, id: string, seen: Sight | 'forgotten'): void => {
    all.set(marketplace, (all.get(marketplace) ?? new Map()).set(id, seen));
    if (!isDue) last = last.then(write);
    isDue = true;
  };
  const of = (marketplace: string, id: string) => all.get(marketplace)?.get(id);
  return {
    sights: (marketplace) => {
      const sights: Sights = {
        get: (id) => {
          const seen = of(marketplace, id);
          return seen === 'forgotten' ? undefined : seen;
        },
        set: (id, sight) => {
          put(marketplace, id, sight);
          return sights as Map<string, Sight>;
        },
        keys: () => (all.get(marketplace) ?? new Map<string, Sight>()).keys(),
      };
      return sights;
    },
    forgotten: (marketplace) => {
      const ids: ForgottenPurchases = {
        has: (id) => of(marketplace, id) === 'forgotten',
        add: (id) => {
          put(marketplace, id, 'forgotten');
          return ids as Set<string>;
        },
      };
      return ids;
    },
    written: () => last,
  };
};

const LIMITS = { comments: false, maxBytes: 67_108_864, maxDepth: 4 } as const;

const readSeen = async (
  path: string,
): Promise<E.Either<string, readonly (readonly [string, Map<string, Sight | 'forgotten'>])[]>> => {
  try {
    const document = parseStrictJson(await readFile(path), LIMITS);
    const value = E.isRight(document) ? document.right.value : undefined;
    if (!isPlainObject(value)) return E.left(`${path}: is no object`);
    return E.right(Object.entries(value).map(([name, own]) => [name, sightsIn(own)]));
  } catch (thrown) {
    return isCode(thrown, 'ENOENT') ? E.right([]) : E.left(`${path}: cannot be read`);
  }
};

/** What is not of its form was not seen. */
const sightsIn = (x: unknown): Map<string, Sight | 'forgotten'> =>
  new Map(
    Object.entries(isPlainObject(x) ? x : {}).flatMap(
      ([id, seen]): readonly (readonly [string, Sight | 'forgotten'])[] => {
        if (seen === 'forgotten') return [[id, seen]];
        if (!isPlainObject(seen)) return [];
        const { digest, at } = seen;
        return typeof digest === 'string' && Number.isSafeInteger(at) ? [[id, { digest, at: Number(at) }]] : [];
      },
    ),
  );
