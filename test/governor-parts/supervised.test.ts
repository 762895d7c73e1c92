/** Parts of a process that fail and are started again: each change is said once, and pauses grow until it works. */
import { onPartChanged, partStatuses, supervise } from '@tai-autonomics/governor/node';
import { expect, test } from 'vitest';

test('a part that fails again and again pauses longer and longer, and is told of once until it works', () => {
  const told: string[] = [];
  const stop = onPartChanged((line) => told.push(line));
  let now = 0;
  const part = supervise('a part of the test', () => now);
  part.works();
  expect(part.pauseMs()).toBe(0);
  const pauses: number[] = [];
  for (let n = 0; n < 12; n++) {
    part.failed(`fault ${n}`);
    pauses.push(part.pauseMs());
    now += part.pauseMs();
  }
  // The first may be an accident.
  expect(pauses.slice(0, 4)).toEqual([0, 250, 500, 1_000]);
  expect(pauses.at(-1)).toBe(60_000);
  expect(told).toEqual([expect.stringMatching(/^a part of the test: fault 0; started again/)]);
  const status = () => partStatuses().find(({ name }) => name === 'a part of the test');
  expect(status()).toEqual({ name: 'a part of the test', state: 'failed', restarts: 12, why: 'fault 11' });
  part.works();
  part.works();
  expect(told.slice(1)).toEqual(['a part of the test: works again']);
  expect(status()).toMatchObject({ state: 'works', restarts: 12 });
  part.failed('fault 12');
  expect([part.pauseMs(), told.length]).toEqual([0, 3]);
  stop();
  part.works();
  expect(told).toHaveLength(3);
});
