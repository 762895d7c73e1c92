/** A small bundle as text: base64 of a gzipped tar file. It is unpacked into a private file that goes away, never into names of its own. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { decodeBase64, encodeBase64 } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { messageOf } from '../../bounds/bounded-text.ts';

/** Longest text of a bundle that is answered, in characters. */
const BUNDLE_TEXT_MAX = 1_048_576;
/** Most bytes of a tar file that such a text may hold: a few kilobytes can unpack to gigabytes. */
const TAR_MAX = 33_554_432;

/** Lends a text as a tar file; a tar file that is not gzipped is taken as well. */
export const withBundleText = async <A>(
  text: string,
  use: (path: string) => Promise<E.Either<string, A>>,
): Promise<E.Either<string, A>> => {
  const packed = decodeBase64(text);
  if (packed === undefined) return E.left('bundle: expected base64 of a tar file, gzipped or not');
  return withPrivateFile(async (path) => {
    await writeFile(path, isGzip(packed) ? gunzipSync(packed, { maxOutputLength: TAR_MAX }) : packed, { mode: 0o600 });
    return use(path);
  });
};

/** The text of the tar file that is written to the path that is lent. */
export const bundleTextOf = <A>(
  write: (path: string) => Promise<E.Either<string, A>>,
): Promise<E.Either<string, { readonly text: string; readonly written: A }>> =>
  withPrivateFile(async (path) => {
    const written = await write(path);
    if (E.isLeft(written)) return written;
    const text = encodeBase64(gzipSync(await readFile(path)));
    return text.length <= BUNDLE_TEXT_MAX
      ? E.right({ text, written: written.right })
      : E.left(`the bundle has ${text.length} characters, and at most ${BUNDLE_TEXT_MAX} are answered; narrow it down`);
  });

/** Lends the path of a file in a private folder; the folder is gone when the work is done. */
const withPrivateFile = async <A>(
  work: (path: string) => Promise<E.Either<string, A>>,
): Promise<E.Either<string, A>> => {
  const folder = await mkdtemp(join(tmpdir(), 'tai-bundle-'));
  try {
    return await work(join(folder, 'bundle.tar'));
  } catch (thrown) {
    return E.left(messageOf(thrown));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;
