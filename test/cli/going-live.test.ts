/** Going live: a contractual deployment beside the evaluation, and one receipt by which the evaluation ends (M-15). */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT, makeInsurer } from '@tai-autonomics/cli';
import { expect, test } from 'vitest';
import { inTheLongRun } from '../runs.ts';
import { prepare, runIn } from './rows.ts';
import { scratch } from './scratch.ts';

const DAY_MS = 86_400_000;

test('an evaluation ends where its contract begins: insured, agreed, and by one receipt that names the other ledger', async (context) => {
  inTheLongRun(context);
  const dir = scratch();
  prepare(dir);
  expect((await runIn(dir, ['event', 'event.json'])).code).toBe(EXIT.ok);
  const insurer = makeInsurer(Date.now());
  const write = (name: string, json: unknown): void => writeFileSync(join(dir, name), JSON.stringify(json));
  write('certificate.json', insurer.certificate);
  write('revocations.json', insurer.revocations(Date.now()));
  writeFileSync(join(dir, 'rule.md'), 'what is recorded is kept for a year\n');
  write('papers.json', {
    insurance: { certificate: 'certificate.json', revocations: 'revocations.json', ...insurer.terms },
    dataRule: 'rule.md',
  });
  const made = await runIn(dir, ['init', '--dir', 'live', '--tenant', 'acme', '--contractual', 'papers.json']);
  expect([made.code, made.err]).toEqual([EXIT.ok, '']);
  const convert = ['operator', 'convert-pilot', '--tenant', 'acme', '--live', 'live', '--json'];
  const unsigned = await runIn(dir, convert);
  expect([unsigned.code, unsigned.err]).toEqual([EXIT.unreadable, expect.stringMatching(/its agreement is none/)]);

  const agreement = {
    status: 'signed',
    agreement: 'A'.repeat(43),
    section: '4.2',
    in_force_from: new Date(Date.now() - DAY_MS).toISOString(),
    in_force_until: new Date(Date.now() + DAY_MS).toISOString(),
  };
  const owner = ['--dir', 'live', '--tenant', 'acme', '--as', 'user:owner'];
  const signed = await runIn(dir, ['submit', 'record_msa', ...owner, '--arguments', JSON.stringify(agreement)]);
  expect([signed.code, signed.err]).toEqual([EXIT.ok, '']);
  const ended = await runIn(dir, convert);
  expect([ended.code, ended.err]).toEqual([EXIT.ok, '']);
  expect(JSON.parse(ended.out)).toMatchObject({ receipt: { event: 'pilot_converted' } });
  expect(JSON.stringify(JSON.parse(ended.out).decision)).toMatch(/localhost\/r1\/c\//);
  expect((await runIn(dir, convert)).code).toBe(EXIT.refused);
  const rate = await runIn(dir, ['operator', 'conversion', '--json']);
  expect(JSON.parse(rate.out)).toEqual({
    pilots: 1,
    extended: 0,
    converted: 1,
    rateBasisPoints: 10_000,
    medianDays: 0,
  });
  expect((await runIn(dir, ['operator', 'conversion'])).out).toContain('conversion rate: 100.00 %');
  const live = await runIn(dir, ['operator', 'conversion', '--dir', 'live']);
  expect([live.code, live.err]).toEqual([EXIT.unreadable, expect.stringContaining('has no pilots')]);
  const late = ['submit', 'trigger_rollback', '--tenant', 'acme', '--as', 'agent:bot', '--about', 'shop'];
  expect((await runIn(dir, late)).out).toContain('pilot_ended');
});
