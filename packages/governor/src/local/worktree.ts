/**
 * How a worktree differs from a commit: file by file against the hashes of its tree, and never by what the index believes.
 * Files that git converts when it checks them out (line ends, encodings, filters such as LFS) are not what was released,
 * so they count as changed; no filter is run to find out.
 */
import { createHash, type Hash } from 'node:crypto';
import { createReadStream, type Stats } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { either as E } from 'fp-ts';
import { type Git, headCommit, openGit } from './git.ts';

/** One entry of a tree. `path` is as git stores it: one character a byte. */
export interface TreeEntry {
  readonly mode: string;
  readonly id: string;
  readonly path: string;
}

/** What is looked at at a time. */
const AT_ONCE = 32;
/** Repositories in repositories in repositories. */
const DEPTH_MAX = 8;
export const SUBMODULE = '160000';
const LINK = '120000';
const PROGRAM = '100755';

/** Every file, link and submodule of a commit. */
export const treeOf = async (git: Git, commit: string): Promise<E.Either<string, readonly TreeEntry[]>> => {
  const listed = await git.bytes('ls-tree', '-r', '-z', '--full-tree', commit);
  if (E.isLeft(listed)) return listed;
  return E.right(
    entriesOf(listed.right).map((line): TreeEntry => {
      const [about = '', path = ''] = [line.slice(0, line.indexOf('\t')), line.slice(line.indexOf('\t') + 1)];
      const [mode = '', , id = ''] = about.split(' ');
      return { mode, id, path };
    }),
  );
};

/** The path on this machine. Bytes, since not every name of a file is UTF-8. */
export const pathIn = (folder: string, path: string): Buffer =>
  Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(path, 'latin1')]);

/** How the worktree differs from a commit (see above): empty if it is exactly that. */
export const worktreeChanges = (git: Git, commit: string): Promise<E.Either<string, readonly string[]>> =>
  changesOf(git, commit, 0);

const entriesOf = (text: string): readonly string[] => text.split('\0').filter((entry) => entry !== '');
const shown = (path: string): string => Buffer.from(path, 'latin1').toString('utf8');

const statOf = (path: Buffer): Promise<Stats | undefined> => lstat(path).catch(() => undefined);

const hashOf = ({ id }: TreeEntry, size: number): Hash =>
  createHash(id.length === 40 ? 'sha1' : 'sha256').update(`blob ${size}\0`);

const isLink = async (entry: TreeEntry, path: Buffer): Promise<boolean> => {
  const target = await readlink(path, { encoding: 'buffer' });
  return hashOf(entry, target.length).update(target).digest('hex') === entry.id;
};

const isFile = async (entry: TreeEntry, path: Buffer, stats: Stats): Promise<boolean> => {
  const isProgram = (stats.mode & 0o100) !== 0;
  if (process.platform !== 'win32' && isProgram !== (entry.mode === PROGRAM)) return false;
  const hash = hashOf(entry, stats.size);
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex') === entry.id;
};

/** An empty folder is a submodule that nobody asked for, as in every fresh clone. */
const isSubmodule = async (entry: TreeEntry, path: Buffer, git: Git, depth: number): Promise<boolean> => {
  if ((await readdir(path)).length === 0) return true;
  const inner = depth < DEPTH_MAX ? await openGit(path.toString('utf8'), git.options) : E.left('too deep');
  if (E.isLeft(inner)) return false;
  const head = await headCommit(inner.right);
  if (E.isLeft(head) || head.right !== entry.id) return false;
  const changes = await changesOf(inner.right, head.right, depth + 1);
  return E.isRight(changes) && changes.right.length === 0;
};

/** `undefined` where the worktree holds exactly this; else a line as of `git status --porcelain`. */
const changeOf = async (git: Git, entry: TreeEntry, depth: number): Promise<string | undefined> => {
  const path = pathIn(git.folder, entry.path);
  const line = (letter: string): string => ` ${letter} ${shown(entry.path)}`;
  const stats = await statOf(path);
  if (stats === undefined) return line('D');
  const isKind =
    entry.mode === SUBMODULE ? stats.isDirectory() : entry.mode === LINK ? stats.isSymbolicLink() : stats.isFile();
  if (!isKind) return line('T');
  try {
    const isSame =
      entry.mode === SUBMODULE
        ? await isSubmodule(entry, path, git, depth)
        : entry.mode === LINK
          ? await isLink(entry, path)
          : await isFile(entry, path, stats);
    return isSame ? undefined : line('M');
  } catch {
    // What can't be read is not known to be the same.
    return line('M');
  }
};

