/** A catalog of a command line: the shipped one or a file, with policy documents added; and where each part is written. */
import {
  type CatalogSource,
  compileCatalog,
  type Issue,
  type PolicyDocument,
  parsePolicyDocument,
  printIssue,
  withPolicy,
} from '@tai-autonomics/core';
import type { Path } from '@tai-autonomics/core/engine';
import { library } from '@tai-autonomics/packs';
import { type Command, Option } from 'commander';
import { either as E } from 'fp-ts';
import type { Io } from '../terminal/io.ts';
import { type ReadDocument, readJsonFile } from './read-file.ts';

/** A catalog as it is written; not compiled. */
export interface WrittenCatalog {
  readonly source: unknown;
  /** The documents that were added, as they were parsed. */
  readonly policies: readonly PolicyDocument[];
  /** What is wrong, and where: in the file that says it. */
  readonly line: (issue: Issue) => string;
  /** `file:line:column`; nothing for what stands in the shipped catalog. */
  readonly place: (path: Path) => string | undefined;
}

interface Added {
  readonly policy: PolicyDocument;
  readonly document: ReadDocument;
}
type Lines = readonly string[];

/** Reads policy documents and adds them to a catalog. Left: one line for each mistake. */
export const addPolicies = async (
  io: Io,
  base: WrittenCatalog,
  files: readonly string[],
): Promise<E.Either<Lines, WrittenCatalog>> => {
  if (files.length === 0) return E.right(base);
  // A document is added to a catalog that is sound by itself, as the shipped one is: what is wrong then is the document's.
  const compiled = base.source === library ? E.right(undefined) : compileCatalog(base.source);
  if (E.isLeft(compiled)) return E.left(compiled.left.map(base.line));
  const added: Added[] = [];
  for (const file of files) {
    const policy = await readPolicy(io, file);
    if (E.isLeft(policy)) return policy;
    added.push(policy.right);
  }
  const source = added.reduce((so, { policy }) => withPolicy(so, policy), base.source as CatalogSource);
  return E.right(located(base, source, added));
};

/** Reads the catalog of a file, the shipped one where absent, and adds policy documents. Left: one line for each mistake. */
export const readCatalog = async (
  io: Io,
  file: string | undefined,
  policies: readonly string[] = [],
): Promise<E.Either<Lines, WrittenCatalog>> => {
  if (file === undefined)
    return addPolicies(io, { source: library, policies: [], line: printIssue, place: () => undefined }, policies);
  const read = await readJsonFile(io, file);
  if (E.isLeft(read)) return E.left([read.left]);
  const { value, line, place } = read.right;
  return addPolicies(io, { source: value, policies: [], line, place }, policies);
};

/** An option that may be given more than once; an empty list where absent. */
export const repeated = (flags: string, description: string): Option =>
  new Option(flags, `${description}; may be repeated`)
    .argParser((file: string, before: readonly string[]) => [...before, file])
    .default([], 'none');
/** Adds `--policy <file>` to a command. */
export const withPolicyOption = (command: Command): Command =>
  command.addOption(repeated('--policy <file>', 'a policy document to add to the catalog'));

const readPolicy = async (io: Io, file: string): Promise<E.Either<Lines, Added>> => {
  const read = await readJsonFile(io, file);
  if (E.isLeft(read)) return E.left([read.left]);
  const policy = parsePolicyDocument(read.right.value);
  return E.isLeft(policy)
    ? E.left(policy.left.map(read.right.line))
    : E.right({ policy: policy.right, document: read.right });
};

/** The same catalog with documents added; what is wrong in one of them is said of its own file. */
const located = (base: WrittenCatalog, source: unknown, added: readonly Added[]): WrittenCatalog => {
  // Documents stand in the order of their ids, whatever the order of the command line.
  const { policies = [] } = source as Partial<CatalogSource>;
  const find = ([member, k]: Path): ReadDocument | undefined =>
    member === 'policies' && typeof k === 'number'
      ? added.find(({ policy }) => policy === policies[k])?.document
      : undefined;
  return {
    source,
    policies: added.map(({ policy }) => policy),
    line: (issue) => find(issue.path)?.line({ ...issue, path: issue.path.slice(2) }) ?? base.line(issue),
    place: (path) => find(path)?.place(path.slice(2)) ?? base.place(path),
  };
};

/** What `--policy` gives a command. */
export interface PolicyOptions {
  readonly policy: readonly string[];
}
