/** Which tenants get something new: few first, then more, and nobody is taken out again by that (D-14, D-31). */
import { encodeUtf8 } from '../receipt/encoding/bytes.ts';
import { nobleSha256 } from '../receipt/encoding/crypto.ts';
import { FIRST_ROLLOUT, type Recipe, recipeName } from './recipe.ts';

/** A recipe as far as its cohort depends on it. */
type Offered = Pick<Recipe, 'recipe_id' | 'version' | 'rollout'>;

/**
 * Whether a version of a recipe is offered to a tenant: by a digest of both, so the same answer everywhere and for ever. With a
 * larger share the cohort only grows; at 100 percent it is everybody. Another version has another cohort.
 */
export const inCohort = (recipe: Offered, tenant: string): boolean =>
  isAmong(recipe.rollout ?? FIRST_ROLLOUT, placeOf(recipeName(recipe), tenant));

/**
 * Those of these tenants who get something new, by its name, at a share of 1 to 100 percent; in the order in which they are given.
 * With a larger share the cohort only grows. Where so few percent would be nobody, it is one: the one that comes first.
 */
export const cohortOf = (name: string, tenants: readonly string[], percent: number): readonly string[] => {
  const places = new Map(tenants.map((tenant) => [tenant, placeOf(name, tenant)]));
  const some = tenants.filter((tenant) => isAmong(percent, places.get(tenant) ?? PLACES));
  if (some.length > 0) return some;
  const [first] = tenants.toSorted((a, b) => (places.get(a) ?? 0) - (places.get(b) ?? 0) || (a < b ? -1 : 1));
  return first === undefined ? [] : [first];
};

const isAmong = (percent: number, place: number): boolean => percent >= 100 || place < percent * (PLACES / 100);

/** Where a tenant stands among ten thousand places: 48 bits of a digest, as good as evenly spread over them. */
const placeOf = (name: string, tenant: string): number => {
  const digest = nobleSha256(encodeUtf8(`${name}\n${tenant}`) ?? NOBODY);
  let share = 0;
  for (const byte of digest.subarray(0, 6)) share = share * 256 + byte;
  return share % PLACES;
};

const PLACES = 10_000;
/** What is no Unicode is no tenant's name. */
const NOBODY: Uint8Array = new Uint8Array(0);
