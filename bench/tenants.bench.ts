/**
 * What a tenant weighs in a governor, beside its ledger: the heap after collection with a governor that holds many tenants,
 * against one that lets all but one go, each over a store of its own and each tenant opened by a purchase. The tenants are
 * at rest and sealed; a governor lets those go that were asked for longest ago, so the second line is what any number of
 * them comes to.
 */
import { memoryStore } from '@tai-autonomics/adapter-storage';
import {
  anyResource,
  anySubject,
  createGovernor,
  type Governor,
  type LedgerStore,
  loadCatalog,
} from '@tai-autonomics/governor';
import { systemRandom } from '@tai-autonomics/governor/node';
import { library } from '@tai-autonomics/packs';
import { bought, signer } from './audited-ledger.ts';
import { amount, figure, heapBytes, plausible } from './measure.ts';
import { onPage } from './on-page.ts';
import { right } from './receipt-step.ts';

/** In a short run as many as it takes for what else moves in the heap to be little beside them. */
const HELD = Math.max(200, amount(2_000));
const TENANTS = 100_000;
/** What a governor holds at rest, unless it is told otherwise. */
const RESTING = 5_000;
const GOAL_BYTES = 1_024;
const NOW = Date.UTC(2026, 10, 21, 8);

const opened = async (store: LedgerStore, restingMax: number): Promise<Governor> => {
  const governor = right(
    await createGovernor({
      standing: { mode: 'eval', session: 'bench' },
      domain: 'bench.example',
      catalogs: [right(loadCatalog(library))],
      store,
      signer: signer(),
      secret: new Uint8Array(32).fill(7),
      clock: () => NOW,
      random: systemRandom,
      resources: anyResource('sandbox'),
      subjects: anySubject,
      observers: [],
      handlers: [],
      restingMax,
      ownerOf: () => ({ type: 'user', id: 'olivia' }),
    }),
  );
  for (let n = 0; n < HELD; n++) {
    const tenant = `tenant-${n}`;
    const submitted = await governor.submit(
      { tenant, subject: { type: 'marketplace', id: 'shop' }, scope: [] },
      bought(NOW),
    );
    if (!submitted.decided) throw new Error(`${submitted.why}: ${submitted.detail}`);
    right(await governor.seal(tenant));
  }
  return governor;
};

/** What a tenant whose state is held weighs at least and at most: less is nothing, more is a ledger. */
const PLAUSIBLE_BYTES = [200, 200_000] as const;

/** The heap that a governor takes with its store, and both, so that they stay. */
const weigh = async (restingMax: number): Promise<{ readonly bytes: number; readonly kept: readonly unknown[] }> => {
  const before = heapBytes();
  const store = memoryStore();
  const governor = await opened(store, restingMax);
  const bytes = heapBytes() - before;
  // Those of the tenants, and the operator's own.
  const ledgers = right(await store.ledgers()).length;
  if (ledgers !== HELD + 1) throw new Error(`${HELD + 1} ledgers were opened, and ${ledgers} are there`);
  return { bytes, kept: [store, governor] };
};

/** Prints what a held tenant weighs, and what many come to. */
export const tenantsBench = async (): Promise<void> => {
  // The first one pays for what any governor has once.
  const warm = await weigh(1);
  const holding = await weigh(HELD + 1);
  const letting = await weigh(1);
  const bytes = plausible('bytes a tenant', (holding.bytes - letting.bytes) / HELD, ...PLAUSIBLE_BYTES);
  const each = (bytes * RESTING) / TENANTS;
  onPage('memory a tenant, of 100,000 with 5,000 held at rest', `${figure('kB a tenant', each / 1_000, 2)} kB`);
  console.log(`${HELD} tenants held: ${figure('bytes a tenant', bytes)} bytes a tenant, its state included`);
  console.log(
    `${TENANTS} tenants, ${RESTING} of them held at rest: ${figure('bytes a tenant', each)} bytes a tenant   (under ${GOAL_BYTES})`,
  );
  // Alive until here, or the collector would have taken what is measured.
  if ([warm, holding, letting].some(({ kept }) => kept.length !== 2)) throw new Error('nothing was kept');
};
