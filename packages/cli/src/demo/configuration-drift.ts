/**
 * The story of an incident: configuration is changed by hand, a monitor says so, and it is carried through from the alert to
 * the end, in six steps that each name the one before (D-45, R-07). None of them can be skipped.
 */
import { parseInstant } from '@tai-autonomics/core/engine';
import { isPlainObject } from '@tai-autonomics/core/receipt';
import { DECISION_WITHIN_MS } from '@tai-autonomics/packs';
import { type Answer, answerOfHttp } from './answer.ts';
import { type AgentHost, postAlerts } from './doors.ts';
import { type DriverPorts, solve } from './driver.ts';
import { open } from './opening.ts';
import { type Cast, codes, type Scene } from './story.ts';
import { describeRepository, editInPlace, git, STORY, type World } from './world.ts';

const KIND = 'ConfigurationDrift';
/** What each step records, in order. */
const CHAIN = [
  'alert_received',
  'incident_checked',
  'restoration_approved',
  'configuration_restored',
  'incident_verified',
  'incident_closed',
];

/** Tells it. What comes after is the auditor's. */
export const tellConfigurationDrift = async (scene: Scene<World>): Promise<void> => {
  const { agent, cast } = await open(scene, 'professional', ['incidents', 'configuration_restorer']);
  try {
    const incident = await alert(scene);
    await skip(scene, agent, incident);
    await carryThrough(scene, agent, cast, incident);
    await measure(scene);
    await comeBack(scene, agent, incident);
  } finally {
    await agent.close();
  }
};

/** As Alertmanager sends it, version 4: one alert of one group. */
const webhook = (status: 'firing' | 'resolved', startsAt: string): unknown => ({
  version: '4',
  groupKey: `{}:{alertname="${KIND}"}`,
  truncatedAlerts: 0,
  status,
  receiver: 'tai',
  groupLabels: { alertname: KIND },
  commonLabels: { alertname: KIND },
  commonAnnotations: {},
  externalURL: 'http://alertmanager:9093',
  alerts: [
    {
      status,
      labels: { alertname: KIND, service: STORY.resource, severity: 'warning' },
      annotations: { summary: 'service.yaml differs from its commit' },
      startsAt,
      endsAt: '0001-01-01T00:00:00Z',
      generatorURL: 'http://prometheus:9090/graph',
      fingerprint: '9f5c1d2a7b3e4f60',
    },
  ],
});

interface AlertAnswer {
  readonly incident: string;
  readonly repeated: boolean;
  readonly seq: number;
}

const send = async ({ url, world, teller }: Scene<World>, message: unknown): Promise<AlertAnswer> => {
  const body = await postAlerts(url, world.keys.monitor, message);
  const [first] = isPlainObject(body) && Array.isArray(body['alerts']) ? (body['alerts'] as readonly unknown[]) : [];
  const { incident, repeated, receipt } = isPlainObject(first) ? first : { incident: '', repeated: false, receipt: {} };
  const seq = isPlainObject(receipt) ? Number(receipt['seq']) : -1;
  teller.note(`${STORY.monitor} posts its webhook: incident ${String(incident)}, receipt #${seq}`);
  return { incident: String(incident), repeated: repeated === true, seq };
};

const alert = async (scene: Scene<World>): Promise<string> => {
  const { teller, world, now } = scene;
  teller.step('Configuration is changed by hand, and a monitor raises the alert');
  await editInPlace(world.repository);
  teller.note(`service.yaml is edited in place, nothing is committed: ${await describeRepository(world.repository)}`);
  const startsAt = new Date(now()).toISOString();
  const first = await send(scene, webhook('firing', startsAt));
  const again = await send(scene, webhook('firing', startsAt));
  teller.check('the alert opens an incident', first.incident.startsWith('inc-'));
  teller.check('the same alert again leaves no second receipt', again.repeated && again.seq === first.seq);
  const flapped = await send(scene, webhook('firing', new Date(now() + 1).toISOString()));
  teller.check('one that flaps is folded into the same incident', flapped.incident === first.incident);
  return first.incident;
};

const ask = async (
  { teller }: Scene<World>,
  agent: AgentHost,
  tool: string,
  args: Readonly<Record<string, string>>,
): Promise<Answer> => {
  const answer = await agent.call(tool, STORY.resource, args);
  teller.asked(STORY.agent, `${args['action'] ?? tool} ${STORY.resource}`, answer);
  return answer;
};

const skip = async (scene: Scene<World>, agent: AgentHost, incident: string): Promise<void> => {
  scene.teller.step('No step can be skipped');
  const early = await ask(scene, agent, 'configuration_restorer', { incident });
  scene.teller.check('nothing is restored before the checks', codes(early).includes('incident_not_checked'));
  const closed = await ask(scene, agent, 'incidents', { action: 'close_incident', incident, finding: 'looks fine' });
  scene.teller.check('nothing is closed that was not verified', codes(closed).includes('incident_not_verified'));
};

