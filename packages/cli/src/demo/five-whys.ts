/**
 * The story of a prevention: a rollback that was lawful does harm; it is asked five whys, each on a receipt; a policy makes the same
 * impossible, and a test made from what happened fails before and passes after (D-11 to D-13).
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { compileCatalog, withPolicy } from '@tai-autonomics/core';
import type { Wire } from '@tai-autonomics/core/author';
import { isPlainObject } from '@tai-autonomics/core/receipt';
import { type CaseTable, runCases } from '@tai-autonomics/core/testing';
import { library } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { preventionOf } from '../input/shown-receipt.ts';
import type { Answer } from './answer.ts';
import { type AgentHost, httpActor } from './doors.ts';
import { type Actor, solve } from './driver.ts';
import { open } from './opening.ts';
import { type Cast, codes, portsOf, type Scene } from './story.ts';
import { describeRepository, git, makeDeployment, makeRepository, STORY, type World } from './world.ts';

const INCIDENT = { incident: 'orders-lost' } as const;
const BROKEN = 'v1.0.0';
const CODE = 'own_known_faults__broken_release';
/** What the five whys lead to: nothing said that the release is broken. */
const DOCUMENT = {
  policy: {
    id: 'own_known_faults',
    version: '1.0.0',
    description: 'no rollback to a release that is known to be broken',
  },
  requirements: [
    {
      actions: ['trigger_rollback'],
      code: 'broken_release',
      means: `the release before is not ${BROKEN}, which loses orders`,
      when: { not: { fact: 'rollback_target_version', is: BROKEN } },
      remedy: { by: 'nobody', why: `${BROKEN} loses orders: deploy a newer release` },
    },
  ],
  codes: { broken_release: 'the release before is known to be broken' },
} as const;

const WHYS = [
  'orders are lost since the rollback',
  `${BROKEN} loses orders`,
  'it was rolled back to all the same',
  'nothing said that it is broken',
  'known faults are written down nowhere',
] as const;

/** The world of this story: that of the first one, with an agent and an approver who may change policy. */
export const makeFiveWhysWorld = async (dir: string, now: number): Promise<World> => {
  const repository = join(dir, 'repository');
  await makeRepository(repository);
  const agent = ['read_deployment', 'write_rollback', 'write_policy'] as const;
  const repositories = { [STORY.tenant]: { [STORY.resource]: '../repository' } };
  const papers = await makeDeployment(
    join(dir, 'deployment'),
    now,
    { agent, approver: ['write_policy'] },
    { repositories },
  );
  return { repository, ...papers };
};

interface Stage {
  readonly scene: Scene<World>;
  readonly agent: AgentHost;
  readonly cast: Cast;
  /** The service that runs the tests. */
  readonly pipeline: Actor;
}

/** Tells it. What comes after is the auditor's. */
export const tellFiveWhys = async (scene: Scene<World>): Promise<void> => {
  const tools = ['rollback_orchestrator', 'incidents', 'policy_linter', 'policy_proposal'];
  const { agent, cast } = await open(scene, 'enterprise', tools);
  const who = { name: STORY.monitor, type: 'service', relations: [] };
  const stage: Stage = { scene, agent, cast, pipeline: httpActor(scene.url, scene.world.keys.monitor, who) };
  try {
    const approval = await harm(stage);
    await explain(stage);
    const candidate = await draft(stage);
    await prevent(stage, candidate, await testOf(stage, approval));
    await askAgain(stage);
  } finally {
    await agent.close();
  }
};

type Args = Readonly<Record<string, Wire>>;

/** The agent calls a tool, and gets from whoever may give it what it lacks. */
const call = (
  { scene, agent, cast }: Stage,
  tool: string,
  args: Args = {},
  resource: string = STORY.resource,
): Promise<Answer> =>
  solve(
    async () => {
      const answer = await agent.call(tool, resource, args as Readonly<Record<string, string>>);
      scene.teller.asked(STORY.agent, `${String(args['action'] ?? tool)} ${resource.slice(0, 32)}`, answer);
      return answer;
    },
    portsOf(scene, cast),
  );

/** The same for somebody over HTTP. */
const submit = (
  { scene, cast }: Stage,
  actor: Actor,
  action: string,
  args: Args,
  resource: string = STORY.resource,
): Promise<Answer> =>
  solve(
    async () => {
      const answer = await actor.submit({ action, resource, arguments: args });
      scene.teller.asked(actor.name, action, answer);
      return answer;
    },
    portsOf(scene, cast),
  );

const resultOf = ({ outcome }: Answer): Readonly<Record<string, unknown>> =>
  isPlainObject(outcome?.result) ? outcome.result : {};

/** Answers the place of the receipt that approved it. */
const harm = async (stage: Stage): Promise<number> => {
  const { teller, world } = stage.scene;
  teller.step('An agent rolls back, as it may; the release that comes back loses orders');
  const done = await call(stage, 'rollback_orchestrator');
  const deployed = await describeRepository(world.repository);
  teller.check(`the repository is at ${deployed}`, done.outcome?.status === 'success' && deployed === BROKEN);
  const told = await call(stage, 'incidents', {
    ...INCIDENT,
    action: 'report_alert',
    kind: 'orders_lost',
    severity: 'high',
  });
  teller.check('it is an incident', told.verdict === 'approve');
  return done.receipt?.seq ?? -1;
};

