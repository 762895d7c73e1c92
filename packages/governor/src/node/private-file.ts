/** Files that are nobody else's business: read only if they are private, written whole or not at all. */
import { constants } from 'node:fs';
import { link, mkdir, open, stat } from 'node:fs/promises';
import { either as E } from 'fp-ts';
import { messageOf } from '../bounds/bounded-text.ts';
import { isCode, placeFile, replaceFile } from './durable-file.ts';

const OTHERS = 0o077;
const WRITE_BY_OTHERS = 0o022;
const FILE_BYTES_MAX = 16_777_216;

/**
 * What is wrong with a file that only its owner may change: somebody else can write it, or it belongs to another user
 * (root's is as good as one's own). `undefined` where nothing is, and where there is no such file.
 */
export const changeableByOthers = async (path: string): Promise<string | undefined> => {
  const found = await stat(path).catch(() => undefined);
  return found === undefined ? undefined : whoElseChanges(path, found);
};

/** The same of a file that was looked at already. */
export const whoElseChanges = (
  path: string,
  found: { readonly mode: number; readonly uid: number },
): string | undefined => {
  const own = process.geteuid?.();
  if (own !== undefined && found.uid !== own && found.uid !== 0)
    return `${path}: belongs to another user, who could change it; run: chown ${own} '${path}'`;
  return (found.mode & WRITE_BY_OTHERS) === 0
    ? undefined
    : `${path}: its mode is ${octal(found.mode)}, so others can change it; run: chmod go-w '${path}'`;
};

/** Makes the folder with mode 0700, or requires of the one that is there that it is private. */
export const privateFolder = async (path: string): Promise<E.Either<string, void>> => {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    const found = await stat(path);
    const wrong = exposure(path, found, '700');
    return wrong === undefined ? E.right(undefined) : E.left(wrong);
  } catch (thrown) {
    return E.left(`${path}: cannot be used as a private folder: ${messageOf(thrown)}`);
  }
};

/**
 * The text of a private file, from a byte on; `undefined` if there is none. A link, a folder, a file that others can reach, or one of
 * which more is to be read than `bytesMax`: refused. With `head`, a file that begins otherwise is another one, of which nothing is read.
 */
export const readPrivate = async (
  path: string,
  from: number = 0,
  bytesMax: number = FILE_BYTES_MAX,
  head: string = '',
): Promise<E.Either<string, string | undefined>> => {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const found = await file.stat();
      if (!found.isFile()) return E.left(`${path}: is not a file`);
      const wrong = exposure(path, found, '600');
      if (wrong !== undefined) return E.left(wrong);
      if (found.size - from > bytesMax) return E.left(`${path}: is larger than ${bytesMax} bytes`);
      if (head !== '') {
        const begins = await file.read({ buffer: Buffer.alloc(Buffer.byteLength(head)), position: 0 });
        if (begins.buffer.toString('utf8', 0, begins.bytesRead) !== head) return E.right('');
      }
      if (from === 0) return E.right(await file.readFile('utf8'));
      const { bytesRead, buffer } = await file.read({
        buffer: Buffer.alloc(Math.max(0, found.size - from)),
        position: from,
      });
      return E.right(buffer.toString('utf8', 0, bytesRead));
    } finally {
      await file.close();
    }
  } catch (thrown) {
    if (isCode(thrown, 'ENOENT')) return E.right(undefined);
    if (isCode(thrown, 'ELOOP')) return E.left(`${path}: is a symbolic link; name the file itself`);
    return E.left(`${path}: cannot be read: ${messageOf(thrown)}`);
  }
};

/** Puts a new file in place of an old one, durable when it answers: after a crash there is the one or the other. */
export const replacePrivate = async (path: string, text: string): Promise<E.Either<string, void>> => {
  try {
    return E.right(await replaceFile(path, text, 0o600));
  } catch (thrown) {
    return E.left(`${path}: cannot be written: ${messageOf(thrown)}`);
  }
};

/** Adds to the end of a private file, durable when it answers. A crash, or a full disk, may leave a part of the text there. */
export const appendPrivate = async (path: string, text: string): Promise<E.Either<string, void>> => {
  try {
    const file = await open(path, constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW);
    try {
      const wrong = exposure(path, await file.stat(), '600');
      if (wrong !== undefined) return E.left(wrong);
      await file.writeFile(text, 'utf8');
      await file.sync();
      return E.right(undefined);
    } finally {
      await file.close();
    }
  } catch (thrown) {
    return E.left(`${path}: cannot be written: ${messageOf(thrown)}`);
  }
};

/** Creates a file, durable when it answers. `false`: somebody else created it first, and theirs is untouched. */
export const createPrivate = async (path: string, text: string): Promise<E.Either<string, boolean>> => {
  try {
    await placeFile(path, text, 0o600, link);
    return E.right(true);
  } catch (thrown) {
    return isCode(thrown, 'EEXIST') ? E.right(false) : E.left(`${path}: cannot be created: ${messageOf(thrown)}`);
  }
};

const octal = (mode: number): string => (mode & 0o777).toString(8).padStart(4, '0');

/** One clear line: which file, what is wrong, what to do. */
const exposure = (path: string, found: { mode: number; uid: number }, mode: string): string | undefined => {
  const own = process.geteuid?.();
  if (own !== undefined && found.uid !== own) return `${path}: belongs to another user; run: chown ${own} '${path}'`;
  return (found.mode & OTHERS) === 0
    ? undefined
    : `${path}: its mode is ${octal(found.mode)}, so others can reach it; run: chmod ${mode} '${path}'`;
};