/** Folders of the tree that are something else here, a link for instance: what is behind them is not the worktree's. */
const strangeFolders = async (git: Git, tree: readonly TreeEntry[]): Promise<readonly string[]> => {
  const folders = new Set<string>();
  for (const { path } of tree)
    for (
      let end = path.lastIndexOf('/');
      end > 0 && !folders.has(path.slice(0, end));
      end = path.lastIndexOf('/', end - 1)
    )
      folders.add(path.slice(0, end));
  const strange: string[] = [];
  for (const folder of folders) {
    const stats = await statOf(pathIn(git.folder, folder));
    if (stats !== undefined && !stats.isDirectory()) strange.push(` T ${shown(folder)}`);
  }
  return strange;
};

/** Files of git's own that are there while somebody merges, rebases, searches or writes: a checkout would end that, or fail. */
const BEGUN = [
  'MERGE_HEAD',
  'CHERRY_PICK_HEAD',
  'REVERT_HEAD',
  'BISECT_LOG',
  'rebase-merge',
  'rebase-apply',
  'sequencer',
  'index.lock',
  'HEAD.lock',
] as const;

const begunWork = async (git: Git): Promise<E.Either<string, readonly string[]>> => {
  const listed = await git('rev-parse', ...BEGUN.flatMap((name) => ['--git-path', name]));
  if (E.isLeft(listed)) return listed;
  const paths = listed.right.split('\n');
  const found = await Promise.all(
    BEGUN.map(async (name, i): Promise<readonly string[]> => {
      const stats = await statOf(Buffer.from(resolve(git.folder, paths[i] ?? '')));
      return stats === undefined ? [] : [`?? .git/${name}`];
    }),
  );
  return E.right(found.flat());
};

const FLAGGED = /^(?:S|[a-z]) /;
const IGNORES = /(?:^|\/)\.gitignore$/;

/** What the index holds beside the commit, what it is told not to look at, and files that nobody committed. */
const listedChanges = async (git: Git, commit: string): Promise<E.Either<string, readonly string[]>> => {
  const staged = await git.bytes(
    'diff-index',
    '--cached',
    '--name-status',
    '--no-renames',
    '--no-ext-diff',
    '--ignore-submodules=none',
    '-z',
    commit,
  );
  if (E.isLeft(staged)) return staged;
  const flags = await git.bytes('ls-files', '-v', '-z');
  if (E.isLeft(flags)) return flags;
  // Only committed rules hide a file: neither the repository's own excludes, nor rules that hide themselves.
  const others = ['ls-files', '-z', '--others', '--exclude-per-directory=.gitignore'] as const;
  const untracked = await git.bytes(...others);
  if (E.isLeft(untracked)) return untracked;
  const ignored = await git.bytes(...others, '--ignored', '--directory');
  if (E.isLeft(ignored)) return ignored;
  const begun = await begunWork(git);
  if (E.isLeft(begun)) return begun;
  const pairs = entriesOf(staged.right);
  return E.right([
    ...begun.right,
    ...pairs.flatMap((status, i) => (i % 2 === 0 ? [`${status}  ${shown(pairs[i + 1] ?? '')}`] : [])),
    ...entriesOf(flags.right)
      .filter((entry) => FLAGGED.test(entry))
      .map(shown),
    ...[...entriesOf(untracked.right), ...entriesOf(ignored.right).filter((path) => IGNORES.test(path))].map(
      (path) => `?? ${shown(path)}`,
    ),
  ]);
};

/**
 * How index and worktree differ from a commit, a line each: `XY path` as of `git status`, and `S path` or `h path` for a
 * file that git is told not to look at (`git ls-files -v`), `?? .git/MERGE_HEAD` and the like for work that was begun and is
 * not over. Empty exactly if the worktree holds the commit and nothing else.
 */
const changesOf = async (git: Git, commit: string, depth: number): Promise<E.Either<string, readonly string[]>> => {
  const tree = await treeOf(git, commit);
  if (E.isLeft(tree)) return tree;
  const listed = await listedChanges(git, commit);
  if (E.isLeft(listed)) return listed;
  const changes: string[] = [...(await strangeFolders(git, tree.right))];
  for (let from = 0; from < tree.right.length; from += AT_ONCE) {
    if (git.options.signal?.aborted === true) return E.left('the look took too long');
    const some = await Promise.all(tree.right.slice(from, from + AT_ONCE).map((entry) => changeOf(git, entry, depth)));
    changes.push(...some.filter((line) => line !== undefined));
  }
  return E.right([...changes, ...listed.right].sort());
};
