/** What the governor itself sees: whether the catalog that an intent is about could decide here. */
import type { Mode } from '@tai-autonomics/core';
import { either as E } from 'fp-ts';
import type { Context } from '../context.ts';
import type { Ms, Observer } from '../ports.ts';
import { selfTest } from '../self-test.ts';
import type { LoadedCatalog } from './loaded-catalog.ts';

/** Without these nothing leads from a catalog to another one, or the governor could not do what is its own to do. */
const INDISPENSABLE = [
  'activate_catalog',
  'roll_back_catalog',
  'apply_entitlement',
  'grant_role',
  'raise_andon',
  'clear_andon',
  'rotate_key',
] as const;
const TIMEOUT_MS: Ms = 10_000;

/** States the fact `catalog_standing` about a digest. A store that does not answer has said nothing. */
export const catalogObserver = ({
  catalogs,
  identity,
  mode,
  clock,
}: Pick<Context, 'catalogs' | 'identity' | 'mode' | 'clock'>): Observer => ({
  source: 'catalog_store',
  facts: ['catalog_standing'],
  timeoutMs: TIMEOUT_MS,
  observe: async (about, _facts, _signal, tenant) => {
    const found = await catalogs.loadFor(identity.ledger(tenant), about);
    if (E.isLeft(found) && found.left.fault === 'unavailable') return [];
    const value = E.isLeft(found) ? found.left.fault : isSound(found.right, mode) ? 'ready' : 'unsound';
    return [{ fact: 'catalog_standing', value, observedAt: clock() }];
  },
});

const isSound = ({ catalog }: LoadedCatalog, mode: Mode): boolean =>
  INDISPENSABLE.every((action) => catalog.actions.has(action)) && selfTest(catalog, mode).length === 0;
