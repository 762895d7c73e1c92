/** An intent about a resource that the directory does not know is refused; an alias is the resource itself. */
import { readFileSync } from 'node:fs';
import { anyResource, resourceDirectory } from '@tai-autonomics/governor';
import { expect, test } from 'vitest';
import {
  approve,
  approved,
  codes,
  decided,
  ledgerOf,
  makeReady,
  people,
  reasonsOf,
  right,
  SERVICE,
  startGovernor,
} from './kit.ts';

const { agent, owner } = people();
const service = { kind: 'service', environment: 'production' } as const;
const resources = right(
  resourceDirectory({
    acme: { [SERVICE]: { ...service, aliases: ['pay'] }, shipping: service },
    globex: { payment: service },
  }),
);

const start = async () => {
  const setting = await startGovernor({ resources });
  await makeReady(setting);
  return setting;
};
const rollback = (resource: string) => ({ action: 'trigger_rollback', resource });

test('a misspelt resource is refused with the nearest names of the tenant, and of no other', async () => {
  const setting = await start();
  const answer = await setting.governor.submit(agent, rollback('paymets'));
  expect(codes(answer)).toContain('resource_unknown');
  const reason = reasonsOf(answer).find(({ code }) => code === 'resource_unknown');
  expect(reason?.next).toMatchObject({ kind: 'request', argument: 'resource', candidates: ['payments'] });
  const { receipt, disclosed } = (await ledgerOf(setting)).at(-1) ?? {};
  expect(receipt).toMatchObject({ kind: 'decision', verdict: 'refuse' });
  expect(disclosed?.get('request/intent')).toMatchObject({
    resource: { id: 'paymets', environment: 'unknown', nearest: ['payments'] },
  });
  await setting.governor.close();
});

test('whoever may not read what a tenant has is not told its names', async () => {
  const setting = await start();
  const stranger = { ...agent, subject: { type: 'agent', id: 'stranger' } } as const;
  const answer = await setting.governor.submit(stranger, rollback('paymets'));
  const reason = reasonsOf(answer).find(({ code }) => code === 'resource_unknown');
  expect(reason?.next).toEqual({ kind: 'request', argument: 'resource', means: 'the resource is one of the tenant’s' });
  await setting.governor.close();
});

test('an alias is the resource: approved, decided and recorded under its one name', async () => {
  const setting = await start();
  await approve(setting, rollback(SERVICE));
  const answer = decided(await setting.governor.submit(agent, rollback('pay')));
  expect(approved(answer).decision.verdict).toBe('approve');
  const of = (await ledgerOf(setting)).find(({ receipt }) => receipt.seq === answer.receipt.seq);
  expect(of?.disclosed.get('request/intent')).toMatchObject({ resource: { id: SERVICE, environment: 'production' } });
  await setting.governor.close();
});

test('what is about people, papers or the whole tenant is not looked up', async () => {
  const setting = await start();
  const raised = await setting.governor.submit(owner, {
    action: 'raise_andon',
    resource: '*',
    arguments: { severity: 'high', reason: 'a drill' },
  });
  expect(codes(raised)).not.toContain('resource_unknown');
  expect(
    codes(
      await setting.governor.submit(owner, {
        action: 'disclose_catalog',
        resource: 'people',
        arguments: { disclosed: true },
      }),
    ),
  ).not.toContain('resource_unknown');
  await setting.governor.close();
});

test.for([
  'paymentś',
  ' payments',
  'payments ',
  'pay\u200bments',
  '\u202epayments',
  'pay\u00a0ments',
  'pay\u00adments',
])('the name %j is malformed, and nothing is recorded', async (resource) => {
  const setting = await start();
  const before = (await ledgerOf(setting)).length;
  const answer = await setting.governor.submit(agent, rollback(resource.normalize('NFD')));
  expect(answer).toMatchObject({ decided: false, why: 'malformed' });
  expect((await ledgerOf(setting)).length).toBe(before);
  await setting.governor.close();
});

test('who asks has a name in one spelling too, of the tenant and of the subject; nothing is opened and nothing recorded', async () => {
  const setting = await start();
  const before = (await ledgerOf(setting)).length;
  for (const bad of ['acme ', 'ac\u200bme', 'аcme', 'ａcme']) {
    for (const caller of [
      { ...agent, tenant: bad },
      { ...agent, subject: { ...agent.subject, id: bad } },
    ])
      for (const answer of [
        await setting.governor.submit(caller, rollback(SERVICE)),
        await setting.governor.preview(caller, rollback(SERVICE)),
      ])
        expect(JSON.stringify(answer), bad).toMatch(/"malformed".*write `acme`/);
    expect(right(await setting.governor.knows(bad))).toBe(false);
    // Whom an intent names.
    const granted = await setting.governor.submit(owner, {
      action: 'grant_role',
      resource: 'people',
      arguments: { subject: `agent:${bad}`, roles: ['read_metrics'] },
    });
    expect(codes(granted)).toContain('arguments_invalid');
  }
  expect((await ledgerOf(setting)).length).toBe(before + 4);
  await setting.governor.close();
});

/** `test/vectors/field/andon-about-nothing` */
const { registered, stops, malformed } = JSON.parse(
  readFileSync('test/vectors/field/andon-about-nothing/stops.json', 'utf8'),
) as {
  readonly registered: readonly string[];
  readonly stops: readonly { readonly about: string; readonly notes: readonly string[] }[];
  readonly malformed: readonly string[];
};
const raise = (resource: string) => ({
  action: 'raise_andon',
  resource,
  arguments: { severity: 'critical', finding: 'smoke' },
});
const stranger = { ...agent, subject: { type: 'agent', id: 'stranger' } } as const;

test('a stop for a resource that a directory does not have is refused, with the nearest names', async () => {
  const known = right(
    resourceDirectory({ acme: Object.fromEntries([SERVICE, ...registered].map((one) => [one, service])) }),
  );
  const setting = await startGovernor({ resources: known });
  await makeReady(setting);
  for (const { about, notes } of stops.filter(({ about: one }) => one !== '*')) {
    const answer = await setting.governor.submit(owner, raise(about));
    if (notes.length === 0) expect(approved(answer).notes, about).toBeUndefined();
    else expect(codes(answer), about).toEqual(['resource_unknown']);
  }
  await setting.governor.close();
});

test('where every name is a resource, a stop for one that nothing is registered for says so, and names are for whoever may read them', async () => {
  const known = anyResource('production', () => registered);
  const setting = await startGovernor({ resources: known });
  await makeReady(setting);
  for (const { about, notes } of stops.filter(({ about: one }) => one !== '*')) {
    expect(approved(await setting.governor.submit(owner, raise(about))).notes ?? [], about).toEqual(notes);
    const told = approved(await setting.governor.submit(stranger, raise(about))).notes ?? [];
    expect([told.length, told.join().includes('did you mean')], about).toEqual([notes.length, false]);
  }
  for (const about of malformed)
    expect(await setting.governor.submit(owner, raise(about))).toMatchObject({ decided: false, why: 'malformed' });
  await setting.governor.close();
});
