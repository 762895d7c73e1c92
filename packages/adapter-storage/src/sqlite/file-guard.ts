/**
 * Notices that an open ledger file is no longer where it was opened. SQLite goes on with a file that was deleted or put
 * aside, and everything that it takes from then on is gone with the process.
 */
import { closeSync, openSync, readSync, statSync } from 'node:fs';

/** What has become of the file, or `undefined` while it is where it was. One that is put back counts again. */
export type FileGuard = () => string | undefined;

/** Guards a file and its write-ahead log, by device, inode and link count. The log counts from when it is first seen. */
export const guardFile = (path: string): FileGuard => {
  const files = [path, `${path}-wal`].map((name) => ({ name, was: identityOf(name) }));
  return () => {
    const gone = files.find((file) => {
      const is = identityOf(file.name);
      // The log comes with the first write.
      file.was ??= is;
      return is !== file.was;
    });
    return gone === undefined
      ? undefined
      : `${gone.name}: was deleted or replaced while it was open, or got a second name, so nothing more is recorded; put it back, or stop this process and restore a backup`;
  };
};

/**
 * Why a file can't be whole: it ends in the middle of a page, and SQLite would read zeroes for the rest. A log beside it may have
 * that page, of a process that was killed while it moved pages over; then this says nothing.
 */
export const cutFile = (path: string): string | undefined => {
  const size = sizeOf(path);
  const page = size < HEADER_BYTES || sizeOf(`${path}-wal`) > 0 ? 0 : pageBytes(path);
  return page === 0 || size % page === 0
    ? undefined
    : `it has ${size} bytes and pages of ${page}, so its end was cut off; restore a backup`;
};

/** A database file begins with so many bytes that say what it is (sqlite.org/fileformat.html, 1.3). */
const HEADER_BYTES = 100;

/** The page size in its header; 0 where that can't be one. */
const pageBytes = (path: string): number => {
  const header = Buffer.alloc(HEADER_BYTES);
  const file = openSync(path, 'r');
  try {
    readSync(file, header, 0, HEADER_BYTES, 0);
  } finally {
    closeSync(file);
  }
  // Sixteen bits, in which 1 stands for 65 536.
  const said = header.readUInt16BE(16);
  const bytes = said === 1 ? 65_536 : said;
  return header.toString('latin1', 0, 15) === 'SQLite format 3' && bytes >= 512 ? bytes : 0;
};

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

const identityOf = (path: string): string | undefined => {
  try {
    const { dev, ino, nlink } = statSync(path, { bigint: true });
    return `${dev}:${ino}:${nlink}`;
  } catch {
    return undefined;
  }
};
