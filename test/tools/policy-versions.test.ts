/** What policy_engine keeps whoever asks: a tenant adds to the catalog that decides, and can put no other in its place. */
import { readFileSync } from 'node:fs';
import { memoryCatalogs, memoryStore } from '@tai-autonomics/adapter-storage';
import type { Caller, LedgerStore } from '@tai-autonomics/governor';
import { parseStrictJson } from '@tai-autonomics/governor/json';
import { library } from '@tai-autonomics/packs';
import { expect, test } from 'vitest';
import { careless, successor } from '../governor/catalogs.ts';
import {
  approved,
  codes,
  DAY_MS,
  decided,
  entitlement,
  loaded,
  makeReady,
  named,
  people,
  reasonsOf,
  restart,
  right,
  rollback,
  SERVICE,
  type Setting,
  shipped,
  startGovernor,
  TENANT,
} from '../governor/kit.ts';
import { bearing } from '../packs/guarded.ts';
import { inTheLongRun } from '../runs.ts';

const { owner, shop, approver, agent } = people();
const operator = { tenant: TENANT, subject: { type: 'system', id: 'operator' }, scope: [] } as const;
const author = bearing('agent', 'pia', 'write_policy');
const arthur = { ...approver, scope: ['write_policy'] } as const;

type Members = Readonly<Record<string, unknown>>;

interface Stage {
  readonly setting: Setting;
  /** Where each reading of a ledger began. */
  readonly reads: number[];
  /** Asks about a candidate: the codes of a refusal, none for an approval. */
  readonly ask: (caller: Caller, action: string, resource?: string) => Promise<readonly string[]>;
  /** Drafts a document and answers what was found. */
  readonly draft: (document: Members) => Promise<Members>;
  /** All steps up to the activation. */
  readonly activate: (document: Members) => Promise<string>;
}

const start = async (...kept: readonly { readonly text: string }[]): Promise<Stage> => {
  const catalogStore = memoryCatalogs();
  for (const { text } of kept) right(await catalogStore.write(text));
  const reads: number[] = [];
  const store = memoryStore();
  const counting: LedgerStore = {
    ...store,
    read: (ledger, from, to) => {
      reads.push(from);
      return store.read(ledger, from, to);
    },
  };
  const setting = await startGovernor({ catalogStore, store: counting });
  const { governor, clock } = setting;
  await makeReady(setting);
  clock.now += 1_000;
  approved(await governor.submit(shop, entitlement(clock.now, 'enterprise')));
  for (const caller of [author, arthur, owner]) {
    const subject = named(caller);
    const grant = { action: 'grant_role', resource: 'people', arguments: { subject, roles: ['write_policy'] } };
    approved(await governor.submit(owner, grant));
  }
  const ask: Stage['ask'] = async (caller, action, resource = '*') =>
    codes(await governor.submit(caller, { action, resource }));
  const draft: Stage['draft'] = async (document) => {
    const asked = { action: 'lint_policy', resource: '*', arguments: { document: JSON.stringify(document) } };
    const { outcome } = decided(await governor.submit(author, asked));
    if (outcome?.status !== 'success') throw new Error(JSON.stringify(outcome));
    return outcome.result as Members;
  };
  const activate: Stage['activate'] = async (document) => {
    const candidate = String((await draft(document))['candidate']);
    for (const [caller, action] of [
      [author, 'propose_policy'],
      [author, 'simulate_policy'],
      [arthur, 'approve_policy'],
      [arthur, 'activate_policy'],
    ] as const)
      expect([action, ...(await ask(caller, action, candidate))]).toEqual([action]);
    return candidate;
  };
  return { setting, reads, ask, draft, activate };
};

const closed = (id: string, more: Members = {}): Members => ({
  policy: { id, version: '1.0.0' },
  requirements: [
    {
      actions: ['trigger_rollback'],
      code: 'closed',
      means: 'it is asked for in a trial',
      when: { fact: 'mode', is: 'eval' },
      remedy: { by: 'nobody', why: 'rollbacks are for trials' },
    },
  ],
  codes: { closed: 'it is not asked for in a trial' },
  ...more,
});
const policiesOf = async ({ setting }: Stage): Promise<readonly string[]> =>
  reasonsOf(await setting.governor.submit(agent, rollback)).flatMap(({ code }) => (code.includes('__') ? [code] : []));

test('a catalog that is no candidate is not proposed, whoever put it into the store', async (context) => {
  inTheLongRun(context);
  const other = loaded({ ...library, catalog: { id: 'other', version: '1.0.0' } });
  const stage = await start(other, successor, careless);
  for (const { digest } of [other, successor])
    expect(await stage.ask(author, 'propose_policy', digest)).toEqual(['policy_base_differs']);
  expect(await stage.ask(author, 'propose_policy', careless.digest)).toEqual(['policy_base_differs']);
  expect(await stage.ask(author, 'propose_policy', shipped.digest)).toEqual([]);
  expect(await stage.ask(arthur, 'activate_policy', shipped.digest)).toContain('catalog_active');
});

test('a document of the deployment is not the tenant’s to replace, nor to leave out', async () => {
  const stage = await start();
  const found = await stage.draft(closed('house_rules'));
  expect(found).toMatchObject({ loads: false, findings: [{ path: 'policy.id' }] });
  expect(await stage.draft(closed('own_a', { requirements: [], codes: {} }))).toMatchObject({
    loads: true,
    base: shipped.digest,
  });
});

