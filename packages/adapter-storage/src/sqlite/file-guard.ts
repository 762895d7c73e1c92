/**
 * Notices that an open ledger file is no longer where it was opened. SQLite goes on with a file that was deleted or put
 * aside, and everything that it takes from then on is gone with the process.
 */
import { statSync } from 'node:fs';

/** What has become of the file, or `undefined` while it is where it was. One that is put back counts again. */
export type FileGuard = () => string | undefined;

/** Guards a file and its write-ahead log, by device and inode. The log counts from when it is first seen. */
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
      : `${gone.name}: was deleted or replaced while it was open, so nothing more is recorded; put it back, or stop this process and restore a backup`;
  };
};

const identityOf = (path: string): string | undefined => {
  try {
    const { dev, ino } = statSync(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
};
