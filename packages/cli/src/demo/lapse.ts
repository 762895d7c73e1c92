/** The story of a lapse: the operator's insurance is revoked in the middle of work, and nothing changes until it is insured again. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { setTimeout as pause } from 'node:timers/promises';
import { formatInstant } from '@tai-autonomics/core/engine';

import type { Answer } from './answer.ts';
import type { AgentHost } from './doors.ts';

import { carryOutStep } from './driver.ts';
import { open } from './opening.ts';

import { type Cast, codes, portsOf, type Scene } from './story.ts';
import { describeRepository, STORY, type World } from './world.ts';

/** A file is looked at once a second. */
const LOOKED_AT_AFTER_MS = 1_100;

const TOOLS = ['deployment_validator', 'rollback_orchestrator', 'rollback_status'];

const ROLLBACK = `rollback_orchestrator ${STORY.resource}`;

interface Stage {
  readonly scene: Scene<World>;
  readonly agent: AgentHost;
  readonly cast: Cast;
}

/** Tells it. What comes after is the auditor's. */
export const tellLapse = async (scene: Scene<World>): Promise<void> => {
  const stage: Stage = { scene, ...(await open(scene, 'professional', TOOLS)) };
  try {
    await approveRollback(stage);
    await lapse(stage);
    await recover(stage);
  } finally {
    await stage.agent.close();
  }
};

/** The insurer publishes something anew, and the operator's monitor has the time to look at it. */
const publish = async ({ world }: Scene<World>, name: string, signed: unknown): Promise<void> => {
  await writeFile(join(world.deployment, name), `${JSON.stringify(signed, null, 2)}\n`, { mode: 0o600 });
  await pause(LOOKED_AT_AFTER_MS);
};

const roll = async ({ scene: { teller }, agent }: Stage): Promise<Answer> => {
  const answer = await agent.call('rollback_orchestrator', STORY.resource);
  teller.asked(STORY.agent, ROLLBACK, answer);
  return answer;
};

const healthOf = async ({ scene: { teller }, agent }: Stage): Promise<Readonly<Record<string, unknown>>> => {
  const answer = await agent.call('health_check', STORY.resource);
  const found = (answer.outcome?.result ?? {}) as Readonly<Record<string, unknown>>;
  teller.note(
    `the agent asks how the deployment is: ${String(found['status'])}, insurance ${String(found['insurance'])}`,
  );
  return found;
};

const approveRollback = async (stage: Stage): Promise<void> => {
  const { scene, cast } = stage;
  scene.teller.step('An agent asks for a rollback, and everything that it lacks is given to it');
  const refused = await roll(stage);
  for (const reason of refused.reasons) await carryOutStep(reason, portsOf(scene, cast));
  scene.teller.check('nothing but the agent’s own call is wanting now', refused.verdict === 'refuse');
};

const lapse = async (stage: Stage): Promise<void> => {
  const { scene, cast } = stage;
  const { teller, world, now } = scene;
  teller.step('Before the agent calls again, the insurer revokes the operator’s certificate');
  const { certificateNumber } = world.insurer.certificate.certificate;
  await publish(scene, 'revocations.json', world.insurer.revocations(now(), certificateNumber));
  teller.note(`the insurer’s signed list names ${certificateNumber}`);
  const answer = await roll(stage);
  const found = codes(answer);
  teller.check(
    'the very next decision is refused: not insured, and the line is stopped for the whole tenant',
    answer.verdict === 'refuse' && found.includes('insurance_missing') && found.includes('andon_open'),
  );
  const health = await healthOf(stage);
  teller.check('health says so, at this instant', health['status'] === 'degraded' && health['insurance'] === 'lapsed');
  const claimed = await cast.owner.submit({
    action: 'record_insurance',
    resource: '*',
    arguments: {
      status: 'valid',
      policy: 'INVENTED-1',
      certificate: 'A'.repeat(43),
      verified_at: formatInstant(now()),
      expires_at: '2999-01-01T00:00:00.000Z',
    },
  });
  teller.asked(cast.owner.name, 'record_insurance valid until 2999', claimed);
  teller.check(
    'no key of a tenant can vouch for the operator',
    claimed.verdict === 'refuse' && codes(claimed).includes('insufficient_privilege'),
  );
};

const recover = async (stage: Stage): Promise<void> => {
  const { scene, cast } = stage;
  const { teller, world } = scene;
  teller.step('The insurer signs another certificate; an owner starts the line again');
  await publish(scene, 'certificate.json', world.insurer.renewed('EM-C-2026-0555', 'EM-2026-0555'));
  const stopped = await roll(stage);
  teller.check(
    'insured again, and recorded by the governor itself; the line is still stopped',
    codes(stopped).join() === 'andon_open',
  );
  for (const reason of stopped.reasons) await carryOutStep(reason, portsOf(scene, cast));
  const done = await roll(stage);
  teller.check(
    'the rollback that was approved before is carried out',
    done.verdict === 'approve' && done.outcome?.status === 'success',
  );
  const deployed = await describeRepository(world.repository);
  teller.check(`the repository is at the previous release: ${deployed}`, deployed === 'v1.0.0');
  const health = await healthOf(stage);
  teller.check('health says so', health['status'] === 'ok' && health['insurance'] === 'valid');
};
