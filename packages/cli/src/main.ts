/** The `tai` command: one verb a file, each a thin shell around a function of the libraries. */
import { Command, CommanderError } from 'commander';
import { registerAlert } from './commands/alert.ts';
import { registerApprovals } from './commands/approvals.ts';
import { registerCatalog } from './commands/catalog.ts';
import { registerCredentials } from './commands/credentials.ts';
import { registerDecide } from './commands/decide.ts';
import { registerDemo } from './commands/demo.ts';
import { registerDiff } from './commands/diff.ts';
import { registerExplain } from './commands/explain.ts';
import { registerExport } from './commands/export.ts';
import { registerInit } from './commands/init.ts';
import { registerKeys } from './commands/keys.ts';
import { registerLint } from './commands/lint.ts';
import { registerListings } from './commands/listings.ts';
import { registerMatrix } from './commands/matrix.ts';
import { registerMcp } from './commands/mcp.ts';
import { registerOperator } from './commands/operator.ts';
import { registerPack } from './commands/pack.ts';
import { registerPlan } from './commands/plan.ts';
import { registerProve } from './commands/prove.ts';
import { registerReplay } from './commands/replay.ts';
import { registerServe } from './commands/serve.ts';
import { registerStatus } from './commands/status.ts';
import { registerStore } from './commands/store.ts';
import { registerSubmit } from './commands/submit.ts';
import { registerTest } from './commands/test.ts';
import { registerVerify } from './commands/verify.ts';
import type { Register } from './register.ts';
import { addHelpNotes } from './terminal/help-notes.ts';
import { EXIT, type ExitCode, type Io, systemIo } from './terminal/io.ts';

/** Every verb, in the groups and the order in which the help lists them. */
const VERBS: Readonly<Record<string, readonly Register[]>> = {
  'Decide:': [registerDemo, registerDecide, registerExplain],
  'Try a policy:': [registerTest, registerLint, registerProve, registerDiff, registerReplay],
  'Run a deployment:': [
    registerInit,
    registerServe,
    registerMcp,
    registerSubmit,
    registerAlert,
    registerApprovals,
    registerOperator,
    registerStatus,
    registerStore,
    registerCredentials,
    registerKeys,
  ],
  'Show evidence:': [registerExport, registerVerify],
  'Make products:': [registerCatalog, registerPack, registerPlan, registerMatrix, registerListings],
};

/** Runs one command line and answers its exit code. Never rejects for a wrong command line. */
export const main = async (argv: readonly string[], io: Io = systemIo()): Promise<number> => {
  let code: ExitCode = EXIT.ok;
  const program = new Command('tai')
    .description(
      'Decides whether an operational action may happen, says why, and leaves a receipt that anyone can re-derive.',
    )
    .version('0.1.0')
    .exitOverride()
    .configureOutput({ writeOut: io.out, writeErr: io.err })
    .configureHelp({ subcommandTerm: (verb) => verb.name() })
    .showHelpAfterError('(run with --help for what can be given)');
  for (const [group, verbs] of Object.entries(VERBS)) {
    program.commandsGroup(group);
    for (const register of verbs) {
      register(program, io, (next) => {
        code = next;
      });
    }
  }
  addHelpNotes(program);
  try {
    await program.parseAsync([...knownWords(program, argv)], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.unreadable;
    throw error;
  }
};

/** The line up to a verb that there is not: it is named as unknown, where `--help` would show the help of all verbs and exit 0. */
const knownWords = (program: Command, argv: readonly string[]): readonly string[] => {
  let group = program;
  for (const [i, word] of argv.entries()) {
    const verb = group.commands.find((one) => one.name() === word || one.aliases().includes(word));
    if (verb === undefined && group.commands.length > 0 && /^[^-]/.test(word) && word !== 'help')
      return argv.slice(0, i + 1);
    if (verb === undefined) return argv;
    group = verb;
  }
  return argv;
};
