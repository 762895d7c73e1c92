/** Where the oldest receipts of a deployment are, if `segments` of its config.json says so. */
import process from 'node:process';
import type { ObjectStore } from '@tai-autonomics/adapter-storage/objects';
import type { Answer, LedgerStore } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';
import type { Config } from '../config.ts';

/** What `segments` names; a relative folder is one of the deployment’s. */
export const openSegments = async (dir: string, place: string): Promise<E.Either<string, ObjectStore>> =>
  (await objects()).openObjects(place, { folder: dir, env: process.env });

/** Opens a store, and answers it as whoever reads it sees it: with what was moved into segments. */
export const withSegments = async (
  dir: string,
  { segments }: Pick<Config, 'segments'>,
  open: () => Answer<LedgerStore>,
): Answer<LedgerStore> => {
  if (segments === undefined) return open();
  const place = await openSegments(dir, segments);
  if (E.isLeft(place))
    return E.left({ fault: 'unavailable', detail: `segments: ${place.left}`, outcome: 'not_written' });
  const { segmentedStore } = await objects();
  return E.map((store: LedgerStore) => segmentedStore(store, place.right))(await open());
};

/** Buckets are loaded where they are used alone. */
const objects = (): Promise<typeof import('@tai-autonomics/adapter-storage/objects')> =>
  import('@tai-autonomics/adapter-storage/objects');
