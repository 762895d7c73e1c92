/** A shell that a page's commands are typed into, one after another, as a reader would. */
import { spawn } from 'node:child_process';
import process from 'node:process';
import type { Run } from '../cli/followed-page.ts';

export interface Shell {
  readonly run: Run;
  /** Ends it, and whatever it left running. */
  close(): void;
}

/** How long a command may take before the page is wrong. */
const PATIENCE_MS = 60_000;

/** A bash in a folder. A command that ends in `&` goes on, and is over for its reader when it printed what the page shows. */
export const openShell = (dir: string): Shell => {
  const child = spawn('bash', ['--norc', '--noprofile'], {
    cwd: dir,
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { ...process.env, NODE_OPTIONS: '', npm_config_offline: 'true' },
  });
  let said = '';
  let hear: () => void = () => {};
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
    hear();
  });
  child.stdin.write('exec 2>&1\n');
  /** Takes what was said once it is as it should be; all of it where that takes too long. */
  const heard = async <A>(take: () => A | undefined): Promise<A | undefined> => {
    const patience = AbortSignal.timeout(PATIENCE_MS);
    for (let taken = take(); ; taken = take()) {
      if (taken !== undefined || patience.aborted) return taken;
      await new Promise<void>((resolve) => {
        hear = resolve;
        patience.addEventListener('abort', () => resolve(), { once: true });
      });
    }
  };
  const run: Run = async (line, until) => {
    said = '';
    child.stdin.write(`${line}\nprintf '<exit %d>' $?\n`);
    const code = await heard(() => /<exit (\d+)>/.exec(said)?.[1]);
    const printed = (): string => withNewline(said.replace(/<exit \d+>/, ''));
    if (line.endsWith('&')) await heard(() => (until.test(printed()) ? true : undefined));
    return { code: Number(code ?? Number.NaN), printed: printed() };
  };
  return {
    run,
    close: () => {
      try {
        process.kill(-(child.pid ?? 0), 'SIGKILL');
      } catch {
        // It has ended already.
      }
    },
  };
};

const withNewline = (text: string): string => (text === '' || text.endsWith('\n') ? text : `${text}\n`);
