/** `tai mcp --tenant T`: the agents' door over standard streams, for one agent of one tenant on this machine. */
import { mountStdio } from '@tai-autonomics/adapter-mcp';
import { ROLES, type Role } from '@tai-autonomics/core/author';
import { either as E } from 'fp-ts';
import { openDeployment } from '../deployment/deployment.ts';
import type { Register } from '../register.ts';
import { EXIT, type ExitCode, type Io, unreadable } from '../terminal/io.ts';

interface McpOptions {
  readonly dir: string;
  readonly tenant: string;
  readonly agent: string;
  readonly scope: string;
}

export const registerMcp: Register = (program, io, exit) => {
  program
    .command('mcp')
    .description('speak MCP over standard streams for one agent of a tenant')
    .requiredOption('--tenant <tenant>', 'the tenant')
    .option('--agent <id>', 'the agent’s id in the tenant', 'local-agent')
    .option('--scope <roles>', 'the roles that it carries at most, with commas', 'read_deployment,write_rollback')
    .option('--dir <dir>', 'the deployment’s folder', '.tai')
    .action(async (options: McpOptions) => exit(await run(io, options)));
};

const scopeOf = (text: string): readonly Role[] | undefined => {
  const names = text.split(',').filter((name) => name !== '');
  const roles = names.filter((name): name is Role => (ROLES as readonly string[]).includes(name));
  return roles.length === names.length ? roles : undefined;
};

const run = async (io: Io, options: McpOptions): Promise<ExitCode> => {
  const scope = scopeOf(options.scope);
  if (scope === undefined) {
    return unreadable(io, `--scope: expected some of ${ROLES.join(',')}, found ${options.scope}`);
  }
  const opened = await openDeployment(io, options.dir);
  if (E.isLeft(opened)) return unreadable(io, ...opened.left);
  const caller = { tenant: options.tenant, subject: { type: 'agent', id: options.agent }, scope } as const;
  const stdio = mountStdio({ governor: opened.right.governor, caller });
  await stdio.closed;
  await opened.right.close();
  return EXIT.ok;
};
