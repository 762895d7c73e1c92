/** How the configuration of a service differs from its commit: every change, with the hash of what stands there now. */
import { either as E } from 'fp-ts';
import { type Git, headCommit } from './git.ts';
import { pathIn, worktreeChanges } from './worktree.ts';

/** A change as `git status` writes it, and the blob of the file that stands there; null where there is none. */
interface ChangedFile {
  readonly change: string;
  readonly blob: string | null;
}

/** The raw evidence, plain JSON. */
export interface GitConfiguration {
  readonly head: string;
  readonly changes: readonly ChangedFile[];
}

/** More is no drift that anybody looked at: nothing is said. */
const CHANGES_MAX = 1_000;

/** Collects it. HEAD is read before and after: if it moved in between, nothing is answered. */
export const readConfiguration = async (git: Git): Promise<E.Either<string, GitConfiguration>> => {
  const head = await headCommit(git);
  if (E.isLeft(head)) return head;
  const changes = await worktreeChanges(git, head.right);
  if (E.isLeft(changes)) return changes;
  if (changes.right.length > CHANGES_MAX) return E.left(`more than ${CHANGES_MAX} files differ from the commit`);
  const changed: ChangedFile[] = [];
  for (const change of changes.right) changed.push({ change, blob: await blobOf(git, change) });
  const after = await headCommit(git);
  if (E.isLeft(after)) return after;
  return after.right === head.right
    ? E.right({ head: head.right, changes: changed })
    : E.left('HEAD moved while it was looked at');
};

/** What stands before a name: ` M `, `?? `, `M  ` of the index, and one letter of what git is told not to look at. */
const LETTERS = /^(?: [A-Z] |\?\? |[A-RT-Z]\d* {2}|[Sa-z] )/;

/** The file's name is the rest of the line after its letters. What can't be hashed has no blob: it is known by its change alone. */
const blobOf = async (git: Git, change: string): Promise<string | null> => {
  const name = change.replace(LETTERS, '');
  const path = pathIn(git.folder, Buffer.from(name, 'utf8').toString('latin1')).toString('utf8');
  const hashed = await git('hash-object', '--no-filters', '--', path);
  return E.isRight(hashed) && /^[0-9a-f]{40,64}\n$/.test(hashed.right) ? hashed.right.trim() : null;
};
