/** The story of two tenants whose people, resources, repositories and intents have the same names: they never meet. */
import { join } from 'node:path';
import { formatInstant } from '@tai-autonomics/core/engine';
import type { Answer } from './answer.ts';
import type { AgentHost } from './doors.ts';
import { carryOutStep, solve } from './driver.ts';
import { open } from './opening.ts';
import { type Cast, codes, portsOf, type Scene } from './story.ts';
import { describeRepository, makeDeployments, makeRepository, STORY, type World } from './world.ts';

/** The second tenant, whose names are all those of the first. */
const OTHER = 'globex';

/** One deployment that serves both, each with a repository of its own. */
export interface TwoTenantsWorld extends World {
  readonly other: World;
}

const HOUR_MS = 3_600_000;
const TOOLS = ['deployment_validator', 'rollback_orchestrator', 'rollback_status'];
/** Both agents number their intents alike. */
const INTENT = 'intent-1';

/** Makes the world of this story. */
export const makeTwoTenantsWorld = async (dir: string, now: number): Promise<TwoTenantsWorld> => {
  const tenants = [STORY.tenant, OTHER] as const;
  for (const tenant of tenants) await makeRepository(join(dir, tenant, 'repository'));
  const repositories = Object.fromEntries(
    tenants.map((tenant) => [tenant, { [STORY.resource]: `../${tenant}/repository` }]),
  );
  const scopes = { agent: ['read_deployment', 'write_rollback'], approver: [] } as const;
  const [one, other] = await makeDeployments(join(dir, 'deployment'), now, scopes, { repositories }, tenants);
  return {
    ...one,
    repository: join(dir, STORY.tenant, 'repository'),
    other: { ...other, repository: join(dir, OTHER, 'repository') },
  };
};

/** One tenant in the story: its world, its people and its agent. */
interface Side {
  readonly scene: Scene<World>;
  readonly agent: AgentHost;
  readonly cast: Cast;
}

/** Tells it. What comes after is the auditor's. */
export const tellTwoTenants = async (scene: Scene<TwoTenantsWorld>): Promise<void> => {
  const opened: Side[] = [];
  const side = async (of: Scene<World>): Promise<Side> => {
    const made = { scene: of, ...(await open(of, 'professional', TOOLS)) };
    opened.push(made);
    return made;
  };
  try {
    const one = await side(scene);
    const other = await side({ ...scene, world: scene.world.other });
    await askBoth(one, other);
    await approveAcross(one, other);
    await rollOneBack(one, other);
    await stopTheOther(one, other);
    await lookAround(one, other);
  } finally {
    for (const { agent } of opened) await agent.close();
  }
};

const roll = async ({ scene: { teller, world }, agent }: Side, id?: string): Promise<Answer> => {
  const answer = await agent.call('rollback_orchestrator', STORY.resource, {}, id);
  teller.asked(`${STORY.agent} of ${world.tenant}`, `rollback_orchestrator ${STORY.resource}`, answer);
  return answer;
};

const askBoth = async (one: Side, other: Side): Promise<void> => {
  const { teller } = one.scene;
  teller.step(`Both agents are called ${STORY.agent}, and ask for the same under the intent id ${INTENT}`);
  const [first, second] = [await roll(one, INTENT), await roll(other, INTENT)];
  teller.check(
    'each is decided by itself, and recorded in the ledger of its own tenant',
    first.verdict === 'refuse' &&
      second.verdict === 'refuse' &&
      first.receipt?.leaf !== second.receipt?.leaf &&
      first.receipt?.origin !== second.receipt?.origin,
  );
};

interface Shown {
  readonly receipt: number;
  readonly leaf: string;
}

const pendingOf = async ({ cast: { approver } }: Side): Promise<readonly Shown[]> => {
  const answer = await approver.submit({ action: 'pending_approvals', resource: '*', arguments: {} });
  const result = answer.outcome?.result as { readonly pending?: readonly Shown[] } | undefined;
  return result?.pending ?? [];
};

