/**
 * The story of many incidents at once: a burst of alerts is folded, what is worst is decided first, no more is open than may be,
 * and what nobody decides in time is escalated, exactly then, by whichever process has the ledger (D-18 to D-20, D-39, D-41).
 */
import { parseInstant } from '@tai-autonomics/core/engine';
import { isPlainObject } from '@tai-autonomics/core/receipt';
import { DECISION_WITHIN_MS, SEVERITIES, type Severity } from '@tai-autonomics/packs';
import { type Answer, answerOfHttp } from './answer.ts';
import { type AgentHost, connectAgent, httpActor, postAlerts } from './doors.ts';
import { open } from './opening.ts';
import { codes, type Scene, type Story } from './story.ts';
import { editInPlace, makeWorld, STORY, type World } from './world.ts';

/** The first alert of all, which has a recipe. */
const DRIFT = 'ConfigurationDrift';
/** What else goes wrong at once: three of each severity, the mildest first. */
const BURST: readonly (readonly [kind: string, severity: Severity])[] = SEVERITIES.flatMap((severity) =>
  ['One', 'Two', 'Three'].map(
    (which) => [`${severity[0]?.toUpperCase()}${severity.slice(1)}${which}`, severity] as const,
  ),
);
/** Of each severity one is left to nobody. */
const LEFT = 'Three';

/** The story, and what is told of it when the time of the critical and of the high ones is over. */
export const stormOfIncidents: Story<World> = {
  make: makeWorld,
  tell: async (scene: Scene<World>): Promise<void> => {
    const { agent } = await open(scene, 'professional', ['incidents', 'configuration_restorer']);
    try {
      const incidents = await burst(scene);
      await onlyOne(scene, agent, incidents.get(DRIFT) ?? '');
      await worstFirst(scene, agent, incidents);
    } finally {
      await agent.close();
    }
  },
  later: [
    {
      afterMs: DECISION_WITHIN_MS.critical + 1_000,
      tell: async (scene: Scene<World>): Promise<void> => {
        scene.teller.step('The process ends; another one opens the ledger three minutes later');
        await escalated(scene, 1, 'the critical one that nobody decided is escalated, and none that has time left');
      },
    },
    {
      afterMs: DECISION_WITHIN_MS.high + 1_000,
      tell: async (scene: Scene<World>): Promise<void> => {
        scene.teller.step('Eight minutes after the burst');
        await escalated(scene, 2, 'now the high one is escalated, too: each once, whichever process looks');
        await measure(scene);
      },
    },
  ],
};

/** Incidents by what went wrong. */
type Incidents = ReadonlyMap<string, string>;

/** As Alertmanager sends a group: all of it at once, and then all of it again. */
const burst = async (scene: Scene<World>): Promise<Incidents> => {
  const { teller, url, world, now } = scene;
  teller.step('A burst: one webhook with thirteen alerts, and the same once more');
  await editInPlace(world.repository);
  const startsAt = new Date(now()).toISOString();
  const alerts = [[DRIFT, 'medium'] as const, ...BURST].map(([alertname, severity]) => ({
    status: 'firing',
    labels: { alertname, service: STORY.resource, severity },
    startsAt,
    endsAt: '0001-01-01T00:00:00Z',
    fingerprint: `${alertname}${'0'.repeat(16)}`.slice(0, 16),
  }));
  const message = { version: '4', groupKey: '{}', status: 'firing', receiver: 'tai', alerts };
  const send = async (): Promise<readonly Readonly<Record<string, unknown>>[]> => {
    const body = await postAlerts(url, world.keys.monitor, message);
    const answers = isPlainObject(body) && Array.isArray(body['alerts']) ? (body['alerts'] as readonly unknown[]) : [];
    return answers.filter(isPlainObject);
  };
  const first = await send();
  const again = await send();
  const names = first.map(({ incident }) => String(incident));
  teller.check(`${alerts.length} alerts open ${alerts.length} incidents`, new Set(names).size === alerts.length);
  teller.check(
    'the same webhook again leaves no receipt',
    again.length === alerts.length && again.every(({ repeated }) => repeated === true),
  );
  return new Map(alerts.map(({ labels }, i) => [labels.alertname, names[i] ?? '']));
};

const asOwner = async (
  url: string,
  world: World,
  action: string,
  resource: string,
  args: Readonly<Record<string, unknown>>,
): Promise<Answer> => {
  const response = await fetch(`${url}/v1/actions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${world.keys.owner}`, 'content-type': 'application/json' },
    body: JSON.stringify({ action, resource, arguments: args }),
  });
  return answerOfHttp(await response.json());
};

