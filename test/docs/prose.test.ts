/** Pages can be read: lines that fit, sentences that end, one spelling, and none of the phrasings that readers stumbled over. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { repository } from '../canary/repository.ts';
import { pages } from './blocks.ts';

const COLUMNS = 120;
const WORDS = 45;

/** Phrasings, and what to write in their place. */
const INSTEAD: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/\bcan(?: not|['’]t)\b/i, 'cannot'],
  [/\b(?:whom|whoever|who asks)\b/i, 'the caller, the reader, anyone who, if you'],
  [/\bsee to it\b/i, 'make sure, or say who checks it'],
  [/\bnothing is wanting\b/i, 'everything that is needed is there'],
  [/\b(?:was|is) not said\b/i, 'is missing'],
  [/\bplayed on\b/i, 'simulated'],
  [/\bnobody knew\b/i, 'unknown'],
  [/\bvouches for nothing\b/i, 'is invalid for'],
];

interface Paragraph {
  /** Where it begins, from 1. */
  readonly line: number;
  readonly lines: readonly string[];
}

/** The prose of a page: no code, tables, headings or markers. An element of a list is a paragraph of its own. */
const paragraphsOf = (text: string): readonly Paragraph[] => {
  const blank = (found: string): string => found.replaceAll(/[^\n]/g, '');
  const prose = text
    .replaceAll(/^ *```.*?^ *```$/gms, blank)
    .replaceAll(/^(?:\||#|<|!\[).*$/gm, '')
    .split('\n');
  const paragraphs: { line: number; lines: string[] }[] = [];
  let open = false;
  for (const [i, line] of prose.entries()) {
    const begins = line.trim() !== '' && (!open || /^\s*(?:[-*]|\d+\.) /.test(line));
    if (begins) paragraphs.push({ line: i + 1, lines: [line] });
    else if (line.trim() !== '') paragraphs.at(-1)?.lines.push(line);
    open = line.trim() !== '';
  }
  return paragraphs;
};

/** What stands between backticks is not prose; a full stop in it ends nothing. */
const sentencesOf = ({ lines }: Paragraph): readonly string[] =>
  lines
    .join(' ')
    .replaceAll(/(`+).*?\1/g, 'code')
    .replaceAll(/\]\([^)]*\)/g, ']')
    .split(/(?<=[.!?:;]["”)*]*) /);

/** What is hard to read on a page, with its place. */
const hardOf = (file: string, text: string): readonly string[] =>
  paragraphsOf(text).flatMap((paragraph) => {
    const at = (i: number): string => `${file}:${paragraph.line + i}`;
    const sentences = sentencesOf(paragraph);
    return [
      ...paragraph.lines.flatMap((line, i) => (line.length > COLUMNS ? [`${at(i)}: ${line.length} columns`] : [])),
      ...sentences.flatMap((sentence) => {
        const { length } = sentence.split(' ');
        return length > WORDS ? [`${at(0)}: a sentence of ${length} words: ${sentence.slice(0, 60)}…`] : [];
      }),
      ...INSTEAD.flatMap(([pattern, instead]) => {
        const found = pattern.exec(sentences.join(' '));
        return found === null ? [] : [`${at(0)}: “${found[0]}”: say ${instead}`];
      }),
    ];
  });

test('every page can be read', () => {
  const files = pages();
  expect(files.length).toBeGreaterThan(25);
  expect(files.flatMap((file) => hardOf(file, readFileSync(join(repository, file), 'utf8')))).toEqual([]);
});

test('a page that cannot be read is found, and code, tables and headings are no prose', () => {
  const long = 'word '.repeat(46);
  const page = [
    '# A heading that can’t be read by whom it concerns',
    '',
    '| who asks | can’t |',
    '',
    '```sh',
    'x'.repeat(200),
    '```',
    '',
    'It `can’t`.',
    '',
    'It can’t.',
    '',
    `- one. ${'x'.repeat(120)}`,
    '- two, for',
    '  whom it concerns',
    '',
    ...long.trim().split(' word word word word').join('\nword word word word').split('\n'),
  ].join('\n');
  expect(hardOf('page.md', page)).toEqual([
    'page.md:11: “can’t”: say cannot',
    'page.md:13: 127 columns',
    'page.md:14: “whom”: say the caller, the reader, anyone who, if you',
    expect.stringMatching(/^page\.md:17: a sentence of 46 words: word/),
  ]);
});
