/** How much a caller may ask: what one key asks takes nothing from another, and is answered with when to come again. */
import { CALLER_LIMITS, limitCallers } from '@tai-autonomics/adapter-http';
import { type CredentialParts, memoryCredentials, mintCredential } from '@tai-autonomics/governor';
import { systemRandom } from '@tai-autonomics/governor/node';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { runs } from '../runs.ts';

const keyOf = (tenant: string, id: string) =>
  mintCredential(systemRandom, { tenant, subject: { type: 'agent', id }, scope: [] } satisfies CredentialParts);
const [ann, ben, carl] = [keyOf('acme', 'ann'), keyOf('acme', 'ben'), keyOf('globex', 'carl')];

const arrange = (limits = CALLER_LIMITS) => {
  const clock = { now: 1_000_000 };
  const credentials = memoryCredentials([ann, ben, carl].map(({ credential }) => credential));
  const limited = limitCallers(
    credentials,
    () => limits,
    () => clock.now,
  );
  const ask = (secret: string): Promise<Response | undefined> =>
    limited(new Request('http://tai.example/v1/actions', { headers: { authorization: `Bearer ${secret}` } }));
  return { clock, ask, limited };
};

test('a request above the limit of its key is answered with 429, when to come again, and that nothing was decided', async () => {
  const { ask, clock } = arrange({ perKey: 0.5, perTenant: 100 });
  const first = [await ask(ann.secretText), await ask(ann.secretText)];
  expect(first.map((answer) => answer?.status)).toEqual([undefined, undefined]);
  const refused = await ask(ann.secretText);
  expect([refused?.status, refused?.headers.get('retry-after')]).toEqual([429, '1']);
  expect(await refused?.json()).toMatchObject({
    code: 'throttled',
    detail: 'this key may ask 0.5 times a second; nothing was decided, ask again later with the same id',
  });
  clock.now += 1_000;
  expect(await ask(ann.secretText)).toBeUndefined();
});

test('nobody uses up what another one may ask: by asking with the own key, or with the id of the other and a wrong secret', async () => {
  const times = fc.array(fc.tuple(fc.nat({ max: 2 }), fc.nat({ max: 40 })), { minLength: 1, maxLength: 150 });
  await fc.assert(
    fc.asyncProperty(times, async (asks) => {
      const limits = { perKey: 2, perTenant: 1_000_000 };
      const [alone, among] = [arrange(limits), arrange(limits)];
      const wrong = `${ben.secretText.slice(0, -4)}AAAA`;
      for (const [who, gap] of asks) {
        alone.clock.now += gap;
        among.clock.now += gap;
        if (who === 0) await among.ask(ann.secretText);
        else if (who === 1) await among.ask(wrong);
        else expect((await among.ask(ben.secretText))?.status).toBe((await alone.ask(ben.secretText))?.status);
      }
    }),
    { numRuns: runs(100), seed: 20_261_129 },
  );
});

test('all keys of a tenant together have a limit, and another tenant does not feel it', async () => {
  const { ask } = arrange({ perKey: 1_000, perTenant: 1 });
  for (let i = 0; i < 5; i += 1) expect(await ask(i % 2 === 0 ? ann.secretText : ben.secretText)).toBeUndefined();
  const refused = await ask(ben.secretText);
  expect(refused?.status).toBe(429);
  expect(await refused?.json()).toMatchObject({ detail: expect.stringContaining('the keys of this tenant together') });
  expect(await ask(carl.secretText)).toBeUndefined();
});

test('whoever has no key here is not counted: the door says who may come in', async () => {
  const { ask } = arrange({ perKey: 0.001, perTenant: 0.001 });
  for (let i = 0; i < 20; i += 1) expect(await ask('tai_none_x')).toBeUndefined();
});

test('a key that a push has in its URL is counted too, and one beside a header that counts hides nothing', async () => {
  const { limited } = arrange({ perKey: 0.1, perTenant: 100 });
  const push = () => limited(new Request(`http://tai.example/pubsub?key=${ann.secretText}`));
  expect([await push(), (await push())?.status]).toEqual([undefined, 429]);
  const hidden = () =>
    limited(
      new Request('http://tai.example/v1/actions?key=tai_none_x', {
        headers: { authorization: `Bearer ${ben.secretText}` },
      }),
    );
  expect([await hidden(), (await hidden())?.status]).toEqual([undefined, 429]);
});
