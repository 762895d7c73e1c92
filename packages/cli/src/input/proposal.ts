/** A proposal of a report, as `tai report proposals --json` writes it. */
import { isPlainObject } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { Io } from '../terminal/io.ts';
import { readJsonFile } from './read-file.ts';

/** The intent that is proposed. */
export interface Proposed {
  readonly action: string;
  readonly resource: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** Reads the n-th proposal of a report, counted from 1. Left for what is none, and for one that is stale. */
export const readProposal = async (io: Io, file: string, number: string): Promise<E.Either<string, Proposed>> => {
  const read = await readJsonFile(io, file);
  if (E.isLeft(read)) return read;
  const { value } = read.right;
  const proposals =
    isPlainObject(value) && Array.isArray(value['proposals']) ? (value['proposals'] as unknown[]) : undefined;
  if (proposals === undefined) return E.left(`${file}: expected a report on proposals, as --json writes it`);
  const n = /^[1-9][0-9]{0,5}$/.test(number) ? Number(number) : 0;
  const proposal = proposals[n - 1];
  if (!isPlainObject(proposal))
    return E.left(`${file}: expected --number from 1 to ${proposals.length}, found ${number}`);
  if (proposal['stale'] !== undefined)
    return E.left(`${file}: proposal ${number} is stale: receipt ${String(proposal['stale'])} approved it`);
  const submit = proposal['submit'];
  const [action, resource, own] = isPlainObject(submit)
    ? [submit['action'], submit['resource'], submit['arguments']]
    : [];
  return typeof action === 'string' && typeof resource === 'string' && isPlainObject(own)
    ? E.right({ action, resource, arguments: own })
    : E.left(`${file}: proposal ${number} has no action, resource and arguments`);
};
