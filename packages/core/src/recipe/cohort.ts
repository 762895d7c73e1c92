/** Which tenants a version of a recipe is offered to: few first, then more, and nobody is taken out again by that (D-31). */
import { encodeUtf8 } from '../receipt/encoding/bytes.ts';
import { nobleSha256 } from '../receipt/encoding/crypto.ts';
import { FIRST_ROLLOUT, type Recipe, recipeName } from './recipe.ts';

/** A recipe as far as its cohort depends on it. */
type Offered = Pick<Recipe, 'recipe_id' | 'version' | 'rollout'>;

/**
 * Whether a version of a recipe is offered to a tenant: by a digest of both, so the same answer everywhere and for ever. With a
 * larger share the cohort only grows; at 100 percent it is everybody. Another version has another cohort.
 */
export const inCohort = (recipe: Offered, tenant: string): boolean => {
  const rollout = recipe.rollout ?? FIRST_ROLLOUT;
  if (rollout === 100) return true;
  const digest = nobleSha256(encodeUtf8(`${recipeName(recipe)}\n${tenant}`) ?? NOBODY);
  let share = 0;
  for (const byte of digest.subarray(0, 6)) share = share * 256 + byte;
  // 48 bits: as good as evenly spread over ten thousand places.
  return share % PLACES < rollout * (PLACES / 100);
};

const PLACES = 10_000;
/** What is no Unicode is no tenant's name. */
const NOBODY: Uint8Array = new Uint8Array(0);
