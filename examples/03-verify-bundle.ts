/** What was decided can be checked by anybody, offline: with a bundle, the auditor's own trust file, and nothing else. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportBundle, folderSink, readBundle, trustFileFor, verifyBundle } from '@tai-autonomics/governor/bundle';
import { acme, governor, orThrow } from './deployment.ts';
import { receive } from './marketplace.ts';

await receive('entitlement-activated');
// What is sealed here reaches an auditor by mail, long before any bundle does.
const outside = orThrow(await governor.seal('acme'));
await receive('entitlement-upgraded');
const agent = { tenant: 'acme', subject: { type: 'agent', id: 'agent-1' }, scope: ['read_deployment'] } as const;
await governor.submit(agent, { action: 'trigger_rollback', resource: 'service/checkout' });

const folder = await mkdtemp(join(tmpdir(), 'tai-example-'));
const bundle = join(folder, 'bundle');
const exported = orThrow(await exportBundle(acme, { continues: [2] }, orThrow(await folderSink(bundle))));
console.log(`exported ${exported.receipts} receipts`);

// The key reaches the auditor another way than the bundle: trust never comes from what is to be trusted.
const trust = orThrow(trustFileFor([exported.vkey]));

const verify = async (): Promise<void> => {
  const report = orThrow(await verifyBundle(orThrow(await readBundle(bundle)), { trust, outside, rederive: true }));
  console.log(`${report.overall}: ${report.headline}`);
  for (const { sentence } of report.unchecked) console.log(`  not checked: ${sentence}`);
  for (const { step, status, sentence } of report.steps) console.log(`  ${step} ${status}: ${sentence}`);
};
await verify();

const receipts = join(bundle, 'receipts.jsonl');
const lines = await readFile(receipts, 'utf8');
await writeFile(receipts, lines.replace('insufficient_privilege', 'quota_exceeded'));
console.log('\nsomebody changes one word of one receipt:');
await verify();

await rm(folder, { recursive: true });
await governor.close();
