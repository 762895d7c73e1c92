/** `tai pack new NAME` and `tai pack check FILE`: a pack of one's own, without a line of TypeScript. */
import { either as E } from 'fp-ts';
import { assembleCatalog } from '../../input/assembled-catalog.ts';
import { CATALOG, type Register } from '../../register.ts';
import { casesSkeleton, packSkeleton, planSkeleton } from '../../skeleton.ts';
import { EXIT, type ExitCode, type Io, printJson, unreadable } from '../../terminal/io.ts';
import { writeNewFiles } from '../../terminal/new-files.ts';

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

const create = (io: Io, name: string, json: boolean): Promise<ExitCode> =>
  writeNewFiles(io, name, json, () => [
    [`${name}.jsonc`, packSkeleton(name)],
    [`${name}.cases.jsonc`, casesSkeleton(name)],
    [`${name}.plan.jsonc`, planSkeleton(name)],
  ]);

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
