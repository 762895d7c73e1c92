/**
 * A directory of resources in a file, which somebody edits while the governor runs:
 *
 * ```json
 * {
 *   "format": "tai-autonomics/resources@1",
 *   "tenants": {
 *     "acme": { "service/checkout": { "kind": "service", "environment": "production", "aliases": ["checkout"] } }
 *   }
 * }
 * ```
 */
import { readFileSync, statSync } from 'node:fs';
import { either as E } from 'fp-ts';
import { messageOf, oneLine } from '../bounds/bounded-text.ts';
import { parseJsonText } from '../local/json-file.ts';
import { whoElseChanges } from '../node/private-file.ts';
import type { ResourceDirectory } from '../ports.ts';
import { parseResources } from './directory.ts';

/**
 * The directory of a file. The file is read again when it was replaced; one that can't be read then changes nothing, and is told
 * to `onFault` once, as is that it can be read again. Left, in one line: there is none to begin with.
 */
export const resourceFile = (path: string, onFault?: (detail: string) => void): E.Either<string, ResourceDirectory> => {
  let version = versionOf(path);
  const first = read(path);
  if (E.isLeft(first)) return E.left(oneLine(first.left));
  let known = first.right;
  let isKept = false;
  const current = (): ResourceDirectory => {
    const now = versionOf(path);
    if (now === version) return known;
    version = now;
    const again = read(path);
    if (E.isLeft(again)) {
      isKept = true;
      onFault?.(`the directory of resources is kept as it was: ${oneLine(again.left)}`);
      return known;
    }
    known = again.right;
    if (isKept) onFault?.('the directory of resources can be read again, and counts');
    isKept = false;
    return known;
  };
  return E.right({ find: (of) => current().find(of), names: (tenant) => current().names(tenant) });
};

const read = (path: string): E.Either<string, ResourceDirectory> => {
  try {
    // Whoever may write it says what is a sandbox, and whose.
    const exposed = whoElseChanges(path, statSync(path));
    if (exposed !== undefined) return E.left(exposed);
    const json = parseJsonText(readFileSync(path));
    if (E.isLeft(json)) return json;
    return E.mapLeft((lines: readonly string[]) => lines.join('; '))(parseResources(json.right));
  } catch (thrown) {
    return E.left(messageOf(thrown));
  }
};

const versionOf = (path: string): string => {
  try {
    const { ino, size, mtimeNs, mode } = statSync(path, { bigint: true });
    return `${ino} ${size} ${mtimeNs} ${mode}`;
  } catch {
    return 'none';
  }
};
