/** The story: a tenant buys, an agent asks, is refused, does what is lawful, acts once, and an auditor checks all of it. */
import { createHash } from 'node:crypto';
import { formatInstant } from '@tai-autonomics/core/engine';
import { isPlainObject } from '@tai-autonomics/core/receipt';
import { incidentResponse, receiptVerifier } from '@tai-autonomics/packs';
import type { Answer } from './answer.ts';
import { type AgentHost, connectAgent, httpActor, marketplaceActor, push } from './doors.ts';
import { type Actor, type DriverPorts, solve } from './driver.ts';
import type { Teller } from './teller.ts';
import { describeRepository, discardEdits, editInPlace, type Papers, STORY, type World } from './world.ts';

/** What any story is told with. */
export interface Scene<W extends Papers = Papers> {
  readonly teller: Teller;
  readonly world: W;
  /** Where both doors listen. */
  readonly url: string;
  readonly now: () => number;
}

/** A story: the world that it makes in an empty folder, and how it is told over the deployment in there. */
export interface Story<W extends Papers> {
  readonly make: (dir: string, now: number) => Promise<W>;
  readonly tell: (scene: Scene<W>) => Promise<void>;
  /** What is told later, of the same files: each time another process opens them, and its clock is ahead by so much. */
  readonly later?: readonly { readonly afterMs: number; readonly tell: (scene: Scene<W>) => Promise<void> }[];
}

/** What this story is told with. */
export interface Stage extends Scene<World> {
  /** The marketplace's envelopes, as they stand in the examples. */
  readonly envelopes: { readonly activated: string; readonly upgraded: string };
}

/** The people of the story, each with a key of their own, over the HTTP door. */
export interface Cast {
  readonly owner: Actor;
  readonly approver: Actor;
  readonly marketplace: Actor;
}

export const castOf = ({ url, world: { keys, tenant } }: Pick<Scene, 'url' | 'world'>): Cast => ({
  owner: httpActor(url, keys.owner, {
    name: `${STORY.owner} (owner of ${tenant})`,
    type: 'user',
    relations: ['owner'],
  }),
  approver: httpActor(url, keys.approver, {
    name: `${STORY.approver} (approver of ${tenant})`,
    type: 'user',
    relations: ['approver'],
  }),
  marketplace: marketplaceActor(url, keys.marketplace, STORY.marketplace, tenant),
});

/** The codes of a refusal, each once, sorted. */
export const codes = (answer: Answer): readonly string[] => [...new Set(answer.reasons.map(({ code }) => code))].sort();

const DAY_MS = 86_400_000;

/** The papers that a contractual deployment needs, and the approver. */
export const prepare = async ({ teller, url, world, now }: Scene, cast: Cast): Promise<void> => {
  const record = async (
    actor: Actor,
    action: string,
    args: Parameters<Actor['submit']>[0]['arguments'],
  ): Promise<void> =>
    teller.asked(actor.name, action, await actor.submit({ action, resource: world.tenant, arguments: args }));
  const [today, later] = [formatInstant(now()), formatInstant(now() + 90 * DAY_MS)];
  teller.note(
    `the governor itself recorded the operator’s insurance (policy ${world.insurer.certificate.certificate.coverages[0]?.policyNumber}), and looks at it again and again`,
  );
  await record(cast.owner, 'record_msa', {
    status: 'signed',
    agreement: sha256('the master service agreement of November 2026'),
    section: '4.2',
    in_force_from: today,
    in_force_until: later,
  });
  await record(cast.owner, 'grant_relation', { subject: await refOf(url, world.keys.approver), relation: 'approver' });
};

/** Tells steps 1 to 5. What comes after is the auditor's. */
export const tell = async (stage: Stage): Promise<void> => {
  const agent = await activate(stage);
  try {
    await upgrade(stage, agent);
    const cast = castOf(stage);
    await refuse(stage, agent, cast);
    await comply(stage, agent, cast);
  } finally {
    await agent.close();
  }
};

/** How the driver reaches the world of the story. */
export const portsOf = (
  { teller, world, now }: Pick<Scene<World>, 'teller' | 'world' | 'now'>,
  cast: Cast,
): DriverPorts => ({
  actors: [cast.owner, cast.approver, cast.marketplace],
  person: async ({ means }) => {
    teller.note(`dana, on call, is shown: change the world until ${means}`);
    await discardEdits(world.repository);
    teller.note(`dana discards the uncommitted edit: ${await describeRepository(world.repository)}`);
  },
  until: (instant) => new Promise((resolve) => void setTimeout(resolve, Math.max(0, Date.parse(instant) - now()))),
  now,
  tell: ({ reason, by, answer }) => {
    teller.note(`the driver carries out a step of kind ${reason.next.kind}, by ${by}`);
    if (answer !== undefined && reason.next.kind === 'authority')
      teller.asked(by, `${reason.next.submit.action} ${reason.next.submit.resource}`, answer);
  },
});

