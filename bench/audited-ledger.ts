/** A ledger as a governor writes it, for an audit: every receipt re-derives at both levels. */
import { memoryStore } from '@tai-autonomics/adapter-storage';
import { formatInstant } from '@tai-autonomics/core/engine';
import { publicKeyOf, signEd25519 } from '@tai-autonomics/core/receipt';
import {
  type Asked,
  anyResource,
  anySubject,
  type Caller,
  createGovernor,
  type HighWaterMark,
  type LoadedCatalog,
  type Observer,
  type Signer,
} from '@tai-autonomics/governor';
import type { LedgerSource } from '@tai-autonomics/governor/bundle';
import { createIdentity } from '@tai-autonomics/governor/keys';
import { systemRandom } from '@tai-autonomics/governor/node';
import { library } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { right } from './receipt-step.ts';

const START = Date.UTC(2026, 10, 21, 8);
const TENANT = 'acme';
const WAITING = 64;
const SECRET = new Uint8Array(32).fill(7);
const SERVICES = 20;

/** A signer in memory. */
export const signer = (): Signer => {
  const seed = new Uint8Array(32).fill(9);
  const marks = new Map<string, HighWaterMark>();
  return {
    publicKey: publicKeyOf(seed) ?? new Uint8Array(0),
    sign: async (message) => E.right(signEd25519(seed, message) ?? new Uint8Array(0)),
    highWaterMark: async (origin) => E.right(marks.get(origin)),
    marks: async () => E.right([...marks.values()]),
    raise: async (mark) => E.right(void marks.set(mark.origin, mark)),
  };
};

const caller = (type: Caller['subject']['type'], id: string, scope: Caller['scope'] = []): Caller => ({
  tenant: TENANT,
  subject: { type, id },
  scope,
});

/** The purchase that opens a tenant. */
export const bought = (now: number): Asked => ({
  action: 'apply_entitlement',
  resource: 'entitlement',
  arguments: {
    event_id: 'event-1',
    entitlement_id: 'ent-1',
    occurred_at: formatInstant(now),
    rank: 0,
    status: 'active',
    expiry: formatInstant(now + 31_536_000_000),
    plan_id: 'professional',
    sku_id: library.plans['professional']?.sku_id,
    enabled_packs: library.plans['professional']?.packs,
    iam_roles: library.plans['professional']?.iam_roles,
  },
});

/** The mix, in turn: a read, a refusal with evidence and several reasons, a stop of the line, what is known of its cause. */
const askedFor = (n: number): readonly [Caller, Asked] => {
  const resource = `service/${Math.floor(n / 4) % SERVICES}`;
  const agent = caller('agent', 'bot', ['read_deployment', 'write_rollback']);
  switch (n % 4) {
    case 0:
      return [agent, { action: 'check_health', resource: '*' }];
    case 1:
      return [agent, { action: 'trigger_rollback', resource }];
    case 2:
      return [
        // Nobody stops more than ten a minute.
        caller('service', `monitor-${Math.floor(n / 4) % 8}`),
        { action: 'raise_andon', resource, arguments: { severity: 'high', finding: `run ${n}` } },
      ];
    default:
      return [caller('user', 'olivia'), { action: 'record_stop_cause', resource, arguments: { finding: `seen ${n}` } }];
  }
};

const git = (clock: () => number): Observer => ({
  source: 'git',
  facts: ['deployment_stable', 'deployed_version', 'rollback_target_known', 'rollback_target_version'],
  timeoutMs: 1_000,
  observe: async () =>
    Object.entries({
      deployment_stable: false,
      deployed_version: 'v1.2.0',
      rollback_target_known: true,
      rollback_target_version: 'v1.1.0',
    }).map(([fact, value]) => ({ fact, value, observedAt: clock() })),
});

/** Submits `count` intents of the mix, seals, and answers what an export takes. Each intent leaves one receipt. */
export const auditedLedger = async (loaded: LoadedCatalog, count: number): Promise<LedgerSource> => {
  const store = memoryStore();
  const clock = (): number => START;
  const keys = signer();
  const governor = right(
    await createGovernor({
      standing: { mode: 'eval', session: 'bench' },
      domain: 'bench.example',
      catalogs: [loaded],
      store,
      signer: keys,
      secret: SECRET,
      clock,
      random: systemRandom,
      resources: anyResource('sandbox'),
      subjects: anySubject,
      observers: [git(clock)],
      handlers: [],
      ownerOf: () => ({ type: 'user', id: 'olivia' }),
    }),
  );
  const identity = createIdentity({ secret: SECRET, domain: 'bench.example', mode: 'eval', session: 'bench' });
  await governor.submit(caller('marketplace', 'shop'), bought(START));
  for (let n = 0; n < count; n += WAITING) {
    const burst = Array.from({ length: Math.min(WAITING, count - n) }, (_, i) => governor.submit(...askedFor(n + i)));
    for (const submitted of await Promise.all(burst))
      if (!submitted.decided) throw new Error(`${submitted.why}: ${submitted.detail}`);
  }
  right(await governor.seal(TENANT));
  return {
    store,
    ledger: identity.ledger(TENANT),
    origin: identity.origin(TENANT),
    publicKey: keys.publicKey,
    catalogs: [loaded],
  };
};
