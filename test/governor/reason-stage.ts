/** Where reasons are produced: a tenant to whom only an approval is wanting, behind the HTTP door. */
import { createHttpDoor, type HttpDoor } from '@tai-autonomics/adapter-http';
import type { Catalog, CatalogSource } from '@tai-autonomics/core';
import {
  anyResource,
  type Caller,
  type CredentialParts,
  type Governor,
  type Handler,
  memoryCredentials,
  mintCredential,
  type Observer,
  type ResourceDirectory,
  type Seen,
} from '@tai-autonomics/governor';
import { systemRandom } from '@tai-autonomics/governor/node';
import { either as E } from 'fp-ts';
import { builtModule } from '../programs/program.ts';
import type { Proposal, Told } from './carry-out.ts';
import {
  clockAt,
  decided,
  loaded,
  makeReady,
  SERVICE,
  type Setting,
  START,
  shipped,
  stableWorld,
  startGovernor,
  TENANT,
  type World,
} from './kit.ts';

/** The name of the place where a stage is. */
export const HERE = 'eu';

/** How the observers are led astray about a fact. */
export type Fault = 'silent' | 'stale' | 'rumoured' | 'disputed';
export type Faults = Map<string, Fault>;

/** One observer for each source that the catalog trusts, over one world; the first source of a fact states it. */
const observersOf = (catalog: Catalog, world: World, faults: Faults, now: () => number): readonly Observer[] => {
  const sources = new Map(
    [...catalog.facts].flatMap(([id, fact]) => (fact.origin === 'observed' ? [[id, fact.sources[0]] as const] : [])),
  );
  const facts = [...sources.keys()];
  const observer = (source: string, see: (fact: string) => Omit<Seen, 'fact'> | undefined): Observer => ({
    source,
    facts,
    timeoutMs: 1_000,
    observe: async (_about, wanted) =>
      wanted.flatMap((fact) => {
        const seen = world.has(fact) ? see(fact) : undefined;
        return seen === undefined ? [] : [{ fact, ...seen }];
      }),
  });
  const honest = (source: string): Observer =>
    observer(source, (fact) => {
      const fault = faults.get(fact);
      if (sources.get(fact) !== source || fault === 'silent' || fault === 'rumoured') return undefined;
      return { value: world.get(fact), observedAt: now() - (fault === 'stale' ? 60_001 : 0) };
    });
  const liar = (source: string, fault: Fault, value: (fact: string) => unknown): Observer =>
    observer(source, (fact) => (faults.get(fact) === fault ? { value: value(fact), observedAt: now() } : undefined));
  return [
    ...[...new Set(sources.values())].map(honest),
    liar('git', 'disputed', () => false),
    liar('rumour', 'rumoured', (fact) => world.get(fact)),
  ];
};

/** A deployment, a storm and a drift: what every pack of these tests looks at. */
const wholeWorld = (): World =>
  new Map<string, unknown>([
    ...stableWorld(),
    ['checks_green', true],
    ['storm_detected', true],
    ['request_rate', 500],
    ['request_peak', 500],
    ['request_baseline', 100],
    ['throttle_proposal', 120],
    ['active_throttle_limit', 120],
    ['iam_reachable', true],
    ['drift_detected', true],
    ['drift_digest', 'd'.repeat(43)],
    ['drift_changes', 1],
    ['drift_locks_out', false],
    ['drift_plan', ['remove editor of everybody']],
    ['policy_etag', 'etag-1'],
    ['declared_policy', 'p'.repeat(43)],
    ['listing_valid', true],
    ['listing_sold', true],
    ['listing_digest', 'l'.repeat(43)],
    ['published_listing', 'none'],
    ['desired_state_clean', true],
    ['desired_state_head', 'c'.repeat(40)],
    ['desired_release', 'v1.0.0'],
    ['newest_release', 'v1.1.0'],
    ['releases', { complete: true, items: ['v1.1.0', 'v1.0.0', 'v0.9.0'] }],
    ['release_revertible', true],
    ['previous_release', 'v0.9.0'],
    ['configuration_drifted', true],
    ['configuration_commit', 'c'.repeat(40)],
    ['configuration_drift', 'd'.repeat(43)],
  ]);

/** Says that it did. */
const claiming = (step: string): Handler => ({
  step,
  module: builtModule(import.meta.resolve('./handlers.ts')),
  export: 'claims',
  options: { log: '/dev/null' },
});

/** What somebody wrote for the service. */
export const MISSPELT = 'paymnets';
/** Where a pilot may act. */
export const PLAYGROUND = 'playground';
const every = anyResource('production');
const resources: ResourceDirectory = {
  find: (of) => {
    if (of.resource === MISSPELT) return undefined;
    return of.resource === PLAYGROUND ? anyResource('sandbox').find(of) : every.find(of);
  },
  names: () => [SERVICE],
};

const SCOPE = ['read_deployment', 'write_rollback', 'write_config', 'read_iam', 'write_iam', 'write_policy'] as const;

