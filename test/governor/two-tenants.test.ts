/** What one tenant can see and has on record is the same, whatever another tenant of the deployment does (E-34). */
import { memoryCatalogs, memoryStore } from '@tai-autonomics/adapter-storage';
import {
  type Asked,
  type Caller,
  type Governor,
  type Observer,
  resourceDirectory,
  type Submitted,
} from '@tai-autonomics/governor';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { runs } from '../runs.ts';
import {
  approvalOf,
  assurance,
  type Clock,
  clockAt,
  DAY_MS,
  entitlement,
  ledgerOf,
  people as peopleOf,
  right,
  rollback,
  SERVICE,
  type Setting,
  START,
  stableWorld,
  startGovernor,
  type World,
  worldObserver,
} from './kit.ts';

const [ONE, OTHER] = ['acme', 'globex'] as const;
const DEPLOYMENT_FACTS = [...stableWorld().keys()];

/** The people of a tenant; its agent's credential carries what policies take as well. */
const people = (tenant: string) => {
  const all = peopleOf(tenant);
  return { ...all, agent: { ...all.agent, scope: [...all.agent.scope, 'write_policy'] } satisfies Caller };
};

/** One thing that a tenant does or looks at. Both tenants choose among the same, with the same names everywhere. */
interface Scene {
  readonly governor: Governor;
  readonly clock: Clock;
  readonly world: World;
  readonly tenant: string;
  /** What was answered last that an approval would help. */
  refused: Submitted | undefined;
  /** The candidate of the tenants' policy document; both have the same catalog, so both have the same digest. */
  readonly candidate: string;
  /** How many intents it had so far; the ids of both tenants' intents are equal. */
  asked: number;
}
type Act = (scene: Scene) => Promise<unknown>;

const by =
  (who: (all: ReturnType<typeof people>) => Caller, asked: (scene: Scene) => Asked): Act =>
  (scene) => {
    scene.asked += 1;
    return scene.governor.submit(who(people(scene.tenant)), { id: `intent-${scene.asked}`, ...asked(scene) });
  };

const agent = (asked: Asked): Act =>
  by(
    (all) => all.agent,
    () => asked,
  );
const owner = (action: string, resource: string, args: Readonly<Record<string, unknown>>): Act =>
  by(
    (all) => all.owner,
    () => ({ action, resource, arguments: args }),
  );

const askRollback =
  (id: string): Act =>
  async (scene) => {
    const asked = { ...rollback, id, incident: 'INC-1' };
    const answer = await scene.governor.submit(people(scene.tenant).agent, asked);
    if (answer.decided && answer.decision.verdict === 'refuse') scene.refused = answer;
    return answer;
  };

const answerRefused =
  (action: 'approve_action' | 'deny_action'): Act =>
  async (scene) => {
    const { governor, clock, tenant, refused } = scene;
    if (refused === undefined) return 'nothing was refused';
    try {
      const approval = approvalOf(refused, clock.now + 3_600_000);
      const { expires_at, ...named } = approval.arguments ?? {};
      const args = action === 'approve_action' ? { ...named, expires_at } : { ...named, reason: 'not today' };
      scene.asked += 1;
      const id = `intent-${scene.asked}`;
      return await governor.submit(people(tenant).approver, { ...approval, id, action, arguments: args });
    } catch {
      return 'no approval would help';
    }
  };

const DOCUMENT = JSON.stringify({
  policy: { id: 'own_freeze', version: '1.0.0', description: 'no rollback of what runs version 9' },
  requirements: [
    {
      actions: ['trigger_rollback'],
      code: 'own_frozen',
      means: 'the deployed version is not v9.0.0',
      when: { not: { fact: 'deployed_version', is: 'v9.0.0' } },
      remedy: { by: 'nobody', why: 'version 9 stays' },
    },
  ],
  codes: { own_frozen: 'version 9 stays' },
});

const aboutCandidate = (
  action: string,
  who: (all: ReturnType<typeof people>) => Caller = ({ agent: bot }) => bot,
): Act => by(who, ({ candidate }) => ({ action, resource: candidate, arguments: {} }));

