/** Reads a file that a person wrote: JSON with comments, one clear line for what is wrong and where. */
import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Issue } from '@tai-autonomics/core';
import { isPlainObject } from '@tai-autonomics/core/receipt';
import { type JsonDocument, parseStrictJson, printFault } from '@tai-autonomics/governor/json';
import { either as E } from 'fp-ts';
import type { Io } from '../terminal/io.ts';

const LIMITS = { comments: true, maxBytes: 16_777_216, maxDepth: 64 } as const;

/** A file with its parsed value, a member `$schema` for editors left out, so that no digest covers it; `line` says what is wrong and where. */
export interface ReadDocument {
  readonly value: unknown;
  readonly line: (issue: Issue) => string;
  /** `file:line:column` of what stands at a path. */
  readonly place: (path: Issue['path']) => string;
}

/** Reads and parses a JSON file; the one line that says what is wrong otherwise. */
export const readJsonFile = async (io: Io, file: string): Promise<E.Either<string, ReadDocument>> => {
  const path = resolve(io.cwd, file);
  try {
    const { size } = await stat(path);
    if (size > LIMITS.maxBytes) return E.left(`${file}: expected at most ${LIMITS.maxBytes} bytes, found ${size}`);
    const parsed = parseStrictJson(await readFile(path), LIMITS);
    if (E.isLeft(parsed)) return E.left(printFault(file, parsed.left));
    const { right: document } = parsed;
    const place = (at: Issue['path']): string => {
      const { line, column } = document.locate(at);
      return `${file}:${line}:${column}`;
    };
    return E.right({ value: withoutSchema(document.value), line: lineOf(file, document), place });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    return E.left(
      `${file}: ${code === 'ENOENT' ? 'no such file' : code === 'EISDIR' ? 'expected a file, found a folder' : `cannot be read (${code})`}`,
    );
  }
};

const lineOf =
  (file: string, document: JsonDocument) =>
  ({ path, expected, found }: Issue): string =>
    printFault(file, { ...document.locate(path), path, expected, found });

/** The same document without the member by which an editor finds its schema. */
const withoutSchema = (value: unknown): unknown => {
  if (!isPlainObject(value) || typeof value['$schema'] !== 'string') return value;
  const { $schema: _, ...rest } = value;
  return rest;
};
