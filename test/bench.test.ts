/** The bench compares like with like: what stands beside decide has to say the same. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { compileCatalog, decide } from '@tai-autonomics/core';
import { cellKey } from '@tai-autonomics/core/engine';
import { library } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { expect, test } from 'vitest';
import { decideRollback } from '../bench/hand-written/rules.ts';
import { cpuMsSince, figure, median, plausible } from '../bench/measure.ts';
import { withFigures } from '../bench/on-page.ts';
import { rollbackWorkload } from '../bench/rollback-workload.ts';
import { repository } from './canary/repository.ts';

test('the hand-written function of the bench says what decide says', () => {
  const catalog = compileCatalog(library);
  if (E.isLeft(catalog)) throw new Error('the shipped catalog does not compile');
  const { observations } = rollbackWorkload(catalog.right, 512, 1);
  expect(observations.map((o) => decideRollback(o))).toEqual(observations.map((o) => decide(catalog.right, o)));
  // A release that was rolled back from is none of the workload's faults.
  const withdrawn = observations.slice(0, 64).map((o) => {
    const target = o.evidence.find(({ fact }) => fact === 'rollback_target_version')?.value;
    const key = cellKey([o.intent.resource.ref, String(target)]);
    return {
      ...o,
      state: { ...o.state, cells: new Map(o.state.cells).set('release_standing', new Map([[key, 'withdrawn']])) },
    };
  });
  const decisions = withdrawn.map((o) => decideRollback(o));
  expect(decisions).toEqual(withdrawn.map((o) => decide(catalog.right, o)));
  expect(JSON.stringify(decisions)).toContain('rollback_target_withdrawn');
});

test('the short run has every bench but the one that installs other engines', () => {
  const { scripts } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as {
    readonly scripts: Readonly<Record<string, string>>;
  };
  const run = scripts['bench:short']?.split(' -- ')[1]?.split(' ') ?? [];
  const found = readdirSync(join(repository, 'bench')).flatMap((file) => /^(\w+)\.bench\.ts$/.exec(file)?.[1] ?? []);
  expect([...run, 'peers'].sort()).toEqual(found.sort());
});

test.for([-1, 0, 199, 200_001, Number.NaN, Number.POSITIVE_INFINITY])('%d bytes a tenant is an error', (figure) => {
  expect(() => plausible('bytes a tenant', figure, 200, 200_000)).toThrow('cannot be right');
});

test.for([-1, Number.NaN, Number.POSITIVE_INFINITY, 1e13])('a figure of %d ends any bench', (value) => {
  expect(() => figure('decisions a second', value)).toThrow('cannot be right');
});

test('a median of nothing, and so a figure that nobody measured, ends any bench', () => {
  expect(() => figure('ms', median([]), 0, -1)).toThrow('cannot be right');
  expect(median([3])).toBe(3);
});

test('a difference may be below nothing only as far as noise goes', () => {
  expect(figure('added ms', -59, 0, -60)).toBe('-59');
  expect(() => figure('added ms', -61, 0, -60)).toThrow('cannot be right');
});

test('work that the clock of CPU time did not see still took some', () => {
  const ahead = process.cpuUsage();
  expect(cpuMsSince({ user: ahead.user + 10_000_000, system: ahead.system + 10_000_000 })).toBe(0.001);
});

test('the last thing that is said is which bench failed, and why', { timeout: 120_000 }, () => {
  // What a bench tells the page goes into a folder that is not there.
  const TAI_BENCH_ON_PAGE = join(repository, 'no-such-folder', 'rows.jsonl');
  const args = [
    '--import',
    'tsx',
    '-C',
    '@tai-autonomics/source',
    join(repository, 'bench/main.ts'),
    'schedule',
    'size',
  ];
  const { status, stderr } = spawnSync(process.execPath, args, {
    cwd: repository,
    encoding: 'utf8',
    env: { ...process.env, TAI_BENCH_SHORT: '1', TAI_BENCH_ON_PAGE },
  });
  expect(status).toBe(1);
  expect(stderr.trimEnd().split('\n').at(-1)).toMatch(/^bench failed: size: Error: ENOENT/);
});

test('every bench prints its figures by the one function that looks at them', () => {
  const others = readdirSync(join(repository, 'bench')).filter((file) => file.endsWith('.ts') && file !== 'measure.ts');
  const unchecked = others.filter((file) =>
    /\.toFixed\(|\.toPrecision\(|\.toLocaleString\(/.test(readFileSync(join(repository, 'bench', file), 'utf8')),
  );
  expect(unchecked).toEqual([]);
  const unseen = others.filter(
    (file) => file.endsWith('.bench.ts') && !/\bfigure\(/.test(readFileSync(join(repository, 'bench', file), 'utf8')),
  );
  expect(unseen).toEqual([]);
});

test('figures go into the rows of the page that they are of; all else stays to the letter', () => {
  const page =
    'Prose.\n\n| | now | set |\n|---|---|---|\n| a row | 1 ms | 2 |\n| another | 3 | **missed** |\n\nMore.\n';
  expect(withFigures(page, [{ row: 'a row', cells: ['4 ms'] }])).toEqual({
    page: page.replace('1 ms', '4 ms'),
    left: ['another'],
    unknown: [],
  });
  expect(withFigures(page, [{ row: 'another', cells: [null, '5'] }]).page).toBe(page.replace('**missed**', '5'));
  expect(withFigures(page, [{ row: 'a rows', cells: ['4 ms'] }])).toEqual({
    page,
    left: ['a row', 'another'],
    unknown: ['a rows'],
  });
});

test('a figure goes into its own cell, also beside cells in which nothing stands', () => {
  const page = '| | short | long | times | set |\n|---|---|---|---|---|\n| a row | | 0.02; 11 | | |\n';
  expect(withFigures(page, [{ row: 'a row', cells: [null, '0.03; 12'] }]).page).toBe(
    page.replace('0.02; 11', '0.03; 12'),
  );
});

test('every row of docs/performance.md is told of by a bench, by the words of its first cell', () => {
  const benches = readdirSync(join(repository, 'bench')).filter((file) => file.endsWith('.ts'));
  const sources = benches.map((file) => readFileSync(join(repository, 'bench', file), 'utf8')).join('\n');
  const { left } = withFigures(readFileSync(join(repository, 'docs/performance.md'), 'utf8'), []);
  expect(left.length).toBeGreaterThan(20);
  expect(left.filter((row) => !sources.includes(`'${row}'`))).toEqual([]);
});
