/** The bare name `tai` on the registry is a stranger's package: what a page tells people to type can start nothing but this product. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const OURS = '@tai-autonomics/cli';

/** The package of the registry that `npx` starts where nothing is installed. */
const started = (typed: string): string | undefined => {
  const words = typed.split(/\s+/).slice(1);
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (word === '-p' || word === '--package') return words[at + 1];
    if (word.startsWith('--package=')) return word.slice('--package='.length);
    if (!word.startsWith('-')) return word;
  }
  return undefined;
};

test('who is started is read as npx reads it', () => {
  const rows = JSON.parse(readFileSync('test/vectors/field/npx-tai-is-somebody-elses/typed.json', 'utf8')) as readonly {
    readonly typed: string;
    readonly starts: string;
  }[];
  for (const { typed, starts } of rows) expect(started(typed), typed).toBe(starts);
});

const HERE = /\bin a clone\b|\bin a `?git clone|npm install @tai-autonomics\/cli|@tai-autonomics\/cli` is installed/i;
/** Only a clone has these files, so whoever types the line is in one. */
const OF_A_CLONE = /\b(?:examples|packages)\//;

const ends = (folder: string, end: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(end) && !/(?:^|\/)(?:node_modules|dist)\//.test(name))
    .map((name) => `${folder}/${name}`);
const texts = [
  'README.md',
  'SECURITY.md',
  ...ends('docs', '.md').filter((page) => page !== 'docs/tried.md'),
  ...readdirSync('packages').map((name) => `packages/${name}/README.md`),
  ...readdirSync('packages').flatMap((name) => ends(`packages/${name}/src`, '.ts')),
];

test('a line with `npx` starts this product, or is typed in a clone or where it is installed, and the page says which', () => {
  let read = 0;
  for (const path of texts) {
    const text = readFileSync(path, 'utf8');
    for (const [line] of text.matchAll(/npx[ \n][^`\n]*\n?[^`\n]*\btai\b[^`\n]*/g)) {
      read += 1;
      const isSaid = HERE.test(text) || OF_A_CLONE.test(line);
      expect(isSaid ? OURS : started(line), `${path}: ${line}`).toBe(OURS);
    }
  }
  expect(read).toBeGreaterThan(20);
});
