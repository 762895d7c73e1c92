/**
 * Writes `test/vectors/bundle-v1`: run it once for a format version, never to make a test pass. Bundles of a released
 * format are verified for ever; a new format gets a new folder. Before the first release the folder may be removed and written again.
 *
 *     npx tsx -C @tai-autonomics/source test/bundle/write-golden.ts
 */
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { right } from '../governor/kit.ts';
import { exportTo, makeEvidence, workFolder } from './evidence.ts';

const target = fileURLToPath(new URL('../vectors/bundle-v1/', import.meta.url));

if (existsSync(join(target, 'trust'))) {
  process.stderr.write(`${target} is there already, and stays\n`);
  process.exitCode = 1;
} else {
  const work = workFolder();
  const { source, trust } = await makeEvidence(work.path());
  const [whole, part] = [work.path(), work.path()];
  await exportTo(source, whole);
  await exportTo(source, part, { incident: 'INC-7', withhold: ['evidence'], continues: [7] });
  await exportTo(source, `${part}.tar`, { incident: 'INC-7', withhold: ['evidence'], continues: [7] });
  cpSync(whole, join(target, 'whole'), { recursive: true });
  cpSync(part, join(target, 'part'), { recursive: true });
  cpSync(`${part}.tar`, join(target, 'part.tar'));
  writeFileSync(join(target, 'trust'), trust);
  const early = right(await source.store.checkpoint(source.ledger, 7));
  writeFileSync(join(target, 'remembered-early'), early?.note ?? '');
  writeFileSync(join(target, 'remembered'), readFileSync(join(whole, 'checkpoint')));
  work.remove();
}
