/** The files of a bundle that are read before its receipts: keys, consistency proofs, catalogs, raw evidence. */
import { createHash } from 'node:crypto';
import {
  type BundleFile,
  type Catalog,
  decodeUtf8,
  encodeBase64url,
  parseCheckpoint,
  verifyAttachment,
} from '@tai-autonomics/core';
import { either as E } from 'fp-ts';
import { type LoadedCatalog, loadCatalog } from '../loaded-catalog.ts';
import { nodeSha256 } from '../node-crypto.ts';
import type { createFindings } from './amend-report.ts';
import type { Bundle } from './bundle.ts';
import type { BundleFault } from './bundle-fault.ts';
import type { ManifestCheck } from './manifest-check.ts';

/** What was read, and checked against the digests in the names. */
export interface SmallFiles {
  readonly consistency: readonly string[];
  readonly handovers: readonly string[];
  /** Catalogs that compile here, by digest. */
  readonly catalogs: ReadonlyMap<string, Catalog>;
  /** Digests of catalogs that are here as written, whether or not they compile. */
  readonly catalogDigests: ReadonlySet<string>;
  readonly evidence: ReadonlySet<string>;
}

/** Told of every file that is read. */
export type Telling = Pick<ManifestCheck, 'met' | 'streamed'>;

/** The SHA-256 of a file of any length. */
const hashFile = async (bundle: Bundle, file: BundleFile): Promise<E.Either<BundleFault, Uint8Array>> => {
  const hash = createHash('sha256');
  for await (const chunk of bundle.source.chunks(file)) {
    if (E.isLeft(chunk)) return chunk;
    hash.update(chunk.right);
  }
  return E.right(new Uint8Array(hash.digest()));
};

const LINES_MAX = 1024;

const linesOf = (bytes: Uint8Array): readonly string[] =>
  (decodeUtf8(bytes) ?? '')
    .split('\n')
    .filter((line) => line !== '')
    .slice(0, LINES_MAX);

/** The keys that the bundle says are its ledger's and its exporter's. A claim, never trust. */
export const readClaimedKeys = (bundle: Bundle): E.Either<BundleFault, readonly string[]> =>
  E.map((bytes: Uint8Array | undefined) => (bytes === undefined ? [] : linesOf(bytes)))(
    bundle.source.read({ file: 'keys' }),
  );

interface Accumulated {
  readonly consistency: string[];
  readonly handovers: string[];
  readonly catalogs: Map<string, Catalog>;
  readonly catalogDigests: Set<string>;
  readonly evidence: Set<string>;
}

const takeCatalog = (
  read: Accumulated,
  compile: boolean,
  findings: ReturnType<typeof createFindings>,
  digest: string,
  bytes: Uint8Array,
): void => {
  const held = verifyAttachment(nodeSha256, 'catalog', digest, bytes);
  if (E.isLeft(held)) {
    const { expected, found } = held.left;
    findings.note({ step: 'digests', why: `catalog/${digest}.json: expected ${expected}, found ${found}` });
    return;
  }
  read.catalogDigests.add(digest);
  if (!compile) return;
  // A catalog that another version of the engine wrote may not compile here: its receipts are then not available, not false.
  const loaded = loadCatalog(JSON.parse(decodeUtf8(bytes) ?? 'null'), nodeSha256);
  if (E.isRight(loaded)) read.catalogs.set(digest, loaded.right.catalog);
};

const takeHandover = (
  read: Accumulated,
  findings: ReturnType<typeof createFindings>,
  size: number,
  bytes: Uint8Array,
): void => {
  const note = decodeUtf8(bytes) ?? '';
  const said = parseCheckpoint(note);
  if (E.isRight(said) && said.right.size !== size)
    findings.note({ step: 'signatures', why: `handovers/${size}.checkpoint is of size ${said.right.size}` });
  read.handovers.push(note);
};

const takeEvidence = async (
  bundle: Bundle,
  read: Accumulated,
  findings: ReturnType<typeof createFindings>,
  file: Extract<BundleFile, { readonly file: 'evidence' }>,
  telling: Telling,
): Promise<E.Either<BundleFault, void>> => {
  const sha256 = await hashFile(bundle, file);
  if (E.isLeft(sha256)) return sha256;
  telling.streamed(file, sha256.right);
  if (encodeBase64url(sha256.right) === file.digest) read.evidence.add(file.digest);
  else findings.note({ step: 'digests', why: `evidence/${file.digest} has another digest than its name` });
  return E.right(undefined);
};

/** Reads them all; compiles catalogs only if they will be needed. A file whose digest is not the one of its name is a finding, not a fault. */
export const readSmallFiles = async (
  bundle: Bundle,
  known: { readonly catalogs: readonly LoadedCatalog[]; readonly compile: boolean },
  findings: ReturnType<typeof createFindings>,
  telling: Telling,
): Promise<E.Either<BundleFault, SmallFiles>> => {
  const read: Accumulated = {
    consistency: [],
    handovers: [],
    catalogs: new Map(known.catalogs.map(({ digest, catalog }) => [digest, catalog])),
    catalogDigests: new Set(),
    evidence: new Set(),
  };
  for (const file of bundle.others) {
    if (file.file === 'evidence') {
      const taken = await takeEvidence(bundle, read, findings, file, telling);
      if (E.isLeft(taken)) return taken;
      continue;
    }
    if (file.file === 'receipts' || file.file === 'manifest' || file.file === 'manifest_dsse') continue;
    const found = bundle.source.read(file);
    if (E.isLeft(found)) return found;
    const bytes = found.right ?? new Uint8Array(0);
    telling.met(file, bytes);
    if (file.file === 'consistency') read.consistency.push(decodeUtf8(bytes) ?? '');
    else if (file.file === 'handover') takeHandover(read, findings, file.size, bytes);
    else if (file.file === 'catalog') takeCatalog(read, known.compile, findings, file.digest, bytes);
  }
  return E.right(read);
};
