/** Writes the bundles of `test/vectors/bundle-v1`, as this version of the code exports them. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Selection } from '@tai-autonomics/governor/bundle';
import { right } from '../governor/kit.ts';
import { exportTo, INCIDENT, makeEvidence, workFolder } from './evidence.ts';

const PART: Selection = { incident: INCIDENT, withhold: ['evidence'], continues: [7] };

/** A whole ledger, an incident without its evidence in both packings, the trust file, and two checkpoints that an auditor saw. */
export const writeGolden = async (target: string): Promise<void> => {
  const work = workFolder();
  const { source, trust } = await makeEvidence(work.path());
  const [whole, part] = [work.path(), work.path()];
  await exportTo(source, whole);
  await exportTo(source, part, PART);
  await exportTo(source, `${part}.tar`, PART);
  cpSync(whole, join(target, 'whole'), { recursive: true });
  cpSync(part, join(target, 'part'), { recursive: true });
  cpSync(`${part}.tar`, join(target, 'part.tar'));
  const early = right(await source.store.checkpoint(source.ledger, 7));
  writeFileSync(join(target, 'remembered-early'), early?.note ?? '');
  writeFileSync(join(target, 'remembered'), readFileSync(join(whole, 'checkpoint')));
  writeFileSync(join(target, 'trust'), trust);
  work.remove();
};
