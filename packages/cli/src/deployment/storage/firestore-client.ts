/** The client of Google for Firestore: it is installed beside the deployment by whoever needs it, and loaded where it is used alone. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { FirestoreClient, FirestorePlace } from '@tai-autonomics/adapter-storage/firestore';
import type { Answer } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';

/** Firestore, which is loaded where it is used alone. */
export const firestore = (): Promise<typeof import('@tai-autonomics/adapter-storage/firestore')> =>
  import('@tai-autonomics/adapter-storage/firestore');

/**
 * A client of a database: by the package that one of these folders has, or else the one beside this command. Who asks is what
 * Google's own libraries find: GOOGLE_APPLICATION_CREDENTIALS, or the service account of the machine.
 */
export const firestoreClient = async (
  { project, database, name }: FirestorePlace,
  folders: readonly string[],
): Answer<FirestoreClient> => {
  const path = [...folders.map((folder) => join(folder, 'package.json')), fileURLToPath(import.meta.url)]
    .map(resolvedFrom)
    .find((found) => found !== undefined);
  if (path === undefined) return missing(name, `it is not installed; run npm install ${PACKAGE}@8 in ${folders[0]}`);
  try {
    const loaded: unknown = await import(pathToFileURL(path).href);
    const Firestore = constructorOf(loaded);
    return Firestore === undefined
      ? missing(name, `${path} is another package`)
      : E.right(new Firestore({ projectId: project, databaseId: database }));
  } catch (error) {
    return missing(name, `${path} cannot be loaded: ${error instanceof Error ? error.message : String(error)}`);
  }
};

const PACKAGE = '@google-cloud/firestore';

type Constructor = new (settings: { readonly projectId: string; readonly databaseId: string }) => FirestoreClient;

const resolvedFrom = (path: string): string | undefined => {
  try {
    return createRequire(path).resolve(PACKAGE);
  } catch {
    return undefined;
  }
};

const constructorOf = (loaded: unknown): Constructor | undefined => {
  const { Firestore } = (loaded ?? {}) as { readonly Firestore?: unknown };
  return typeof Firestore === 'function' ? (Firestore as Constructor) : undefined;
};

const missing = (name: string, why: string) =>
  E.left({
    fault: 'unavailable' as const,
    detail: `the store ${name}: it needs the package ${PACKAGE}, and ${why}`,
    outcome: 'not_written' as const,
  });
