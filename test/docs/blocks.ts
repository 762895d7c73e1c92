/** The fenced blocks of Markdown pages, and the examples in docstrings. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '../canary/repository.ts';

/** A piece of text and where it stands. */
export interface Block {
  readonly file: string;
  /** The line of its first line, from 1. */
  readonly line: number;
  readonly language: string;
  readonly text: string;
}

const read = (file: string): string => readFileSync(join(repository, file), 'utf8');

const list = (folder: string, ending: string): readonly string[] =>
  readdirSync(join(repository, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name))
    .sort();

/** The pages that people read first, the specifications, and what the registry shows of each package. */
export const pages = (): readonly string[] => [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...list('docs', '.md'),
  ...readdirSync(join(repository, 'packages')).map((name) => `packages/${name}/README.md`),
];

const lineAt = (text: string, index: number): number => text.slice(0, index).split('\n').length;

/** All fenced blocks. */
export const fencedBlocks = (): readonly Block[] =>
  pages().flatMap((file) => {
    const page = read(file);
    return [...page.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(({ index, 1: language = '', 2: text = '' }) => ({
      file,
      line: lineAt(page, index) + 1,
      language,
      text,
    }));
  });

/** The `@example` of every docstring in the packages' sources: from its line to the next tag or the end. */
export const docstringExamples = (): readonly Block[] =>
  readdirSync(join(repository, 'packages'))
    .flatMap((name) => list(`packages/${name}/src`, '.ts'))
    .flatMap((file) => {
      const source = read(file);
      return [...source.matchAll(/^ *\* @example\n((?: *\*(?! @|\/).*\n)+)/gm)].map(({ index, 1: text = '' }) => ({
        file,
        line: lineAt(source, index) + 1,
        language: 'ts',
        text: text.replaceAll(/^ *\* ?/gm, ''),
      }));
    });
