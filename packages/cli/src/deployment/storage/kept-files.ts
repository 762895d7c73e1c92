/** What a deployment's folder holds beside its ledgers, as a backup takes it: every file that can't be made anew. */
import { lstat, mkdir, readdir, readFile, realpath, stat } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { isCode, replaceFile } from '@tai-autonomics/governor/node';
import { either as E } from 'fp-ts';

/** What is made anew, or belongs to a running process. */
const PASSING: ReadonlySet<string> = new Set(['trees', 'snapshots', 'folds', 'tai.sock', 'socket.json']);
const LEDGER = /^ledger\.db/;
const TEMPORARY = /\.(?:tmp|lock)$/;

/** The files of a folder that are kept, by their paths in it; what links lead to, too, but not to `except`. */
export const keptFiles = async (dir: string, except?: string): Promise<E.Either<string, readonly string[]>> => {
  try {
    const found: string[] = [];
    const look = async (at: string): Promise<void> => {
      const entries = await readdir(join(dir, at), { withFileTypes: true });
      for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
        const path = join(at, entry.name);
        if (at === '' && (PASSING.has(entry.name) || LEDGER.test(entry.name))) continue;
        // What a link names is kept as a file: where it is put back there may be no such place.
        const kind = entry.isSymbolicLink() ? await stat(join(dir, path)).catch(() => undefined) : entry;
        // A link that leads nowhere names nothing; one that leads to the backup itself would never end.
        if (kind === undefined || (entry.isSymbolicLink() && (await leadsTo(join(dir, path), except)))) continue;
        if (kind.isDirectory()) await look(path);
        else if (kind.isFile() && !TEMPORARY.test(entry.name)) found.push(path);
      }
    };
    await look('');
    return E.right(found);
  } catch (thrown) {
    return E.left(`${dir}: cannot be read: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  }
};

/** Whether a file holds the marks of a key. */
export const isMark = (path: string): boolean => path.startsWith(`keys${sep}`) && path.endsWith('.mark.json');

/** The marks of a folder as they are now: marks that are read before the ledgers are never larger than them. */
export const readMarks = async (dir: string, paths: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> =>
  new Map(
    await Promise.all(
      paths.filter(isMark).map(async (path): Promise<[string, Uint8Array]> => [path, await readFile(join(dir, path))]),
    ),
  );

/**
 * Copies files from one folder to another, each whole or not at all, with their modes. `over`: whether one that is there is replaced.
 * What a running process took away meanwhile is left out. `marks` stand for what is in their files by now.
 */
export const copyFiles = async (
  from: string,
  to: string,
  paths: readonly string[],
  over: boolean,
  marks: ReadonlyMap<string, Uint8Array> = new Map(),
): Promise<E.Either<string, readonly string[]>> => {
  const kept: string[] = [];
  for (const path of paths) {
    const [source, target] = [join(from, path), join(to, path)];
    try {
      await mkdir(dirname(target), { recursive: true, mode: 0o700 });
      const there = await lstat(target).catch(() => undefined);
      if (there !== undefined && !over) {
        kept.push(path);
        continue;
      }
      const read = await readFile(source).catch((thrown: unknown) => {
        if (isCode(thrown, 'ENOENT')) return undefined;
        throw thrown;
      });
      if (read === undefined) continue;
      const { mode } = await stat(source);
      await replaceFile(target, marks.get(path) ?? read, mode & 0o777);
    } catch (thrown) {
      return E.left(`${target}: cannot be written: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
    }
  }
  return E.right(kept);
};

/** Whether a link leads to a folder, or to one that it lies in. */
const leadsTo = async (link: string, folder: string | undefined): Promise<boolean> => {
  if (folder === undefined) return false;
  const [to, of] = [await realpath(link), await realpath(folder)];
  return `${of}${sep}`.startsWith(`${to}${sep}`);
};
