/** A governor in an evaluation with one tenant that bought a plan, two observers that answer at once, and what an agent asks of it. */
import {
  type Asked,
  anyResource,
  anySubject,
  type Caller,
  createGovernor,
  type Governor,
  type LedgerStore,
  type LoadedCatalog,
  loadCatalog,
  type Observer,
} from '@tai-autonomics/governor';
import { systemRandom } from '@tai-autonomics/governor/node';
import { library } from '@tai-autonomics/packs';
import { bought, signer } from './audited-ledger.ts';
import { right } from './receipt-step.ts';

const NOW = Date.UTC(2026, 10, 21, 8);
const TENANT = 'acme';
/** Who asks. */
export const agent: Caller = {
  tenant: TENANT,
  subject: { type: 'agent', id: 'bot' },
  scope: ['read_deployment', 'write_rollback'],
};
/** The shipped catalog. */
export const loaded: LoadedCatalog = right(loadCatalog(library));

/** What the agent asks: something that is refused with evidence, and a read. */
export const ASKED: Readonly<Record<string, Asked>> = {
  'refused, two observers looked': { action: 'trigger_rollback', resource: 'service/a' },
  'a read': { action: 'check_health', resource: 'service/a' },
};

const seen: Readonly<Record<string, unknown>> = {
  deployment_stable: true,
  deployed_version: 'v1.2.0',
  rollback_target_known: true,
  rollback_target_version: 'v1.1.0',
};

const observer = (source: string, facts: readonly string[]): Observer => ({
  source,
  facts,
  timeoutMs: 1_000,
  observe: async (_about, wanted) => wanted.map((fact) => ({ fact, value: seen[fact], observedAt: NOW })),
});

/** Starts it, over a store. */
export const start = async (store: LedgerStore): Promise<Governor> => {
  const governor = right(
    await createGovernor({
      standing: { mode: 'eval', session: 'bench' },
      domain: 'bench.example',
      catalogs: [loaded],
      store,
      signer: signer(),
      secret: new Uint8Array(32).fill(7),
      clock: () => NOW,
      random: systemRandom,
      resources: anyResource('sandbox'),
      subjects: anySubject,
      observers: [
        observer('git', ['deployment_stable', 'deployed_version']),
        observer('git', ['rollback_target_known', 'rollback_target_version']),
      ],
      handlers: [],
      ownerOf: () => ({ type: 'user', id: 'olivia' }),
    }),
  );
  const shop: Caller = { tenant: TENANT, subject: { type: 'marketplace', id: 'shop' }, scope: [] };
  const opened = await governor.submit(shop, bought(NOW));
  if (!opened.decided || opened.decision.verdict === 'refuse') throw new Error('the tenant was not opened');
  return governor;
};
