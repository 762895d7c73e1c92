/** Which catalog decides is state of the ledger: activated, pinned and rolled back by receipts, each decided by the one before. */
import { memoryCatalogs, memoryStore } from '@tai-autonomics/adapter-storage';
import type { Catalog, CatalogSource } from '@tai-autonomics/core';
import { ROLES } from '@tai-autonomics/core/author';
import { followRules, noLedgerRules, type Receipt } from '@tai-autonomics/core/receipt';
import type { Asked, Caller, CatalogStore, LedgerStore, LoadedCatalog, Submitted } from '@tai-autonomics/governor';
import { library } from '@tai-autonomics/packs';
import fc from 'fast-check';
import { either as E } from 'fp-ts';
import { describe, expect, test } from 'vitest';
import { publishingLibrary } from '../fixtures/publishing-pack.ts';
import { packsWithout } from '../fixtures/tenant.ts';
import { builtModule } from '../programs/program.ts';
import { inTheLongRun, isLongRun } from '../runs.ts';
import { careless, successor } from './catalogs.ts';
import {
  approve,
  approved,
  codes,
  decided,
  entitlement,
  eventsOf,
  ledgerOf,
  loaded,
  makeReady,
  named,
  people,
  restart,
  right,
  rollback,
  type Setting,
  shipped,
  startGovernor,
  TENANT,
} from './kit.ts';
import { sealedLedger, verify } from './verified.ts';

const { agent, owner, shop } = people();
const operator: Caller = { tenant: TENANT, subject: { type: 'system', id: 'operator' }, scope: [] };
/** The shipped catalog with a pack more, and without one that professional tenants have. */
const publishing: LoadedCatalog = loaded(publishingLibrary);
const calmSource: CatalogSource = {
  ...library,
  catalog: { id: 'calm', version: '1.0.0' },
  aliases: {},
  packs: packsWithout('storm_discipline'),
  plans: Object.fromEntries(
    Object.entries(library.plans).map(([id, plan]) => [
      id,
      { ...plan, packs: plan.packs.filter((pack) => pack !== 'storm_discipline') },
    ]),
  ),
};
const calm: LoadedCatalog = loaded(calmSource);
const ALL: readonly LoadedCatalog[] = [shipped, successor, publishing, calm];
const KNOWN: ReadonlyMap<string, Catalog> = new Map(ALL.map(({ digest, catalog }) => [digest, catalog]));

const storeOf = async (...kept: readonly LoadedCatalog[]): Promise<CatalogStore> => {
  const store = memoryCatalogs();
  for (const { text } of kept) right(await store.write(text));
  return store;
};
const activate = ({ digest }: LoadedCatalog): Asked => ({ action: 'activate_catalog', resource: digest });
const asked = (action: string): Asked => ({ action, resource: '*' });

const catalogsOf = async (setting: Omit<Setting, 'governor'>): Promise<readonly string[]> =>
  (await ledgerOf(setting)).map(({ receipt }) => receipt.catalog.digest);

/** Every receipt re-derived at both levels from the catalogs of this file. */
const expectRederived = async (setting: Setting, tenant = TENANT): Promise<void> => {
  const sealed = { ...(await sealedLedger(setting, tenant)), catalogs: KNOWN };
  const report = verify(sealed);
  expect(report.findings).toEqual([]);
  expect(report.rederived).toMatchObject({ level2: sealed.inputs.length, falsified: 0, withheld: 0 });
};

