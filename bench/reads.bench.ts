/**
 * What a read costs in a tenant with many receipts: figures and lists of a ledger of 1,000 receipts against one of 100,000, in one
 * governor, over the memory store. The first question of a kind reads the ledger, beside the decisions; from then on it costs
 * what was written since. Then 64 figures at once over the long ledger, each of another period, so that none is known, and how
 * long `GET /health` takes beside them.
 */
import { createHttpDoor, type HttpDoor } from '@tai-autonomics/adapter-http';
import { memoryStore } from '@tai-autonomics/adapter-storage';
import {
  type Asked,
  anyResource,
  anySubject,
  type Caller,
  createGovernor,
  type Governor,
  loadCatalog,
  memoryCredentials,
} from '@tai-autonomics/governor';
import { systemRandom } from '@tai-autonomics/governor/node';
import { library } from '@tai-autonomics/packs';
import { bought, signer } from './audited-ledger.ts';
import { amount, figure, median } from './measure.ts';
import { onPage } from './on-page.ts';
import { right } from './receipt-step.ts';

const START = Date.UTC(2026, 10, 21, 8);
const [SHORT, LONG] = [1_000, amount(100_000)] as const;
const ROUNDS = amount(200);
const AT_ONCE = 64;
const GOAL = 2;

const person = (tenant: string, id: string, scope: Caller['scope'] = []): Caller => ({
  tenant,
  subject: { type: 'user', id },
  scope,
});
const auditor = (tenant: string): Caller => person(tenant, 'olivia', ['read_metrics', 'read_audit_trail']);

const answered = async (governor: Governor, caller: Caller, asked: Asked, signal?: AbortSignal): Promise<unknown> => {
  const answer = await governor.submit(caller, asked, signal);
  if (!answer.decided) throw new Error(`${asked.action}: ${answer.why}: ${answer.detail}`);
  if (answer.decision.verdict === 'refuse')
    throw new Error(`${asked.action}: ${answer.decision.reasons.map(({ code }) => code).join(', ')}`);
  if (answer.outcome !== undefined && answer.outcome.status !== 'success')
    throw new Error(`${asked.action}: ${JSON.stringify(answer.outcome.result)}`);
  return answer.outcome?.result;
};

/** Opens a tenant, lets its owner look at figures, and fills its ledger with looks and refusals by turns. */
const fill = async (governor: Governor, tenant: string, count: number): Promise<void> => {
  const owner = auditor(tenant);
  const { plans } = library;
  const plan = plans['enterprise'];
  const event = bought(START);
  await answered(
    governor,
    { tenant, subject: { type: 'marketplace', id: 'shop' }, scope: [] },
    {
      ...event,
      arguments: {
        ...event.arguments,
        plan_id: 'enterprise',
        sku_id: plan?.sku_id,
        enabled_packs: plan?.packs,
        iam_roles: plan?.iam_roles,
      },
    },
  );
  const subject = governor.refOf(tenant, owner.subject);
  await answered(governor, owner, {
    action: 'grant_role',
    resource: 'people',
    arguments: { subject, roles: ['read_metrics', 'read_audit_trail'] },
  });
  const agent: Caller = { tenant, subject: { type: 'agent', id: 'bot' }, scope: ['write_rollback'] };
  for (let n = 0; n < count; n += 256) {
    const burst = Array.from({ length: Math.min(256, count - n) }, (_, i) =>
      governor.submit(agent, {
        action: i % 2 === 0 ? 'check_health' : 'trigger_rollback',
        resource: `service/${i % 20}`,
      }),
    );
    await Promise.all(burst);
  }
};

/** The reads that are measured, by a name. */
/** What the page calls them. */
const ROWS: Readonly<Record<string, string>> = {
  count_refusals: 'a figure of all time: refusals',
  find_recurrence: 'a figure of all time: what recurs',
  'list_receipts, by a code that is rare': 'a list of receipts by an event that is rare',
  pending_approvals: 'pending approvals',
};
const READS: Readonly<Record<string, Asked>> = {
  count_refusals: { action: 'count_refusals', resource: '*' },
  find_recurrence: { action: 'find_recurrence', resource: '*' },
  'list_receipts, by a code that is rare': {
    action: 'list_receipts',
    resource: '*',
    arguments: { events: ['role_granted'] },
  },
  pending_approvals: { action: 'pending_approvals', resource: '*', arguments: { limit: 10 } },
  'check_health, which looks at no receipt': { action: 'check_health', resource: '*' },
};

