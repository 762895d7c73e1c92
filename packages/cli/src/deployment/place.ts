/**
 * Which place a folder is. `eu.ID`: a name for people, and a random id that was made for this folder alone: two folders of one name are
 * two places, and a ledger that moved goes on in one of them.
 */
import { systemRandom } from '@tai-autonomics/governor/node';

/** A place of a name that is no other one. */
export const newPlace = (name: string): string =>
  `${name}.${Buffer.from(systemRandom(ID_BYTES)).toString('base64url')}`;

/** What people call a place. */
export const nameOfPlace = (place: string): string => place.split('.', 1)[0] ?? place;

/** Whether a place is one folder alone, and not any one of its name. */
export const hasId = (place: string): boolean => place.includes('.');

const ID_BYTES = 16;