const ACTS: Readonly<Record<string, Act>> = {
  buys: by(
    (all) => all.shop,
    ({ clock }) => entitlement(clock.now, 'enterprise'),
  ),
  'buys less': by(
    (all) => all.shop,
    ({ clock }) => entitlement(clock.now, 'base'),
  ),
  'is suspended': by(
    (all) => all.shop,
    ({ clock }) => entitlement(clock.now, 'enterprise', { status: 'suspended' }),
  ),
  'shows itself': agent({ action: 'check_health', resource: '*' }),
  'has an approver': owner('grant_relation', 'people', { subject: 'user:arthur', relation: 'approver' }),
  'registers an approver': owner('register_subject', 'people', { subject: 'user:arthur', kind: 'user' }),
  'registers an agent': owner('register_subject', 'people', { subject: 'agent:bot', kind: 'agent' }),
  'grants roles': owner('grant_role', 'people', {
    subject: 'agent:bot',
    roles: ['read_deployment', 'write_rollback', 'write_policy'],
  }),
  'takes roles': owner('revoke_role', 'people', { subject: 'agent:bot', roles: ['write_rollback'] }),
  'is insured': by(
    (all) => all.operator,
    ({ clock }) => assurance(clock.now).insurance,
  ),
  'has an agreement': by(
    (all) => all.owner,
    ({ clock }) => assurance(clock.now).msa,
  ),
  'asks for a rollback': askRollback('rollback-1'),
  'asks for another': askRollback('rollback-2'),
  'asks anew': async (scene) => askRollback(`at ${scene.clock.now}`)(scene),
  'asks for what is misspelt': agent({ action: 'trigger_rollback', resource: 'payment' }),
  approves: answerRefused('approve_action'),
  denies: answerRefused('deny_action'),
  'stops the line': agent({
    action: 'raise_andon',
    resource: SERVICE,
    arguments: { severity: 'high', finding: 'smoke' },
  }),
  'knows why it stopped': owner('record_stop_cause', SERVICE, { finding: 'a toaster' }),
  'knows that it is over': owner('confirm_recovery', SERVICE, { evidence: 'd1' }),
  'starts the line': owner('clear_andon', SERVICE, { finding: 'no fire' }),
  'loses its deployment': async ({ world }) => void world.set('deployment_stable', false),
  'has its deployment back': async ({ world }) => void world.set('deployment_stable', true),
  'drafts a policy': by(
    (all) => all.agent,
    () => ({ action: 'lint_policy', resource: '*', arguments: { document: DOCUMENT } }),
  ),
  'proposes it': aboutCandidate('propose_policy'),
  'simulates it': aboutCandidate('simulate_policy'),
  'compares it': aboutCandidate('diff_policies'),
  'has it activated by the operator': aboutCandidate('activate_catalog', (all) => all.operator),
  'looks what waits': by(
    (all) => all.approver,
    () => ({ action: 'pending_approvals', resource: '*' }),
  ),
  'lists its receipts': owner('list_receipts', '*', {}),
  'looks at its tools': async ({ governor, tenant }) => governor.tools(people(tenant).agent),
  'looks at its ledger': async ({ governor, tenant }) => [await governor.head(tenant), await governor.knows(tenant)],
  'tries it out': async ({ governor, tenant }) => governor.preview(people(tenant).agent, rollback),
};

/** What a tenant does first in most scripts, so that there is something to interfere with. */
const OPENING = [
  'buys',
  'shows itself',
  'registers an approver',
  'registers an agent',
  'has an approver',
  'grants roles',
  'is insured',
  'has an agreement',
  'asks for a rollback',
];

/** What takes long has its turn in the examples alone. */
const FREQUENT = Object.keys(ACTS).filter((name) => name !== 'compares it' && name !== 'simulates it');

type Script = readonly (readonly string[])[];

/** Rounds; in each the clock stands still, and a tenant does some things one after the other. */
const scripts: fc.Arbitrary<Script> = fc
  .tuple(
    fc.boolean(),
    fc.array(fc.array(fc.constantFrom(...FREQUENT), { maxLength: 4 }), { minLength: 2, maxLength: 5 }),
  )
  .map(([opens, rest]) => (opens ? [OPENING, ...rest] : rest));

const SERVICE_IN = { kind: 'service', environment: 'production' } as const;
const resources = right(
  resourceDirectory({ [ONE]: { [SERVICE]: SERVICE_IN }, [OTHER]: { [SERVICE]: SERVICE_IN, payment: SERVICE_IN } }),
);

/** No salt and no id is drawn: so whatever differs is not chance. */
const noRandom = (count: number): Uint8Array => new Uint8Array(count);

