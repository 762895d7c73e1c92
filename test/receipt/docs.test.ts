import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { workedExample } from './worked-example.ts';

const repo = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, repo), 'utf8');

describe('docs/receipt-v1.md', () => {
  const page = read('docs/receipt-v1.md');
  const example = workedExample();

  // A block whose text differs is shown as a difference of the page; `npx vitest run test/receipt/docs.test.ts -u` fills it in.
  test('its worked example is what the code makes', async () => {
    let blocks = 0;
    const filled = page.replace(
      /<!-- example: ([a-z0-9-]+) -->\n```([a-z]*)\n[\s\S]*?```/g,
      (_, name: string, language: string) => {
        blocks += 1;
        return `<!-- example: ${name} -->\n\`\`\`${language}\n${example[name]?.replace(/\n$/, '')}\n\`\`\``;
      },
    );
    expect(blocks).toBe([...page.matchAll(/<!-- example: /g)].length);
    expect(blocks).toBeGreaterThan(10);
    await expect(filled).toMatchFileSnapshot('../../docs/receipt-v1.md');
  });

  test('names the seed of its key', () => {
    expect(page).toContain('H("test seed of ledger.example/r1/c/4f2a")');
  });
});

describe('docs/threat-model.md', () => {
  const page = read('docs/threat-model.md');
  const tests = ['receipt', 'keys', 'ledger-life', 'bundle', 'governor', 'governor-parts', 'packs', 'laws', 'approvals']
    .flatMap((folder) => readdirSync(new URL(`test/${folder}/`, repo)).map((name) => `test/${folder}/${name}`))
    .filter((path) => path.endsWith('.test.ts') && !path.endsWith('docs.test.ts'))
    .map(read)
    .join('\n');
  const shown = page
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) => line.split('|')[3] ?? '');

  test.for([...shown.join(' ').matchAll(/`([a-z-]+\.json)`/g)].map(([, name = '']) => name))(
    '%s is a vector',
    (name) => {
      expect(existsSync(new URL(`test/vectors/receipt/${name}`, repo))).toBe(true);
    },
  );

  test.for([...shown.join(' ').matchAll(/"([^"]+)"/g)].map(([, title = '']) => title))('"%s" is a test', (title) => {
    // As a title or as the note of a row: a word in a comment shows nothing.
    expect(["'", '"', '`'].some((quote) => tests.includes(`${quote}${title}${quote}`))).toBe(true);
  });

  test('every row names what shows it', () => {
    const rows = page.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| attack '));
    expect(rows.length).toBeGreaterThan(30);
    expect(rows.filter((row) => !/`[a-z-]+\.json`|"[^"]+"/.test(row.split('|')[3] ?? ''))).toEqual([]);
  });

  test('every attack among the vectors is in the table', () => {
    const named = new Set([...page.matchAll(/`([a-z-]+)\.json`/g)].map(([, name]) => name));
    const attacks = readdirSync(new URL('test/vectors/receipt/', repo))
      .filter((name) => name.endsWith('.json') && !name.startsWith('untouched'))
      .map((name) => name.replace('.json', ''));
    // Spellings that say the same as one in the table.
    const alike = ['an-empty-line', 'no-receipt'];
    expect(attacks.filter((name) => !named.has(name))).toEqual(alike);
  });
});

test('the receipts stand alone: they import their own folder and three libraries, and the curve in one place', () => {
  const folder = new URL('packages/core/src/receipt/', repo);
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  expect(files.length).toBeGreaterThan(25);
  const imports = files.flatMap((name) =>
    [...readFileSync(new URL(name, folder), 'utf8').matchAll(/from '([^']+)'/g)].map(([, from = '']) => ({
      name,
      from,
    })),
  );
  const isOwn = ({ name, from }: { readonly name: string; readonly from: string }): boolean =>
    from.startsWith('.') && new URL(from, new URL(name, folder)).href.startsWith(folder.href);
  const outside = imports.filter((each) => !isOwn(each));
  expect(new Set(outside.map(({ from }) => from))).toEqual(
    new Set(['fp-ts', '@noble/ed25519', '@noble/hashes/sha2.js']),
  );
  expect(new Set(outside.filter(({ from }) => from.startsWith('@noble')).map(({ name }) => name))).toEqual(
    new Set(['encoding/crypto.ts']),
  );
});
