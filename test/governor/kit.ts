/** A governor with everything around it that a test needs: a clock to turn, a world to change, people to ask. */
import { memoryStore } from '@tai-autonomics/adapter-storage';
import type { CatalogSource, Reason } from '@tai-autonomics/core';
import type { Role } from '@tai-autonomics/core/author';
import { formatInstant } from '@tai-autonomics/core/engine';
import { type Json, parseDisclosure, parseReceipt, type Receipt } from '@tai-autonomics/core/receipt';
import {
  type Asked,
  anyResource,
  anySubject,
  type Caller,
  createGovernor,
  type Decided,
  type Governor,
  type GovernorOptions,
  type LedgerStore,
  type LoadedCatalog,
  loadCatalog,
  type Observer,
  type Row,
  type Seen,
  type Signer,
  type Submitted,
} from '@tai-autonomics/governor';
import { createIdentity, type Identity } from '@tai-autonomics/governor/keys';
import { systemRandom } from '@tai-autonomics/governor/node';
import { library } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { memorySigner } from './signer.ts';

/** The right side, or a failed test that says what was on the left. */
export const right = <L, A>(answer: E.Either<L, A>): A => {
  if (E.isLeft(answer)) throw new Error(JSON.stringify(answer.left));
  return answer.right;
};

export const DAY_MS = 86_400_000;
export const START = Date.parse('2026-11-21T09:00:00Z');
export const TENANT = 'acme';
export const SERVICE = 'payments';

/** A clock that stands still until it is told otherwise. */
export interface Clock {
  (): number;
  now: number;
}
export const clockAt = (now: number): Clock => {
  const clock = Object.assign(() => clock.now, { now });
  return clock;
};

/** The host's clock; `now` is when it was made. */
export const runningClock = (): Clock => Object.assign(() => Date.now(), { now: Date.now() });

/** What the fake observer sees, by fact, whatever resource it is asked about. */
export type World = Map<string, unknown>;

export const stableWorld = (): World =>
  new Map<string, unknown>([
    ['deployment_stable', true],
    ['deployed_version', 'v1.2.0'],
    ['rollback_target_known', true],
    ['rollback_target_version', 'v1.1.0'],
  ]);

/** The observer `git` of the shipped catalog, over a world in memory. */
export const worldObserver = (world: World, clock: () => number, source = 'git'): Observer => ({
  source,
  facts: ['deployment_stable', 'deployed_version', 'rollback_target_known', 'rollback_target_version'],
  timeoutMs: 2_000,
  observe: async (_about, facts) =>
    facts.flatMap((fact): readonly Seen[] =>
      world.has(fact) ? [{ fact, value: world.get(fact), observedAt: clock() }] : [],
    ),
});

export const shipped: LoadedCatalog = right(loadCatalog(library));
export const loaded = (source: CatalogSource): LoadedCatalog => right(loadCatalog(source));

export const standing: GovernorOptions['standing'] = {
  mode: 'contractual',
  insurance: { id: 'POL-77', digest: 'A'.repeat(43), validUntil: START + 3_650 * DAY_MS },
};

export interface Setting {
  readonly governor: Governor;
  readonly store: LedgerStore;
  readonly clock: Clock;
  readonly signer: Signer;
  readonly world: World;
  readonly identity: Identity;
  readonly options: GovernorOptions;
  readonly faults: readonly string[];
}

const SECRET = new Uint8Array(32).fill(7);
const VOLATILE = /^the store is volatile/;

export type Arranged = Partial<GovernorOptions> & {
  readonly clock?: Clock;
  readonly world?: World;
};

export const arrange = (given: Arranged = {}): Omit<Setting, 'governor'> => {
  const { world = stableWorld(), signer = memorySigner(), clock = clockAt(START), store = memoryStore() } = given;
  const { world: _, ...rest } = given;
  const faults: string[] = [];
  const options: GovernorOptions = {
    standing,
    domain: 'ledger.test',
    catalogs: [shipped],
    secret: SECRET,
    random: systemRandom,
    resources: anyResource('production'),
    subjects: anySubject,
    observers: [worldObserver(world, clock)],
    handlers: [],
    ownerOf: () => ({ type: 'user', id: 'olivia' }),
    // Of the store in memory, which most tests have, that is no news.
    onFault: (detail) => void (VOLATILE.test(detail) || faults.push(detail)),
    ...rest,
    store,
    signer,
    clock,
  };
  const { mode } = options.standing;
  const session = options.standing.mode === 'eval' ? { session: options.standing.session } : {};
  const identity = createIdentity({ secret: options.secret, domain: options.domain, mode, ...session });
  return { store, clock, signer, world, identity, options, faults };
};

