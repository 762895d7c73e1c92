/** Pages that are followed from top to bottom: their files are written, their commands run, and they print what is printed. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { main } from '@tai-autonomics/cli';
import { expect } from 'vitest';
import { repository } from '../canary/repository.ts';
import { captureIo } from './terminal.ts';

export interface Block {
  readonly line: number;
  readonly info: string;
  readonly text: string;
}

/** The fenced blocks of a page. */
export const blocksOf = (page: string): readonly Block[] => {
  const text = readFileSync(join(repository, page), 'utf8');
  return [...text.matchAll(/^```(\S+.*)\n([\s\S]*?)^```$/gm)].map((found) => ({
    line: text.slice(0, found.index).split('\n').length,
    info: found[1] ?? '',
    text: found[2] ?? '',
  }));
};

/** What the `npm install` lines of some blocks name. */
export const installedBy = (blocks: readonly Block[]): readonly string[] =>
  blocks
    .filter(({ info }) => info === 'sh')
    .flatMap(({ text }) => [...text.matchAll(/^npm install (?:--save-dev )?(.*)$/gm)])
    .flatMap(([, names = '']) => names.split(' '));

/** A command line, and what stands below it. */
interface Command {
  readonly line: string;
  readonly exit: number;
  readonly printed: readonly string[];
}

/** Carries out one command line; how it ended, and what it printed. A command that goes on is over when it printed `until`. */
export type Run = (line: string, until: RegExp) => Promise<{ readonly code: number; readonly printed: string }>;

/** A command line as a shell would take it apart, as far as the tutorial goes: words and quotes. */
const wordsOf = (line: string): readonly string[] =>
  [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, ...parts]) => parts.find((part) => part !== undefined) ?? '',
  );

const commandsOf = (text: string): readonly Command[] =>
  text
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const [line = '', ...printed] = part.trimEnd().split('\n');
      const [, command = line, exit = '0'] = /^(.*?)\s+# exit (\d)$/.exec(line) ?? [];
      return { line: command, exit: Number(exit), printed };
    });

/** Runs `tai` in this process, and nothing else. */
export const taiIn =
  (dir: string): Run =>
  async (line) => {
    const [command, ...argv] = wordsOf(line);
    expect(command).toBe('tai');
    const terminal = captureIo(dir);
    return { code: await main(argv, terminal.io), printed: terminal.printed() };
  };

const literal = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** `…` stands for anything in a line, and alone for any lines; columns are as wide as they have to be. */
export const pattern = (lines: readonly string[]): RegExp => {
  const parts = lines.map((line) =>
    line === '…' ? '(?:.*\\n)*?' : `${literal(line).replaceAll('…', '.*').replaceAll(/ {2,}/g, ' +')}\\n`,
  );
  return new RegExp(`^${parts.join('')}$`);
};

const insert = (file: string, after: string, snippet: string): void => {
  const text = readFileSync(file, 'utf8');
  const lines = text.split('\n');
  const places = lines.flatMap((line, i) => (line.trim() === after ? [i] : []));
  expect(places, `lines of ${file} that are ${after}`).toHaveLength(1);
  writeFileSync(file, lines.toSpliced((places[0] ?? 0) + 1, 0, snippet.trimEnd()).join('\n'));
};

/** Follows a page in a folder; how many commands ran. Blocks of other languages are for others to check. */
export const follow = async (blocks: readonly Block[], dir: string, run: Run = taiIn(dir)): Promise<number> => {
  let commands = 0;
  for (const { line, info, text } of blocks) {
    const file = /file=(\S+)/.exec(info)?.[1];
    const inserted = /insert=(\S+) after=(.*)$/.exec(info);
    if (file !== undefined) {
      mkdirSync(dirname(join(dir, file)), { recursive: true });
      writeFileSync(join(dir, file), text);
    } else if (inserted !== null) insert(join(dir, inserted[1] ?? ''), inserted[2] ?? '', text);
    else if (info === 'console') {
      for (const { line: command, exit, printed } of commandsOf(text)) {
        const expected = pattern(printed);
        const said = await run(command, expected);
        const where = `line ${line}: ${command}\n${said.printed}`;
        expect(said.printed, where).toMatch(expected);
        expect(said.code, where).toBe(exit);
        commands += 1;
      }
    }
  }
  return commands;
};
