/** Six verbs on the files of examples/policy, one good and one faulty each: what a person sees, and its twin for programs. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { EXIT, main } from '@tai-autonomics/cli';
import { describe, expect, test } from 'vitest';
import { repository } from '../canary/repository.ts';
import { writeFreezerLedger } from './freezer-ledger.ts';
import { captureIo } from './terminal.ts';

const folder = join(repository, 'examples', 'policy');
// Like any snapshot: written where there is none, and never in CI.
const ledger = join(folder, 'freezer-ledger');
if (!existsSync(ledger) && process.env['CI'] === undefined) await writeFreezerLedger(ledger);

interface Show {
  readonly name: string;
  readonly argv: readonly string[];
  readonly exit: number;
}
const on = (...names: readonly string[]): readonly string[] => names.map((name) => `examples/policy/${name}`);
const freezer = ['--catalog', ...on('freezer.jsonc')];
const SHOWS: readonly Show[] = [
  { name: 'lint-good', argv: ['lint', ...on('freezer.jsonc')], exit: EXIT.ok },
  { name: 'lint-faulty', argv: ['lint', ...on('freezer-faulty.jsonc')], exit: EXIT.failed },
  { name: 'prove-good', argv: ['prove', ...on('freezer.invariants.jsonc'), ...freezer], exit: EXIT.ok },
  { name: 'prove-faulty', argv: ['prove', ...on('freezer-broken.invariants.jsonc'), ...freezer], exit: EXIT.failed },
  { name: 'diff-good', argv: ['diff', ...on('freezer.jsonc', 'freezer.jsonc')], exit: EXIT.ok },
  {
    name: 'diff-faulty',
    argv: ['diff', ...on('freezer.jsonc', 'freezer-next.jsonc'), '--most', '3'],
    exit: EXIT.failed,
  },
  { name: 'explain-good', argv: ['explain', ...on('thaw-ready.jsonc'), ...freezer], exit: EXIT.ok },
  { name: 'explain-faulty', argv: ['explain', ...on('thaw.jsonc'), ...freezer], exit: EXIT.refused },
  { name: 'test-good', argv: ['test', ...on('freezer.cases.jsonc'), ...freezer, '--cover'], exit: EXIT.ok },
  { name: 'test-faulty', argv: ['test', ...on('freezer-wrong.cases.jsonc'), ...freezer], exit: EXIT.failed },
  { name: 'replay-good', argv: ['replay', ...on('freezer-ledger', 'freezer.jsonc')], exit: EXIT.ok },
  { name: 'replay-faulty', argv: ['replay', ...on('freezer-ledger', 'freezer-next.jsonc')], exit: EXIT.failed },
];

describe('tai, on the files of examples/policy', () => {
  test.for(SHOWS)('$name: it prints its golden, and --json says it for programs', async ({ name, argv, exit }) => {
    const shown = captureIo(repository);
    expect(await main(argv, shown.io)).toBe(exit);
    expect(shown.err()).toBe('');
    await expect(`$ tai ${argv.join(' ')}\n${shown.out()}# exit ${exit}\n`).toMatchFileSnapshot(
      join(folder, 'shown', `${name}.out`),
    );
    const twin = captureIo(repository);
    expect(await main([...argv, '--json'], twin.io)).toBe(exit);
    expect(() => JSON.parse(twin.out())).not.toThrow();
  });

  test('every golden has its command', () => {
    const goldens = readdirSync(join(folder, 'shown'));
    expect(goldens.sort()).toEqual(SHOWS.map(({ name }) => `${name}.out`).sort());
  });
});
