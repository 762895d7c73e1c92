/** What the documents show is true: their TypeScript compiles, their commands exist, and what is shown as run was run. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { main } from '@tai-autonomics/cli';
import * as core from '@tai-autonomics/core';
import * as analysis from '@tai-autonomics/core/analysis';
import * as analytics from '@tai-autonomics/core/analytics';
import * as author from '@tai-autonomics/core/author';
import * as engine from '@tai-autonomics/core/engine';
import * as receipt from '@tai-autonomics/core/receipt';
import * as schemas from '@tai-autonomics/core/schemas';
import * as testing from '@tai-autonomics/core/testing';
import { describe, expect, test } from 'vitest';
import { repository } from './canary/repository.ts';
import { captureIo } from './cli/terminal.ts';
import { type Block, docstringExamples, fencedBlocks } from './docs/blocks.ts';
import { compileBlocks, type Exports } from './docs/compile.ts';

const fenced = fencedBlocks();
const examples = docstringExamples();
const written = (language: string): readonly Block[] => fenced.filter((block) => block.language === language);

const subpaths = { analysis, analytics, author, engine, receipt, schemas, testing };

const exported: Exports = new Map([
  ...Object.entries(subpaths).flatMap(([path, module]) =>
    Object.keys(module).map((name) => [name, `@tai-autonomics/core/${path}`] as const),
  ),
  ...Object.keys(core).map((name) => [name, '@tai-autonomics/core'] as const),
]);

/** Does not compile: if the compiler says nothing of it, it looked at nothing. */
const canary: Block = { file: 'a canary', line: 1, language: 'ts', text: 'decide(catalog);\n' };

test('every TypeScript block and every @example compiles', () => {
  expect(written('ts').length).toBeGreaterThanOrEqual(3);
  expect(examples.length).toBeGreaterThanOrEqual(4);
  const said = compileBlocks([...written('ts'), ...examples, canary], exported);
  expect(said).toEqual([expect.stringMatching(/^a canary:1: error TS2554: Expected 2 arguments/)]);
});

/** A command and what stands below it. */
interface Shown {
  readonly at: string;
  readonly argv: readonly string[];
  readonly output: string;
}

const shownIn = ({ file, line, text }: Block): readonly Shown[] =>
  text
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const [command = '', ...output] = part.split('\n');
      return { at: `${file}:${line}: ${command}`, argv: command.trim().split(/\s+/), output: output.join('\n').trim() };
    });

// Commands that depend on one another are typed in their order, in a folder of their own, by a test of the page.
const FOLLOWED = [
  'docs/tutorial-first-pack.md',
  'docs/first-gate.md',
  'docs/embedding.md',
  'docs/operating.md',
  'docs/http.md',
  'docs/authzen.md',
  'docs/postgresql.md',
];

/** What commands answered: two pages may show the same one, and it changes nothing. */
const answered = new Map<string, { readonly code: number; readonly printed: string }>();
const answerTo = async (argv: readonly string[]): Promise<{ readonly code: number; readonly printed: string }> => {
  const known = answered.get(argv.join(' '));
  if (known !== undefined) return known;
  const { io, printed } = captureIo(repository);
  const code = await main(argv, io);
  const answer = { code, printed: printed() };
  answered.set(argv.join(' '), answer);
  return answer;
};

describe('what a console block shows as run', () => {
  test.for(
    written('console')
      .filter(({ file }) => !FOLLOWED.includes(file))
      .flatMap(shownIn),
  )('$at', async ({ argv, output }) => {
    // Only what ends by itself and changes nothing can be run here; show the rest as `sh`.
    expect(argv.slice(0, 2)).toEqual(['npx', 'tai']);
    expect(argv[2]).toMatch(/^(decide|lint|explain|prove|diff|test|replay|verify|--help|--version)$/);
    const { code, printed } = await answerTo(argv.slice(2));
    // A faulty file is shown as faulty: 1 is an answer.
    expect([0, 1, 2, 3]).toContain(code);
    if (output !== '') expect(printed.trim()).toBe(output);
  });
});

test('every command that a page tells to type is there', async () => {
  const { io, out } = captureIo(repository);
  await main(['--help'], io);
  const verbs = new Set([...out().matchAll(/^ {2}([a-z-]+) /gm)].map(([, verb]) => verb));
  const { scripts } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as {
    readonly scripts: object;
  };
  const commands = [...written('sh'), ...written('console'), ...written('')].map(({ text }) => text).join('\n');
  const named = (pattern: RegExp): readonly string[] => [...commands.matchAll(pattern)].map(([, name = '']) => name);
  const missing = [
    ...named(/(?:^|npx )tai ([a-z-]+)\b/gm).filter((verb) => !verbs.has(verb)),
    ...named(/\bnpm run ([a-z][a-z:-]*)/g).filter((script) => !Object.hasOwn(scripts, script)),
  ];
  expect(verbs.size).toBeGreaterThanOrEqual(6);
  expect(missing).toEqual([]);
});