/** A governor that started; the store is the test's to close. */
export const startGovernor = async (given: Arranged = {}): Promise<Setting> => {
  const arranged = arrange(given);
  return { ...arranged, governor: right(await createGovernor(arranged.options)) };
};

/** The same deployment in a new process: what the first one knew is gone, what it wrote is not. */
export const restart = async (setting: Setting, given: Arranged = {}): Promise<Setting> => {
  const { store, clock, signer, world, options } = setting;
  return startGovernor({ ...options, store, clock, signer, world, ...given });
};

const ROLES: readonly Role[] = ['read_deployment', 'write_rollback'];

/** How an intent names somebody. */
export const named = ({ subject: { type, id } }: Pick<Caller, 'subject'>): string => `${type}:${id}`;

/** The people and machines of a tenant. */
export const people = (tenant = TENANT) => ({
  shop: { tenant, subject: { type: 'marketplace', id: 'shop' }, scope: [] } satisfies Caller,
  owner: { tenant, subject: { type: 'user', id: 'olivia' }, scope: [] } satisfies Caller,
  approver: { tenant, subject: { type: 'user', id: 'arthur' }, scope: [] } satisfies Caller,
  agent: { tenant, subject: { type: 'agent', id: 'bot' }, scope: ROLES } satisfies Caller,
  service: { tenant, subject: { type: 'service', id: 'insurance-check' }, scope: [] } satisfies Caller,
  /** The operator's side: a host that asks at the governor's own door. */
  operator: { tenant, subject: { type: 'system', id: 'operator' }, scope: [] } satisfies Caller,
});

const recordOf = (plan: string) => {
  const row = library.plans[plan];
  if (row === undefined) throw new Error(`no plan ${plan} is sold`);
  return { plan_id: plan, sku_id: row.sku_id, enabled_packs: row.packs, iam_roles: row.iam_roles };
};

/** What the record of an entitlement says that names all of its plan. */
export const PLANS = {
  base: recordOf('base'),
  professional: recordOf('professional'),
  enterprise: recordOf('enterprise'),
  release: recordOf('release'),
};

/** The intent of an entitlement event that occurred at an instant. */
export const entitlement = (
  at: number,
  plan: keyof typeof PLANS = 'professional',
  more: Readonly<Record<string, unknown>> = {},
): Asked => ({
  id: `event ${plan} ${at} ${JSON.stringify(more)}`,
  action: 'apply_entitlement',
  resource: 'entitlement',
  arguments: {
    event_id: `event-${at}`,
    entitlement_id: 'ent-1',
    occurred_at: formatInstant(at),
    rank: 0,
    status: 'active',
    expiry: formatInstant(at + 365 * DAY_MS),
    ...PLANS[plan],
    ...more,
  },
});

export const rollback: Asked = { action: 'trigger_rollback', resource: SERVICE };

/** Decided, or a failed test that says why not. */
export const decided = (submitted: Submitted): Decided => {
  if (!submitted.decided) throw new Error(`not decided: ${submitted.why}: ${submitted.detail}`);
  return submitted;
};

/** The reasons of a refusal, in order; none for an approval. */
export const codes = (answer: Submitted): readonly string[] =>
  decided(answer).decision.verdict === 'approve' ? [] : reasonsOf(answer).map(({ code }) => code);
export const reasonsOf = (answer: Submitted): readonly Reason[] => {
  const { decision } = decided(answer);
  return decision.verdict === 'approve' ? [] : decision.reasons;
};

/** Approved, or a failed test with the reasons. */
export const approved = (submitted: Submitted): Decided => {
  const answer = decided(submitted);
  if (answer.decision.verdict === 'refuse') throw new Error(`refused: ${codes(answer).join(', ')}`);
  return answer;
};

