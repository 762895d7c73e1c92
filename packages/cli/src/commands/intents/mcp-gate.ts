/** `tai mcp import` and `tai mcp gate`: somebody else's MCP server as a pack, and behind the governor. */
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Transport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import {
  createUpstream,
  type GateOptions,
  gateNotices,
  httpTransport,
  mountGate,
  packFromTools,
  type Upstream,
} from '@tai-autonomics/adapter-mcp/gate';
import { nameFault } from '@tai-autonomics/core/engine';
import { isCode, oneLine, readPrivate } from '@tai-autonomics/governor/node';
import type { Command } from 'commander';
import { either as E } from 'fp-ts';
import { parseRoles } from '../../deployment/local-caller.ts';
import { untilStopped } from '../../deployment/signals.ts';
import { openLasting } from '../../local/lasting-deployment.ts';
import { DIR } from '../../register.ts';
import { complain, EXIT, type ExitCode, type Io, unreadable } from '../../terminal/io.ts';

interface Behind {
  readonly pack: string;
  readonly url?: string;
  readonly headerFile?: string;
}
interface ImportOptions extends Behind {
  readonly out?: string;
}
interface GateFlags extends Behind {
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
      .option('--url <url>', 'where the server is, instead of a command: over https, or on this machine')
      .option(
        '--header-file <file>',
        'a private file with what is sent to --url with each request, one `Name: value` a line',
      );
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
    .action(async (command: readonly string[], options: GateFlags) => exit(await runGate(io, command, options)));
};

const PACK = /^[a-z][a-z0-9_]{0,31}$/;
/** A message of the server that is longer ends the connection. */
const MESSAGE_BYTES_MAX = 4_194_304;
/** So much of an error is looked through for secrets; a line shows less. */
const SAID_MAX = 10_000;
const LOOPBACK = /^http:\/\/(127\.0\.0\.1|\[::1\]|localhost)(:\d+)?\//;

/** A server, and what it is told that nobody else may read. */
interface Way {
  readonly connect: () => Transport;
  readonly secrets: readonly string[];
}

/** The way to the server that a command line names. */
const wayTo = async (io: Io, command: readonly string[], options: Behind): Promise<E.Either<string, Way>> => {
  const { pack, url, headerFile } = options;
  if (!PACK.test(pack)) return E.left(`--pack: expected 1 to 32 of a-z, 0-9 and _, found ${oneLine(pack)}`);
  const [program, ...args] = command;
  if (url !== undefined)
    return program === undefined
      ? wayByUrl(io, url, headerFile)
      : E.left('--url: stands in the place of a command; give one of them');
  if (headerFile !== undefined) return E.left('--header-file: goes with --url; a command has an environment');
  if (program === undefined) return E.left('expected how the server is started, after --, or --url');
  const connect = (): Transport =>
    new StdioClientTransport({
      command: program,
      args,
      cwd: io.cwd,
      stderr: 'inherit',
      maxBufferSize: MESSAGE_BYTES_MAX,
    });
  return E.right({ connect, secrets: [] });
};

const wayByUrl = async (io: Io, text: string, headerFile: string | undefined): Promise<E.Either<string, Way>> => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !(url.protocol === 'https:' || LOOPBACK.test(url.href)))
    return E.left('--url: expected an address that begins with https://');
  if (url.username !== '' || url.password !== '')
    return E.left('--url: has a name or a password in it; write an Authorization header into --header-file');
  const headers = headerFile === undefined ? E.right(NO_HEADERS) : await headersIn(resolve(io.cwd, headerFile));
  if (E.isLeft(headers)) return E.left(`--header-file: ${headers.left}`);
  const values = Object.values(headers.right).flatMap((value) => [value, ...value.split(/\s+/)]);
  // A short word of one, such as Bearer's scheme, is no secret, and stands in many messages.
  const secrets = [...values, url.search].filter((value) => value.length >= 8);
  return E.right({ connect: () => httpTransport(url, { headers: headers.right }), secrets });
};

const NO_HEADERS: Readonly<Record<string, string>> = {};
const HEADER = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e]*)$/;

/** What a file says, one header a line; empty lines and those that begin with # say nothing. No error repeats a line. */
const headersIn = async (path: string): Promise<E.Either<string, Readonly<Record<string, string>>>> => {
  const text = await readPrivate(path);
  if (E.isLeft(text)) return text;
  if (text.right === undefined) return E.left(`${path}: there is no such file`);
  const headers = new Map<string, string>();
  for (const [n, line] of text.right.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const [, name, value] = HEADER.exec(line) ?? [];
    if (name === undefined || value === undefined) return E.left(`${path}:${n + 1}: expected \`Name: value\``);
    if (/^(mcp-.*|content-type|content-length|accept|host)$/i.test(name))
      return E.left(`${path}:${n + 1}: ${name} is the protocol's own`);
    headers.set(name, value.trim());
  }
  return E.right(Object.fromEntries(headers));
};

const upstreamOf = (io: Io, { connect, secrets }: Way): Upstream =>
  createUpstream({
    connect,
    onerror: (error) => {
      // What a server answers may repeat what it was told.
      const said = error instanceof Error ? error.message.slice(0, SAID_MAX) : 'unknown';
      const told = secrets.reduce((text, one) => text.replaceAll(one, '…'), said);
      complain(io, `the server behind the gate: ${oneLine(told)}`);
    },
  });

const runImport = async (io: Io, command: readonly string[], options: ImportOptions): Promise<ExitCode> => {
  const way = await wayTo(io, command, options);
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
        (error: unknown) => error,
      );
      if (isCode(written, 'EEXIST'))
        return unreadable(io, `--out: ${options.out} is there already; import into another file, and compare the two`);
      if (written !== undefined)
        return unreadable(io, `--out: ${written instanceof Error ? written.message : 'unknown'}`);
      io.out(
        `wrote ${tools.size - left.length} tools to ${options.out}; read it, and add it to \`packs\` of config.json\n`,
      );
    }
    return EXIT.ok;
  } finally {
    await upstream.close();
  }
};

const runGate = async (io: Io, command: readonly string[], options: GateFlags): Promise<ExitCode> => {
  const { pack, tenant, agent, resource = pack, shadow = false } = options;
  const way = await wayTo(io, command, options);
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
    const gated: GateOptions = {
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
    };
    const gate = mountGate(gated);
    // The client is served meanwhile: this asks a server that may be slow.
    const noted = gateNotices(gated).then(
      (lines) => {
        for (const line of lines) complain(io, oneLine(line));
      },
      (error: unknown) => gated.onerror?.(error),
    );
    await Promise.race([gate.closed, untilStopped()]);
    await upstream.close();
    await noted;
    return EXIT.ok;
  } finally {
    await upstream.close();
    await close();
  }
};
