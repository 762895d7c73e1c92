/** Sees which release the desired state of a service names, and which releases exist. */
import { either as E } from 'fp-ts';
import type { Observer, TenantResource } from '../ports.ts';
import { desiredHead, fileAt, previousRelease, type ReleasePlace, releaseIn, tagsOf } from './desired-state.ts';
import { type Git, openGit } from './git.ts';
import { type DetectorOptions, observerOf, seenIn } from './raw-evidence.ts';
import { worktreeChanges } from './worktree.ts';

/** What an observer of desired state is made from. */
export interface DesiredStateObserverOptions extends DetectorOptions {
  /** Where the desired state of a resource is; `undefined`: this observer doesn't know the resource. */
  readonly place: (of: TenantResource) => ReleasePlace | undefined;
}

/**
 * An observer of desired state. It answers no fact at all when the resource is unknown to it, when `git` fails or is too slow,
 * or when the detector can't read the evidence. Facts are dated at the beginning of the look.
 */
export const desiredStateObserver = (options: DesiredStateObserverOptions): Observer =>
  observerOf(options, options.detector.facts, async (of, signal) => {
    const observedAt = options.clock();
    const place = options.place(of);
    if (place === undefined) return E.left('no desired state is registered for this resource');
    const git = await openGit(place.repository, { timeoutMs: options.timeoutMs, signal });
    if (E.isLeft(git)) return git;
    const raw = await readDesiredState(git.right, place);
    return E.isLeft(raw) ? raw : seenIn(raw.right, observedAt, options);
  });

/** The raw evidence. HEAD is read before and after: if it moved in between, nothing is answered. */
const readDesiredState = async (git: Git, place: ReleasePlace): Promise<E.Either<string, unknown>> => {
  const head = await desiredHead(git);
  if (E.isLeft(head)) return head;
  const file = await fileAt(git, head.right, place.file);
  if (E.isLeft(file)) return file;
  const previous = await previousRelease(git, head.right, place);
  if (E.isLeft(previous)) return previous;
  const tags = await tagsIn(git, place);
  if (E.isLeft(tags)) return tags;
  const changes = await worktreeChanges(git, head.right);
  if (E.isLeft(changes)) return changes;
  const after = await desiredHead(git);
  if (E.isLeft(after)) return after;
  if (after.right !== head.right) return E.left('HEAD moved while it was looked at');
  const { releaseTags } = place;
  return E.right({
    head: head.right,
    changeCount: changes.right.length,
    release: releaseIn(file.right.text, place.line) ?? null,
    previous: previous.right ?? null,
    tags: tags.right,
    ...(releaseTags === undefined ? {} : { releaseTags }),
  });
};

const tagsIn = async (git: Git, { tags }: ReleasePlace): Promise<E.Either<string, readonly string[]>> => {
  if (tags === undefined) return tagsOf(git);
  const other = await openGit(tags, git.options);
  return E.isLeft(other) ? other : tagsOf(other.right);
};