describe('an activation', () => {
  test('takes effect at the next receipt, in the middle of a group too, and tells who listens', async () => {
    const store = memoryStore();
    const groups: number[] = [];
    const counting: LedgerStore = {
      ...store,
      append: (ledger, expected, rows) => {
        groups.push(rows.length);
        return store.append(ledger, expected, rows);
      },
    };
    const setting = await startGovernor({ store: counting, catalogStore: await storeOf(calm) });
    const { governor } = setting;
    await makeReady(setting);
    for (const ask of [activate(calm), asked('roll_back_catalog')]) approved(await governor.submit(operator, ask));
    const before = (await ledgerOf(setting)).length;
    const told: string[] = [];
    governor.onToolsChanged(TENANT, () => void told.push('changed'));
    const storm: Asked = { action: 'check_storm_status', resource: 'payments' };
    const [earlier, moved, later, health] = await Promise.all([
      governor.submit(agent, storm),
      governor.submit(operator, asked('roll_back_catalog')),
      governor.submit(agent, storm),
      governor.submit(agent, asked('check_health')),
    ]);
    approved(earlier);
    expect(approved(moved).consequences).toHaveLength(1);
    expect(codes(later)).toEqual(['tool_not_found']);
    approved(health);
    expect([groups.at(-1), told]).toEqual([5, ['changed']]);
    // The activation and what follows from it name the one before.
    const used = (await catalogsOf(setting)).slice(before);
    expect(used).toEqual([shipped.digest, shipped.digest, shipped.digest, calm.digest, calm.digest]);
    const change = (await ledgerOf(setting))[before + 2];
    expect(change?.disclosed.get('consequence/body')).toEqual({
      added: [],
      removed: ['storm_detector', 'storm_status', 'throttle_config'],
    });
    await expectRederived(setting);
  });

  test('changes the tools of its own tenant alone', async () => {
    const setting = await startGovernor({ catalogStore: await storeOf(calm) });
    const { governor } = setting;
    await makeReady(setting);
    await makeReady(setting, 'umbrella');
    const tools = async (tenant: string) => right(await governor.tools(people(tenant).agent)).map(({ tool }) => tool);
    const before = await tools(TENANT);
    approved(await governor.submit(operator, activate(calm)));
    expect(await tools('umbrella')).toEqual(before);
    expect(await tools(TENANT)).toEqual(
      before.filter((tool) => !tool.startsWith('storm') && tool !== 'throttle_config'),
    );
    const preview = right(await governor.preview(agent, { action: 'storm_detector', resource: 'payments' }));
    expect(preview).toMatchObject({ verdict: 'refuse', reasons: [{ code: 'tool_not_found' }] });
  });

  test('without a change of the visible tools has no consequence, and its listeners are told all the same', async () => {
    const setting = await startGovernor({ catalogStore: await storeOf(successor) });
    await makeReady(setting);
    const told: string[] = [];
    setting.governor.onToolsChanged(TENANT, () => void told.push('changed'));
    expect(approved(await setting.governor.submit(operator, activate(successor))).consequences).toEqual([]);
    expect(told).toHaveLength(1);
    await expectRederived(setting);
  });

  test('leaves an approved action to the catalog that approved it', async () => {
    const handler = {
      step: 'rollback',
      module: builtModule(import.meta.resolve('./handlers.ts')),
      export: 'claims',
      options: { log: '/dev/null' },
    };
    const setting = await startGovernor({ catalogStore: await storeOf(successor), handlers: [handler] });
    const { governor, world } = setting;
    await makeReady(setting);
    await approve(setting);
    world.set('deployed_version', 'v1.1.0');
    const running = governor.submit(agent, rollback);
    const moved = governor.submit(operator, activate(successor));
    expect([decided(await running).outcome?.status, decided(await moved).decision.verdict]).toEqual([
      'success',
      'approve',
    ]);
    const outcome = (await ledgerOf(setting)).find(({ receipt }) => receipt.kind === 'outcome');
    expect(outcome?.receipt).toMatchObject({ event: 'rollback_completed', catalog: { digest: shipped.digest } });
    await expectRederived(setting);
  });
});

describe('who may, and which', () => {
  const lacking: LoadedCatalog = loaded({
    ...library,
    packs: library.packs.map((pack) => {
      const { roll_back_catalog: _, ...actions } = pack.actions;
      return { ...pack, actions };
    }),
  });
  test.for<{ readonly note: string; readonly by: Caller; readonly asks: Asked; readonly says: readonly string[] }>([
    { note: 'an owner activates', by: owner, asks: activate(successor), says: ['insufficient_privilege'] },
    { note: 'an agent activates', by: agent, asks: activate(successor), says: ['insufficient_privilege'] },
    { note: 'a marketplace activates', by: shop, asks: activate(successor), says: ['insufficient_privilege'] },
    {
      note: 'an owner rolls back',
      by: owner,
      asks: asked('roll_back_catalog'),
      says: ['insufficient_privilege', 'no_previous_catalog'],
    },
    {
      note: 'the operator pins',
      by: operator,
      asks: asked('pin_catalog'),
      says: ['insufficient_privilege', 'insufficient_privilege'],
    },
    {
      note: 'an agent unpins',
      by: agent,
      asks: asked('unpin_catalog'),
      says: ['insufficient_privilege', 'insufficient_privilege'],
    },
    { note: 'one that nobody wrote', by: operator, asks: activate(calm), says: ['catalog_unknown'] },
    {
      note: 'what is no digest',
      by: operator,
      asks: { action: 'activate_catalog', resource: '../key' },
      says: ['catalog_unknown'],
    },
    { note: 'one from which nothing leads back', by: operator, asks: activate(lacking), says: ['catalog_unsound'] },
    { note: 'the one that decides', by: operator, asks: activate(shipped), says: ['catalog_active'] },
  ])('$note: $says', async ({ by, asks, says }) => {
    const setting = await startGovernor({ catalogStore: await storeOf(successor, lacking) });
    await makeReady(setting);
    expect(codes(await setting.governor.submit(by, asks))).toEqual(says);
    expect(right(await setting.governor.tools(agent)).map(({ tool }) => tool)).toContain('storm_detector');
    expect(new Set(await catalogsOf(setting))).toEqual(new Set([shipped.digest]));
  });

  test('one that approves what must be refused is not sound', async () => {
    const standing = { mode: 'eval', session: 'pilot' } as const;
    const setting = await startGovernor({ standing, catalogStore: await storeOf(careless) });
    await makeReady(setting);
    expect(codes(await setting.governor.submit(operator, activate(careless)))).toEqual(['catalog_unsound']);
  });

  test('a catalog store that does not answer is no evidence', async () => {
    const silent: CatalogStore = {
      read: async () => E.left({ fault: 'unavailable', detail: 'gone', outcome: 'not_written' }),
      write: async () => E.right(''),
    };
    const setting = await startGovernor({ catalogStore: silent });
    await makeReady(setting);
    expect(codes(await setting.governor.submit(operator, activate(successor)))).toEqual(['evidence_missing']);
  });
});

