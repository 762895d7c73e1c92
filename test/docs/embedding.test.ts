/** docs/embedding.md, carried out beside the packages as npm would bring them. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { type Block, blocksOf, follow, installedBy } from '../cli/followed-page.ts';
import { needs } from '../outside-tools.ts';
import { type Packed, packed } from '../packed.ts';
import { inTheLongRun } from '../runs.ts';
import { openShell } from './shell.ts';

let packs: Packed | undefined;
afterAll(() => packs?.remove());

/** The page with another port: its own may be taken on this machine. */
const page: readonly Block[] = blocksOf('docs/embedding.md').map((block) => ({
  ...block,
  text: block.text.replaceAll('8788', String(20_000 + (process.pid % 20_000))),
}));

/** It compiles and starts a dozen processes. */
const TIMEOUT_MS = 300_000;

describe('docs/embedding.md', () => {
  const installed = (): string => {
    packs ??= packed();
    const folder = packs.folder();
    packs.install(folder, installedBy(page));
    return folder;
  };

  test(
    'from an empty folder its files are written, its commands typed, and they print what it prints',
    async (context) => {
      inTheLongRun(context);
      needs(context, 'bash', 'curl');
      const folder = installed();
      const shell = openShell(folder);
      onTestFinished(() => shell.close());
      expect(await follow(page, folder, shell.run)).toBeGreaterThan(8);
      const kept = JSON.parse(readFileSync(join(folder, '.tai/credentials.json'), 'utf8')) as object;
      expect(Object.keys(kept)).toContain('credentials');
    },
    TIMEOUT_MS,
  );

  test(
    'its files compile under every resolution that finds exports, and a mistake in them does not',
    (context) => {
      inTheLongRun(context);
      const folder = installed();
      const files = page.flatMap(({ info, text }) => {
        const name = /file=(\S+\.ts)$/.exec(info)?.[1];
        return name === undefined ? [] : [{ name, text }];
      });
      expect(files.length).toBeGreaterThan(6);
      const mistake = "import type { Pack } from '@tai-autonomics/core';\nexport const pack: Pack = { pack_id: 7 };\n";
      for (const { name, text } of [...files, { name: 'mistake.ts', text: mistake }])
        writeFileSync(join(folder, name), text);
      writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
      // `nodenext` is the page's own, which the test above compiles.
      for (const [moduleResolution, module] of [
        ['node16', 'node16'],
        ['bundler', 'esnext'],
      ]) {
        const resolution = { module, moduleResolution, types: ['node'], skipLibCheck: true };
        const compilerOptions = { target: 'es2023', strict: true, noEmit: true, ...resolution };
        writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
        const { stdout } = spawnSync(join(folder, 'node_modules/.bin/tsc'), ['--pretty', 'false'], {
          cwd: folder,
          encoding: 'utf8',
        });
        const faults = stdout.split('\n').filter((line) => line.includes('error TS'));
        expect(faults.length, moduleResolution).toBeGreaterThan(0);
        expect(faults.filter((line) => !line.startsWith('mistake.ts('))).toEqual([]);
      }
    },
    TIMEOUT_MS,
  );
});
