/** What people do with a bundle, and with the files that are theirs: read where it is harmless, one clear line for the rest. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { main } from '@tai-autonomics/cli';
import { afterAll, describe, expect, test } from 'vitest';
import { captureIo } from '../cli/terminal.ts';
import { buildLedger } from '../receipt/fixture.ts';
import { workFolder } from './evidence.ts';

interface Command {
  readonly argv: readonly string[];
  readonly code: number;
  /** Stands in what is printed. */
  readonly says: string;
}

const FIELD = 'test/vectors/field';
const work = workFolder();
afterAll(work.remove);
const read = (path: string): unknown => JSON.parse(readFileSync(join(FIELD, path), 'utf8'));

const run = async (folder: string, { argv, code, says }: Command): Promise<void> => {
  const { io, printed, err } = captureIo(folder);
  const ended = await main(argv, io);
  expect(printed()).toContain(says);
  expect(ended, printed()).toBe(code);
  if (code === 2) expect(err().trimEnd().split('\n')).toHaveLength(1);
};

describe('a bundle in human hands', () => {
  const ledger = buildLedger(3);
  const lines = Buffer.concat(ledger.receipts.flatMap(({ bytes }) => [bytes, Buffer.from('\n')]));
  const steps = read('bundle-in-human-hands/steps.json') as readonly {
    readonly note: string;
    /** Done by a shell, where the bundle and the trust file are. */
    readonly does: string;
    readonly bundle: string;
    readonly code: number;
    readonly says: string;
  }[];
  test.for(steps)('$note', async ({ does, bundle, code, says }) => {
    const folder = work.path();
    mkdirSync(join(folder, 'bundle', 'disclosures'), { recursive: true });
    writeFileSync(join(folder, 'bundle', 'receipts.jsonl'), lines);
    writeFileSync(join(folder, 'bundle', 'checkpoint'), ledger.note);
    writeFileSync(join(folder, 'trust'), ledger.trust);
    execFileSync('sh', ['-c', does], { cwd: folder, stdio: 'pipe' });
    await run(folder, { argv: ['verify', bundle, '--trust', 'trust', '--no-rederive'], code, says });
  });
});

describe('what a person types about a bundle', () => {
  const cases = readdirSync(join(FIELD, 'receipts')).flatMap((name) => {
    const { commands } = read(`receipts/${name}/expect.json`) as { readonly commands?: readonly Command[] };
    return commands === undefined ? [] : [{ name, commands }];
  });
  test('there are cases', () => expect(cases.length).toBeGreaterThan(1));

  test.for(cases)('$name', async ({ name, commands }) => {
    const folder = work.path();
    mkdirSync(join(folder, 'bundle'), { recursive: true });
    const from = join(process.cwd(), FIELD, 'receipts', name);
    execFileSync('tar', ['-xzf', join(from, 'bundle.tar.gz'), '-C', join(folder, 'bundle')], { stdio: 'pipe' });
    if (existsSync(join(from, 'trust'))) writeFileSync(join(folder, 'trust'), readFileSync(join(from, 'trust')));
    for (const command of commands) await run(folder, command);
  });
});
