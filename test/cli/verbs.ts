/** The verbs of `tai`, as its help tells of them. */
import { main } from '@tai-autonomics/cli';
import { repository } from '../canary/repository.ts';
import { captureIo } from './terminal.ts';

/** A verb, and what its help says. */
export interface Verb {
  readonly path: string;
  readonly does: string;
  readonly help: string;
  /** Codes and what they mean, without 2, which every verb has. */
  readonly exits: readonly (readonly [code: number, means: string])[];
}

const helpOf = async (path: readonly string[]): Promise<string> => {
  const { io, out } = captureIo(repository);
  await main([...path, '--help'], io);
  return out();
};

/** What is listed below a heading, a line each: two spaces, a name, what it is. */
const listed = (help: string): readonly (readonly [name: string, does: string])[] =>
  [...help.matchAll(/^ {2}([a-z][a-z-]*) {2,}(.*(?:\n {10,}.*)*)/gm)].map(([, name = '', does = '']) => [name, does]);

const exitsOf = (help: string): Verb['exits'] =>
  [...(help.split('Exit codes:\n')[1] ?? '').matchAll(/^ {2}(\d) {2}(.*)$/gm)]
    .map(([, code, means = '']) => [Number(code), means] as const)
    .filter(([code]) => code !== 2);

/** All of them, those below another one too, in the order of the help. */
export const readVerbs = async (above: readonly string[] = []): Promise<readonly Verb[]> => {
  const verbs: Verb[] = [];
  for (const [name, does] of listed(await helpOf(above))) {
    const path = [...above, name];
    if (name === 'help') continue;
    const help = await helpOf(path);
    const isGroup = help.includes('[options] [command]');
    if (isGroup) verbs.push(...(await readVerbs(path)));
    // A group may be a verb too: it has codes of its own then.
    if (!isGroup || exitsOf(help).length > 0) verbs.push({ path: path.join(' '), does, help, exits: exitsOf(help) });
  }
  return verbs;
};
