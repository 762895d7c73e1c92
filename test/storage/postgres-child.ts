/**
 * A process that decides over a shared PostgreSQL until it is killed. Usage: postgres-child.ts FOLDER URL NAME. It reads one
 * line of JSON, the intents that it is to ask, and prints a line for each answer, synchronously: what is printed was acknowledged.
 */
import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { postgresStorage } from '@tai-autonomics/adapter-storage/postgres';
import { openDeployment } from '@tai-autonomics/governor';
import { library } from '@tai-autonomics/packs';
import type { AskedOne } from './postgres-several.ts';

const [dir = '', url = ''] = process.argv.slice(2);
const say = (line: unknown): void => {
  writeSync(1, `${JSON.stringify(line)}\n`);
};

const opened = await openDeployment({
  dir,
  storage: postgresStorage(url, { connections: 2 }),
  catalog: library,
  onFault: (detail) => say({ fault: detail }),
});
if (!opened.opened) {
  say({ fault: opened.wrong.join('; ') });
  process.exit(1);
}
const { governor, close } = opened.deployment;

const ask = async ({ tenant, id }: AskedOne): Promise<void> => {
  const caller = { tenant, subject: { type: 'agent', id: 'bot' }, scope: ['read_deployment'] } as const;
  const answer = await governor.submit(caller, { id, action: 'check_health', resource: '*' });
  if (answer.decided) say({ tenant, id, receipt: answer.receipt });
  else say({ tenant, id, why: answer.why, detail: answer.detail });
};

const [line = '[]'] = [await new Promise<string>((resolve) => createInterface(process.stdin).once('line', resolve))];
const asked = JSON.parse(line) as readonly AskedOne[];
for (let n = 0; n < asked.length; n += 4) await Promise.all(asked.slice(n, n + 4).map(ask));
await close();
say({ ended: true });
process.exit(0);