export const assurance = (at: number): { readonly insurance: Asked; readonly msa: Asked } => ({
  insurance: {
    action: 'record_insurance',
    resource: 'insurance',
    arguments: {
      status: 'valid',
      certificate: 'A'.repeat(43),
      verified_at: formatInstant(at),
      expires_at: formatInstant(at + 30 * DAY_MS),
    },
  },
  msa: {
    action: 'record_msa',
    resource: 'agreement',
    arguments: {
      status: 'signed',
      agreement: `${'B'.repeat(42)}A`,
      in_force_from: formatInstant(at),
      in_force_until: formatInstant(at + 365 * DAY_MS),
    },
  },
});

/** Opens a tenant and brings it to where only the approval of a rollback is missing. 7 or 8 receipts. */
export const makeReady = async (setting: Pick<Setting, 'governor' | 'clock'>, tenant = TENANT): Promise<void> => {
  const { governor, clock } = setting;
  const { shop, owner, approver, agent, operator } = people(tenant);
  const { insurance, msa } = assurance(clock.now);
  const steps: readonly (readonly [Caller, Asked])[] = [
    [shop, entitlement(clock.now)],
    [
      owner,
      { action: 'grant_relation', resource: 'people', arguments: { subject: named(approver), relation: 'approver' } },
    ],
    [owner, { action: 'grant_role', resource: 'people', arguments: { subject: named(agent), roles: ROLES } }],
    [operator, insurance],
    [owner, msa],
  ];
  for (const [caller, asked] of steps) approved(await governor.submit(caller, asked));
};

/** What is shown of a stop before it ends: why it was, and that it is over. */
export const showOver = async (governor: Governor, who: Caller, resource: string): Promise<void> => {
  approved(await governor.submit(who, { action: 'record_stop_cause', resource, arguments: { finding: 'known' } }));
  approved(await governor.submit(who, { action: 'confirm_recovery', resource, arguments: { evidence: 'd1' } }));
};

/** The intent by which the approver approves what was refused for want of an approval. */
export const approvalOf = (refusal: Submitted, untilMs: number): Asked => {
  const next = reasonsOf(refusal).map((reason) => reason.next);
  const step = next.find((n) => n.kind === 'authority' && n.submit.action === 'approve_action');
  if (step?.kind !== 'authority') throw new Error(`no approval would help: ${codes(refusal).join(', ')}`);
  const { action, resource, arguments: args } = step.submit;
  return { action, resource, arguments: { ...args, expires_at: formatInstant(untilMs) } };
};

/** Asks, is refused for want of an approval alone, and has it approved for an hour. */
export const approve = async (
  { governor, clock }: Pick<Setting, 'governor' | 'clock'>,
  asked: Asked = rollback,
  tenant = TENANT,
  as: Caller = people(tenant).agent,
): Promise<void> => {
  const { id: _, ...fresh } = asked;
  const refusal = await governor.submit(as, fresh);
  approved(await governor.submit(people(tenant).approver, approvalOf(refusal, clock.now + 3_600_000)));
};

/** One receipt with what it discloses. */
export interface Entry {
  readonly receipt: Receipt;
  readonly row: Row;
  readonly disclosed: ReadonlyMap<string, Json>;
}

/** A tenant's ledger as it is stored. */
export const ledgerOf = async (
  { store, identity }: Omit<Setting, 'governor'>,
  tenant = TENANT,
): Promise<readonly Entry[]> => {
  const entries: Entry[] = [];
  for await (const row of store.read(identity.ledger(tenant), 0, Number.MAX_SAFE_INTEGER)) {
    const stored = right(row);
    const disclosed = stored.disclosures.map(({ text }) => right(parseDisclosure(text)));
    entries.push({
      receipt: right(parseReceipt(stored.bytes)),
      row: stored,
      disclosed: new Map(disclosed.map(({ name, value }) => [name, value])),
    });
  }
  return entries;
};

export const eventsOf = async (setting: Omit<Setting, 'governor'>, tenant = TENANT): Promise<readonly string[]> =>
  (await ledgerOf(setting, tenant)).map(({ receipt }) => receipt.event);
