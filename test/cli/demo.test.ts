/** `tai demo`: the whole story, told once, through real sockets, on a real repository. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT, main } from '@tai-autonomics/cli';
import { expect, test } from 'vitest';
import { scratch } from './scratch.ts';
import { captureIo } from './terminal.ts';

interface Told {
  readonly ok: boolean;
  readonly kept: string;
  readonly events: readonly {
    readonly event: 'step' | 'asked' | 'note' | 'check';
    readonly number?: number;
    readonly title?: string;
    readonly text?: string;
    readonly holds?: boolean;
    readonly answer?: { readonly verdict: string; readonly receipt?: { readonly seq: number; readonly leaf: string } };
  }[];
}

test('every step goes as told, each answer has its receipt, and what was kept is there to look at', async () => {
  const dir = scratch();
  const { io, out, err } = captureIo(dir);
  expect(await main(['demo', '--json', '--keep', 'kept'], io)).toBe(EXIT.ok);
  expect(err()).toBe('');
  const { ok, events, kept } = JSON.parse(out()) as Told;
  expect(ok).toBe(true);
  expect(kept).toBe(join(dir, 'kept'));
  const steps = events.filter(({ event }) => event === 'step');
  expect(steps.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6]);
  const checks = events.filter(({ event }) => event === 'check');
  expect(checks.length).toBeGreaterThan(6);
  expect(checks.filter(({ holds }) => holds !== true)).toEqual([]);
  const answers = events.flatMap(({ answer }) => (answer === undefined ? [] : [answer]));
  for (const { receipt } of answers) expect(receipt?.leaf).toMatch(/^[\w-]{43}$/);
  expect(answers.filter(({ verdict }) => verdict === 'refuse').length).toBeGreaterThan(3);
  for (const left of ['repository/service.yaml', 'deployment/ledger.db', 'trust'])
    expect(existsSync(join(kept, left))).toBe(true);

  const verify = async (bundle: string): Promise<readonly [number, string]> => {
    const auditor = captureIo(kept);
    return [await main(['verify', bundle, '--trust', 'trust'], auditor.io), auditor.printed()];
  };
  // Nothing from outside says how long the ledger was, so an auditor who comes for the first time hears just that.
  expect(await verify('bundle')).toEqual([EXIT.incomplete, expect.stringContaining('Nothing is wrong')]);
  expect(await verify('bundle-tampered')).toEqual([EXIT.failed, expect.stringContaining('the first bad receipt is 9')]);
});
