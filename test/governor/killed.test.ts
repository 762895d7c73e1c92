/** A process that is killed between its append and its reply: what was acknowledged is there, and nothing is there twice. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { openSqliteStore } from '@tai-autonomics/adapter-storage';
import type { ReceiptPlace } from '@tai-autonomics/governor';
import { openKeyFile } from '@tai-autonomics/governor/keys';
import { systemRandom } from '@tai-autonomics/governor/node';
import { expect, test } from 'vitest';
import { scratchFolder } from '../governor-parts/scratch.ts';
import { builtFrom } from '../programs/program.ts';
import { inTheLongRun } from '../runs.ts';
import { approved, ledgerOf, people, right, runningClock, type Setting, startGovernor } from './kit.ts';
import { expectVerified } from './verified.ts';

type Line = ReceiptPlace & { readonly n: number };

/** Starts the governor of `killed.ts`, kills it after so many lines, and answers what it acknowledged. */
const acknowledged = async (folder: string, place: 'late' | number): Promise<readonly Line[]> => {
  const script = builtFrom(import.meta.resolve('./killed.ts'));
  const child = spawn(process.execPath, [script, folder, String(place)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const lines: Line[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(JSON.parse(line) as Line);
    if (lines.length === place) child.kill('SIGKILL');
  }
  expect((await ended)[1]).toBe('SIGKILL');
  return lines;
};

const reopen = async (folder: string): Promise<Setting> => {
  const key = right(await openKeyFile(join(folder, 'key.json'), systemRandom));
  return startGovernor({
    store: right(await openSqliteStore(join(folder, 'ledger.db'))),
    signer: key.signer,
    secret: key.secret,
    clock: runningClock(),
  });
};

test.for([
  { note: 'after a group is durable and before its replies', place: 'late' as const, isLost: 8 },
  { note: 'somewhere in a stream of groups', place: 61, isLost: undefined },
])('killed $note: every acknowledged receipt is there, none twice', async ({ place, isLost }, context) => {
  inTheLongRun(context);
  const folder = scratchFolder(context);
  const lines = await acknowledged(folder, place);
  const setting = await reopen(folder);
  const ledger = await ledgerOf(setting);
  for (const { seq, leaf } of lines) expect(Buffer.from(ledger[seq]!.row.leaf).toString('base64url')).toBe(leaf);
  const ids = ledger.flatMap(({ row }) => row.intent?.id ?? []);
  expect(new Set(ids).size).toBe(ids.length);
  await expectVerified(setting);

  // Whoever was not answered asks again: what is recorded is answered from there, and nothing is recorded twice.
  const last = Math.max(...lines.map(({ n }) => n));
  const asked = Array.from({ length: 16 }, (_, k) => last + 1 + k);
  const answers = await Promise.all(
    asked.map((n) =>
      setting.governor.submit(people().agent, { id: `intent ${n}`, action: 'check_health', resource: 'here' }),
    ),
  );
  const repeated = answers.filter((answer) => approved(answer).repeated).length;
  if (isLost !== undefined) expect(repeated).toBe(isLost);
  expect(await expectVerified(setting)).toBe(ledger.length + asked.length - repeated);
  await setting.governor.close();
});