/** Four ask for a remedy at once, and one may be open. */
const onlyOne = async (scene: Scene<World>, agent: AgentHost, incident: string): Promise<void> => {
  const { teller, url, world } = scene;
  teller.step('The owner lets one action be open at a time; four are asked for at once');
  const owner = httpActor(url, world.keys.owner, { name: STORY.owner, type: 'user', relations: ['owner'] });
  const refOf = String(
    (
      (await (
        await fetch(`${url}/v1/whoami`, { headers: { authorization: `Bearer ${world.keys.agent}` } })
      ).json()) as { readonly ref?: string }
    ).ref,
  );
  for (const [action, resource, args] of [
    ['set_limits', STORY.tenant, { open_actions: 1 }],
    ['grant_role', STORY.tenant, { subject: refOf, roles: ['read_deployment', 'write_rollback'] }],
    ['allow_restoration', STORY.resource, { allowed: true }],
  ] as const)
    teller.asked(owner.name, action, await owner.submit({ action, resource, arguments: args }));
  const ask = (action: string): Promise<Answer> =>
    agent.call('incidents', STORY.resource, { action, incident, recipe: 'restore_drifted_configuration' });
  teller.asked(STORY.agent, 'check_incident', await ask('check_incident'));
  const answers = await Promise.all(
    [1, 2, 3, 4].map(() => agent.call('configuration_restorer', STORY.resource, { incident })),
  );
  for (const answer of answers) teller.asked(STORY.agent, 'restore_configuration', answer);
  const refused = answers.filter(({ verdict }) => verdict === 'refuse');
  teller.check(
    'one is approved and carried out',
    answers.filter(({ outcome }) => outcome?.status === 'success').length === 1 && refused.length === 3,
  );
  teller.check(
    'the others are refused since one is open already, and nothing of them waits',
    refused.some((answer) => codes(answer).includes('wip_limit_reached')),
  );
};

/** What is due first is decided first; of each severity one is left. */
const worstFirst = async ({ teller }: Scene<World>, agent: AgentHost, incidents: Incidents): Promise<void> => {
  teller.step('The agent decides what is due first; one of each severity is left to nobody');
  const due = async (incident: string): Promise<number> => {
    const { outcome } = await agent.call('incidents', STORY.resource, { action: 'show_incident', incident });
    return parseInstant(String(isPlainObject(outcome?.result) ? outcome.result['due_at'] : '')) ?? 0;
  };
  const waiting = await Promise.all(
    BURST.filter(([kind]) => !kind.endsWith(LEFT)).map(async ([kind, severity]) => {
      const incident = incidents.get(kind) ?? '';
      return { kind, severity, incident, dueAt: await due(incident) };
    }),
  );
  const inOrder = waiting.toSorted((a, b) => a.dueAt - b.dueAt);
  const answers: Answer[] = [];
  for (const { incident } of inOrder)
    answers.push(
      await agent.call('incidents', STORY.resource, { action: 'decline_incident', incident, why: 'no_recipe' }),
    );
  teller.note(inOrder.map(({ kind }) => kind).join(', '));
  teller.check(
    'critical ones are first, then high, medium and low',
    inOrder.map(({ severity }) => severity).join() ===
      [...SEVERITIES]
        .reverse()
        .flatMap((severity) => [severity, severity])
        .join(),
  );
  teller.check(
    'each is decided by a receipt, and why nothing is done is in it',
    answers.every(({ verdict, receipt }) => verdict === 'approve' && receipt !== undefined),
  );
};

/** What the governor did by itself since the ledger was opened. */
const escalated = async ({ url, world, teller }: Scene<World>, times: number, text: string): Promise<void> => {
  const look = async (): Promise<readonly unknown[]> => {
    const args = { events: ['incident_escalated'], limit: 100 };
    const { outcome } = await asOwner(url, world, 'list_receipts', '*', args);
    const receipts = isPlainObject(outcome?.result) ? outcome.result['receipts'] : [];
    return Array.isArray(receipts) ? receipts : [];
  };
  let found = await look();
  for (let tries = 0; found.length < times && tries < TRIES; tries++) {
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    found = await look();
  }
  for (const one of found)
    if (isPlainObject(one)) teller.note(`receipt #${Number(one['seq'])} ${String(one['event'])}`);
  teller.check(text, found.length === times);
};

/** It looks a moment after it has opened the ledger. */
const TRIES = 100;
const PAUSE_MS = 100;

/** From the receipts alone. */
const measure = async (scene: Scene<World>): Promise<void> => {
  const { teller, url, world } = scene;
  teller.step('From the receipts alone: what was decided, and what too late');
  const agent = await connectAgent(url, world.keys.agent);
  try {
    const { outcome } = await agent.call('incidents', STORY.resource, { action: 'measure_incidents' });
    const figure = isPlainObject(outcome?.result) ? outcome.result['figure'] : undefined;
    const { opened, decided, breached } = isPlainObject(figure) ? figure : {};
    teller.note(`opened ${String(opened)}, decided ${String(decided)}, too late ${String(breached)}`);
    teller.check('thirteen were opened, nine decided, two escalated', opened === 13 && decided === 9 && breached === 2);
  } finally {
    await agent.close();
  }
};
