/** `tai serve` under a contract, from its papers to an action that is approved and done: insured, agreed, and nothing before both. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from '@tai-autonomics/adapter-http/client';
import { EXIT, makeInsurer } from '@tai-autonomics/cli';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { type Running, startTai } from './process.ts';
import { runIn } from './rows.ts';
import { endService, moveService } from './sample-port.ts';
import { scratch } from './scratch.ts';

const DAY_MS = 86_400_000;
let serving: Running | undefined;
afterAll(() => serving?.child.kill('SIGKILL'));

test('nothing is approved before the agreement is signed; then it is approved, done, and says nothing of an evaluation', async () => {
  const dir = scratch();
  const insurer = makeInsurer(Date.now());
  const write = (name: string, json: unknown): void => writeFileSync(join(dir, name), JSON.stringify(json));
  write('certificate.json', insurer.certificate);
  write('revocations.json', insurer.revocations(Date.now()));
  writeFileSync(join(dir, 'rule.md'), 'what is recorded is kept for a year\n');
  const insurance = { certificate: 'certificate.json', revocations: 'revocations.json', ...insurer.terms };
  write('papers.json', { insurance, dataRule: 'rule.md' });
  const made = await runIn(dir, ['init', '--dir', 'live', '--tenant', 'acme', '--contractual', 'papers.json']);
  expect([made.code, made.err]).toEqual([EXIT.ok, '']);
  await moveService(dir);
  onTestFinished(() => endService(dir));
  const keyOf = async (...as: readonly string[]): Promise<string> => {
    const { out } = await runIn(dir, [
      'credentials',
      'new',
      '--dir',
      'live',
      '--tenant',
      'acme',
      '--json',
      '--as',
      ...as,
    ]);
    return JSON.parse(out)['key'] as string;
  };
  const [owner, agent] = [await keyOf('user:owner'), await keyOf('agent:agent', '--scope', 'restart/operate')];

  serving = startTai(dir, 'serve', '--dir', 'live', '--port', '0', '--log', 'off');
  const url = (await serving.says(/^serving on (\S+)$/m))[1] ?? '';
  const as = (key: string) => createClient({ url, key });
  const body = { action: 'restart_service', resource: 'web' };
  const before = await as(agent).call('POST /v1/actions', { body });
  if (!before.ok || before.answer.verdict !== 'refuse') throw new Error(JSON.stringify(before));
  const [first] = before.answer.reasons;
  expect([first?.gate, first?.code]).toEqual(['assurance', 'msa_unsigned']);

  const at = (ms: number): string => new Date(Date.now() + ms).toISOString();
  const agreement = {
    status: 'signed',
    agreement: 'A'.repeat(43),
    section: '4.2',
    in_force_from: at(-DAY_MS),
    in_force_until: at(DAY_MS),
  };
  const signed = await as(owner).call('POST /v1/actions', {
    body: { action: 'record_msa', resource: '*', arguments: agreement },
  });
  expect(signed).toMatchObject({ ok: true, answer: { verdict: 'approve', receipt: { event: 'msa_recorded' } } });

  const after = await as(agent).call('POST /v1/actions', { body });
  expect(after).toMatchObject({ ok: true, answer: { verdict: 'approve', outcome: { status: 'success' } } });
  expect(JSON.stringify(after)).not.toContain('NON-CONTRACTUAL');
  expect((await fetch(`${url}/health`)).headers.get('tai-notice')).toBeNull();
  serving.child.kill('SIGTERM');
  expect(await serving.ended).toBe(EXIT.ok);
  await runIn(dir, ['export', '--dir', 'live', '--tenant', 'acme', '--output', 'bundle']);
  const verified = await runIn(dir, ['verify', 'bundle']);
  expect(verified.out).toMatch(/\/r1\/c\//);
  expect(verified.out).toMatch(/rederivation +passed/);
});
