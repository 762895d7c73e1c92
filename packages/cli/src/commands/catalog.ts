/** `tai catalog`: a catalog as JSON; the shipped one, or one put together from it and files. */
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type CatalogSource, compileCatalog, type Issue, type Pack, printIssue } from '@tai-autonomics/core';
import { loadCatalog } from '@tai-autonomics/governor';
import { withEditions } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { type ReadDocument, readJsonFile } from '../input/read-file.ts';
import { addPolicies, type PolicyOptions, readCatalog, repeated, withPolicyOption } from '../input/written-catalog.ts';
import type { Register } from '../register.ts';
import { EXIT, type ExitCode, type Io, printJson, unreadable } from '../terminal/io.ts';

/** Files that make up a catalog. */
interface Assembled extends Partial<PolicyOptions> {
  readonly catalog?: string;
  readonly pack: readonly string[];
  readonly plan?: readonly string[];
}
interface CatalogOptions extends Assembled {
  readonly editions?: boolean;
  readonly digest?: boolean;
  readonly out?: string;
}

/** A document that becomes a part of a catalog: where it goes to, and how to speak of it. */
interface Part {
  readonly path: Issue['path'];
  readonly document: ReadDocument;
}

/** A catalog that compiles, as it is written, and the packs that were put into it. */
export interface AssembledCatalog {
  readonly source: CatalogSource;
  readonly added: readonly Pack[];
}

const readAll = async (io: Io, files: readonly string[]): Promise<E.Either<string, readonly ReadDocument[]>> => {
  const documents: ReadDocument[] = [];
  for (const file of files) {
    const read = await readJsonFile(io, file);
    if (E.isLeft(read)) return read;
    documents.push(read.right);
  }
  return E.right(documents);
};

const isMembers = (x: unknown): x is Readonly<Record<string, unknown>> =>
  typeof x === 'object' && x !== null && !Array.isArray(x);

/** The catalog with more packs and plans; one of a name that is there already takes its place. */
const assemble = (
  source: CatalogSource,
  packs: readonly ReadDocument[],
  plans: readonly ReadDocument[],
): { readonly source: unknown; readonly parts: readonly Part[] } => {
  const shelf: unknown[] = [...source.packs];
  const rows: Record<string, unknown> = { ...source.plans };
  const parts: Part[] = [];
  for (const document of packs) {
    const { value } = document;
    const id = isMembers(value) ? value['pack_id'] : undefined;
    const place = source.packs.findIndex((pack) => pack.pack_id === id);
    const at = place < 0 ? shelf.length : place;
    shelf[at] = value;
    parts.push({ path: ['packs', at], document });
  }
  for (const document of plans) {
    const { plan_id: id, ...row } = isMembers(document.value) ? document.value : { plan_id: '' };
    const name = typeof id === 'string' && id !== '' ? id : 'plan_id';
    rows[name] = row;
    parts.push({ path: ['plans', name], document });
  }
  return { source: { ...source, packs: shelf, plans: rows }, parts };
};

/** An issue in words, at its place in the file that it comes from. */
const lineOf =
  (parts: readonly Part[]) =>
  (issue: Issue): string => {
    const part = parts.find(({ path }) => path.every((step, i) => issue.path[i] === step));
    if (part !== undefined) return part.document.line({ ...issue, path: issue.path.slice(part.path.length) });
    return `at ${issue.path.join('.')}: expected ${issue.expected}, found ${issue.found}`;
  };

/** The catalog of a command line, as it is written; it compiles. What is wrong has been said. */
export const assembledCatalog = async (
  io: Io,
  { catalog: file, pack: packFiles, plan: planFiles = [], policy: policyFiles = [] }: Assembled,
): Promise<E.Either<ExitCode, AssembledCatalog>> => {
  const fail = (lines: readonly string[]): E.Either<ExitCode, never> => E.left(unreadable(io, ...lines));
  // As it is written, not as it was parsed: its digest is over every letter.
  const base = await readCatalog(io, file);
  if (E.isLeft(base)) return fail(base.left);
  const sound = compileCatalog(base.right.source);
  if (E.isLeft(sound)) return fail(sound.left.map(base.right.line));
  const packs = await readAll(io, packFiles);
  if (E.isLeft(packs)) return fail([packs.left]);
  const plans = await readAll(io, planFiles);
  if (E.isLeft(plans)) return fail([plans.left]);
  const { source, parts } = assemble(base.right.source as CatalogSource, packs.right, plans.right);
  const whole = { source, policies: [], line: lineOf(parts), place: () => undefined };
  const written = await addPolicies(io, whole, policyFiles);
  if (E.isLeft(written)) return fail(written.left);
  const compiled = compileCatalog(written.right.source);
  if (E.isLeft(compiled)) return fail(compiled.left.map(written.right.line));
  return E.right({
    source: written.right.source as CatalogSource,
    added: packs.right.map(({ value }) => value as Pack),
  });
};

const run = async (io: Io, options: CatalogOptions): Promise<ExitCode> => {
  const assembled = await assembledCatalog(io, options);
  if (E.isLeft(assembled)) return assembled.left;
  const { source: plain } = assembled.right;
  const source = options.editions === true ? withEditions(plain) : plain;
  const loaded = loadCatalog(source);
  if (E.isLeft(loaded)) return unreadable(io, ...loaded.left.map(printIssue));
  if (options.digest === true) io.out(`${loaded.right.digest}\n`);
  else if (options.out === undefined) printJson(io, source);
  else {
    await writeFile(resolve(io.cwd, options.out), `${JSON.stringify(source, null, 2)}\n`);
    io.out(`wrote ${options.out}: ${source.packs.length} packs, ${Object.keys(source.plans).length} plans\n`);
  }
  return EXIT.ok;
};

export const registerCatalog: Register = (program, io, exit) => {
  withPolicyOption(program.command('catalog'))
    .description('print a catalog, with more packs, plans and policy documents')
    .option('--catalog <file>', 'a catalog instead of the shipped one')
    .addOption(repeated('--pack <file>', 'a pack to add, or to put in place of its older version'))
    .addOption(repeated('--plan <file>', 'a plan to add'))
    .option('--editions', 'add the editions that its packs make possible')
    .option('--out <file>', 'write it there instead of printing it')
    .option('--digest', 'print the digest by which receipts name it, and nothing else')
    .action(async (options: CatalogOptions) => exit(await run(io, options)));
};
