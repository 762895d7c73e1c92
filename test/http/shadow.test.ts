/** A second catalog beside the active one: what it says is what a replay of the ledger says, and nothing depends on it. */
import { createReplayer } from '@tai-autonomics/core/analysis';
import type { LoadedCatalog } from '@tai-autonomics/governor';
import { type ShadowDifference, type ShadowOptions, shadowDifference } from '@tai-autonomics/governor/operator';
import { library } from '@tai-autonomics/packs';
import { describe, expect, test } from 'vitest';
import { fixedRandom } from '../bundle/evidence.ts';
import {
  assurance,
  type Entry,
  ledgerOf,
  loaded,
  type Setting,
  shipped,
  startGovernor,
  TENANT,
} from '../governor/kit.ts';
import { answered, eventOf, getting, keys, openDoor, posting } from './door.ts';

type Members = { [member: string]: unknown };

/** The shipped catalog, edited: grants wait for another day, a rollback wants less, an Andon more than is seen. */
const edited = (): LoadedCatalog => {
  const source = structuredClone(library) as unknown as { readonly packs: readonly Members[] };
  const packOf = (id: string): Members => source.packs.find(({ pack_id }) => pack_id === id) as Members;
  const platform = packOf('platform');
  const actionOf = (pack: Members, id: string): Members => (pack['actions'] as Members)[id] as Members;
  const remedy = { by: 'nobody', why: 'so it was decided' };
  Object.assign(platform, {
    codes: { ...(platform['codes'] as Members), not_today: 'not today' },
    facts: {
      ...(platform['facts'] as Members),
      traffic: { means: 'requests', type: { type: 'integer' }, origin: 'observed', sources: ['git'], maxAgeMs: 60_000 },
    },
  });
  const demand = (action: string, when: unknown): void =>
    void (actionOf(platform, action)['requires'] as Members[]).push({
      code: 'not_today',
      means: 'later',
      when,
      remedy,
    });
  demand('grant_role', { fact: 'subject_type', is: 'agent' });
  demand('raise_andon', { fact: 'traffic', above: 0 });
  const trigger = actionOf(packOf('rollback_guard'), 'trigger_rollback');
  Object.assign(trigger, { requires: (trigger['requires'] as unknown[]).slice(0, 1), roles: [] });
  return loaded(source as never);
};
const under = edited();

const rollback = { action: 'trigger_rollback', resource: 'payments' };

/** What a tenant lives through at the door, always in the same way. */
const lived = async (
  shadow?: ShadowOptions,
): Promise<{ readonly setting: Setting; readonly entries: readonly Entry[] }> => {
  const setting = await startGovernor({
    random: fixedRandom('shadow'),
    standing: { mode: 'eval', session: 'pilot' },
    ...(shadow === undefined ? {} : { shadow }),
  });
  const { governor, clock } = setting;
  const door = openDoor(governor, { aliases: library.aliases });
  let asked = 0;
  const ask = async (key: string, body: object): Promise<void> => {
    asked += 1;
    clock.now += 1_000;
    const headers = { 'idempotency-key': `try-${asked}` };
    await answered(await door.fetch(posting('/v1/actions', body, { key, headers })));
  };
  const professional = {
    sku_id: 'rollback-guard-professional',
    plan_id: 'professional',
    enabled_packs: library.plans['professional']?.packs,
    iam_roles: library.plans['professional']?.iam_roles,
  };
  await door.fetch(posting('/marketplace', eventOf({}, professional), { key: keys.shop }));
  await ask(keys.agent, rollback);
  await ask(keys.agent, { ...rollback, preview: true });
  const { json: self } = await answered(await door.fetch(getting('/v1/whoami', { key: keys.agent })));
  const grant = { subject: self['ref'], roles: ['read_deployment', 'write_rollback'] };
  await ask(keys.owner, { action: 'grant_role', resource: 'people', arguments: grant });
  await ask(keys.owner, assurance(clock.now).msa);
  await ask(keys.owner, {
    action: 'raise_andon',
    resource: 'payments',
    arguments: { severity: 'high', finding: 'it burns' },
  });
  await ask(keys.agent, rollback);
  await ask(keys.agent, { action: 'no_such_action', resource: 'payments' });
  const entries = await ledgerOf(setting);
  await governor.close();
  return { setting, entries };
};

/** What a replay of the ledger says of each decision, in clear. */
const replayed = (setting: Setting, entries: readonly Entry[]): readonly ShadowDifference[] => {
  const replayer = createReplayer({ under: under.catalog, catalogs: new Map([[shipped.digest, shipped.catalog]]) });
  const place = { tenant: TENANT, origin: setting.identity.origin(TENANT), catalog: under.digest };
  return entries.flatMap(({ receipt, disclosed }) => {
    const step = replayer.step(receipt, disclosed);
    const difference = step === undefined ? undefined : shadowDifference(step, place);
    return difference === undefined ? [] : [difference];
  });
};

describe('a shadow', () => {
  test('says what a replay of the ledger says, decision by decision, and nothing of a preview', async () => {
    const seen: ShadowDifference[] = [];
    const { setting, entries } = await lived({ catalog: under, onDifference: (difference) => seen.push(difference) });
    expect(seen.length).toBeGreaterThan(0);
    expect(seen.filter(({ tenant }) => tenant === TENANT)).toEqual(replayed(setting, entries));
    expect(seen).toContainEqual(
      expect.objectContaining({ action: 'grant_role', verdict: ['approve', 'refuse'], gained: ['not_today'] }),
    );
    expect(seen).toContainEqual(
      expect.objectContaining({ action: 'raise_andon', answer: 'not_decided', unread: ['traffic'] }),
    );
    expect(seen).toContainEqual(expect.objectContaining({ action: 'trigger_rollback', answer: 'changed' }));
    // Nothing that can be erased from the ledger is kept: neither what was asked about, nor with what.
    expect(JSON.stringify(seen)).not.toMatch(/payments|burns/);
  });

  test('changes no byte of any receipt', async () => {
    const { entries: alone } = await lived();
    const { entries: beside } = await lived({ catalog: under, onDifference: () => {} });
    expect(beside.map(({ row }) => row)).toEqual(alone.map(({ row }) => row));
  });

  test('under the same catalog has nothing to say', async () => {
    const seen: ShadowDifference[] = [];
    await lived({ catalog: shipped, onDifference: (difference) => seen.push(difference) });
    expect(seen).toEqual([]);
  });

  test('that fails every time hurts nobody, and the host is told', async () => {
    const { entries: alone } = await lived();
    const { setting, entries } = await lived({
      catalog: under,
      onDifference: () => {
        throw new Error('the disk is full');
      },
    });
    expect(entries.map(({ row }) => row)).toEqual(alone.map(({ row }) => row));
    expect(setting.faults.filter((fault) => fault.includes('the disk is full')).length).toBeGreaterThan(0);
  });
});
