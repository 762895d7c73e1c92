/** Catalogs beside the ledgers, in the same PostgreSQL database: every process of a deployment finds what another one wrote. */
import { type Answer, type CatalogStore, catalogDigest, type StoreFault } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';
import { type Database, faultOf } from './database.ts';
import { statements } from './statements.ts';

/** The catalogs of a database that was opened. A text of another digest than its key is `corrupt`. */
export const postgresCatalogs = (database: Database): CatalogStore => ({
  read: async (digest): Answer<string | undefined> => {
    const asked = await database.ask([statements.catalog, [digest.replaceAll('\0', '')]]);
    if (E.isLeft(asked)) return E.left(faultOf(database, asked.left));
    const body = asked.right[0]?.[0]?.['body'];
    if (typeof body !== 'string') return E.right(undefined);
    const found = catalogDigest(body);
    return E.isRight(found) && found.right === digest
      ? E.right(body)
      : corrupt(`the store ${database.name}: the text of the catalog ${digest} has another digest`);
  },
  write: async (text): Answer<string> => {
    const digest = catalogDigest(text);
    if (E.isLeft(digest)) return corrupt(digest.left);
    const asked = await database.ask([statements.addCatalog, [digest.right, text]]);
    return E.isLeft(asked) ? E.left(faultOf(database, asked.left)) : digest;
  },
});

const corrupt = (detail: string): E.Either<StoreFault, never> =>
  E.left({ fault: 'corrupt', detail, outcome: 'not_written' });