const approveAcross = async (one: Side, other: Side): Promise<void> => {
  const { teller, now, world } = one.scene;
  teller.step(`The approver of ${OTHER} approves what waits for the one of ${world.tenant}`);
  const [waiting] = await pendingOf(one);
  if (waiting === undefined) return teller.check('something waits for an approval', false);
  const { receipt, leaf } = waiting;
  teller.note(`what waits at ${world.tenant} is receipt #${receipt} ${leaf}`);
  const claimed = await other.cast.approver.submit({
    action: 'approve_action',
    resource: STORY.resource,
    arguments: { receipt, leaf, expires_at: formatInstant(now() + HOUR_MS) },
  });
  teller.asked(other.cast.approver.name, `approve_action of receipt #${receipt} of ${world.tenant}`, claimed);
  teller.check('an approver answers the receipts of its own tenant alone', claimed.verdict === 'refuse');
  const still = await pendingOf(one);
  teller.check(
    `it waits at ${world.tenant} as before`,
    still.some((shown) => shown.leaf === leaf),
  );
};

const rollOneBack = async (one: Side, other: Side): Promise<void> => {
  const { teller, world } = one.scene;
  teller.step(`At ${world.tenant} every step is carried out, and its agent rolls back`);
  const answer = await solve(() => roll(one), portsOf(one.scene, one.cast));
  teller.check(
    `the rollback of ${world.tenant} is approved and succeeded`,
    answer.verdict === 'approve' && answer.outcome?.status === 'success',
  );
  const [mine, theirs] = [
    await describeRepository(world.repository),
    await describeRepository(other.scene.world.repository),
  ];
  teller.check(`${STORY.resource} of ${world.tenant} is at ${mine}`, mine === 'v1.0.0');
  teller.check(`${STORY.resource} of ${OTHER} is still at ${theirs}`, theirs === 'v1.1.0');
  const again = await roll(other);
  teller.check(
    `no grant and no approval of ${world.tenant} counts at ${OTHER}`,
    codes(again).join() === 'insufficient_privilege,rollback_policy_not_approved',
  );
};

const stopTheOther = async (one: Side, other: Side): Promise<void> => {
  const { teller, world } = one.scene;
  teller.step(`${OTHER} stops its whole line`);
  const { owner } = other.cast;
  const stopped = await owner.submit({
    action: 'raise_andon',
    resource: '*',
    arguments: { severity: 'high', finding: 'the error rate doubled' },
  });
  teller.asked(owner.name, 'raise_andon *', stopped);
  const [theirs, mine] = [await roll(other), await roll(one)];
  teller.check(`nothing moves at ${OTHER}`, codes(theirs).includes('andon_open'));
  teller.check(`the line of ${world.tenant} is not stopped`, !codes(mine).includes('andon_open'));
  for (const reason of theirs.reasons.filter(({ code }) => code === 'andon_open').slice(0, 1))
    await carryOutStep(reason, portsOf(other.scene, other.cast));
  const answer = await solve(() => roll(other), portsOf(other.scene, other.cast));
  teller.check(
    `the rollback of ${OTHER} is approved by its own people, and succeeded`,
    answer.verdict === 'approve' && answer.outcome?.status === 'success',
  );
  const deployed = await describeRepository(other.scene.world.repository);
  teller.check(`${STORY.resource} of ${OTHER} is at ${deployed}`, deployed === 'v1.0.0');
};

interface Report {
  readonly ref: string;
  readonly origin: string;
  readonly size: number;
}

/** What an owner's key is told of itself and of its ledger. */
const seenBy = async ({ scene: { url, world } }: Side): Promise<Report> => {
  const read = async (path: string): Promise<Readonly<Record<string, unknown>>> =>
    (await (
      await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${world.keys.owner}` } })
    ).json()) as Readonly<Record<string, unknown>>;
  const [whoami, ledger] = [await read('/v1/whoami'), await read('/v1/ledger')];
  return { ref: String(whoami['ref']), origin: String(ledger['origin']), size: Number(ledger['size']) };
};

const lookAround = async (one: Side, other: Side): Promise<void> => {
  const { teller, world } = one.scene;
  teller.step('What each of them can see');
  const [mine, theirs] = [await seenBy(one), await seenBy(other)];
  teller.note(`${world.tenant}: ${mine.size} receipts in ${mine.origin}; ${STORY.owner} is ${mine.ref}`);
  teller.note(`${OTHER}: ${theirs.size} receipts in ${theirs.origin}; ${STORY.owner} is ${theirs.ref}`);
  teller.check('two ledgers, and two pseudonyms of one name', mine.origin !== theirs.origin && mine.ref !== theirs.ref);
};
