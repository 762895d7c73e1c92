/** `support_model`, asked of a running governor: the plan is the ledger's, the minutes are the clocks', a domain adds words (D-47, D-57). */
import { domainTerms, supportTerms } from '@tai-autonomics/packs';
import { expect, test } from 'vitest';
import { approved, codes, DAY_MS, entitlement, makeReady, people, type Setting, startGovernor } from './kit.ts';

const { agent, shop } = people();

type Answer = Readonly<Record<string, unknown>>;
const asked = (domain?: string) => ({
  action: 'describe_support',
  resource: '*',
  ...(domain === undefined ? {} : { arguments: { domain } }),
});
const supportOf = async ({ governor }: Setting, domain?: string): Promise<Answer> =>
  approved(await governor.submit(agent, asked(domain))).outcome?.result as Answer;

test('the answer is about the account that asks: its plan, while that is in force, with the minutes of the clocks', async () => {
  const setting = await startGovernor();
  await makeReady(setting);
  const { governor, clock } = setting;
  const { decision_minutes: decisionMinutes } = supportTerms;
  expect(decisionMinutes).toEqual({ critical: 3, high: 8, medium: 15, low: 30 });
  expect(await supportOf(setting)).toMatchObject({
    sla: {
      promised: true,
      decisionMinutes,
      plan: 'professional',
      responseMinutes: 60,
      uptime: '99.9 %',
      hours: 'business_hours',
    },
    not: expect.arrayContaining([expect.stringContaining('a fix is not guaranteed')]),
  });
  clock.now += 1_000;
  approved(await governor.submit(shop, entitlement(clock.now, 'enterprise')));
  expect(await supportOf(setting)).toMatchObject({
    sla: { promised: true, plan: 'enterprise', responseMinutes: 15, uptime: '99.99 %', hours: 'always' },
  });
  clock.now += 366 * DAY_MS;
  expect((await supportOf(setting))['sla']).toEqual({ promised: false, because: 'expired', decisionMinutes });
});

test('a domain changes words, and no number; one that nobody knows is refused', async () => {
  const setting = await startGovernor();
  await makeReady(setting);
  const { sla, domain: none, ...doctrine } = await supportOf(setting);
  expect(none).toBeUndefined();
  const said = new Set<string>();
  for (const [name, terms] of Object.entries(domainTerms)) {
    const { domain, ...rest } = await supportOf(setting, name);
    expect(domain).toEqual({ domain: name, ...terms });
    expect(rest).toEqual({ sla, ...doctrine });
    said.add(JSON.stringify(terms));
  }
  expect(said.size).toBe(4);
  expect(codes(await setting.governor.submit(agent, asked('gardening')))).toEqual(['arguments_invalid']);
});

test('an evaluation promises nothing, and the clocks of incidents run all the same', async () => {
  const setting = await startGovernor({ standing: { mode: 'eval', session: 'pilot' } });
  const { shop: seller } = people();
  approved(await setting.governor.submit(seller, entitlement(setting.clock.now)));
  expect((await supportOf(setting))['sla']).toEqual({
    promised: false,
    because: 'evaluation',
    decisionMinutes: supportTerms.decision_minutes,
  });
});
