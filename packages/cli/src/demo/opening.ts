/** How every story after the first begins: a tenant has bought, its papers are in order, an agent is connected. */
import { formatInstant } from '@tai-autonomics/core/engine';
import { library } from '@tai-autonomics/packs';
import { type AgentHost, connectAgent, push } from './doors.ts';
import { type Cast, castOf, prepare, type Scene } from './story.ts';
import { STORY } from './world.ts';

const YEAR_MS = 365 * 86_400_000;

/** The marketplace activates a plan, insurance, agreement and approver are recorded, and the agent connects over MCP. */
export const open = async (
  scene: Scene,
  plan: string,
  tools: readonly string[],
): Promise<{ readonly agent: AgentHost; readonly cast: Cast }> => {
  const { teller, url, world, now } = scene;
  teller.step(`${world.tenant} has bought ${plan}; its papers are recorded`);
  const status = await push(url, world.keys.marketplace, envelopeOf(activated(world.tenant, plan, now())));
  teller.note(`${STORY.marketplace} pushes entitlement.activated (plan ${plan}): ${status}`);
  const cast = castOf(scene);
  await prepare(scene, cast);
  const agent = await connectAgent(url, world.keys.agent);
  const seen = await agent.tools();
  teller.check(
    `the agent of ${world.tenant} has the tools ${tools.join(', ')}`,
    tools.every((tool) => seen.includes(tool)),
  );
  return { agent, cast };
};

/** A marketplace's push, as Pub/Sub wraps it. */
const envelopeOf = (event: unknown): string =>
  JSON.stringify({
    message: { messageId: '1', data: Buffer.from(JSON.stringify(event), 'utf8').toString('base64') },
    subscription: 'projects/marketplace/subscriptions/tai-autonomics',
  });

const activated = (tenant: string, plan: string, now: number): unknown => {
  const row = library.plans[plan];
  return {
    event: 'entitlement.activated',
    event_id: 'evt-1001',
    entitlement_id: 'ent-9c21',
    occurred_at: formatInstant(now - 60_000),
    record: {
      tenant_id: tenant,
      plan_id: plan,
      sku_id: row?.sku_id ?? '',
      enabled_packs: row?.packs ?? [],
      iam_roles: row?.iam_roles ?? [],
      expiry: formatInstant(now + YEAR_MS),
    },
  };
};
