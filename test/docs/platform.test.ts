/** docs/platform.md names every action of the platform, who may ask for it, and its own codes, as the shipped catalog has them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Action } from '@tai-autonomics/core/author';
import { library } from '@tai-autonomics/packs';
import { expect, test } from 'vitest';
import { repository } from '../canary/repository.ts';

const file = join(repository, 'docs/platform.md');
const platform = library.packs.find(({ pack_id }) => pack_id === 'platform');

/** `user (owner)` where only an owner may, not whichever user. */
const whoOf = ({ who, relation }: Action): string =>
  who.map((type) => (type === 'user' && relation !== undefined ? `user (${relation})` : type)).join(', ');

const rowOf = ([id, action]: readonly [string, Action]): string => {
  const own = new Set(
    action.requires.map(({ code }) => code).filter((code) => Object.hasOwn(platform?.codes ?? {}, code)),
  );
  return `| \`${id}\` | ${whoOf(action)} | ${action.means} | ${[...own].map((code) => `\`${code}\``).join(', ') || '–'} |`;
};

// `npx vitest run test/docs/platform.test.ts -u` writes the table anew.
test('the table is the shipped catalog’s', async () => {
  const page = readFileSync(file, 'utf8');
  const [before = '', rest = ''] = page.split(/(?<=<!-- actions -->\n\|.*\n\|.*\n)/);
  const rows = Object.entries(platform?.actions ?? {}).map((entry) => `${rowOf(entry)}\n`);
  expect(rows.length).toBeGreaterThan(25);
  expect(before).toContain('<!-- actions -->');
  await expect(`${before}${rows.join('')}${rest.replace(/^(?:\|.*\n)*/, '')}`).toMatchFileSnapshot(file);
});
