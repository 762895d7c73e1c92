/** `tai store check` and `copy` of a place that is no file and whose old receipts are in segments. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT } from '@tai-autonomics/cli';
import { expect, onTestFinished, test } from 'vitest';
import { layOutBought } from '../cli/bought.ts';
import { runIn } from '../cli/rows.ts';
import { scratch } from '../cli/scratch.ts';
import { fakeFirestore } from './firestore-fake.ts';

const HERE = Symbol.for('tai-autonomics test: the Firestore of the package beside');

/** A package of the client’s name, whose every client is one of this Firestore. */
const install = (dir: string): void => {
  const at = join(dir, 'node_modules/@google-cloud/firestore');
  mkdirSync(at, { recursive: true });
  writeFileSync(
    join(at, 'index.js'),
    `exports.Firestore = class { constructor() { return globalThis[Symbol.for(${JSON.stringify(Symbol.keyFor(HERE))})]; } };`,
  );
  writeFileSync(join(at, 'package.json'), '{"name":"@google-cloud/firestore","version":"8.7.1","main":"index.js"}');
  Object.assign(globalThis, { [HERE]: fakeFirestore().client });
  onTestFinished(() => void Reflect.deleteProperty(globalThis, HERE));
};

test('a Firestore whose receipts were moved is checked and copied whole with the deployment’s segments, and said to be moved without', async () => {
  const dir = scratch();
  install(dir);
  layOutBought(dir, { store: 'firestore:my-project', segments: 'folder:segments' });
  const tai = (...line: readonly string[]) => runIn(dir, line);
  expect(await tai('event', 'event.json')).toMatchObject({ code: EXIT.ok });
  for (let n = 0; n < 6; n += 1) await tai('submit', 'check_health', '--tenant', 'acme', '--as', 'agent:bot');
  expect(await tai('export', '--tenant', 'acme', '--seal', '-o', 'bundle')).toMatchObject({ code: EXIT.ok });
  const archived = await tai('store', 'archive', '--keep', '2', '--per-segment', '3', '--json');
  expect(JSON.parse(archived.out)).toEqual(
    expect.arrayContaining([expect.objectContaining({ archived: 6, shed: 6, segments: 2 })]),
  );

  // Named by another spelling of the same place, too.
  for (const place of ['firestore:my-project', 'firestore:my-project/(default)'])
    expect(await tai('store', 'check', place)).toMatchObject({
      code: EXIT.ok,
      out: expect.not.stringContaining('NOT SOUND'),
    });
  expect(await tai('store', 'copy', 'firestore:my-project', 'sqlite:copied.db')).toMatchObject({ code: EXIT.ok });
  expect(await tai('store', 'check', 'sqlite:copied.db')).toMatchObject({ code: EXIT.ok });

  const elsewhere = await tai('store', 'check', 'firestore:my-project', '--dir', 'elsewhere');
  expect(elsewhere).toMatchObject({ code: EXIT.failed, out: expect.stringContaining('it was moved into segments') });
  const copied = await tai('store', 'copy', 'firestore:my-project', 'sqlite:other.db', '--dir', 'elsewhere');
  expect(copied).toMatchObject({ code: EXIT.failed, err: expect.stringContaining('it was moved into segments') });
}, 240_000);
