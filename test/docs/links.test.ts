/** Every page can be reached, leads somewhere, and speaks as the others do. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { repository } from '../canary/repository.ts';
import { pages } from './blocks.ts';
import { anchorsOf, brokenLinks, linkedFiles, type Page, targetsOf } from './links.ts';

const pageOf = (file: string): Page => ({ file, text: readFileSync(join(repository, file), 'utf8') });
const all = [
  ...pages(),
  'CHANGELOG.md',
  'test/vectors/README.md',
  'test/vectors/decide/README.md',
  'test/vectors/field/README.md',
].map(pageOf);

test('every relative link leads to a file, and its anchor to a heading', () => {
  expect(all.flatMap(targetsOf).length).toBeGreaterThanOrEqual(30);
  expect(all.flatMap(brokenLinks)).toEqual([]);
});

describe('a link that leads nowhere is found', () => {
  test.for([
    { note: 'no such file', link: 'receipt-v2.md' },
    { note: 'no such anchor', link: 'receipt-v1.md#cosst' },
    { note: 'no such anchor of the page itself', link: '#nothing' },
    { note: 'an anchor of a folder', link: '../examples#policy' },
    { note: 'outside of the repository', link: '../../receipts.md' },
  ])('$note', ({ link }) => {
    const canary: Page = { file: 'docs/canary.md', text: `# Canary\n\nSee [there](${link}), or [here](#canary).\n` };
    expect(brokenLinks(canary)).toEqual([`docs/canary.md: ${link}`]);
  });

  test('what is in code is no link, and the second of two headings has a number', () => {
    const text = '# A b, `c`\n\n# A b, `c`\n\n`[x](nowhere)`\n\n```sh\n# [y](nowhere)\n```\n';
    expect([...anchorsOf(text)]).toEqual(['a-b-c', 'a-b-c-1']);
    expect(targetsOf({ file: 'docs/canary.md', text })).toEqual([]);
  });
});

test('the index of the documentation leads to every page', () => {
  const named = new Set(linkedFiles(pageOf('docs/README.md')));
  const there = readdirSync(join(repository, 'docs'))
    .filter((name) => name.endsWith('.md') && name !== 'README.md')
    .map((name) => `docs/${name}`);
  expect(there.filter((file) => !named.has(file))).toEqual([]);
});

/** Words that claim more than evidence can bear out, where no `never`, `not` or table of words to avoid stands before them. */
const CLAIM = /(?<!never |not |any )\b(tamper-proof|certified|compliant|blazing|seamless|world-class|cutting-edge)\b/i;
const claims = ({ file, text }: Page): readonly string[] =>
  text
    .split('\n')
    .filter((line) => CLAIM.test(line) && !line.endsWith('any claim of conformity with a standard |'))
    .map((line) => `${file}: ${line}`);

test('no page claims what an evidence system cannot', () => {
  expect(all.flatMap(claims)).toEqual([]);
  const boast = { file: 'docs/canary.md', text: 'Receipts are tamper-proof.\nThey are never tamper-proof.\n' };
  expect(claims(boast)).toEqual(['docs/canary.md: Receipts are tamper-proof.']);
});