/** The pseudonym that grants name a subject by, as its own key is told it. */
const refOf = async (url: string, key: string): Promise<string> => {
  const body: unknown = await (await fetch(`${url}/v1/whoami`, { headers: { authorization: `Bearer ${key}` } })).json();
  return isPlainObject(body) ? String(body['ref'] ?? '') : '';
};

/** What every tenant has, whatever it bought. */
/** What an agent sees of a base tenant: the verifier's tools, incidents, the stop that everybody may pull, and how a request stands. */
const WITHOUT_ROLLBACK = [
  ...receiptVerifier.tools,
  ...incidentResponse.tools,
  { tool: 'andon' },
  { tool: 'check_request' },
]
  .map(({ tool }) => tool)
  .sort();

const activate = async ({ teller, url, world, envelopes }: Stage): Promise<AgentHost> => {
  teller.step('A marketplace entitlement arrives, and switches verification on');
  const status = await push(url, world.keys.marketplace, envelopes.activated);
  teller.note(`${STORY.marketplace} pushes entitlement.activated (plan base) over HTTP: ${status}`);
  teller.check('the push is acknowledged after its receipt', status === 204);
  const again = await push(url, world.keys.marketplace, envelopes.activated);
  teller.check('the same push again is acknowledged without a second receipt', again === 204);
  const agent = await connectAgent(url, world.keys.agent);
  const tools = await agent.tools();
  teller.note(`the agent’s tools over MCP: ${tools.join(', ')}`);
  teller.check(
    'a base tenant sees the tools of verification and the stop, no others',
    tools.join() === WITHOUT_ROLLBACK.join(),
  );
  const answer = await agent.call('rollback_orchestrator', STORY.resource);
  teller.asked(STORY.agent, `rollback_orchestrator ${STORY.resource}`, answer);
  teller.check(
    'the tool does not exist for it, and the attempt has a receipt',
    codes(answer).join() === 'tool_not_found' && answer.receipt !== undefined,
  );
  return agent;
};

const upgrade = async ({ teller, url, world, envelopes }: Stage, agent: AgentHost): Promise<void> => {
  teller.step('The tenant upgrades; the tool surface changes');
  const told = agent.toolsChanged();
  const status = await push(url, world.keys.marketplace, envelopes.upgraded);
  teller.note(`${STORY.marketplace} pushes entitlement.upgraded (plan professional): ${status}`);
  await told;
  teller.check('the agent’s MCP client is told that its tools changed', true);
  const tools = await agent.tools();
  teller.note(`the agent’s tools now: ${tools.join(', ')}`);
  teller.check(
    'the rollback tools appeared',
    ['deployment_validator', 'rollback_orchestrator', 'rollback_status'].every((tool) => tools.includes(tool)),
  );
};

const refuse = async (stage: Stage, agent: AgentHost, cast: Cast): Promise<void> => {
  const { teller, world } = stage;
  teller.step('The deployment is made unstable; a rollback is refused with every reason at once');
  await prepare(stage, cast);
  await editInPlace(world.repository);
  teller.note(
    `somebody edits service.yaml in place and commits nothing: ${await describeRepository(world.repository)}`,
  );
  const answer = await agent.call('rollback_orchestrator', STORY.resource);
  teller.asked(STORY.agent, `rollback_orchestrator ${STORY.resource}`, answer);
  const expected = 'deployment_not_stable,insufficient_privilege,rollback_policy_not_approved';
  teller.check(
    'all three reasons are there, each with its next lawful step',
    codes(answer).join() === expected && answer.reasons.every(({ next }) => next.kind !== 'none'),
  );
};

const comply = async (stage: Stage, agent: AgentHost, cast: Cast): Promise<void> => {
  const { teller, world } = stage;
  teller.step('A driver carries the next lawful steps out, one by one; it knows no reason code');
  const ask = async (): Promise<Answer> => {
    const answered = await agent.call('rollback_orchestrator', STORY.resource);
    if (answered.verdict !== 'approve') teller.asked(STORY.agent, `rollback_orchestrator ${STORY.resource}`, answered);
    return answered;
  };
  const answer = await solve(ask, portsOf(stage, cast));
  teller.step('The handler rolls the repository back, inside its limits; the outcome is recorded and verified');
  teller.asked(STORY.agent, `rollback_orchestrator ${STORY.resource}`, answer);
  teller.check(
    'the rollback is approved and succeeded',
    answer.verdict === 'approve' && answer.outcome?.status === 'success',
  );
  const deployed = await describeRepository(world.repository);
  teller.check(`the repository is at the previous release, without edits: ${deployed}`, deployed === 'v1.0.0');
  const second = await agent.call('rollback_orchestrator', STORY.resource);
  teller.asked(STORY.agent, `rollback_orchestrator ${STORY.resource}, on the same approval`, second);
  teller.check(
    'a second use of the approval is refused',
    second.verdict === 'refuse' && codes(second).includes('rollback_policy_not_approved'),
  );
};

/** The digest by which the agreement is recorded. */
const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64url');