const msOf = async (work: () => Promise<unknown>): Promise<number> => {
  const began = performance.now();
  await work();
  return performance.now() - began;
};

const medianMs = async (governor: Governor, tenant: string, asked: Asked): Promise<number> => {
  const taken: number[] = [];
  for (let n = 0; n < ROUNDS; n++) taken.push(await msOf(() => answered(governor, auditor(tenant), asked)));
  return median(taken);
};

/** How long `/health` takes while figures are computed, asked again and again. */
const besideFigures = async (
  governor: Governor,
  door: HttpDoor,
  tenant: string,
): Promise<{ readonly waits: readonly number[]; readonly leave: () => Promise<unknown> }> => {
  let open = AT_ONCE;
  const asking: AbortController[] = [];
  const figures = Array.from({ length: AT_ONCE }, async (_, n) => {
    const since = new Date(START - 1_000 * (n + 1)).toISOString();
    const here = new AbortController();
    asking.push(here);
    const asked = { action: 'count_refusals', resource: '*', arguments: { since } };
    await governor.submit(auditor(tenant), asked, here.signal);
    open -= 1;
  });
  const waits: number[] = [];
  const until = performance.now() + amount(5_000);
  do {
    waits.push(await msOf(async () => (await door.fetch(new Request('http://bench.example/health'))).arrayBuffer()));
    await new Promise((turned) => setImmediate(turned));
  } while (open > 0 && performance.now() < until);
  const leave = (): Promise<unknown> => {
    for (const here of asking) here.abort();
    return Promise.all(figures);
  };
  return { waits, leave };
};

const quantile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN;

/** Prints what reads cost in a short and in a long ledger, and what they leave for others. */
export const readsBench = async (): Promise<void> => {
  const governor = right(
    await createGovernor({
      standing: { mode: 'eval', session: 'bench' },
      domain: 'bench.example',
      catalogs: [right(loadCatalog(library))],
      store: memoryStore(),
      signer: signer(),
      secret: new Uint8Array(32).fill(7),
      clock: () => START,
      random: systemRandom,
      resources: anyResource('sandbox'),
      subjects: anySubject,
      observers: [],
      handlers: [],
      ownerOf: () => ({ type: 'user', id: 'olivia' }),
    }),
  );
  await fill(governor, 'short', SHORT);
  await fill(governor, 'long', LONG);
  for (const [name, asked] of Object.entries(READS)) {
    const first = await msOf(() => answered(governor, auditor('long'), asked));
    await answered(governor, auditor('short'), asked);
    const [short, long] = [await medianMs(governor, 'short', asked), await medianMs(governor, 'long', asked)];
    const row = ROWS[name];
    const cells = [figure('ms', short, 2), figure('ms', long, 2), figure('times', long / short, 1)];
    if (row !== undefined) onPage(row, ...cells);
    console.log(
      `${name}: ${figure('ms', short, 2)} ms of ${SHORT} receipts, ${figure('ms', long, 2)} ms of ${LONG}: ${figure('times', long / short, 2)}×   (under ${GOAL}×); the first time ${figure('ms', first)} ms`,
    );
  }
  const door = createHttpDoor({ governor, credentials: memoryCredentials([]) });
  const { waits, leave } = await besideFigures(governor, door, 'long');
  console.log(
    `/health beside ${AT_ONCE} figures of ${LONG} receipts at once: p50 ${figure('ms', quantile(waits, 0.5), 2)} ms, p99 ${figure('ms', quantile(waits, 0.99), 1)} ms, longest ${figure('ms', quantile(waits, 1), 1)} ms`,
  );
  onPage(
    '`GET /health` while 64 new figures of the long ledger are computed: p50; p99; longest',
    null,
    [0.5, 0.99, 1].map((share) => figure('ms', quantile(waits, share), share === 0.5 ? 2 : 0)).join('; '),
  );
  const left = await msOf(leave);
  console.log(`those who asked leave: the figures are given up within ${figure('ms', left, 1)} ms`);
  await governor.close();
};
