/** A contractual tenant behind the HTTP door, in process, with a clock that tests turn and a world that they change. */
import { createHttpDoor } from '@tai-autonomics/adapter-http';
import { memoryStore } from '@tai-autonomics/adapter-storage';
import { type Actor, type Answer, httpActor, marketplaceActor } from '@tai-autonomics/cli';
import type { Decision } from '@tai-autonomics/core';
import type { Wire } from '@tai-autonomics/core/author';
import { formatInstant } from '@tai-autonomics/core/engine';
import {
  anyResource,
  anySubject,
  type Caller,
  type CredentialParts,
  createGovernor,
  type Governor,
  type Handler,
  loadCatalog,
  memoryCredentials,
  mintCredential,
  type Observer,
  type Seen,
} from '@tai-autonomics/governor';
import { systemRandom } from '@tai-autonomics/governor/node';
import { library } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { memorySigner } from '../governor/signer.ts';

export const DAY = 86_400_000;
export const SERVICE = 'service/checkout';
const START = Date.UTC(2026, 10, 21, 8);
const ACME = 'acme';

/** What the observer says it saw. */
export interface World {
  readonly facts: Record<string, boolean | string>;
  /** How many looks in a row see nothing, or something old. */
  blind: number;
  late: number;
}

export type Person = 'olivia' | 'arjun' | 'beatrix' | 'monitor' | 'marketplace' | 'agent';

export interface Tenant {
  readonly governor: Governor;
  readonly world: World;
  readonly actors: Readonly<Record<Person, Actor>>;
  readonly now: () => number;
  readonly pass: (ms: number) => void;
  /** The agent asks for the rollback. What it may not be told, its owner is told in its place. */
  readonly ask: () => Promise<Answer>;
  /** What an approval of the rollback has to name. */
  readonly approval: Readonly<Record<string, Wire>>;
}

export interface TenantOptions {
  /** In place of the world above. */
  readonly observers?: (now: () => number) => readonly Observer[];
  readonly handlers?: readonly Handler[];
}

const git = (world: World, now: () => number): Observer => ({
  source: 'git',
  facts: Object.keys(world.facts),
  timeoutMs: 1_000,
  observe: async () => {
    if (world.blind > 0) {
      world.blind -= 1;
      return [];
    }
    const observedAt = now() - (world.late > 0 ? 120_000 : 0);
    if (world.late > 0) world.late -= 1;
    return Object.entries(world.facts).map(([fact, value]): Seen => ({ fact, value, observedAt }));
  },
});

const right = <A>(either: E.Either<unknown, A>): A => {
  if (E.isRight(either)) return either.right;
  throw new Error(JSON.stringify(either.left));
};

const newWorld = (): World => ({
  facts: {
    deployment_stable: true,
    deployed_version: 'v1.1.0',
    rollback_target_known: true,
    rollback_target_version: 'v1.0.0',
  },
  blind: 0,
  late: 0,
});

const actorsOf = (governor: Governor): Tenant['actors'] => {
  const roles = ['read_deployment', 'write_rollback'] as const;
  const minted = (parts: CredentialParts) => mintCredential(systemRandom, parts);
  const user = (id: string) => minted({ tenant: ACME, subject: { type: 'user', id }, scope: [] });
  const keys = {
    olivia: user('olivia'),
    arjun: user('arjun'),
    beatrix: user('beatrix'),
    agent: minted({ tenant: ACME, subject: { type: 'agent', id: 'agent' }, scope: roles }),
    marketplace: minted({ subject: { type: 'marketplace', id: 'market' }, scope: [] }),
  };
  const credentials = memoryCredentials(Object.values(keys).map(({ credential }) => credential));
  const door = createHttpDoor({ governor, credentials, ...(library.aliases ? { aliases: library.aliases } : {}) });
  const base = 'http://tai.example';
  const actor = (
    name: Exclude<Person, 'marketplace' | 'monitor'>,
    type: string,
    ...relations: readonly string[]
  ): Actor => httpActor(base, keys[name].secretText, { name, type, relations }, door.fetch);
  return {
    olivia: actor('olivia', 'user', 'owner'),
    arjun: actor('arjun', 'user', 'approver'),
    beatrix: actor('beatrix', 'user', 'approver'),
    monitor: operatorOf(governor),
    agent: actor('agent', 'agent'),
    marketplace: marketplaceActor(base, keys.marketplace.secretText, 'market', ACME, door.fetch),
  };
};

