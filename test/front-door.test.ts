/** What a newcomer meets first stays small: nine of ten users need what the roots of core and governor export, and no more. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { repository } from './canary/repository.ts';

const exportedBy = (report: string): readonly string[] =>
  [
    ...readFileSync(join(repository, 'api', report), 'utf8').matchAll(
      /^export (?:const|type|interface|function|class) (\w+)/gm,
    ),
  ].map(([, name = '']) => name);

test.for([
  {
    root: 'core',
    report: 'core.api.md',
    most: 45,
    has: ['decideJson', 'compileCatalog', 'parseObservation', 'decide', 'explain'],
  },
  { root: 'governor', report: 'governor.api.md', most: 90, has: ['createGovernor', 'mintCredential', 'LedgerStore'] },
])('$root exports at most $most names', ({ report, most, has }) => {
  const names = exportedBy(report);
  expect(names).toEqual(expect.arrayContaining(has));
  expect(names.length).toBeLessThanOrEqual(most);
});

test('a subpath of core exports nothing that its root exports', () => {
  const root = new Set(exportedBy('core.api.md'));
  for (const subpath of ['author', 'analysis', 'analytics', 'engine', 'receipt', 'schemas', 'testing'])
    expect(exportedBy(`core-${subpath}.api.md`).filter((name) => root.has(name))).toEqual([]);
});
