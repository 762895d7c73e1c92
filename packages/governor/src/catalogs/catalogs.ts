/**
 * The catalogs of one deployment: its own, and those that ledgers name. Which one decides is state of the ledger, so a
 * catalog is looked up by digest: in memory, where each is compiled once, else in the store.
 */

import type { State } from '@tai-autonomics/core';
import { activeCatalog } from '@tai-autonomics/core/engine';
import { either as E } from 'fp-ts';
import type { NotDecided } from '../api.ts';
import { messageOf } from '../bounds/bounded-text.ts';
import { createRecentlyUsed } from '../bounds/recently-used.ts';
import type { CatalogStore, Clock, LedgerId, StoreFault } from '../ports.ts';
import { type CatalogFault, UNKNOWN } from './catalog-fault.ts';
import { createDrafts, type KeptDraft } from './drafts.ts';
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
  /** Keeps a candidate for the ledger in which it was drafted, and for no other. */
  keepFor(ledger: LedgerId, candidate: LoadedCatalog): Promise<KeptDraft>;
  /** That catalog, or why nothing can be decided in the ledger now. Never rejects. */
  loadIn(state: State): Promise<E.Either<NotDecided, LoadedCatalog>>;
}

/** Catalogs in memory at most, beside the deployment's own. */
const HELD_MAX = 32;
/** Candidates in memory at most. */
const CANDIDATES_MAX = 16;
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
  clock: Clock,
  heldMax: number = HELD_MAX,
): Catalogs => {
  const [own] = given;
  const fixed = new Map(given.map((catalog) => [catalog.digest, catalog]));
  const recent = createRecentlyUsed<LoadedCatalog>(heldMax);
  const loading = new Map<string, Promise<E.Either<CatalogFault, LoadedCatalog>>>();

  const held = (digest: string): LoadedCatalog | undefined => fixed.get(digest) ?? recent.get(digest);

  const drafts = createDrafts(store, clock);
  /** Candidates that decide nothing: from here none gets into a ledger. */
  const candidates = createRecentlyUsed<LoadedCatalog>(CANDIDATES_MAX);

  const fetch = async (digest: string): Promise<E.Either<CatalogFault, LoadedCatalog>> => {
    const found = await read((name) => kept(store, drafts, name), digest);
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

  const candidate = async (digest: string): Promise<E.Either<CatalogFault, LoadedCatalog>> => {
    const known = held(digest) ?? candidates.get(digest);
    if (known !== undefined) return E.right(known);
    const found = await read(async (name) => {
      const text = store === undefined ? E.right(undefined) : await store.read(name);
      return E.isLeft(text) || text.right !== undefined ? text : drafts.text(name);
    }, digest);
    if (E.isRight(found)) candidates.set(digest, found.right);
    return found;
  };

  const loadFor: Catalogs['loadFor'] = async (ledger, digest) => {
    const loaded = await candidate(digest);
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

/**
 * The text of a catalog that is to decide, or did. A draft that is about to decide is kept from now on: receipts that it decides
 * are decided again by it for as long as there are any.
 */
const kept = async (
  store: CatalogStore | undefined,
  drafts: Pick<ReturnType<typeof createDrafts>, 'text'>,
  digest: string,
): Promise<E.Either<StoreFault, string | undefined>> => {
  if (store === undefined) return E.right(undefined);
  const text = await store.read(digest);
  if (E.isLeft(text) || text.right !== undefined) return text;
  const draft = await drafts.text(digest);
  if (E.isLeft(draft) || draft.right === undefined) return draft;
  const written = await store.write(draft.right);
  return E.isLeft(written) ? written : draft;
};

const read = async (
  textOf: (digest: string) => Promise<E.Either<StoreFault, string | undefined>>,
  digest: string,
): Promise<E.Either<CatalogFault, LoadedCatalog>> => {
  try {
    const text = await textOf(digest);
    if (E.isLeft(text)) {
      const { fault, detail } = text.left;
      return E.left({ fault: fault === 'corrupt' ? 'unsound' : 'unavailable', detail });
    }
    return text.right === undefined ? E.left(UNKNOWN) : E.mapLeft(unsound)(loadKept(digest, text.right));
  } catch (thrown) {
    return E.left({ fault: 'unavailable', detail: messageOf(thrown) });
  }
};
