/** The throttle in front of a handler: it really limits requests, and nothing else. */
import { createThrottle } from '@tai-autonomics/adapter-http';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runs } from '../runs.ts';

/** A throttle over limits and a clock that the test turns. */
const arrange = (given: Readonly<Record<string, number>>) => {
  const limits = new Map(Object.entries(given));
  const clock = { now: 1_000_000 };
  return {
    limits,
    clock,
    throttle: createThrottle(
      () => limits,
      () => clock.now,
    ),
  };
};
const request = new Request('http://checkout.example/');

test('what is over the limit is answered with 429 and when to come again, and never reaches the handler', async () => {
  const { throttle } = arrange({ checkout: 2 });
  let reached = 0;
  const handler = throttle.before('checkout', async () => {
    reached += 1;
    return new Response('sold');
  });
  const first = await handler(request);
  expect([first.status, await first.text()]).toEqual([200, 'sold']);
  const second = await handler(request);
  expect([second.status, second.headers.get('retry-after')]).toEqual([429, '1']);
  expect(second.headers.get('content-type')).toBe('application/problem+json');
  expect(await second.json()).toEqual({
    type: '/problems/throttled',
    title: 'Too many requests',
    status: 429,
    code: 'throttled',
    detail: 'at most 2 requests a second are taken for now',
  });
  expect(reached).toBe(1);
});

test('what is not in the limits passes, and so does what is lifted', async () => {
  const { throttle, limits } = arrange({ checkout: 1 });
  for (let i = 0; i < 20; i += 1) expect((await throttle.admit('basket')).admitted).toBe(true);
  expect([(await throttle.admit('checkout')).admitted, (await throttle.admit('checkout')).admitted]).toEqual([
    true,
    false,
  ]);
  limits.delete('checkout');
  for (let i = 0; i < 20; i += 1) expect((await throttle.admit('checkout')).admitted).toBe(true);
});

test('a raised limit lets the next one pass within an interval of its own, whatever the old one had counted', async () => {
  const { throttle, limits, clock } = arrange({ checkout: 1 });
  await throttle.admit('checkout');
  expect(await throttle.admit('checkout')).toMatchObject({ admitted: false, retryAfterMs: 1_000 });
  limits.set('checkout', 1_000);
  expect(await throttle.admit('checkout')).toMatchObject({ admitted: false, limit: 1_000, retryAfterMs: 1 });
  clock.now += 1;
  expect((await throttle.admit('checkout')).admitted).toBe(true);
});

test('limits that cannot be read are the host’s to answer for: nothing is admitted in silence', async () => {
  const throttle = createThrottle(
    () => Promise.reject(new Error('gone')),
    () => 0,
  );
  await expect(throttle.admit('checkout')).rejects.toThrow('gone');
});

describe('laws', () => {
  const limit = fc.integer({ min: 1, max: 500 });
  const waits = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 120 });
  const options = { numRuns: runs(100), seed: 20_261_121 };

  test('no span of t seconds admits more than limit × t + a tenth of the limit, at least one', async () => {
    await fc.assert(
      fc.asyncProperty(limit, waits, async (n, gaps) => {
        const { throttle, clock } = arrange({ checkout: n });
        const admitted: number[] = [];
        for (const gap of gaps) {
          clock.now += gap;
          for (let i = 0; i < 3; i += 1) if ((await throttle.admit('checkout')).admitted) admitted.push(clock.now);
        }
        for (const [i, from] of admitted.entries()) {
          for (const [j, to] of admitted.slice(i).entries())
            expect(j + 1).toBeLessThanOrEqual((n * (to - from)) / 1_000 + Math.max(1, n / 10) + 1e-6);
        }
      }),
      options,
    );
  });
  test('steady requests at the limit all pass', async () => {
    await fc.assert(
      fc.asyncProperty(limit, async (n) => {
        const { throttle, clock } = arrange({ checkout: n });
        for (let i = 0; i < 60; i += 1) {
          expect((await throttle.admit('checkout')).admitted).toBe(true);
          clock.now += 1_000 / n;
        }
      }),
      options,
    );
  });
  test('who waits as long as they are told is admitted, also after the clock stepped back', async () => {
    await fc.assert(
      fc.asyncProperty(limit, waits, fc.integer({ min: 0, max: 10_000_000 }), async (n, gaps, back) => {
        const { throttle, clock } = arrange({ checkout: n });
        for (const gap of gaps) {
          clock.now += gap % 20;
          await throttle.admit('checkout');
        }
        clock.now -= back;
        const admission = await throttle.admit('checkout');
        if (admission.admitted) return;
        expect(admission.retryAfterMs).toBeLessThanOrEqual(1_000 / n + 1e-3);
        clock.now += admission.retryAfterMs;
        expect((await throttle.admit('checkout')).admitted).toBe(true);
      }),
      options,
    );
  });
});
