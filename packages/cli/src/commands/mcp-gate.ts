/** `tai mcp import` and `tai mcp gate`: somebody else's MCP server as a pack, and behind the governor. */
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { StreamableHTTPClientTransport, type Transport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { createUpstream, mountGate, packFromTools, type Upstream } from '@tai-autonomics/adapter-mcp/gate';
import { nameFault } from '@tai-autonomics/core/engine';
import { oneLine } from '@tai-autonomics/governor/node';
import type { Command } from 'commander';
import { either as E } from 'fp-ts';
import { parseRoles } from '../deployment/local-caller.ts';
import { untilStopped } from '../deployment/signals.ts';
import { openLasting } from '../local/lasting-deployment.ts';
import { DIR } from '../register.ts';
import { complain, EXIT, type ExitCode, type Io, unreadable } from '../terminal/io.ts';

interface Behind {
  readonly pack: string;
  readonly url?: string;
}
interface ImportOptions extends Behind {
  readonly out?: string;
}
interface GateOptions extends Behind {
  readonly dir: string;
  readonly tenant: string;
  readonly agent: string;
  readonly scope?: string;
  readonly resource?: string;
  readonly shadow?: boolean;
}

/** Both verbs, under `tai mcp`. */
export const registerGate = (mcp: Command, io: Io, exit: (code: ExitCode) => void): void => {
  const verb = (name: string, description: string): Command =>
    mcp
      .command(name)
      .description(description)
      .argument('[command...]', 'how the server is started, after --')
      .requiredOption('--pack <name>', 'the name of the pack that its tools are')
      .option('--url <url>', 'where the server is, instead of a command: over https, or on this machine');
  verb('import', 'write the tools of an MCP server as a pack skeleton')
    .option('--out <file>', 'the file to write; standard output where absent')
    .action(async (command: readonly string[], options: ImportOptions) => exit(await runImport(io, command, options)));
  verb('gate', 'put another MCP server behind policy')
    .option(...DIR)
    .requiredOption('--tenant <tenant>', 'the tenant')
    .option('--agent <id>', 'the agent’s id in the tenant', 'local-agent')
    .option('--scope <roles>', 'the roles that it carries at most, with commas; those of the pack where absent')
    .option(
      '--resource <name>',
      'what calls are about, by its name in the directory of resources; the pack’s name where absent',
    )
    .option('--shadow', 'decide and record, and pass every call on')
    .action(async (command: readonly string[], options: GateOptions) => exit(await runGate(io, command, options)));
};

const PACK = /^[a-z][a-z0-9_]{0,31}$/;
/** A message of the server that is longer ends the connection. */
const MESSAGE_BYTES_MAX = 4_194_304;
const LOOPBACK = /^http:\/\/(127\.0\.0\.1|\[::1\]|localhost)(:\d+)?\//;

/** The way to the server that a command line names. */
const wayTo = (io: Io, command: readonly string[], { pack, url }: Behind): E.Either<string, () => Transport> => {
  if (!PACK.test(pack)) return E.left(`--pack: expected 1 to 32 of a-z, 0-9 and _, found ${oneLine(pack)}`);
  const [program, ...args] = command;
  if (url !== undefined) {
    if (program !== undefined) return E.left('--url: stands in the place of a command; give one of them');
    const isLawful = URL.canParse(url) && (url.startsWith('https://') || LOOPBACK.test(url));
    return isLawful
      ? E.right(() => new StreamableHTTPClientTransport(new URL(url)))
      : E.left('--url: expected an address that begins with https://');
  }
  if (program === undefined) return E.left('expected how the server is started, after --, or --url');
  return E.right(
    () =>
      new StdioClientTransport({
        command: program,
        args,
        cwd: io.cwd,
        stderr: 'inherit',
        maxBufferSize: MESSAGE_BYTES_MAX,
      }),
  );
};

const upstreamOf = (io: Io, connect: () => Transport): Upstream =>
  createUpstream({
    connect,
    onerror: (error) =>
      complain(io, `the server behind the gate: ${oneLine(error instanceof Error ? error.message : 'unknown')}`),
  });

const runImport = async (io: Io, command: readonly string[], options: ImportOptions): Promise<ExitCode> => {
  const way = wayTo(io, command, options);
  if (E.isLeft(way)) return unreadable(io, way.left);
  const upstream = upstreamOf(io, way.right);
  try {
    const tools = await upstream.tools();
    if (tools === undefined) return unreadable(io, 'the server does not answer');
    const { text, left } = packFromTools(
      options.pack,
      [...tools.values()].map(({ tool }) => tool),
    );
    for (const name of left) complain(io, `the tool ${oneLine(name)} cannot be pinned or told apart, and is left out`);
    if (options.out === undefined) io.out(text);
    else {
      // A file that somebody edited is not written over: the difference is what a person has to look at.
      const written = await writeFile(resolve(io.cwd, options.out), text, { flag: 'wx' }).then(
        () => undefined,
        (error: unknown) => (error instanceof Error ? error.message : 'unknown'),
      );
      if (written !== undefined) return unreadable(io, `--out: ${written}`);
      io.out(
        `wrote ${tools.size - left.length} tools to ${options.out}; read it, and add it to \`packs\` of config.json\n`,
      );
    }
    return EXIT.ok;
  } finally {
    await upstream.close();
  }
};

const runGate = async (io: Io, command: readonly string[], options: GateOptions): Promise<ExitCode> => {
  const { pack, tenant, agent, resource = pack, shadow = false } = options;
  const way = wayTo(io, command, options);
  if (E.isLeft(way)) return unreadable(io, way.left);
  const misnamed = nameFault(resource);
  if (misnamed !== undefined) return unreadable(io, `--resource: ${misnamed}`);
  const scope = parseRoles(options.scope ?? `${pack}/read,${pack}/write`);
  if (E.isLeft(scope)) return unreadable(io, `--scope: ${scope.left}`);
  const opened = await openLasting(io, options.dir);
  if (E.isLeft(opened)) return unreadable(io, ...opened.left);
  const { governor, close } = opened.right;
  const upstream = upstreamOf(io, way.right);
  try {
    const known = await governor.knows(tenant);
    if (E.isLeft(known)) return unreadable(io, known.left.detail);
    if (!known.right)
      return unreadable(
        io,
        `--tenant: no tenant ${JSON.stringify(tenant)} is open in ${options.dir}; tai tenants lists those that are`,
      );
    if (shadow) complain(io, 'SHADOW: every call is passed on, whatever is decided');
    const caller = { tenant, subject: { type: 'agent', id: agent }, scope: scope.right } as const;
    const gate = mountGate({
      governor,
      caller,
      pack,
      resource,
      upstream,
      shadow,
      onerror: (error) => complain(io, oneLine(error instanceof Error ? error.message : 'unknown')),
      onShadow: ({ tool, codes, seq }) =>
        complain(
          io,
          `SHADOW: ${tool} was passed on; it would have been refused: ${codes.join(', ')}${seq === undefined ? '' : ` (receipt ${seq})`}`,
        ),
    });
    await Promise.race([gate.closed, untilStopped()]);
    return EXIT.ok;
  } finally {
    await upstream.close();
    await close();
  }
};
