/** Why a bundle can't be read at all. What is wrong inside files that can be read is the verifier's to say. */
import { either as E } from 'fp-ts';
import { messageOf, oneLine } from '../bounds/bounded-text.ts';
import { isCode } from '../node/durable-file.ts';

/** The kinds of damage and of attack that reading a bundle names. */
export type BundleFaultKind =
  /** It can't be opened or read, or is neither a folder nor a tar file. */
  | 'unreadable'
  /** A name that would lead out of the bundle, or that is spelt in another way than its one lawful one. */
  | 'path_traversal'
  /** A name that no file of a bundle has. */
  | 'unknown_file'
  /** A symbolic or hard link. Nothing in a bundle refers to something else. */
  | 'link'
  /** A device, a pipe, a socket, or a folder in a file's place. */
  | 'special_file'
  | 'doubled'
  | 'missing'
  | 'oversized'
  | 'too_many_files'
  /** The archive ends, or a file changes, while it is being read. */
  | 'truncated'
  | 'malformed_tar';

/** One thing that stops the reading. `path` is as the bundle says it: text from elsewhere. */
export interface BundleFault {
  readonly fault: BundleFaultKind;
  readonly path?: string;
  readonly detail: string;
}

/** The left side of everything that reads a bundle. */
export const bundleFault = (
  fault: BundleFaultKind,
  path: string | undefined,
  detail: string,
): E.Either<BundleFault, never> => E.left(path === undefined ? { fault, detail } : { fault, path, detail });

/** What the system said when something was opened or read. */
export const cannotBeRead = (path: string | undefined, thrown: unknown): E.Either<BundleFault, never> =>
  bundleFault('unreadable', path, isCode(thrown, 'ENOENT') ? 'no such file or folder' : messageOf(thrown));

const PATH_LENGTH_MAX = 160;

/** One line for a person: which bundle, which file, what is wrong. Names from the bundle are quoted, so none can pose as something else. */
export const printBundleFault = (bundle: string, { fault, path, detail }: BundleFault): string => {
  const quoted = path === undefined ? '' : ` ${JSON.stringify(oneLine(path).slice(0, PATH_LENGTH_MAX))}`;
  return oneLine(`${bundle}: ${fault}${quoted}: ${detail}`);
};