const explain = async (stage: Stage): Promise<void> => {
  const { teller } = stage.scene;
  teller.step('It is asked five whys, each on a receipt of this incident');
  const look = (action: string, args: Args = {}): Promise<Answer> =>
    call(stage, 'incidents', { ...INCIDENT, action, ...args });
  await look('open_analysis');
  const early = await stage.agent.call('incidents', STORY.resource, {
    ...INCIDENT,
    action: 'close_analysis',
    finding: 'bad luck',
  });
  teller.asked(STORY.agent, 'close_analysis', early);
  teller.check('an analysis without its whys cannot be closed', codes(early).includes('whys_incomplete'));
  const shown = await call(stage, 'incidents', { ...INCIDENT, action: 'show_incident' });
  let receipt = String(resultOf(shown)['latest']);
  const answers: Answer[] = [];
  for (const because of WHYS) {
    answers.push(await look('record_why', { receipt, because }));
    receipt = String(resultOf(await look('show_analysis'))['latest_why']);
  }
  teller.check(
    'each why names the receipt that shows it',
    answers.every(({ verdict }) => verdict === 'approve'),
  );
};

/** The spec delta: a policy document, kept under the digest of the catalog that it makes. */
const draft = async (stage: Stage): Promise<string> => {
  const { teller } = stage.scene;
  teller.step('The root cause becomes a policy: drafted, proposed, simulated on the ledger, approved by somebody else');
  const linted = await call(stage, 'policy_linter', { document: JSON.stringify(DOCUMENT) }, '*');
  const candidate = String(resultOf(linted)['candidate']);
  const steps = [
    await call(stage, 'policy_proposal', {}, candidate),
    await call(stage, 'policy_simulator', { action: 'simulate_policy' }, candidate),
    await submit(stage, stage.cast.approver, 'approve_policy', { accept_undecided: true }, candidate),
    await submit(stage, stage.cast.owner, 'propose_prevention', { ...INCIDENT, candidate }),
  ];
  teller.check(
    'it is named as the prevention of the incident',
    steps.every(({ verdict }) => verdict === 'approve'),
  );
  return candidate;
};

/** What happened, as a case that has to be refused: made from the agent's own receipt. */
const testOf = async (stage: Stage, seq: number): Promise<CaseTable | undefined> => {
  const shown = resultOf(await call(stage, 'receipt_display', { seq }));
  const compiled = compileCatalog(library);
  if (E.isLeft(compiled)) return undefined;
  const table = preventionOf(compiled.right, shown, [CODE]);
  return E.isRight(table) ? table.right : undefined;
};

const passes = (source: unknown, table: CaseTable): boolean => {
  const compiled = compileCatalog(source);
  return E.isRight(compiled) && runCases(compiled.right, table).failed === 0;
};

const prevent = async (stage: Stage, candidate: string, table: CaseTable | undefined): Promise<void> => {
  const { teller } = stage.scene;
  teller.step('A test is made from what happened: it fails before the policy decides, and passes after');
  const after = withPolicy(library, DOCUMENT);
  if (table === undefined) return teller.check('the test can be made', false);
  const test = createHash('sha256').update(JSON.stringify(table)).digest('base64url');
  const record = (result: 'failed' | 'passed'): Promise<Answer> =>
    submit(stage, stage.pipeline, 'record_prevention_test', { ...INCIDENT, test, result });
  teller.check('under the catalog that decides it fails', !passes(library, table));
  const failed = await record('failed');
  const activated = await submit(stage, stage.cast.approver, 'activate_policy', {}, candidate);
  teller.check('the policy decides from now on', activated.verdict === 'approve');
  teller.check('under the policy it passes', passes(after, table));
  const passed = await record('passed');
  teller.check('both are recorded', failed.verdict === 'approve' && passed.verdict === 'approve');
  const closed = await call(stage, 'incidents', {
    ...INCIDENT,
    action: 'close_analysis',
    finding: 'known faults were written down nowhere',
  });
  teller.check('now the analysis is closed', closed.verdict === 'approve');
};

const askAgain = async (stage: Stage): Promise<void> => {
  const { scene, agent } = stage;
  const { teller, world } = scene;
  teller.step(`The newer release is deployed again, and an agent asks for the same rollback`);
  await git(world.repository, 'checkout', '--quiet', 'v1.1.0');
  const again = await agent.call('rollback_orchestrator', STORY.resource);
  teller.asked(STORY.agent, `rollback_orchestrator ${STORY.resource}`, again);
  const reason = again.reasons.find(({ code }) => code === CODE);
  teller.check('the same incident cannot come back', again.verdict === 'refuse' && reason?.next.kind === 'none');
  const deployed = await describeRepository(world.repository);
  teller.check(`the repository stays at ${deployed}`, deployed === 'v1.1.0');
};
