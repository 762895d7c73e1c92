/**
 * The manifest of a bundle: a signed note over the SHA-256 of every other file, by an export key. Its lines are what
 * `sha256sum -c` reads. It says that the files were packed together, not that they are true.
 */
import { either as E } from 'fp-ts';
import { decodeHex, encodeHex } from '../encoding/bytes.ts';
import { type FormatIssue, issue } from '../encoding/format-issue.ts';
import { isOrigin } from '../tree/leaf.ts';
import { parseBundlePath } from './layout.ts';

/** One file and its SHA-256. */
export interface ManifestEntry {
  readonly path: string;
  readonly sha256: Uint8Array;
}

/** What a manifest's note says. Entries are sorted by path, each once; the manifests themselves are not among them. */
export interface Manifest {
  readonly origin: string;
  readonly entries: readonly ManifestEntry[];
}

/** What is wrong between a manifest and the files that are there. */
export interface ManifestDifference {
  readonly path: string;
  readonly why: 'missing' | 'not_listed' | 'changed';
}

const HEADER = 'tai-autonomics/manifest@1';
const MAX_LENGTH = 1_000_000;

/** The text of a manifest's note, to be signed with the export key. */
export const manifestBody = (manifest: Manifest): string =>
  `${HEADER}\n${manifest.origin}\n${[...manifest.entries]
    .sort(byPath)
    .map((entry) => `${encodeHex(entry.sha256)}  ${entry.path}\n`)
    .join('')}`;

/** Reads a manifest's text. Paths must be lawful, sorted and each there once. */
export const parseManifestBody = (text: string): E.Either<FormatIssue, Manifest> => {
  if (text.length > MAX_LENGTH || !text.endsWith('\n')) return issue([], 'a manifest', text);
  const [header, origin, ...lines] = text.slice(0, -1).split('\n');
  if (header !== HEADER) return issue(['line', 1], HEADER, header);
  if (!isOrigin(origin)) return issue(['line', 2], 'an origin', origin);
  const entries: ManifestEntry[] = [];
  for (const [i, line] of lines.entries()) {
    const entry = parseEntry(line, i + 3);
    if (E.isLeft(entry)) return entry;
    const before = entries.at(-1);
    if (before !== undefined && before.path >= entry.right.path)
      return issue(['line', i + 3], 'paths in order, each once', entry.right.path);
    entries.push(entry.right);
  }
  return E.right({ origin, entries });
};

/** Compares a manifest with the files that are there (without the manifests), in order of path. Empty: nothing differs. */
export const compareManifest = (manifest: Manifest, files: readonly ManifestEntry[]): readonly ManifestDifference[] => {
  const listed = new Map(manifest.entries.map((entry) => [entry.path, encodeHex(entry.sha256)]));
  const differences: ManifestDifference[] = [];
  for (const file of files) {
    const hex = listed.get(file.path);
    listed.delete(file.path);
    if (hex === undefined) differences.push({ path: file.path, why: 'not_listed' });
    else if (hex !== encodeHex(file.sha256)) differences.push({ path: file.path, why: 'changed' });
  }
  for (const path of listed.keys()) differences.push({ path, why: 'missing' });
  return differences.sort((a, b) => (a.path < b.path ? -1 : 1));
};

const byPath = (a: ManifestEntry, b: ManifestEntry): number => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0);

const parseEntry = (line: string, place: number): E.Either<FormatIssue, ManifestEntry> => {
  const at = ['line', place];
  const sha256 = decodeHex(line.slice(0, 64));
  const path = line.slice(66);
  if (sha256?.length !== 32 || line.slice(64, 66) !== '  ')
    return issue(at, 'a SHA-256 in hex, two spaces and a path', line);
  const file = parseBundlePath(path);
  if (E.isLeft(file) || file.right.file === 'manifest' || file.right.file === 'manifest_dsse') {
    return issue(at, 'a file of an evidence bundle', path);
  }
  return E.right({ path, sha256 });
};
