/** `tai catalog`: a catalog as JSON; the shipped one, or one put together from it and files. */
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { printIssue } from '@tai-autonomics/core';
import { loadCatalog } from '@tai-autonomics/governor';
import { withEditions } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { assembleCatalog, type CatalogFiles } from '../../input/assembled-catalog.ts';
import { repeated, withPolicyOption } from '../../input/written-catalog.ts';
import { CATALOG, type Register } from '../../register.ts';
import { EXIT, type ExitCode, type Io, printJson, unreadable } from '../../terminal/io.ts';

interface CatalogOptions extends CatalogFiles {
  readonly editions?: boolean;
  readonly digest?: boolean;
  readonly out?: string;
}

export const registerCatalog: Register = (program, io, exit) => {
  withPolicyOption(program.command('catalog'))
    .description('print a catalog, with more packs, plans and policy documents')
    .option(...CATALOG)
    .addOption(repeated('--pack <file>', 'a pack to add, or to put in place of its older version'))
    .addOption(repeated('--plan <file>', 'a plan to add'))
    .option('--self-hosted', 'add the plan of a deployment of your own, which has every pack')
    .option('--editions', 'add the editions that its packs make possible')
    .option('--out <file>', 'write it there instead of printing it')
    .option('--digest', 'print the digest by which receipts name it, and nothing else')
    .action(async (options: CatalogOptions) => exit(await run(io, options)));
};

const run = async (io: Io, options: CatalogOptions): Promise<ExitCode> => {
  const assembled = await assembleCatalog(io, options);
  if (E.isLeft(assembled)) return unreadable(io, ...assembled.left);
  const { source: plain } = assembled.right;
  const source = options.editions === true ? withEditions(plain) : plain;
  const loaded = options.editions === true ? loadCatalog(source) : E.right(assembled.right.loaded);
  if (E.isLeft(loaded)) return unreadable(io, ...loaded.left.map(printIssue));
  if (options.digest === true) io.out(`${loaded.right.digest}\n`);
  else if (options.out === undefined) printJson(io, source);
  else {
    await writeFile(resolve(io.cwd, options.out), `${JSON.stringify(source, null, 2)}\n`);
    io.out(`wrote ${options.out}: ${source.packs.length} packs, ${Object.keys(source.plans).length} plans\n`);
  }
  return EXIT.ok;
};
