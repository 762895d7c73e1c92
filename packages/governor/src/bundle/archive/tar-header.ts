/**
 * The one sort of tar header that a bundle has (POSIX.1-1988 ustar, a plain file). Written with nothing in it that
 * depends on who packed it, when or where; read strictly: whatever is not a plain file with a short name is refused.
 */
import { either as E } from 'fp-ts';
import { type BundleFault, bundleFault } from '../bundle-fault.ts';

/** Bytes of a header; contents are padded to a multiple of it. */
export const TAR_BLOCK = 512;
/** The longest file that eleven octal digits can say. */
export const TAR_BYTES_MAX: number = 8 ** 11 - 1;

const NAME_BYTES = 100;

/** The header of a file: mode 0644, no owner, no time. The name is ASCII of at most 100 bytes, the size at most `TAR_BYTES_MAX`. */
export const formatTarHeader = (name: string, size: number): Uint8Array => {
  const block = new Uint8Array(TAR_BLOCK);
  write(block, 0, name);
  write(block, 100, '0000644\0');
  write(block, 108, '0000000\0');
  write(block, 116, '0000000\0');
  write(block, 124, `${size.toString(8).padStart(11, '0')}\0`);
  write(block, 136, '00000000000\0');
  write(block, 156, '0');
  write(block, 257, 'ustar\x0000');
  write(block, 148, `${sumOf(block).toString(8).padStart(6, '0')}\0 `);
  return block;
};

/** Zero bytes after a file of this size, up to the next block. */
export const tarPadding = (size: number): number => (TAR_BLOCK - (size % TAR_BLOCK)) % TAR_BLOCK;

/** Reads a header. A checksum that is wrong, a long name, a link, a device or an extension of any kind is refused by name. */
export const parseTarHeader = (block: Uint8Array): E.Either<BundleFault, TarHeader> => {
  if (isZero(block)) return E.right({ entry: 'end' });
  if (octalAt(block, 148, 8) !== sumOf(block)) return bundleFault('malformed_tar', undefined, 'a header is damaged');
  const magic = textAt(block, 257, 6);
  if (magic !== 'ustar' && magic !== 'ustar ')
    return bundleFault('malformed_tar', undefined, 'not a ustar archive; pack plain files with: tar --format=ustar');
  const name = textAt(block, 0, NAME_BYTES);
  const sort = block[156] === 0 ? '0' : String.fromCharCode(block[156] ?? 0);
  if (sort !== '0' && sort !== '5') return refuse(name, sort);
  if (!isZero(block.subarray(345))) return bundleFault('malformed_tar', name, 'a name in two parts');
  const size = octalAt(block, 124, 12);
  if (size === undefined) return bundleFault('malformed_tar', name, 'a size that is not octal');
  if (sort === '0') return E.right({ entry: 'file', name, size });
  return size === 0 ? E.right({ entry: 'folder', name }) : bundleFault('malformed_tar', name, 'a folder with contents');
};

const write = (block: Uint8Array, at: number, text: string): void => {
  for (let i = 0; i < text.length; i++) block[at + i] = text.charCodeAt(i);
};

const sumOf = (block: Uint8Array): number => {
  let sum = 8 * 32;
  for (let i = 0; i < TAR_BLOCK; i++) if (i < 148 || i >= 156) sum += block[i] ?? 0;
  return sum;
};

/** What a header says: a file, a folder on the way to files, or the end. */
export type TarHeader =
  | { readonly entry: 'file'; readonly name: string; readonly size: number }
  | { readonly entry: 'folder'; readonly name: string }
  | { readonly entry: 'end' };

const textAt = (block: Uint8Array, from: number, length: number): string => {
  let text = '';
  for (let i = from; i < from + length && block[i] !== 0; i++) text += String.fromCharCode(block[i] ?? 0);
  return text;
};

/** An octal number that ends in a space or a NUL. The binary spelling of large sizes reads as nothing. */
const octalAt = (block: Uint8Array, from: number, length: number): number | undefined => {
  const text = textAt(block, from, length).trim();
  return /^[0-7]{1,11}$/.test(text) ? Number.parseInt(text, 8) : undefined;
};

const isZero = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0);

const SORTS: ReadonlyMap<string, string> = new Map([
  ['1', 'a hard link'],
  ['2', 'a symbolic link'],
  ['3', 'a character device'],
  ['4', 'a block device'],
  ['6', 'a pipe'],
]);

const refuse = (name: string, sort: string): E.Either<BundleFault, never> => {
  const known = SORTS.get(sort);
  if (sort === '1' || sort === '2') return bundleFault('link', name, known ?? '');
  if (known !== undefined) return bundleFault('special_file', name, known);
  return bundleFault('malformed_tar', name, 'an extended header; pack plain files with: tar --format=ustar');
};
