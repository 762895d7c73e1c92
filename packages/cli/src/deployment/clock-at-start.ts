/**
 * What the files of a deployment say of the clock when a process starts. A clock that is ahead looks from inside like a machine that
 * was off: nobody but a person can tell them apart, so it is said.
 */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

const DAY_MS = 86_400_000;
const SKEW_MS = 5_000;

/** What is to be said of the clock, in one line; `undefined` where nothing is. Ask before the ledger is opened: that may write. */
export const clockAtStart = async (dir: string, now: number): Promise<string | undefined> => {
  const marks = (await readdir(join(dir, 'keys')).catch((): string[] => [])).map((name) => join('keys', name));
  const names = ['ledger.db', 'ledger.db-wal', ...marks];
  const written = await Promise.all(names.map(async (name) => [name, await writtenAt(join(dir, name))] as const));
  const [name, newest] = written.reduce((one, other) => (other[1] > one[1] ? other : one));
  if (newest === 0) return undefined;
  const when = new Date(newest).toISOString();
  if (newest - now > SKEW_MS)
    return `the clock is behind: ${join(dir, name)} was written on ${when}; set it, or what was recorded then waits`;
  if (now - newest <= DAY_MS) return undefined;
  const days = Math.floor((now - newest) / DAY_MS);
  return `${dir} was written last on ${when}, ${days} days before the clock; if the clock is ahead, stop now: no instant can be taken back`;
};

const writtenAt = (path: string): Promise<number> =>
  stat(path).then(
    ({ mtimeMs }) => Math.floor(mtimeMs),
    () => 0,
  );
