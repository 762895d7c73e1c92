/**
 * The desired state of a service: a git repository in which one line of one file names the release. What is declared is the
 * line, with `{release}` in the place of the name; the rest of the file is nobody's business here, and stays byte for byte.
 */
import { isPlainObject } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { type Git, headCommit } from './git.ts';
import { treeOf } from './worktree.ts';

/** Where the desired state of a resource is: a repository, a file in it, and the line of that file which names the release. */
export interface ReleasePlace {
  readonly repository: string;
  /** Relative to the top of the repository: `apps/checkout/values.yaml`. */
  readonly file: string;
  /** The line without its indentation, with one `{release}`: `tag: "{release}"`. */
  readonly line: string;
  /** The repository whose tags are the releases; the same one where absent. */
  readonly tags?: string;
  /** What a release tag looks like, `release-{version}`; as the detector has it where absent. */
  readonly releaseTags?: readonly string[];
}

/** What a release may be called: nothing that git, or the format of a file, reads as more than a name. */
const RELEASE = /^(?!.*\.\.)(?!.*\.lock$)[A-Za-z0-9][A-Za-z0-9._+-]{0,99}$/;
const FILE = /^(?!\/)(?!.*\/\/)(?!.*(?:^|\/)\.{1,2}(?:\/|$))(?!.*(?:^|\/)\.git(?:\/|$))[^\p{Cc}\\]{1,500}$/iu;
const SLOT = '{release}';
const REGULAR = new Set(['100644', '100755']);

/** Whether it is the name of a release that can be written. */
export const isReleaseName = (x: unknown): x is string => typeof x === 'string' && RELEASE.test(x);

/** Whether it is a place: the file stays inside the repository, and the line has one `{release}` and no line break. */
export const isReleasePlace = (x: unknown): x is ReleasePlace =>
  isPlainObject(x) &&
  typeof x['repository'] === 'string' &&
  x['repository'] !== '' &&
  typeof x['file'] === 'string' &&
  FILE.test(x['file']) &&
  typeof x['line'] === 'string' &&
  /^\S(?:.*\S)?$/u.test(x['line']) &&
  x['line'].split(SLOT).length === 2 &&
  (x['tags'] === undefined || typeof x['tags'] === 'string');

/** A regular file of a commit. */
export interface DeclaredFile {
  readonly mode: string;
  readonly text: string;
}

/** The declared file as a commit has it. Left where it is not there, is a link or a submodule, or is not text. */
export const fileAt = async (git: Git, commit: string, file: string): Promise<E.Either<string, DeclaredFile>> => {
  const tree = await treeOf(git, commit);
  if (E.isLeft(tree)) return tree;
  const stored = Buffer.from(file, 'utf8').toString('latin1');
  const entry = tree.right.find(({ path }) => path === stored);
  if (entry === undefined || !REGULAR.has(entry.mode)) return E.left('the declared file is no file of the repository');
  const bytes = await git.bytes('cat-file', 'blob', entry.id);
  if (E.isLeft(bytes)) return bytes;
  const text = Buffer.from(bytes.right, 'latin1');
  return text.equals(Buffer.from(text.toString('utf8'), 'utf8'))
    ? E.right({ mode: entry.mode, text: text.toString('utf8') })
    : E.left('the declared file is not UTF-8');
};

/** The release that a text names; `undefined` unless the declared line is there exactly once. */
export const releaseIn = (text: string, line: string): string | undefined => {
  const [only, ...more] = linesNaming(text, line);
  return only === undefined || more.length > 0 ? undefined : only.release;
};

/** The text with another release in its line; `undefined` unless the declared line is there exactly once. */
export const withRelease = (text: string, line: string, release: string): string | undefined => {
  const [only, ...more] = linesNaming(text, line);
  if (only === undefined || more.length > 0) return undefined;
  return text.slice(0, only.from) + release + text.slice(only.from + only.release.length);
};

/** What the newest commit changed: the release before it, where it changed the release and nothing else. */
export const previousRelease = async (
  git: Git,
  head: string,
  { file, line }: Pick<ReleasePlace, 'file' | 'line'>,
): Promise<E.Either<string, string | undefined>> => {
  const parents = await git('rev-list', '--parents', '--max-count=1', head);
  if (E.isLeft(parents)) return parents;
  const [, parent, ...others] = parents.right.trim().split(' ');
  if (parent === undefined || others.length > 0) return E.right(undefined);
  const changed = await git.bytes(
    'diff-tree',
    '-r',
    '-z',
    '--name-only',
    '--no-renames',
    '--no-ext-diff',
    parent,
    head,
  );
  if (E.isLeft(changed)) return changed;
  if (changed.right !== `${Buffer.from(file, 'utf8').toString('latin1')}\0`) return E.right(undefined);
  const [now, before] = [await fileAt(git, head, file), await fileAt(git, parent, file)];
  if (E.isLeft(now) || E.isLeft(before) || now.right.mode !== before.right.mode) return E.right(undefined);
  const [release, previous] = [releaseIn(now.right.text, line), releaseIn(before.right.text, line)];
  const isOnly = previous !== undefined && withRelease(now.right.text, line, previous) === before.right.text;
  return E.right(isOnly && release !== previous ? previous : undefined);
};

const TAGS_MAX = 1_000;

/** The tags of a repository, the newest versions first, at most 1 000. */
export const tagsOf = async (git: Git): Promise<E.Either<string, readonly string[]>> =>
  E.map((text: string) => text.split('\n').filter((name) => name !== ''))(
    await git(
      'for-each-ref',
      '--sort=-version:refname',
      `--count=${TAGS_MAX}`,
      '--format=%(refname:strip=2)',
      'refs/tags/',
    ),
  );

/** The commit at which the desired state is, and the branch that says so. A detached HEAD is no state that anybody follows. */
export const desiredHead = async (git: Git): Promise<E.Either<string, string>> => {
  const branch = await git('symbolic-ref', '--quiet', 'HEAD');
  return E.isLeft(branch) ? E.left('HEAD is at no branch') : headCommit(git);
};

interface Naming {
  readonly release: string;
  /** Where the name begins. */
  readonly from: number;
}

/** Lines that are the declared one, whatever their indentation and the release that they name. */
const linesNaming = (text: string, line: string): readonly Naming[] => {
  const [before = '', after = ''] = line.split(SLOT);
  const found: Naming[] = [];
  let start = 0;
  for (const written of text.split('\n')) {
    const bare = written.replace(/\r$/, '').trimEnd();
    const indent = bare.length - bare.trimStart().length;
    const release = bare.slice(indent + before.length, bare.length - after.length);
    if (bare.slice(indent).startsWith(before) && bare.endsWith(after) && isReleaseName(release))
      found.push({ release, from: start + indent + before.length });
    start += written.length + 1;
  }
  return found;
};
