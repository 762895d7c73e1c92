/** docs/packs.md is true: its tables are the shipped catalog's, and its story is what the example prints. */
import { readFileSync } from 'node:fs';
import type { Pack } from '@tai-autonomics/core';
import { library } from '@tai-autonomics/packs';
import { expect, test } from 'vitest';

const page = readFileSync('docs/packs.md', 'utf8');

/** A pack's tools as the page has them. */
const tableOf = ({ pack_id, tools, actions }: Pack): string =>
  [
    `<!-- tools ${pack_id} -->`,
    '| tool | what it may be asked for | roles |',
    '| --- | --- | --- |',
    ...tools.flatMap(({ tool, actions: ids }) =>
      ids.map((id, i) => {
        const { means = '', roles = [] } = actions[id] ?? {};
        const needed = roles.map((role) => `\`${role}\``).join(', ') || '–';
        return `| ${i === 0 ? `\`${tool}\`` : ''} | \`${id}\` ${means} | ${needed} |`;
      }),
    ),
  ].join('\n');

test.for(library.packs.filter(({ tools }) => tools.length > 0))('the table of $pack_id', (pack) => {
  expect(page).toContain(tableOf(pack));
});

test('the story of a policy version is what its example prints', () => {
  expect(page).toContain(readFileSync('examples/07-policy-version.out', 'utf8').trimEnd());
});
