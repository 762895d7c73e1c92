/** `tai serve`: both doors on one port, over the ledger of a deployment folder. Makes an evaluation deployment if there is none. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Credential, mintCredential } from '@tai-autonomics/governor';
import { systemRandom } from '@tai-autonomics/governor/node';
import { either as E } from 'fp-ts';
import { openDeployment } from '../deployment/deployment.ts';
import { exists, keptOf } from '../deployment/kept.ts';
import { startServer } from '../deployment/server.ts';
import { openShadow } from '../deployment/shadow-file.ts';
import { untilStopped } from '../deployment/signals.ts';
import { localOf, offer } from '../local/open-local.ts';
import type { Register } from '../register.ts';
import { complain, EXIT, type ExitCode, type Io, unreadable } from '../terminal/io.ts';

interface ServeOptions {
  readonly dir: string;
  readonly host: string;
  readonly port: string;
  readonly shadow?: string;
}

export const registerServe: Register = (program, io, exit) => {
  program
    .command('serve')
    .description('serve the HTTP and MCP doors on an embedded ledger')
    .option('--dir <dir>', 'the deployment’s folder', '.tai')
    .option('--host <host>', 'the address to listen on', '127.0.0.1')
    .option('--port <port>', 'the port; 0 for any', '8787')
    .option(
      '--shadow <file>',
      'a second catalog that decides beside, on what is recorded; differences go to shadow.jsonl',
    )
    .action(async (options: ServeOptions) => exit(await run(io, options)));
};

/** A first deployment: an evaluation, one tenant, four keys that are shown once. */
const initialise = async (io: Io, dir: string): Promise<void> => {
  const key = (parts: Parameters<typeof mintCredential>[1]): readonly [Credential, string] => {
    const { credential, secretText } = mintCredential(systemRandom, parts);
    return [credential, secretText];
  };
  const keys = {
    marketplace: key({ subject: { type: 'marketplace', id: 'local-marketplace' }, scope: [] }),
    owner: key({ tenant: 'acme', subject: { type: 'user', id: 'owner' }, scope: [], relations: ['owner'] }),
    approver: key({ tenant: 'acme', subject: { type: 'user', id: 'approver' }, scope: [], relations: ['approver'] }),
    agent: key({
      tenant: 'acme',
      subject: { type: 'agent', id: 'agent' },
      scope: ['read_deployment', 'write_rollback'],
    }),
  };
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const write = (name: string, json: unknown): Promise<void> =>
    writeFile(join(dir, name), `${JSON.stringify(json, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
  await write('config.json', {
    mode: 'eval',
    session: 'local-pilot',
    domain: 'localhost',
    owners: { acme: 'owner' },
    repositories: {},
  });
  await write('credentials.json', {
    format: 'tai-autonomics/credentials@1',
    credentials: Object.values(keys).map(([credential]) => credential),
  });
  io.out(`made an evaluation deployment in ${dir} (NON-CONTRACTUAL); its keys are shown once:\n`);
  for (const [holder, [, secret]] of Object.entries(keys)) io.out(`  ${holder.padEnd(12)} ${secret}\n`);
};

const usage = (url: string): string => `
serving on ${url}
  health       curl ${url}/health/ready
  marketplace  curl ${url}/marketplace -H 'authorization: Bearer KEY' -H 'content-type: application/json' -d @event.json
  an action    curl ${url}/v1/actions  -H 'authorization: Bearer KEY' -H 'content-type: application/json' -d '{"action":"check_health","resource":"*"}'
  MCP          ${url}/mcp  (Streamable HTTP, the same key as bearer token)
  interface    ${url}/openapi.json
stop with Ctrl-C
`;

const run = async (io: Io, options: ServeOptions): Promise<ExitCode> => {
  const dir = resolve(io.cwd, options.dir);
  const port = /^\d{1,5}$/.test(options.port) ? Number(options.port) : Number.NaN;
  if (!(port >= 0 && port < 65_536)) {
    return unreadable(io, `--port: expected 0 to 65535, found ${options.port}`);
  }
  if (!(await exists(join(dir, 'config.json')))) {
    const kept = await keptOf(dir);
    if (kept !== undefined)
      return unreadable(
        io,
        `${join(dir, 'config.json')}: is missing beside ${kept}; restore it from a backup, or name another folder with --dir`,
      );
    await initialise(io, dir);
  }
  const beside = options.shadow === undefined ? undefined : await openShadow(io, dir, options.shadow);
  if (beside !== undefined && E.isLeft(beside)) return unreadable(io, ...beside.left);
  const opened = await openDeployment(io, dir, beside === undefined ? {} : { shadow: beside.right.shadow });
  if (E.isLeft(opened)) {
    await beside?.right.close();
    return unreadable(io, ...opened.left);
  }
  const deployment = opened.right;
  const local = await offer(io, localOf(deployment));
  const replayed = await local.replayHeldEvents();
  if (E.isLeft(replayed)) complain(io, `events that were kept could not be read: ${replayed.left}`);
  else if (replayed.right.decided + replayed.right.left > 0)
    io.out(`events that were kept: ${replayed.right.decided} taken, ${replayed.right.left} still without an owner\n`);
  try {
    const server = await startServer({
      governor: deployment.governor,
      credentials: deployment.credentials,
      hostname: options.host,
      port,
      aliases: local.aliases,
    });
    io.out(usage(server.url));
    if (beside !== undefined) io.out(`a shadow decides beside; where it differs is written to ${beside.right.path}\n`);
    await untilStopped();
    await server.close();
    return EXIT.ok;
  } catch (error) {
    complain(
      io,
      `port ${port} of ${options.host} can not be served: ${error instanceof Error ? error.message : 'unknown'}`,
    );
    return EXIT.failed;
  } finally {
    await local.close();
    await beside?.right.close();
  }
};
