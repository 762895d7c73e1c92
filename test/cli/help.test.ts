/** What a newcomer is told by `--help`, and by docs/cli.md: one line a verb, lines to type, exit codes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT, main } from '@tai-autonomics/cli';
import { describe, expect, test } from 'vitest';
import { repository } from '../canary/repository.ts';
import { captureIo } from './terminal.ts';
import { readVerbs, type Verb } from './verbs.ts';

const verbs = await readVerbs();

/** What prints no result of its own kind: doors, and what is JSON anyway. */
const WITHOUT_JSON = ['serve', 'mcp', 'mcp import', 'mcp gate', 'catalog'];

test('there are verbs, those of a group too', () => {
  expect(verbs.length).toBeGreaterThanOrEqual(24);
  expect(verbs.map(({ path }) => path)).toContain('keys rotate');
});

describe.each(verbs.map((verb) => [verb.path, verb] as const))('tai %s', (path, { does, help, exits }) => {
  test('is told in one line of a terminal of 80 columns, without a period', () => {
    expect(does).toMatch(/^[a-z][^\n]{10,62}[^.\n]$/);
  });

  test('has an example that begins with it', () => {
    const [, examples = ''] = /\nExamples:\n((?: {2}.*\n)+)/.exec(help) ?? [];
    for (const line of examples.trimEnd().split('\n')) expect(line).toMatch(new RegExp(`^ {2}tai ${path}( |$)`));
  });

  test('says what its exit codes mean, of those that there are', () => {
    expect(exits.map(([code]) => code)).toContain(EXIT.ok);
    for (const [code] of exits) expect(Object.values(EXIT)).toContain(code);
    expect(help).toContain('\n  2  what was given cannot be read or used; stderr says what, and where\n');
  });

  test('has --json if it prints results, and shows no empty list as a default', () => {
    expect(help.includes('  --json ')).toBe(!WITHOUT_JSON.includes(path));
    expect(help).not.toContain('default: []');
  });
});

/** A group without a verb tells which ones there are. */
test.for(['credentials', 'keys', 'pack', 'plan'])('tai %s alone: its help on stderr, exit 2', async (group) => {
  const { io, out, err } = captureIo(repository);
  expect(await main([group], io)).toBe(EXIT.unreadable);
  expect(err()).toMatch(new RegExp(`^Usage: tai ${group} `));
  expect(out()).toBe('');
});

const rowOf = ({ path, does, exits }: Verb): string =>
  `| \`${path}\` | ${does} | ${exits.map(([code, means]) => `${code} ${means}`).join(' · ')} |`;

// `npx vitest run test/cli/help.test.ts -u` writes the table anew.
test('the table of docs/cli.md is what the help says', async () => {
  const page = readFileSync(join(repository, 'docs/cli.md'), 'utf8');
  const [before = '', rest = ''] = page.split(/(?<=<!-- verbs -->\n\|.*\n\|.*\n)/);
  const after = rest.replace(/^(?:\|.*\n)*/, '');
  expect(before).toContain('<!-- verbs -->');
  await expect(`${before}${verbs.map((verb) => `${rowOf(verb)}\n`).join('')}${after}`).toMatchFileSnapshot(
    join(repository, 'docs/cli.md'),
  );
});
