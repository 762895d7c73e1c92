/**
 * The catalogs of one deployment: its own, and those that ledgers name. Which one decides is state of the ledger, so a
 * catalog is looked up by digest: in memory, where each is compiled once, else in the store.
 */

import type { State } from '@tai-autonomics/core';
import { activeCatalog } from '@tai-autonomics/core/engine';
import { either as E } from 'fp-ts';
import type { NotDecided } from '../api.ts';
import { messageOf } from '../bounded-text.ts';
import type { CatalogStore, LedgerId } from '../ports.ts';
import { createRecentlyUsed } from '../recently-used.ts';
import { type CatalogFault, UNKNOWN } from './catalog-fault.ts';
import { createDrafts } from './drafts.ts';
import { type LoadedCatalog, loadKept } from './loaded-catalog.ts';

export interface Catalogs {
  /** The deployment's own: it decides the first intent of a new ledger. */
  readonly own: LoadedCatalog;
  /** The digest of the catalog that decides next in a ledger. */
  readonly digestIn: (state: State) => string;
  /** That catalog, if it is in memory. */
  readonly heldIn: (state: State) => LoadedCatalog | undefined;
  /** Never rejects. */
  load(digest: string): Promise<E.Either<CatalogFault, LoadedCatalog>>;
  /** The same, as one ledger sees it: a candidate that was drafted in another one is unknown. Never rejects. */
  loadFor(ledger: LedgerId, digest: string): Promise<E.Either<CatalogFault, LoadedCatalog>>;
  /** Keeps a candidate for the ledger in which it was drafted, and for no other; whether it is kept. */
  keepFor(ledger: LedgerId, candidate: LoadedCatalog): Promise<boolean>;
  /** That catalog, or why nothing can be decided in the ledger now. Never rejects. */
  loadIn(state: State): Promise<E.Either<NotDecided, LoadedCatalog>>;
}

/** Catalogs in memory at most, beside the deployment's own. */
const HELD_MAX = 32;
const RETRY_MS = 1_000;

/** Why a ledger's own catalog keeps it from being decided in. */
export const notReady = (digest: string, { fault, detail }: CatalogFault): NotDecided => ({
  decided: false,
  why: fault === 'unavailable' ? 'store_unavailable' : 'not_ready',
  detail: `the catalog ${digest}, which decides in this ledger, cannot be used: ${detail}`,
  retryAfterMs: RETRY_MS,
});

/** The catalogs over a store; those given stay in memory, of the others the ones used last. */
export const createCatalogs = (
  given: readonly [LoadedCatalog, ...LoadedCatalog[]],
  store: CatalogStore | undefined,
  heldMax: number = HELD_MAX,
): Catalogs => {
  const [own] = given;
  const fixed = new Map(given.map((catalog) => [catalog.digest, catalog]));
  const recent = createRecentlyUsed<LoadedCatalog>(heldMax);
  const loading = new Map<string, Promise<E.Either<CatalogFault, LoadedCatalog>>>();

  const held = (digest: string): LoadedCatalog | undefined => fixed.get(digest) ?? recent.get(digest);

  const fetch = async (digest: string): Promise<E.Either<CatalogFault, LoadedCatalog>> => {
    const found = await read(store, digest);
    loading.delete(digest);
    if (E.isRight(found)) recent.set(digest, found.right);
    return found;
  };

  const load = (digest: string): Promise<E.Either<CatalogFault, LoadedCatalog>> => {
    const known = held(digest);
    if (known !== undefined) return Promise.resolve(E.right(known));
    const underway = loading.get(digest) ?? fetch(digest);
    loading.set(digest, underway);
    return underway;
  };

  const drafts = createDrafts(store);
  const loadFor: Catalogs['loadFor'] = async (ledger, digest) => {
    const loaded = await load(digest);
    if (E.isLeft(loaded) || fixed.has(digest)) return loaded;
    const isSeen = await drafts.isSeen(ledger, loaded.right);
    if (E.isLeft(isSeen)) return isSeen;
    return isSeen.right ? loaded : E.left(UNKNOWN);
  };

  const digestIn = (state: State): string => activeCatalog(state) ?? own.digest;
  return {
    own,
    digestIn,
    heldIn: (state) => held(digestIn(state)),
    load,
    loadFor,
    keepFor: drafts.keep,
    loadIn: async (state) => {
      const digest = digestIn(state);
      return E.mapLeft((fault: CatalogFault) => notReady(digest, fault))(await load(digest));
    },
  };
};

const unsound = (detail: string): CatalogFault => ({ fault: 'unsound', detail });

const read = async (
  store: CatalogStore | undefined,
  digest: string,
): Promise<E.Either<CatalogFault, LoadedCatalog>> => {
  try {
    const text = store === undefined ? E.right(undefined) : await store.read(digest);
    if (E.isLeft(text)) {
      const { fault, detail } = text.left;
      return E.left({ fault: fault === 'corrupt' ? 'unsound' : 'unavailable', detail });
    }
    return text.right === undefined ? E.left(UNKNOWN) : E.mapLeft(unsound)(loadKept(digest, text.right));
  } catch (thrown) {
    return E.left({ fault: 'unavailable', detail: messageOf(thrown) });
  }
};