describe('pinned and rolled back', () => {
  test('a pinned catalog stays, whatever is activated, rolled back or shipped, until it is unpinned', async () => {
    const catalogStore = await storeOf(successor, calm);
    const setting = await startGovernor({ catalogStore });
    await makeReady(setting);
    approved(await setting.governor.submit(owner, asked('pin_catalog')));
    const later = await restart(setting, { catalogs: [calm] });
    const { governor } = later;
    expect(codes(await governor.submit(operator, activate(successor)))).toEqual(['catalog_pinned']);
    expect(codes(await governor.submit(operator, asked('roll_back_catalog')))).toContain('catalog_pinned');
    approved(await governor.submit(agent, asked('check_health')));
    expect(new Set(await catalogsOf(later))).toEqual(new Set([shipped.digest]));
    approved(await governor.submit(owner, asked('unpin_catalog')));
    approved(await governor.submit(operator, activate(successor)));
    approved(await governor.submit(agent, asked('check_health')));
    expect((await catalogsOf(later)).at(-1)).toBe(successor.digest);
    await expectRederived(later);
  });

  test('a roll back leads to the one before, and another one forward again', async () => {
    const setting = await startGovernor({ catalogStore: await storeOf(successor, calm) });
    const { governor } = setting;
    await makeReady(setting);
    const seen: string[] = [];
    for (const next of [activate(calm), activate(successor), asked('roll_back_catalog'), asked('roll_back_catalog')]) {
      approved(await governor.submit(operator, next));
      approved(await governor.submit(agent, asked('check_health')));
      seen.push((await catalogsOf(setting)).at(-1) ?? '');
    }
    expect(seen).toEqual([calm.digest, successor.digest, calm.digest, successor.digest]);
    expect((await eventsOf(setting)).filter((event) => event.startsWith('catalog_'))).toEqual([
      'catalog_activated',
      'catalog_activated',
      'catalog_rolled_back',
      'catalog_rolled_back',
    ]);
    await expectRederived(setting);
  });

  test('a roll back to what the store has lost is not decided, and the present one goes on', async () => {
    const catalogStore = await storeOf(successor);
    const setting = await startGovernor({ catalogStore });
    await makeReady(setting);
    approved(await setting.governor.submit(operator, activate(successor)));
    const forgetful: CatalogStore = {
      ...catalogStore,
      write: async () => E.right(''),
      read: async () => E.right(undefined),
    };
    const later = await restart(setting, { catalogs: [successor], catalogStore: forgetful });
    expect(await later.governor.submit(operator, asked('roll_back_catalog'))).toMatchObject({
      decided: false,
      why: 'not_ready',
      detail: expect.stringContaining(shipped.digest),
    });
    approved(await later.governor.submit(agent, asked('check_health')));
    await expectRederived(later);
  });
});

