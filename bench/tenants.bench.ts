/**
 * What a tenant weighs in a governor, beside its ledger: the heap after collection of a governor that holds many tenants,
 * each opened by a purchase, against the same store without a governor. The tenants are at rest and sealed; a governor
 * lets those go that were asked for longest ago, so the second line is what any number of them comes to.
 */
import process from 'node:process';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { memoryStore } from '@tai-autonomics/adapter-storage';
import { anyResource, createGovernor, type Governor, type LedgerStore, loadCatalog } from '@tai-autonomics/governor';
import { systemRandom } from '@tai-autonomics/governor/node';
import { library } from '@tai-autonomics/packs';
import { bought, signer } from './audited-ledger.ts';
import { right } from './receipt-step.ts';

const HELD = 2_000;
const TENANTS = 100_000;
/** What a governor holds at rest, unless it is told otherwise. */
const RESTING = 5_000;
const GOAL_BYTES = 1_024;
const NOW = Date.UTC(2026, 10, 21, 8);

const heapBytes = (): number => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  return process.memoryUsage().heapUsed;
};

const opened = async (store: LedgerStore): Promise<Governor> => {
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
      resources: anyResource('production'),
      observers: [],
      handlers: [],
      restingMax: HELD,
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

/** Prints what a held tenant weighs, and what many come to. */
export const tenantsBench = async (): Promise<void> => {
  const store = memoryStore();
  let governor: Governor | undefined = await opened(store);
  const tools = await governor.tools({ tenant: 'tenant-0', subject: { type: 'agent', id: 'bot' }, scope: [] });
  const withGovernor = heapBytes();
  if (tools._tag === 'Left') throw new Error(tools.left.detail);
  // The store stays open for the measurement: closing the governor would close it too.
  governor = undefined;
  const bytes = (withGovernor - heapBytes()) / HELD;
  const each = (bytes * RESTING) / TENANTS;
  console.log(`${HELD} tenants held: ${Math.round(bytes)} bytes a tenant, its state included`);
  console.log(
    `${TENANTS} tenants, ${RESTING} of them held at rest: ${Math.round(each)} bytes a tenant   (under ${GOAL_BYTES})`,
  );
  if (right(await store.ledgers()).length !== HELD) throw new Error('a ledger is missing');
};
