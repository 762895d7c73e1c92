/** The sample of `tai init` restarts a service on a port of its own; in a test it is one that is free. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import process from 'node:process';

/** A port that nobody has. */
export const freePort = async (): Promise<number> => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
};

/** Moves the sample service of a folder to a free port, once: whether it answers there. */
export const moveService = async (dir: string): Promise<() => Promise<boolean>> => {
  const port = await freePort();
  for (const name of ['restart.mjs', 'web.mjs']) {
    const file = join(dir, name);
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll('8790', String(port)));
  }
  return () =>
    fetch(`http://127.0.0.1:${port}/`).then(
      ({ ok }) => ok,
      () => false,
    );
};

/** Ends the sample service: it outlives the command that started it. */
export const endService = (dir: string): void => {
  const file = join(dir, 'web.pid');
  try {
    if (existsSync(file)) process.kill(Number(readFileSync(file, 'utf8')), 'SIGKILL');
  } catch {
    // It has ended already.
  }
};
