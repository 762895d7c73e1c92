/** `tai mcp --tenant T`: the agents' door over standard streams, for one agent of one tenant on this machine. */
import { type Listing, mountStdio } from '@tai-autonomics/adapter-mcp';
import { Option } from 'commander';
import { either as E } from 'fp-ts';
import { parseRoles } from '../../deployment/local-caller.ts';
import { untilStopped } from '../../deployment/signals.ts';
import { openLasting } from '../../local/lasting-deployment.ts';
import { DIR, type Register } from '../../register.ts';
import { EXIT, type ExitCode, type Io, unreadable } from '../../terminal/io.ts';
import { registerGate } from './mcp-gate.ts';

interface McpOptions {
  readonly dir: string;
  readonly tenant?: string;
  readonly agent: string;
  readonly scope: string;
  readonly listing: Listing;
}

export const registerMcp: Register = (program, io, exit) => {
  const mcp = program
    .command('mcp')
    .description('speak MCP over standard streams for one agent of a tenant')
    // Or the options of `tai mcp gate` would be taken for its own.
    .enablePositionalOptions()
    .option('--tenant <tenant>', 'the tenant')
    .option('--agent <id>', 'the agent’s id in the tenant', 'local-agent')
    .option('--scope <roles>', 'the roles that it carries at most, with commas', 'read_deployment,write_rollback')
    .addOption(
      new Option(
        '--listing <how>',
        'how much the list says of each tool; with brief an agent asks describe_tool for the rest',
      )
        .choices(['full', 'brief'])
        .default('full'),
    )
    .option(...DIR)
    .action(async ({ tenant, ...options }: McpOptions) =>
      exit(
        tenant === undefined
          ? unreadable(io, "required option '--tenant <tenant>' not specified")
          : await run(io, { ...options, tenant }),
      ),
    );
  registerGate(mcp, io, exit);
};

const run = async (io: Io, options: Required<McpOptions>): Promise<ExitCode> => {
  const scope = parseRoles(options.scope);
  if (E.isLeft(scope)) return unreadable(io, `--scope: ${scope.left}`);
  const opened = await openLasting(io, options.dir);
  if (E.isLeft(opened)) return unreadable(io, ...opened.left);
  const { governor, close } = opened.right;
  try {
    const known = await governor.knows(options.tenant);
    if (E.isLeft(known)) return unreadable(io, known.left.detail);
    if (!known.right)
      return unreadable(
        io,
        `--tenant: no tenant ${JSON.stringify(options.tenant)} is open in ${options.dir}; tai tenants lists those that are`,
      );
    const caller = {
      tenant: options.tenant,
      subject: { type: 'agent', id: options.agent },
      scope: scope.right,
    } as const;
    await Promise.race([mountStdio({ governor, caller, listing: options.listing }).closed, untilStopped()]);
    return EXIT.ok;
  } finally {
    await close();
  }
};