const observerOf = (worlds: ReadonlyMap<string, World>, clock: Clock): Observer => ({
  source: 'git',
  facts: DEPLOYMENT_FACTS,
  timeoutMs: 2_000,
  observe: (about, facts, signal, tenant) =>
    worldObserver(worlds.get(tenant) ?? new Map(), clock).observe(about, facts, signal, tenant),
});

const candidateDigest = async (): Promise<string> => {
  const { governor, clock } = await startGovernor({ catalogStore: memoryCatalogs() });
  const scene: Scene = { governor, clock, world: new Map(), tenant: ONE, refused: undefined, candidate: '', asked: 0 };
  for (const act of [...OPENING.slice(0, 1), 'grants roles']) await ACTS[act]?.(scene);
  const drafted = (await ACTS['drafts a policy']?.(scene)) as Submitted;
  await governor.close();
  const result = drafted.decided ? (drafted.outcome?.result as { readonly candidate?: string } | undefined) : undefined;
  if (result?.candidate === undefined) throw new Error(JSON.stringify(drafted));
  return result.candidate;
};
const candidate = await candidateDigest();

/** Plays the scripts of some tenants in one deployment, side by side; what each of them was answered and has on record. */
const play = async (
  parts: ReadonlyMap<string, Script>,
  more: { readonly restingMax?: number; readonly catalogsHeldMax?: number } = {},
): Promise<ReadonlyMap<string, unknown>> => {
  const clock = clockAt(START);
  const worlds = new Map([...parts.keys()].map((tenant) => [tenant, stableWorld()]));
  const setting: Setting = await startGovernor({
    ...more,
    clock,
    random: noRandom,
    resources,
    store: memoryStore(),
    catalogStore: memoryCatalogs(),
    observers: [observerOf(worlds, clock)],
    // Whom a tenant may name is what its own ledger knows.
    subjects: { of: () => Promise.resolve([]) },
  });
  const { governor } = setting;
  const told = new Map([...parts.keys()].map((tenant): [string, unknown[]] => [tenant, []]));
  const scenes = new Map(
    [...parts.keys()].map((tenant): [string, Scene] => [
      tenant,
      { governor, clock, world: worlds.get(tenant) ?? new Map(), tenant, refused: undefined, candidate, asked: 0 },
    ]),
  );
  const rounds = Math.max(...[...parts.values()].map(({ length }) => length));
  for (let round = 0; round < rounds; round++) {
    const playing = [...parts].map(async ([tenant, script]) => {
      for (const name of script[round] ?? []) told.get(tenant)?.push(await ACTS[name]?.(scenes.get(tenant) as Scene));
    });
    await Promise.all(playing);
    clock.now += DAY_MS / 4;
  }
  const found = new Map<string, unknown>();
  for (const tenant of parts.keys()) {
    const note = right(await governor.knows(tenant)) ? await governor.seal(tenant) : undefined;
    const rows = (await ledgerOf(setting, tenant)).map(({ row: { seq, bytes, disclosures, intent } }) => ({
      seq,
      bytes: Buffer.from(bytes).toString('utf8'),
      disclosures,
      intent,
    }));
    found.set(tenant, { told: told.get(tenant), rows, note });
  }
  expect(setting.faults).toEqual([]);
  await governor.close();
  return found;
};

const sizes = [{}, { restingMax: 1, catalogsHeldMax: 1 }];

test('receipts, disclosures, checkpoint and every answer of a tenant are the same bytes, whatever another one does', async () => {
  await fc.assert(
    fc.asyncProperty(scripts, scripts, fc.constantFrom(...sizes), async (own, others, held) => {
      const alone = await play(new Map([[ONE, own]]), held);
      const beside = await play(
        new Map([
          [ONE, own],
          [OTHER, others],
        ]),
        held,
      );
      expect(beside.get(ONE)).toEqual(alone.get(ONE));
    }),
    {
      numRuns: runs(60),
      examples: [
        // What the other one drafts is there for nobody else: not to propose, not to compare, not to activate.
        [
          [OPENING, [], ['proposes it', 'compares it', 'has it activated by the operator']],
          [OPENING, ['drafts a policy'], []],
          {},
        ],
        [
          [OPENING, ['approves', 'asks for a rollback'], ['asks anew']],
          [OPENING, ['approves', 'asks for a rollback', 'stops the line'], ['has its deployment back']],
          { restingMax: 1, catalogsHeldMax: 1 },
        ],
      ],
    },
  );
});