test('versions add up: a second document keeps the first, and a document of the same name takes its place', async (context) => {
  inTheLongRun(context);
  const stage = await start();
  await stage.activate(closed('own_a'));
  expect(await policiesOf(stage)).toEqual(['own_a__closed']);
  await stage.activate(closed('own_b'));
  expect(await policiesOf(stage)).toEqual(['own_a__closed', 'own_b__closed']);
  await stage.activate(closed('own_a', { requirements: [], codes: {} }));
  expect(await policiesOf(stage)).toEqual(['own_b__closed']);
  const boss = { ...owner, scope: ['write_policy'] } as const;
  expect(await stage.ask(boss, 'roll_back_policy')).toEqual([]);
  expect(await policiesOf(stage)).toEqual(['own_a__closed', 'own_b__closed']);
  expect(await stage.ask(boss, 'roll_back_policy')).toEqual(['policy_not_active']);
});

test('a draft that nobody activated expires; what was activated decides and can be read for ever', async (context) => {
  inTheLongRun(context);
  const { setting, ask, draft, activate } = await start();
  const { clock, governor } = setting;
  const left = await draft(closed('own_left'));
  expect(left['keptUntil']).toBe(new Date(clock.now + 30 * DAY_MS).toISOString());
  const active = await activate(closed('own_closed'));
  clock.now += 30 * DAY_MS + 1;
  approved(await governor.submit(shop, entitlement(clock.now, 'enterprise')));
  expect(await ask(author, 'propose_policy', String(left['candidate']))).toContain('catalog_unknown');
  // A new draft clears the old ones away.
  await draft(closed('own_new'));
  expect(await ask(arthur, 'activate_policy', active)).toContain('catalog_active');
  const again = await restart(setting);
  expect(codes(await again.governor.submit(agent, { action: 'check_health', resource: SERVICE }))).toEqual([]);
});

test('a catalog that the operator activates ends a version; the next one adds to that catalog', async (context) => {
  inTheLongRun(context);
  const stage = await start(successor);
  const first = await stage.activate(closed('own_a'));
  approved(await stage.setting.governor.submit(operator, { action: 'activate_catalog', resource: successor.digest }));
  expect(await policiesOf(stage)).toEqual([]);
  expect(await stage.ask(author, 'propose_policy', first)).toEqual(['policy_base_differs']);
  expect(await stage.draft(closed('own_a'))).toMatchObject({ base: successor.digest });
  await stage.activate(closed('own_a'));
  expect(await policiesOf(stage)).toEqual(['own_a__closed']);
});

test('an owner who pinned the present catalog is asked first', async () => {
  const stage = await start();
  const { candidate } = await stage.draft(closed('own_a'));
  approved(await stage.setting.governor.submit(owner, { action: 'pin_catalog', resource: '*' }));
  expect(await stage.ask(arthur, 'activate_policy', String(candidate))).toContain('catalog_pinned');
});

test('change windows and two approvals are a tenant’s to add: the example is activated, and Saturday is no day for a rollback', async () => {
  const file = readFileSync('examples/policy/change-control.jsonc');
  const json = right(parseStrictJson(file, { comments: true, maxBytes: 65_536, maxDepth: 32 })).value as Members;
  const document = { ...json, policy: { ...(json['policy'] as Members), id: 'own_change_control' } };
  const stage = await start();
  await stage.activate(document);
  expect(await policiesOf(stage)).toEqual(['own_change_control__window_closed', 'own_change_control__two_approvals']);
});

test('a document whose invariants do not hold is never activated', async () => {
  const stage = await start();
  const invariants = [{ action: 'trigger_rollback', verdict: 'never_approve', when: { fact: 'mode', is: 'eval' } }];
  const { candidate } = await stage.draft(closed('own_a', { invariants }));
  const resource = String(candidate);
  for (const action of ['propose_policy', 'simulate_policy'])
    expect(await stage.ask(author, action, resource)).toEqual([]);
  expect(await stage.ask(arthur, 'approve_policy', resource)).toEqual([]);
  expect(await stage.ask(arthur, 'activate_policy', resource)).toEqual(['policy_invariants_broken']);
});

test('a candidate that is simulated again is simulated on what was decided since, and flips add up', async () => {
  const { setting, reads, ask, draft } = await start();
  const looks = { policy: { id: 'own_looks', version: '1.0.0' }, codes: { closed: 'it is not asked for in a trial' } };
  const [requirement] = closed('own_looks')['requirements'] as readonly Members[];
  const { candidate } = await draft({
    ...looks,
    requirements: [{ ...requirement, actions: ['check_rollback_status'] }],
  });
  const resource = String(candidate);
  const flips = async (): Promise<unknown> => {
    expect(await ask(author, 'simulate_policy', resource)).toEqual([]);
    const { outcome } = decided(await setting.governor.submit(author, { action: 'show_policy', resource }));
    return (outcome?.result as Members | undefined)?.['simulated_flips'];
  };
  await ask(author, 'propose_policy', resource);
  expect(await flips()).toBe(0);
  const { size } = right(await setting.governor.head(TENANT)) ?? { size: 0 };
  approved(await setting.governor.submit(agent, { action: 'check_rollback_status', resource: 'payments' }));
  reads.length = 0;
  // Twice at once: neither counts a receipt that the other one has counted.
  expect(await Promise.all([flips(), flips()])).toEqual([1, 1]);
  expect(Math.min(...reads)).toBeGreaterThan(size - 4);
});
