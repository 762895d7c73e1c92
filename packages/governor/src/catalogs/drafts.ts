/**
 * Whose a candidate is. Catalogs are kept by digest, and two tenants may write one document; a catalog that holds documents of
 * a tenant is there for the ledgers in which it was drafted, so that nobody sees or activates what another one drafted.
 */
import { canonicalize } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { messageOf } from '../bounded-text.ts';
import type { CatalogStore, LedgerId } from '../ports.ts';
import type { CatalogFault } from './catalog-fault.ts';
import { catalogDigest, type LoadedCatalog } from './loaded-catalog.ts';

/** Remembers drafts in the catalog store, as small documents beside the catalogs. */
export const createDrafts = (store: CatalogStore | undefined): Drafts => ({
  isSeen: async (ledger, { catalog, digest }) => {
    if (!(catalog.source.policies ?? []).some(isOwn)) return E.right(true);
    const note = noteOf(ledger, digest);
    if (store === undefined || note === undefined) return E.right(false);
    try {
      const found = await store.read(note.digest);
      return E.isLeft(found) ? unavailable(found.left.detail) : E.right(found.right !== undefined);
    } catch (thrown) {
      return unavailable(messageOf(thrown));
    }
  },
  keep: async (ledger, candidate) => {
    const note = noteOf(ledger, candidate.digest);
    if (store === undefined || note === undefined) return false;
    // The catalog first: a note of what is not there says nothing.
    for (const text of [candidate.text, note.text]) if (E.isLeft(await store.write(text))) return false;
    return true;
  },
});

/** How a tenant's own documents are named. */
export const OWN = 'own_';

/** Whether a document is a tenant's, and not the deployment's. */
export const isOwn = ({ policy }: { readonly policy: { readonly id: string } }): boolean => policy.id.startsWith(OWN);

interface Drafts {
  /** Whether a ledger sees this catalog: everybody sees what has no document of a tenant. Never rejects. */
  isSeen(ledger: LedgerId, candidate: LoadedCatalog): Promise<E.Either<CatalogFault, boolean>>;
  keep(ledger: LedgerId, candidate: LoadedCatalog): Promise<boolean>;
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
