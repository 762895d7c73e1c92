/** The `tai` command as a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { TAI } from '../programs/program.ts';

export interface Running {
  readonly child: ChildProcess;
  readonly printed: () => string;
  /** Resolves when what was printed matches; rejects when the process ends before it does. */
  readonly says: (pattern: RegExp) => Promise<RegExpExecArray>;
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
}

/** Starts `tai`. Its standard output and error are read as one text. */
export const startTai = (cwd: string, ...argv: readonly string[]): Running => {
  const child = spawn(process.execPath, [TAI, ...argv], { cwd, stdio: ['pipe', 'pipe', 'pipe'] });
  let text = '';
  const looks = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      for (const look of looks) look();
    });
  }
  const ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string);
  return {
    child,
    printed: () => text,
    ended,
    says: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = pattern.exec(text);
          if (found === null) return;
          looks.delete(look);
          resolve(found);
        };
        looks.add(look);
        void ended.then((end) => reject(new Error(`it ended with ${end} and never said ${pattern}:\n${text}`)));
        look();
      }),
  };
};
