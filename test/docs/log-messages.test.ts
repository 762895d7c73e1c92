/** docs/operating.md says what each fault of a running process means: none is left out, and none is made up. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { repository, sourceFiles } from '../canary/repository.ts';

/** Where a process that runs speaks of its faults. */
const SPEAKING = /^packages\/(?:governor\/src\/|cli\/src\/(?:deployment\/|local\/|commands\/serve\.ts))/;
const SPEAKERS = new Set(['onFault', 'missed', 'complain']);

const read = (path: string): string => readFileSync(join(repository, path), 'utf8');

/** The fixed texts of a message: the whole of a plain one, the pieces between the holes of a template. */
const piecesOf = (node: ts.Node): readonly string[] => {
  if (ts.isStringLiteralLike(node)) return [node.text];
  if (!ts.isTemplateExpression(node)) return [];
  return [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)];
};

/** The messages that are said in a file, each as its longest fixed text. What has none says what somebody else said. */
const messagesIn = (path: string): readonly string[] => {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && SPEAKERS.has(node.expression.getText().split('.').at(-1) ?? ''))
      for (const argument of node.arguments) {
        const longest = [...piecesOf(argument)].toSorted((a, b) => b.length - a.length)[0] ?? '';
        if (longest.trim().length >= 8) found.push(longest);
      }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, read(path), ts.ScriptTarget.Latest, true));
  return found;
};

const page = read('docs/operating.md');
const section = page.slice(page.indexOf('## What the process says'), page.indexOf('## When something is wrong'));
const rows = [...section.matchAll(/^\| `(.+?)` \|/gm)].flatMap(([, texts = '']) => texts.split('` · `'));

test('every fault that the sources name has a row', () => {
  const said = sourceFiles()
    .filter((path) => SPEAKING.test(path))
    .flatMap(messagesIn);
  expect(said.length).toBeGreaterThan(15);
  expect(said.filter((message) => !rows.some((row) => row.includes(message.trim())))).toEqual([]);
});

test('every row is a message of the sources', () => {
  const sources = sourceFiles().map(read).join('\n');
  expect(rows.length).toBeGreaterThan(15);
  const pieces = rows.flatMap((row) => row.split('…').map((piece) => piece.trim()));
  expect(pieces.filter((piece) => piece.length > 2 && !sources.includes(piece))).toEqual([]);
});
