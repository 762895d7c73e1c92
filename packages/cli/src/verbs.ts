/** Runs a command line over some verbs. */
import { Command, CommanderError } from 'commander';
import type { Register } from './register.ts';
import { addHelpNotes } from './terminal/help-notes.ts';
import { EXIT, type ExitCode, type Io } from './terminal/io.ts';

/** Verbs, in the groups and the order in which the help lists them. */
export type Verbs = Readonly<Record<string, readonly Register[]>>;

/** Runs one command line and answers its exit code. Never rejects for a wrong command line. */
export const runVerbs = async (verbs: Verbs, argv: readonly string[], io: Io): Promise<number> => {
  let code: ExitCode = EXIT.ok;
  const program = new Command('tai')
    .description(
      'Decides whether an operational action may happen, says why, and leaves a receipt that anyone can re-derive.',
    )
    .version('0.1.0')
    // A verb may have an option of the name of one of a verb below it.
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ writeOut: io.out, writeErr: io.err })
    .configureHelp({ subcommandTerm: (verb) => verb.name() })
    .showHelpAfterError('(run with --help for what can be given)');
  for (const [group, registers] of Object.entries(verbs)) {
    program.commandsGroup(group);
    for (const register of registers) {
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
