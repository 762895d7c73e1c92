/** Where a bundle's files come from: a folder or a tar file. Reading writes nothing, follows no link, and holds no whole file that is large. */
import { type BundleFile, parseBundlePath } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { type BundleFault, bundleFault } from '../bundle-fault.ts';

/** The files of one bundle. Every name that it answers is lawful, and was met once. */
export interface BundleSource {
  readonly packed: 'folder' | 'tar';
  /** What was met on the way and is no part of a bundle: what file managers leave, and names spelt from the folder (`./`). */
  readonly passedOver: ReadonlySet<string>;
  /** Names every file, in no particular order. Stops at the first fault. */
  entries(): AsyncIterable<E.Either<BundleFault, BundleFile>>;
  /** A whole file, within its limit; `undefined` where there is none. Synchronous: a ledger has hundreds of thousands of them. */
  read(file: BundleFile): E.Either<BundleFault, Uint8Array | undefined>;
  /** A file in pieces; none where there is no such file. */
  chunks(file: BundleFile): AsyncIterable<E.Either<BundleFault, Uint8Array>>;
  /** Length in bytes; 0 where there is no such file. */
  size(file: BundleFile): number;
  close(): void;
}

/** Most files that a bundle may have. */
export const BUNDLE_FILES_MAX = 2_000_000;
/** Bytes that are read at a time. */
export const CHUNK_BYTES = 262_144;

const MIB = 1_048_576;

/** The most bytes that a file may have: what is read whole is bounded tightly, what is streamed only by what a file system holds. */
export const bytesMaxOf = ({ file }: BundleFile): number => {
  switch (file) {
    case 'receipts':
      return Number.MAX_SAFE_INTEGER;
    case 'receipt':
      return 65_535;
    case 'evidence':
      return 1024 * MIB;
    case 'catalog':
      return 16 * MIB;
    case 'disclosures':
      return 64 * MIB;
    case 'keys':
      return 65_536;
    default:
      return 4 * MIB;
  }
};

/** What an auditor makes while checking a bundle by hand. Inside it, nobody knows who put them there. */
const AUDITORS_OWN: ReadonlySet<string> = new Set([
  'log.vkey',
  'export.vkey',
  'trust',
  'key.raw',
  'key.pem',
  'checkpoint.body',
  'checkpoint.sig',
  'note.body',
  'note.sig',
]);
const MOVE_IT = 'no file of a bundle has this name; if it is yours, keep it outside of the bundle';

const LEFTOVER = /^(?:\.DS_Store|\._[^/]*|\.localized|\.directory|Icon\r|Thumbs\.db|desktop\.ini)$/;
/** What is in these is nobody's: the Finder, and archives that it made. */
const LEFTOVER_FOLDER = /^(?:__MACOSX|\.Trashes|\.fseventsd|\.Spotlight-V100|\.TemporaryItems)(?:\/|$)/;

/** Whether a name is one that a file manager leaves in every folder that somebody looks at: harmless, and never read. */
export const isLeftover = (path: string): boolean =>
  LEFTOVER.test(path.slice(path.lastIndexOf('/') + 1)) || LEFTOVER_FOLDER.test(path);

const LEADS_OUT = /(?:^|\/)\.{1,2}(?:\/|$)|^\/|\/\/|\\|\0|^[A-Za-z]:/;

/** The file that a name in a bundle means. */
export const bundleFileOf = (path: string): E.Either<BundleFault, BundleFile> => {
  const file = parseBundlePath(path);
  if (E.isRight(file)) return file;
  return LEADS_OUT.test(path)
    ? bundleFault('path_traversal', path, 'the name leads out of the bundle, or is not its one lawful spelling')
    : bundleFault('unknown_file', path, AUDITORS_OWN.has(path) ? MOVE_IT : 'no file of a bundle has this name');
};

/** What is said of a file that is longer than it may be. */
export const oversized = (path: string, bytes: number, max: number): E.Either<BundleFault, never> =>
  bundleFault('oversized', path, `${bytes} bytes, and at most ${max} are read`);
