/** The Firestore store with the client of Google, over the wire: in `npm run test:stores`, where `npm run servers` was. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type ConformanceRow,
  catalogStoreConformance,
  conformanceTable,
  ledgerStoreConformance,
} from '@tai-autonomics/adapter-storage/conformance';
import { firestoreCatalogs, openFirestoreStore } from '@tai-autonomics/adapter-storage/firestore';
import { EXIT } from '@tai-autonomics/cli';
import type { LedgerStore } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';
import { afterAll, describe, expect, test } from 'vitest';
import { repository } from '../canary/repository.ts';
import { layOutBought } from '../cli/bought.ts';
import { runIn } from '../cli/rows.ts';
import { folder } from '../cli/scratch.ts';
import { everyStore } from '../runs.ts';
import { NO_EMULATOR, startedEmulator } from './firestore-emulator.ts';
import { openedOr } from './folder.ts';
import { allRows, headAt, ledger, ok, rowsFrom } from './rows.ts';

const emulator = everyStore ? await startedEmulator() : undefined;
afterAll(() => emulator?.stop());

test('the client of Google runs these tests', ({ skip }) => {
  skip(!everyStore, 'the client of Google takes its time: `npm run test:stores` runs it');
  skip(emulator === undefined, NO_EMULATOR);
  expect(emulator?.name).toMatch(/^Firestore by .* client 8\.7/);
});

/** A store that ends its client with itself. */
const opened = async (answerWithinMs?: number): Promise<LedgerStore> => {
  const client = emulator?.client();
  if (client === undefined) throw new Error(NO_EMULATOR);
  const store = openedOr(
    await openFirestoreStore(client, {
      name: 'firestore:tests',
      ...(answerWithinMs === undefined ? {} : { answerWithinMs }),
    }),
  );
  let closing: Promise<void> | undefined;
  return {
    ...store,
    close: () => {
      closing ??= store.close().then(() => client.terminate());
      return closing;
    },
  };
};

describe.each(emulator === undefined ? [] : [emulator])('over the wire: $name', (emulator) => {
  const rows: ConformanceRow[] = [];
  ledgerStoreConformance(
    emulator.name,
    () => opened(),
    { describe, test },
    {
      wire: { none: 'ways are cut in front of our fake' },
      long: { none: 'the emulator holds all of it in memory' },
      tell: (row) => rows.push(row),
    },
  );
  afterAll(() => process.stdout.write(`${conformanceTable(rows)}\n`));
  catalogStoreConformance(emulator.name, async () => firestoreCatalogs(emulator.client()), { describe, test });

  test('a deployment goes to Firestore, decides there, and its exports before and after are the same', async () => {
    const { dir, remove } = folder();
    process.env['FIRESTORE_EMULATOR_HOST'] = emulator.host;
    try {
      const [near, far] = [join(dir, 'near'), 'firestore:tests-of-tai/ledgers'];
      mkdirSync(near);
      symlinkSync(join(repository, 'tools/firestore/node_modules'), join(near, 'node_modules'));
      layOutBought(near, {});
      const tai = (...line: readonly string[]) => runIn(near, line);
      expect(await tai('event', 'event.json')).toMatchObject({ code: EXIT.ok });
      expect(await tai('submit', 'check_health', '--tenant', 'acme', '--as', 'agent:bot')).toMatchObject({
        code: EXIT.ok,
      });
      expect(await tai('export', '--tenant', 'acme', '--seal', '-o', 'before')).toMatchObject({ code: EXIT.ok });
      const copied = await tai('store', 'copy', 'sqlite:.tai/ledger.db', far);
      expect(copied).toMatchObject({ code: EXIT.ok, out: expect.stringContaining('are the same in both') });
      const config = join(near, '.tai/config.json');
      writeFileSync(config, JSON.stringify({ ...JSON.parse(readFileSync(config, 'utf8')), store: far }));
      expect(await tai('export', '--tenant', 'acme', '--seal', '-o', 'after')).toMatchObject({ code: EXIT.ok });
      const { status, stdout } = spawnSync('diff', ['-r', 'before', 'after'], { cwd: near, encoding: 'utf8' });
      expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
      expect(await tai('submit', 'check_health', '--tenant', 'acme', '--as', 'agent:bot')).toMatchObject({
        code: EXIT.ok,
      });
      expect(await tai('store', 'check')).toMatchObject({ code: EXIT.ok, out: expect.stringContaining('sound') });
    } finally {
      delete process.env['FIRESTORE_EMULATOR_HOST'];
      remove();
    }
  });

  test('the client of Google is one to the compiler', () => {
    const { dir, remove } = folder();
    try {
      symlinkSync(join(repository, 'tools/firestore/node_modules'), join(dir, 'node_modules'));
      cpSync(join(repository, 'packages/adapter-storage/src/firestore/client.ts'), join(dir, 'client.ts'));
      writeFileSync(
        join(dir, 'check.ts'),
        "import { Firestore } from '@google-cloud/firestore';\nimport type { FirestoreClient } from './client.ts';\nexport const client: FirestoreClient = new Firestore({});\n",
      );
      const asked =
        '--noEmit --strict --exactOptionalPropertyTypes --skipLibCheck --target es2023 --module nodenext --allowImportingTsExtensions --types node';
      const types = ['--typeRoots', join(repository, 'node_modules/@types'), join(dir, 'check.ts')];
      const { status, stdout } = spawnSync(join(repository, 'node_modules/.bin/tsc'), [...asked.split(' '), ...types], {
        cwd: dir,
        encoding: 'utf8',
      });
      expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
    } finally {
      remove();
    }
  });

  test('a server that is gone is a fault in time, and one that is back answers', async () => {
    const store = await opened(3_000);
    expect(await store.append(ledger, headAt(0), rowsFrom(0, 2))).toEqual(ok);
    await emulator.stop();
    expect(await store.head(ledger)).toMatchObject({ left: { fault: 'unavailable', outcome: 'not_written' } });
    await emulator.start();
    // The emulator forgot everything: all that counts is that it answers.
    let answered = await store.head(ledger);
    for (let n = 0; n < 20 && E.isLeft(answered); n += 1) answered = await store.head(ledger);
    expect(answered).toEqual(E.right(undefined));
    expect(await allRows(store)).toEqual([]);
    await store.close();
  });
});
