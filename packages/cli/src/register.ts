/** How a verb joins the command. */
import type { Command } from 'commander';
import type { ExitCode, Io } from './terminal/io.ts';

/** The option that names a deployment's folder. */
export const DIR = ['--dir <dir>', 'the deployment’s folder', '.tai'] as const;

/** The option that names another catalog. */
export const CATALOG = ['--catalog <file>', 'a catalog instead of the shipped one'] as const;

/** Adds a verb to the program; its action answers the exit code. */
export type Register = (program: Command, io: Io, exit: (code: ExitCode) => void) => void;
