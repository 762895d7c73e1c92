/** `tai pack new NAME` and `tai pack check FILE`: a pack of one's own, without a line of TypeScript. */
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { either as E } from 'fp-ts';
import { complain, EXIT, type ExitCode, type Io } from '../io.ts';
import type { Register } from '../register.ts';
import { casesSkeleton, packSkeleton, planSkeleton } from '../skeleton.ts';
import { assembledCatalog } from './catalog.ts';

/** Room for what a skeleton puts before and behind it. */
const NAME = /^[a-z][a-z0-9_]{0,39}$/;

const create = async (io: Io, name: string): Promise<ExitCode> => {
  if (!NAME.test(name)) {
    complain(io, `expected a name of 1 to 40 characters of a-z, 0-9 and _, found ${JSON.stringify(name.slice(0, 80))}`);
    return EXIT.unreadable;
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
      complain(io, `${file}: ${isThere ? 'is there already, and stays as it is' : 'can not be written'}`);
      return EXIT.failed;
    }
    io.out(`wrote ${file}\n`);
  }
  return EXIT.ok;
};

const check = async (io: Io, file: string, options: { readonly catalog?: string }): Promise<ExitCode> => {
  const assembled = await assembledCatalog(io, { ...options, pack: [file] });
  if (E.isLeft(assembled)) return assembled.left;
  const { source, added } = assembled.right;
  for (const { pack_id, version, actions, tools } of added) {
    const counts = `${Object.keys(actions).length} actions, ${tools.length} tools`;
    const { id, version: release } = source.catalog;
    io.out(`${io.paint.green(`${pack_id} ${version} compiles`)} with ${id} ${release}: ${counts}\n`);
  }
  return EXIT.ok;
};

export const registerPack: Register = (program, io, exit) => {
  const pack = program.command('pack').description('capability packs: skeletons and checks');
  pack
    .command('new')
    .description('write a skeleton: a pack, its cases and a plan that sells it; nothing is overwritten')
    .argument('<name>', 'the pack’s id, snake_case')
    .action(async (name: string) => exit(await create(io, name)));
  pack
    .command('check')
    .description('compile a pack (JSON, comments allowed) with a catalog; exit 2 with every mistake and its place')
    .argument('<file>', 'the pack')
    .option('--catalog <file>', 'a catalog instead of the shipped one')
    .action(async (file: string, options: { readonly catalog?: string }) => exit(await check(io, file, options)));
};
