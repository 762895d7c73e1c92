/** A catalog put together from files: packs and plans put into the shipped catalog or another one. */

import { type CatalogSource, compileCatalog, type Issue, type Pack } from '@tai-autonomics/core';
import { isPlainObject } from '@tai-autonomics/core/receipt';
import type { LoadedCatalog } from '@tai-autonomics/governor';
import { withSelfHosted } from '@tai-autonomics/governor/local';
import { either as E } from 'fp-ts';
import type { Io } from '../terminal/io.ts';
import { type ReadDocument, readJsonFile } from './read-file.ts';
import { loadWritten } from './shipped-catalog.ts';
import { addPolicies, readCatalog, type WrittenCatalog } from './written-catalog.ts';

/** Files that make up a catalog. */
export interface CatalogFiles {
  readonly catalog?: string;
  readonly pack: readonly string[];
  readonly plan?: readonly string[];
  readonly policy?: readonly string[];
  /** Whether to add the plan `self_hosted`, which sells every pack. */
  readonly selfHosted?: boolean;
}

/** A document that becomes a part of a catalog: where it goes to, and how to speak of it. */
interface Part {
  readonly path: Issue['path'];
  readonly document: ReadDocument;
}

/** A catalog as it is written and as it is compiled, and the packs that were put into it. */
export interface AssembledCatalog {
  readonly source: CatalogSource;
  readonly loaded: LoadedCatalog;
  readonly added: readonly Pack[];
}

/** Reads the files and puts them together, with paths relative to `io.cwd`. Left: one line for each mistake. */
export const assembleCatalog = async (
  io: Io,
  { catalog: file, pack: packFiles, plan: planFiles = [], policy: policyFiles = [], selfHosted = false }: CatalogFiles,
): Promise<E.Either<readonly string[], AssembledCatalog>> => {
  // As it is written, not as it was parsed: its digest is over every letter.
  const base = await readCatalog(io, file);
  if (E.isLeft(base)) return base;
  const isWhole = [packFiles, planFiles, policyFiles].every(({ length }) => length === 0) && !selfHosted;
  if (isWhole) return loaded(base.right, []);
  // What is added is added to a catalog that is sound by itself, as the shipped one is: what is wrong then is the addition's.
  const sound = file === undefined ? E.right(undefined) : compileCatalog(base.right.source);
  if (E.isLeft(sound)) return E.left(sound.left.map(base.right.line));
  const packs = await readAll(io, packFiles);
  if (E.isLeft(packs)) return E.left([packs.left]);
  const plans = await readAll(io, planFiles);
  if (E.isLeft(plans)) return E.left([plans.left]);
  const { source: plain, parts } = assemble(base.right.source as CatalogSource, packs.right, plans.right);
  const source = selfHosted ? withSelfHosted(plain as CatalogSource, []) : plain;
  const whole = { source, policies: [], line: lineOf(parts), place: () => undefined };
  const written = await addPolicies(io, whole, policyFiles);
  if (E.isLeft(written)) return written;
  return loaded(
    written.right,
    packs.right.map(({ value }) => value as Pack),
  );
};

const loaded = (
  { source, line }: WrittenCatalog,
  added: readonly Pack[],
): E.Either<readonly string[], AssembledCatalog> => {
  const compiled = loadWritten(source);
  return E.isLeft(compiled)
    ? E.left(compiled.left.map(line))
    : E.right({ source: source as CatalogSource, loaded: compiled.right, added });
};

const readAll = async (io: Io, files: readonly string[]): Promise<E.Either<string, readonly ReadDocument[]>> => {
  const documents: ReadDocument[] = [];
  for (const file of files) {
    const read = await readJsonFile(io, file);
    if (E.isLeft(read)) return read;
    documents.push(read.right);
  }
  return E.right(documents);
};

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
    const id = isPlainObject(value) ? value['pack_id'] : undefined;
    const place = source.packs.findIndex((pack) => pack.pack_id === id);
    const at = place < 0 ? shelf.length : place;
    shelf[at] = value;
    parts.push({ path: ['packs', at], document });
  }
  for (const document of plans) {
    const { plan_id: id, ...row } = isPlainObject(document.value) ? document.value : { plan_id: '' };
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