describe('at a restart', () => {
  test('the active catalog is kept; a tenant without it waits, and others do not', async () => {
    const catalogStore = await storeOf(calm);
    const setting = await startGovernor({ catalogStore });
    await makeReady(setting);
    await makeReady(setting, 'umbrella');
    approved(await setting.governor.submit(operator, activate(calm)));
    const later = await restart(setting, { catalogStore: memoryCatalogs() });
    const waits = {
      decided: false,
      why: 'not_ready',
      detail: expect.stringMatching(`the catalog ${calm.digest}.* is not in the catalog store`),
    };
    const { governor } = later;
    expect(await governor.submit(agent, asked('check_health'))).toMatchObject(waits);
    expect(await governor.tools(agent)).toMatchObject({ left: waits });
    expect(await governor.preview(agent, rollback)).toMatchObject({ left: waits });
    expect(right(await governor.head(TENANT))).toBeDefined();
    approved(await governor.submit(people('umbrella').agent, asked('check_health')));
    const whole = await restart(setting, { catalogStore });
    approved(await whole.governor.submit(agent, asked('check_health')));
    expect(right(await whole.governor.tools(agent)).map(({ tool }) => tool)).not.toContain('storm_detector');
    await expectRederived(whole);
  });

  test('a tenant that verifies itself does so with every catalog that decided in its ledger', async (context) => {
    inTheLongRun(context);
    const catalogStore = await storeOf(calm);
    const setting = await startGovernor({ catalogStore });
    await makeReady(setting);
    approved(await setting.governor.submit(operator, activate(calm)));
    const later = await restart(setting, { catalogs: [calm] });
    const subject = named(agent);
    const grant = { action: 'grant_role', resource: 'people', arguments: { subject, roles: ['read_audit_trail'] } };
    approved(await later.governor.submit(owner, grant));
    const reader: Caller = { ...agent, scope: ROLES };
    right(await later.governor.seal(TENANT));
    const { outcome } = approved(await later.governor.submit(reader, asked('verify_receipts')));
    expect(outcome?.result).toMatchObject({ rederived: { falsified: 0, notAvailable: 0 } });
  });
});

describe('laws', () => {
  const step = fc.constantFrom<readonly [Caller, Asked]>(
    [operator, activate(shipped)],
    [operator, activate(successor)],
    [operator, activate(calm)],
    [operator, activate(publishing)],
    [operator, asked('roll_back_catalog')],
    [owner, asked('pin_catalog')],
    [owner, asked('unpin_catalog')],
    [agent, asked('check_health')],
    [agent, { action: 'check_storm_status', resource: 'payments' }],
    [agent, rollback],
    [shop, { action: 'buy', resource: 'base' }],
    [shop, { action: 'buy', resource: 'professional' }],
  );

  test('a ledger with any changes of its catalog re-derives throughout, each decision by the one active at its place', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(step, fc.boolean()), { minLength: 4, maxLength: 24 }), async (steps) => {
        const setting = await startGovernor({ catalogStore: await storeOf(...ALL), catalogsHeldMax: 1 });
        await makeReady(setting);
        const submit = ([caller, ask]: readonly [Caller, Asked]): Promise<Submitted> => {
          setting.clock.now += 1_000;
          const plan = ask.resource === 'base' ? 'base' : 'professional';
          return setting.governor.submit(caller, ask.action === 'buy' ? entitlement(setting.clock.now, plan) : ask);
        };
        const flying: Promise<Submitted>[] = [];
        for (const [one, waits] of steps) {
          const answer = submit(one);
          flying.push(answer);
          if (waits) await answer;
        }
        const answers = await Promise.all(flying);
        const undecided = answers.filter((answer) => !answer.decided && answer.why !== 'overloaded');
        expect(undecided).toEqual([]);
        const entries = await ledgerOf(setting);
        let active: string = shipped.digest;
        for (const { receipt } of entries) {
          if (receipt.kind === 'decision') expect(receipt.catalog.digest).toBe(active);
          for (const write of receipt.writes) {
            if (write.cell === 'active_catalog' && 'set' in write) active = String(write.set);
          }
        }
        await expectRederived(setting);
      }),
      // Each run compiles its catalogs again and again: only one is held.
      { numRuns: isLongRun ? 12 : 2 },
    );
  }, 120_000);

  test('a decision by another catalog than the active one is falsified', async () => {
    const setting = await startGovernor({ catalogStore: await storeOf(successor) });
    await makeReady(setting);
    approved(await setting.governor.submit(operator, activate(successor)));
    approved(await setting.governor.submit(agent, asked('check_health')));
    const receipts = (await ledgerOf(setting)).map(({ receipt }) => receipt);
    let rules = noLedgerRules;
    const broken = receipts.map((receipt, seq) => {
      const other: Receipt = { ...receipt, catalog: { ...receipt.catalog, digest: shipped.digest } };
      const followed = followRules(rules, seq === receipts.length - 1 ? other : receipt);
      rules = followed.rules;
      return followed.broken;
    });
    expect(broken.slice(0, -1).every((why) => why === undefined)).toBe(true);
    expect(broken.at(-1)).toBe(
      `it was decided with another catalog than the one that is active in the ledger, ${successor.digest}`,
    );
  });
});