/** Everybody who can be asked to do something, as the keys of the door know them. */
export const CREDENTIALS = {
  shop: { subject: { type: 'marketplace', id: 'shop' }, scope: [] },
  owner: { tenant: TENANT, subject: { type: 'user', id: 'olivia' }, scope: [] },
  approver: { tenant: TENANT, subject: { type: 'user', id: 'arthur' }, scope: [] },
  responder: { tenant: TENANT, subject: { type: 'user', id: 'rosa' }, scope: [] },
  newcomer: { tenant: TENANT, subject: { type: 'user', id: 'nora' }, scope: [] },
  steward: { tenant: TENANT, subject: { type: 'user', id: 'stella' }, scope: ['read_iam', 'write_policy'] },
  service: { tenant: TENANT, subject: { type: 'service', id: 'insurance-check' }, scope: [] },
  agent: { tenant: TENANT, subject: { type: 'agent', id: 'bot' }, scope: SCOPE },
  narrow: { tenant: TENANT, subject: { type: 'agent', id: 'bot' }, scope: [] },
} as const satisfies Readonly<Record<string, CredentialParts>>;
/** The operator holds no key: it asks at the governor's own door. */
export type Person = keyof typeof CREDENTIALS | 'operator';

export const AUTHORITY: Readonly<Record<string, Person>> = {
  marketplace: 'shop',
  service: 'service',
  user: 'steward',
  'user/owner': 'owner',
  'user/approver': 'approver',
  'user/responder': 'responder',
  system: 'operator',
};

/** An entitlement event as the marketplace posts it. */
const eventOf = ({ change, status, ...args }: Readonly<Record<string, unknown>>): unknown => {
  const { event_id, entitlement_id, occurred_at, rank: _, ...record } = args;
  const what = change ?? (status === 'active' ? 'upgraded' : status);
  return {
    event: `entitlement.${String(what)}`,
    event_id,
    entitlement_id,
    occurred_at,
    record: { tenant_id: TENANT, ...record },
  };
};

export interface Stage {
  readonly setting: Setting;
  readonly world: World;
  readonly faults: Faults;
  /** What stands in the catalog store, by digest. */
  readonly texts: Map<string, string>;
  /** What was refused to whom, for want of an approval. */
  readonly refusals: Map<Person, { readonly receipt: number; readonly leaf: string }>;
  readonly governor: Governor;
  readonly as: (person: Person) => Caller;
  readonly ask: (person: Person, proposal: Proposal) => Promise<Told>;
}

export const setUp = async (catalog: CatalogSource | undefined, mode: 'contractual' | 'eval'): Promise<Stage> => {
  const clock = clockAt(START);
  const world = wholeWorld();
  const faults: Faults = new Map();
  const texts = new Map<string, string>();
  const active = catalog === undefined ? shipped : loaded(catalog);
  const setting = await startGovernor({
    place: HERE,
    clock,
    observers: observersOf(active.catalog, world, faults, clock),
    handlers: ['set_throttle', 'rollback', 'restore_configuration', 'revert_release'].map(claiming),
    resources,
    catalogs: [active],
    catalogStore: {
      read: async (digest) => E.right(texts.get(digest)),
      write: async (text) => E.right(text),
    },
    ...(mode === 'eval' ? { standing: { mode, session: 'pilot' } } : {}),
  });
  await makeReady(setting);
  const { governor } = setting;
  const minted = Object.entries(CREDENTIALS).map(
    ([name, parts]) => [name, mintCredential(systemRandom, parts)] as const,
  );
  const keys = new Map(minted.map(([name, { secretText }]) => [name, secretText]));
  const credentials = memoryCredentials(minted.map(([, { credential }]) => credential));
  const door: HttpDoor = createHttpDoor({ governor, credentials });
  const as = (person: Person): Caller =>
    person === 'operator'
      ? { tenant: TENANT, subject: { type: 'system', id: 'operator' }, scope: [] }
      : { ...CREDENTIALS[person], tenant: TENANT };
  const ask: Stage['ask'] = async (person, proposal) => {
    if (person === 'operator') {
      const { decision } = decided(await governor.submit(as(person), proposal));
      return { verdict: decision.verdict, reasons: decision.verdict === 'refuse' ? decision.reasons : [] };
    }
    const [path, body] = person === 'shop' ? ['/marketplace', eventOf(proposal.arguments)] : ['/v1/actions', proposal];
    const headers = { authorization: `Bearer ${keys.get(person)}`, 'content-type': 'application/json' };
    const request = new Request(`http://door.test${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    const told = (await (await door.fetch(request)).json()) as Partial<Told>;
    if (told.verdict === undefined) throw new Error(JSON.stringify(told));
    return { verdict: told.verdict, reasons: told.reasons ?? [] };
  };
  return { setting, world, faults, texts, refusals: new Map(), governor, as, ask };
};