/** The operator's monitor: it asks at the governor's own door, since no key can record insurance. */
const operatorOf = (governor: Governor): Actor => ({
  name: 'monitor',
  type: 'system',
  relations: [],
  submit: async (asked) => {
    const answer = await governor.submit(
      { tenant: ACME, subject: { type: 'system', id: 'operator' }, scope: [] },
      asked,
    );
    if (!answer.decided) throw new Error(answer.detail);
    return answerOf(answer.decision);
  },
});

const answerOf = (decision: Decision): Answer => ({
  verdict: decision.verdict,
  reasons: decision.verdict === 'refuse' ? decision.reasons : [],
  consequences: [],
});

/** What somebody must be told for an action of theirs to be a part of the set-up. */
export const submitted = async (actor: Actor, action: string, args: object, resource = '*'): Promise<void> => {
  const answer = await actor.submit({ action, resource, arguments: args as Readonly<Record<string, Wire>> });
  if (answer.verdict !== 'approve') throw new Error(`${actor.name} cannot ${action}: ${JSON.stringify(answer)}`);
};

const approvalIn = ({ reasons }: Answer): Tenant['approval'] => {
  const nexts = reasons.map(({ next }) => next);
  const next = nexts.find((step) => step.kind === 'authority' && step.submit.action === 'approve_action');
  if (next?.kind !== 'authority') throw new Error('nothing has to be approved');
  return next.submit.arguments;
};

/** The marketplace's record of a plan, as an event of now. */
export const eventOf = (now: number, plan: 'base' | 'professional', changed: object = {}): object => {
  const row = library.plans[plan];
  return {
    status: 'active',
    event_id: `event of ${now}`,
    entitlement_id: 'ent-1',
    occurred_at: formatInstant(now),
    plan_id: plan,
    sku_id: row?.sku_id,
    enabled_packs: row?.packs,
    iam_roles: row?.iam_roles,
    expiry: formatInstant(now + 1_000 * DAY),
    ...changed,
  };
};

/** Opens the tenant with a professional plan, and nothing more: no paper is recorded, nobody is granted anything. */
export const openTenant = async (options: TenantOptions = {}): Promise<Tenant> => {
  let time = START;
  const now = (): number => {
    time += 1;
    return time;
  };
  const world = newWorld();
  const governor = right(
    await createGovernor({
      standing: { mode: 'contractual', insurance: { id: 'policy-1', digest: 'A'.repeat(43), validUntil: START * 2 } },
      domain: 'tai.example',
      catalogs: [right(loadCatalog(library))],
      store: memoryStore(),
      signer: memorySigner(),
      secret: new Uint8Array(32).fill(7),
      clock: now,
      random: systemRandom,
      resources: anyResource('production'),
      subjects: anySubject,
      observers: options.observers?.(now) ?? [git(world, () => time)],
      handlers: options.handlers ?? [],
      ownerOf: () => ({ type: 'user', id: 'olivia' }),
    }),
  );
  const actors = actorsOf(governor);
  const agent: Caller = {
    tenant: ACME,
    subject: { type: 'agent', id: 'agent' },
    scope: ['read_deployment', 'write_rollback'],
  };
  const rollback = { action: 'trigger_rollback', resource: SERVICE, arguments: {} };
  const inner = async (): Promise<Answer> =>
    answerOf(right(await governor.preview(agent, rollback, { disclosesCatalog: true })));
  await submitted(actors.marketplace, 'apply_entitlement', eventOf(now(), 'professional'));
  return {
    governor,
    world,
    actors,
    approval: approvalIn(await actors.agent.submit(rollback)),
    now,
    pass: (ms) => {
      time += ms;
    },
    ask: async () => {
      const answer = await actors.agent.submit(rollback);
      return answer.reasons[0]?.next.kind === 'none' ? inner() : answer;
    },
  };
};
