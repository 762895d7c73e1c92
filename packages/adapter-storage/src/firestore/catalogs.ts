/** Catalogs beside the ledgers, in the same Firestore database: every process of a deployment finds what another one wrote. */
import { gunzipSync, gzipSync } from 'node:zlib';
import { type Answer, type CatalogStore, catalogDigest, type StoreFault } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';
import { INLINE_BYTES } from './block.ts';
import { callsWithin } from './calls.ts';
import type { FirestoreClient } from './client.ts';
import { damaged, isTaken } from './fault.ts';
import type { FirestoreOptions } from './firestore.ts';

const DIGEST = /^[A-Za-z0-9_-]{43}$/;
/** A catalog is no larger when it is unpacked. */
const UNPACKED_BYTES = 64_000_000;

/**
 * The catalogs of a database, packed: one whose packed text is larger than a document may be is refused. A text of another
 * digest than its name is `corrupt`.
 */
export const firestoreCatalogs = (
  client: FirestoreClient,
  { name = 'firestore', answerWithinMs = 10_000 }: FirestoreOptions = {},
): CatalogStore => ({
  read: async (digest): Answer<string | undefined> => {
    if (!DIGEST.test(digest)) return E.right(undefined);
    const found = await callsWithin(name, answerWithinMs).get(client.doc(pathOf(digest)));
    if (E.isLeft(found)) return found;
    if (!found.right.exists) return E.right(undefined);
    const text = unpacked(found.right.data()?.['packed']);
    const actual = text === undefined ? undefined : catalogDigest(text);
    return actual !== undefined && E.isRight(actual) && actual.right === digest
      ? E.right(text)
      : E.left(damaged(name, `the text of the catalog ${digest} has another digest`));
  },
  write: async (text): Answer<string> => {
    const digest = catalogDigest(text);
    if (E.isLeft(digest)) return E.left(refused(digest.left));
    const packed = gzipSync(text);
    if (packed.length > INLINE_BYTES)
      return E.left(
        refused(
          `the store ${name}: a catalog of ${packed.length} bytes when packed; a document can hold ${INLINE_BYTES}`,
        ),
      );
    const ref = client.doc(pathOf(digest.right));
    const written = await callsWithin(name, answerWithinMs).commit(
      () => client.batch().create(ref, { packed }),
      isTaken,
    );
    return E.isLeft(written) ? written : digest;
  },
});

/** A digest may begin as a reserved name does. */
const pathOf = (digest: string): string => `tai_catalogs/d_${digest}`;

const unpacked = (packed: unknown): string | undefined => {
  try {
    return packed instanceof Uint8Array
      ? gunzipSync(packed, { maxOutputLength: UNPACKED_BYTES }).toString('utf8')
      : undefined;
  } catch {
    return undefined;
  }
};

const refused = (detail: string): StoreFault => ({ fault: 'corrupt', detail, outcome: 'not_written' });
