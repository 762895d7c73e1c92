/** `tai pack new NAME` and `tai pack check FILE`: a pack of one's own, without a line of TypeScript. */
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { either as E } from 'fp-ts';
import { assembleCatalog } from '../input/assembled-catalog.ts';
import { CATALOG, type Register } from '../register.ts';
import { casesSkeleton, packSkeleton, planSkeleton } from '../skeleton.ts';
import { complain, EXIT, type ExitCode, type Io, printJson, unreadable } from '../terminal/io.ts';

/** Room for what a skeleton puts before and behind it. */
const NAME = /^[a-z][a-z0-9_]{0,39}$/;

export const registerPack: Register = (program, io, exit) => {
  const pack = program.command('pack').description('write and check capability packs');
  pack
    .command('new')
    .description('write a skeleton: a pack, its cases and a plan that sells it')
    .argument('<name>', 'the pack’s id, snake_case; no file is overwritten')
    .option('--json', 'what was written as JSON')
    .action(async (name: string, { json = false }: { readonly json?: boolean }) => exit(await create(io, name, json)));
  pack
    .command('check')
    .description('compile a pack, or say each mistake and its place')
    .argument('<file>', 'the pack (JSON, comments allowed)')
    .option(...CATALOG)
    .option('--json', 'what was compiled as JSON')
    .action(async (file: string, options: CheckOptions) => exit(await check(io, file, options)));
};

const create = async (io: Io, name: string, json: boolean): Promise<ExitCode> => {
  if (!NAME.test(name)) {
    const found = JSON.stringify(name.slice(0, 80));
    return unreadable(io, `expected a name of 1 to 40 characters of a-z, 0-9 and _, found ${found}`);
  }
  const files = [
    [`${name}.jsonc`, packSkeleton(name)],
    [`${name}.cases.jsonc`, casesSkeleton(name)],
    [`${name}.plan.jsonc`, planSkeleton(name)],
  ] as const;
  for (const [file, text] of files) {
    try {
      await writeFile(resolve(io.cwd, file), text, { flag: 'wx' });
    } catch (error) {
      const isThere = error instanceof Error && 'code' in error && error.code === 'EEXIST';
      complain(io, `${file}: ${isThere ? 'is there already, and stays as it is' : 'cannot be written'}`);
      return EXIT.failed;
    }
    if (!json) io.out(`wrote ${file}\n`);
  }
  if (json) printJson(io, { wrote: files.map(([file]) => file) });
  return EXIT.ok;
};

interface CheckOptions {
  readonly catalog?: string;
  readonly json?: boolean;
}

const check = async (io: Io, file: string, options: CheckOptions): Promise<ExitCode> => {
  const assembled = await assembleCatalog(io, { ...options, pack: [file] });
  if (E.isLeft(assembled)) return unreadable(io, ...assembled.left);
  const { source, added } = assembled.right;
  const { id, version: release } = source.catalog;
  for (const { pack_id, version, actions, tools } of added) {
    const [names, toolNames] = [Object.keys(actions), tools.map(({ tool }) => tool)];
    const counts = `${names.length} actions, ${toolNames.length} tools`;
    if (options.json === true)
      printJson(io, { pack_id, version, catalog: source.catalog, actions: names, tools: toolNames });
    else io.out(`${io.paint.green(`${pack_id} ${version} compiles`)} with ${id} ${release}: ${counts}\n`);
  }
  return EXIT.ok;
};
