/**
 * Whose a candidate is. Catalogs are kept by digest, and two tenants may write one document; a catalog that holds documents of
 * a tenant is there for the ledgers in which it was drafted, so that nobody sees or activates what another one drafted.
 */
import { canonicalize } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { messageOf } from '../bounds/bounded-text.ts';
import type { CatalogStore, Clock, LedgerId, Ms, StoreFault } from '../ports.ts';
import type { CatalogFault } from './catalog-fault.ts';
import { catalogDigest, type LoadedCatalog } from './loaded-catalog.ts';

/** Remembers drafts in the catalog store, as small documents beside the catalogs. Where the store has a place for drafts, they expire there. */
export const createDrafts = (store: CatalogStore | undefined, clock: Clock): Drafts => {
  const place = store?.drafts;
  let removedAt = Number.NEGATIVE_INFINITY;
  const read = (digest: string): ReturnType<CatalogStore['read']> | undefined =>
    place === undefined ? store?.read(digest) : place.read(digest, clock() - DRAFT_AGE_MS);
  const removeOld = async (): Promise<void> => {
    const now = clock();
    if (place === undefined || now - removedAt < REMOVE_EVERY_MS) return;
    removedAt = now;
    await place.remove(now - DRAFT_AGE_MS);
  };
  return {
    isSeen: async (ledger, { catalog, digest }) => {
      if (!(catalog.source.policies ?? []).some(isOwn)) return E.right(true);
      const note = noteOf(ledger, digest);
      if (note === undefined) return E.right(false);
      try {
        const found = await read(note.digest);
        if (found === undefined) return E.right(false);
        return E.isLeft(found) ? unavailable(found.left.detail) : E.right(found.right !== undefined);
      } catch (thrown) {
        return unavailable(messageOf(thrown));
      }
    },
    text: async (digest) =>
      place === undefined ? E.right(undefined) : await place.read(digest, clock() - DRAFT_AGE_MS),
    keep: async (ledger, candidate) => {
      const note = noteOf(ledger, candidate.digest);
      if (store === undefined || note === undefined) return { kept: false };
      await removeOld();
      const at = clock();
      // The catalog first: a note of what is not there says nothing.
      for (const text of [candidate.text, note.text])
        if (E.isLeft(await (place === undefined ? store.write(text) : place.write(text, at)))) return { kept: false };
      return { kept: true, ...(place === undefined ? {} : { until: at + DRAFT_AGE_MS }) };
    },
  };
};

/** How long a draft waits to be activated, from when it was last drafted. */
const DRAFT_AGE_MS: Ms = 30 * 86_400_000;
const REMOVE_EVERY_MS: Ms = 3_600_000;

/** How a tenant's own documents are named. */
export const OWN = 'own_';

/** Whether a document is a tenant's, and not the deployment's. */
export const isOwn = ({ policy }: { readonly policy: { readonly id: string } }): boolean => policy.id.startsWith(OWN);

/** Whether a draft is kept, and until when; without an end where the store has no place of its own for drafts. */
export interface KeptDraft {
  readonly kept: boolean;
  readonly until?: Ms;
}

interface Drafts {
  /** Whether a ledger sees this catalog: everybody sees what has no document of a tenant. Never rejects. */
  isSeen(ledger: LedgerId, candidate: LoadedCatalog): Promise<E.Either<CatalogFault, boolean>>;
  /** The text of a draft that did not expire, where drafts have a place of their own. May reject. */
  text(digest: string): Promise<E.Either<StoreFault, string | undefined>>;
  keep(ledger: LedgerId, candidate: LoadedCatalog): Promise<KeptDraft>;
}

const unavailable = (detail: string): E.Either<CatalogFault, never> => E.left({ fault: 'unavailable', detail });

/** What stands in the store for one draft, and under which digest. */
const noteOf = (
  draftedIn: LedgerId,
  candidate: string,
): { readonly text: string; readonly digest: string } | undefined => {
  const text = canonicalize({ candidate, draftedIn });
  if (E.isLeft(text)) return undefined;
  const digest = catalogDigest(text.right);
  return E.isLeft(digest) ? undefined : { text: text.right, digest: digest.right };
};
