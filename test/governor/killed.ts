/**
 * A governor over a ledger file that a test starts and that dies by SIGKILL. Usage: killed.ts FOLDER (late | N).
 * `late`: the store kills the process in its 10th group, after the group is durable and before anybody is answered;
 * else the test does. It prints one line of JSON for each answer, synchronously, so that what is printed was acknowledged.
 */
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { openSqliteStore } from '@tai-autonomics/adapter-storage';
import type { LedgerStore } from '@tai-autonomics/governor';
import { openKeyFile } from '@tai-autonomics/governor/keys';
import { systemRandom } from '@tai-autonomics/governor/node';
import { makeReady, people, right, runningClock, startGovernor } from './kit.ts';

const [, , folder = '', place = ''] = process.argv;
const { agent } = people();

const dying = (store: LedgerStore): LedgerStore => {
  let groups = 0;
  return {
    ...store,
    append: async (ledger, expected, rows) => {
      const appended = await store.append(ledger, expected, rows);
      if (rows.length >= 8) groups += 1;
      if (place === 'late' && groups === 10) process.kill(process.pid, 'SIGKILL');
      return appended;
    },
  };
};

const key = right(await openKeyFile(join(folder, 'key.json'), systemRandom));
const store = dying(right(await openSqliteStore(join(folder, 'ledger.db'))));
const clock = runningClock();
const setting = await startGovernor({
  store,
  signer: key.signer,
  secret: key.secret,
  clock,
  checkpoints: { every: 20, withinMs: 20 },
});
await makeReady({ governor: setting.governor, clock });

const ask = async (n: number): Promise<void> => {
  const answer = await setting.governor.submit(agent, { id: `intent ${n}`, action: 'check_health', resource: 'here' });
  if (answer.decided) writeSync(1, `${JSON.stringify({ n, ...answer.receipt })}\n`);
};
for (let group = 0; ; group++) await Promise.all(Array.from({ length: 8 }, (_, k) => ask(group * 8 + k)));
