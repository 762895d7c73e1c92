/** The `tai` command. What serves an evaluation is another program than the rest, and the rest is not loaded for it. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { isPlainObject } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { exists } from './deployment/storage/kept.ts';
import { readJsonFile } from './input/read-file.ts';
import { DIR } from './register.ts';
import { type Io, systemIo } from './terminal/io.ts';

/** Runs one command line and answers its exit code. Never rejects for a wrong command line. */
export const main = async (argv: readonly string[], io: Io = systemIo()): Promise<number> =>
  (await servesEvaluation(argv, io))
    ? (await import('./evaluation.ts')).evaluation(argv, io)
    : (await import('./command.ts')).command(argv, io);

/** It says so, or its configuration does; so does a new deployment, which is one. */
const servesEvaluation = async (argv: readonly string[], io: Io): Promise<boolean> => {
  if (argv[0] !== 'serve') return false;
  const { values } = parseArgs({
    args: [...argv.slice(1)],
    options: { dir: { type: 'string' }, eval: { type: 'boolean' } },
    strict: false,
  });
  if (values['eval'] === true) return true;
  const path = resolve(io.cwd, String(values['dir'] ?? DIR[2]), 'config.json');
  if (!(await exists(path))) return true;
  const config = await readJsonFile(io, path);
  return E.isRight(config) && isPlainObject(config.right.value) && config.right.value['mode'] === 'eval';
};
