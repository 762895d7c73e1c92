/** What several of these tests need: a private folder that goes away, a look at whether a process runs. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** What a test's context offers for what has to be done when it is over. */
interface Finishing {
  readonly onTestFinished: (act: () => void) => void;
}

/** A new folder of mode 0700, removed when the test is over. Its path has no symbolic link. */
export const scratchFolder = ({ onTestFinished }: Finishing): string => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'tai-parts-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

const stateOf = (pid: number): string => {
  try {
    if (process.platform !== 'linux')
      return execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2);
  } catch {
    return 'X';
  }
};

/** A process that has ended but that nobody waited for (a zombie) doesn't run. */
export const isRunning = (pid: number): boolean => !/^[ZX]/.test(stateOf(pid));

/** Looks again until it holds, at most 20 s. */
export const eventually = async (holds: () => boolean): Promise<boolean> => {
  for (let look = 0; look < 400; look += 1) {
    if (holds()) return true;
    await pause(50);
  }
  return holds();
};