const carryThrough = async (scene: Scene<World>, agent: AgentHost, cast: Cast, incident: string): Promise<void> => {
  const { teller, world, now } = scene;
  teller.step('The agent carries the incident through; what it lacks, the driver gets from whoever may give it');
  const ports: DriverPorts = {
    actors: [cast.owner, cast.approver, cast.marketplace],
    person: async ({ means }) => teller.note(`nobody can make it so: ${means}`),
    until: async () => undefined,
    now,
    tell: ({ reason, by, answer }) => {
      teller.note(`the driver carries out a step of kind ${reason.next.kind}, by ${by}`);
      if (answer !== undefined && reason.next.kind === 'authority') teller.asked(by, reason.next.submit.action, answer);
    },
  };
  const solved = (tool: string, args: Readonly<Record<string, string>>): Promise<Answer> =>
    solve(() => ask(scene, agent, tool, { ...args, incident }), ports);
  const checked = await solved('incidents', { action: 'check_incident', recipe: 'restore_drifted_configuration' });
  teller.check('the checks find that the recipe is indicated, on evidence of now', checked.verdict === 'approve');
  const restored = await solved('configuration_restorer', {});
  teller.check('the remedy is approved, carried out, and seen to be', restored.outcome?.status === 'success');
  teller.check(
    `the commit is in force again: ${await describeRepository(world.repository)}`,
    (await describeRepository(world.repository)) === 'v1.1.0',
  );
  const kept = await git(world.repository, 'stash', 'list', '--format=%s');
  teller.check(`what was changed is not lost: ${kept}`, kept.includes('drift '));
  const verified = await solved('incidents', { action: 'verify_incident' });
  const closed = await solved('incidents', { action: 'close_incident', finding: 'service.yaml was edited in place' });
  teller.check('it is verified, then closed', verified.verdict === 'approve' && closed.verdict === 'approve');
};

interface Listed {
  readonly seq: number;
  readonly event: string;
  readonly at: number;
}

/** Receipts of these events, as the owner is shown them. */
const receiptsOf = async ({ url, world }: Scene<World>, events: readonly string[]): Promise<readonly Listed[]> => {
  const response = await fetch(`${url}/v1/actions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${world.keys.owner}`, 'content-type': 'application/json' },
    body: JSON.stringify({ action: 'list_receipts', resource: '*', arguments: { events, limit: 100 } }),
  });
  const { outcome } = answerOfHttp(await response.json());
  const receipts = isPlainObject(outcome?.result) ? outcome.result['receipts'] : [];
  return (Array.isArray(receipts) ? (receipts as readonly unknown[]) : []).flatMap((one): readonly Listed[] =>
    isPlainObject(one)
      ? [{ seq: Number(one['seq']), event: String(one['event']), at: parseInstant(String(one['at'])) ?? 0 }]
      : [],
  );
};

/** From the receipts alone: which six they are, and how long it took. */
const measure = async (scene: Scene<World>): Promise<void> => {
  const { teller } = scene;
  teller.step('From the receipts alone: six steps, and the time between them');
  const receipts = await receiptsOf(scene, CHAIN);
  const steps = CHAIN.flatMap((event) => receipts.find((receipt) => receipt.event === event) ?? []);
  for (const [i, { seq, event }] of steps.entries()) teller.note(`R${i + 1}: receipt #${seq} ${event}`);
  const inOrder = steps.every(({ seq }, i) => i === 0 || seq > (steps[i - 1]?.seq ?? 0));
  teller.check('they are six, in their order', steps.length === CHAIN.length && inOrder);
  const [t1 = 0, t2 = 0, t3 = 0, t4 = 0] = steps.slice(1).map(({ at }, i) => at - (steps[i]?.at ?? at));
  teller.note(`T1, alert to checks: ${t1} ms; T2, to the decision: ${t2} ms`);
  teller.note(`T3, to the end of the execution: ${t3} ms; T4, to the verification: ${t4} ms`);
  teller.check('it was decided within the 15 minutes of a medium incident', t1 + t2 <= DECISION_WITHIN_MS.medium);
};

const comeBack = async (scene: Scene<World>, agent: AgentHost, incident: string): Promise<void> => {
  const { teller, world, now } = scene;
  teller.step('It comes back: the same incident is opened anew, and is known to recur');
  await editInPlace(world.repository);
  const again = await send(scene, webhook('firing', new Date(now() + 2).toISOString()));
  teller.check('it is the same incident', again.incident === incident);
  const shown = await ask(scene, agent, 'incidents', { action: 'show_incident', incident });
  const { occurrences, recurred, state } = isPlainObject(shown.outcome?.result) ? shown.outcome.result : {};
  teller.check('it was opened twice, within 30 days', occurrences === 2 && recurred === true && state === 'alerted');
};
