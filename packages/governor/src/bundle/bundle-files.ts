/** The files of a bundle that are read before its receipts: keys, consistency proofs, catalogs, raw evidence. */
import { createHash } from 'node:crypto';
import type { Catalog } from '@tai-autonomics/core';
import {
  type BundleFile,
  decodeUtf8,
  encodeBase64url,
  formatBundlePath,
  parseCanonical,
  parseCheckpoint,
  parseConsistency,
  verifyAttachment,
} from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { type LoadedCatalog, loadKept } from '../catalogs/loaded-catalog.ts';
import { nodeSha256 } from '../node/crypto.ts';
import type { Bundle } from './bundle.ts';
import type { BundleFault } from './bundle-fault.ts';
import type { createFindings } from './verify/amend-report.ts';
import type { ManifestCheck } from './verify/manifest-check.ts';

/** What was read, and checked against the digests in the names. */
export interface SmallFiles {
  readonly consistency: readonly string[];
  readonly handovers: readonly string[];
  /** Catalogs that compile here, by digest; each is compiled when a receipt first names it. */
  readonly catalogs: Pick<ReadonlyMap<string, Catalog>, 'get'>;
  /** Digests of catalogs that are here as written, whether or not they compile. */
  readonly catalogDigests: ReadonlySet<string>;
  readonly evidence: ReadonlySet<string>;
}

/** Told of every file that is read. */
export type Telling = Pick<ManifestCheck, 'met' | 'streamed'>;

/** The keys that the bundle says are its ledger's and its exporter's. A claim, never trust. */
export const readClaimedKeys = (bundle: Bundle): E.Either<BundleFault, readonly string[]> =>
  E.map((bytes: Uint8Array | undefined) => (bytes === undefined ? [] : linesOf(bytes)))(
    bundle.source.read({ file: 'keys' }),
  );

/** Reads them all. A file whose digest is not the one of its name is a finding, not a fault. */
export const readSmallFiles = async (
  bundle: Bundle,
  known: readonly LoadedCatalog[],
  findings: ReturnType<typeof createFindings>,
  telling: Telling,
): Promise<E.Either<BundleFault, SmallFiles>> => {
  const read: Accumulated = {
    consistency: [],
    handovers: [],
    catalogDigests: new Set(),
    evidence: new Set(),
    kept: 0,
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
    if (file.file === 'consistency') takeConsistency(read, findings, file, bytes);
    else if (file.file === 'handover') takeHandover(read, findings, file.size, bytes);
    else if (file.file === 'catalog') takeCatalog(read, findings, file.digest, bytes);
  }
  return E.right({ ...read, catalogs: catalogsOf(bundle, known, read.catalogDigests) });
};

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

interface Accumulated {
  readonly consistency: string[];
  readonly handovers: string[];
  readonly catalogDigests: Set<string>;
  readonly evidence: Set<string>;
  /** Characters of `consistency` and `handovers`. */
  kept: number;
}

const takeCatalog = (
  read: Accumulated,
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
};

/** The catalog of a file whose digest was checked; `undefined` where it does not compile here. */
const compiled = (bundle: Bundle, digest: string): Catalog | undefined => {
  const bytes = bundle.source.read({ file: 'catalog', digest });
  if (E.isLeft(bytes) || bytes.right === undefined) return undefined;
  if (E.isLeft(parseCanonical(bytes.right))) return undefined;
  // A catalog that another version of the engine wrote may not compile here: its receipts are then not available, not false.
  const loaded = loadKept(digest, Buffer.from(bytes.right).toString('utf8'));
  return E.isRight(loaded) ? loaded.right.catalog : undefined;
};

/** The longest catalog that is compiled to decide again, and how much of them altogether. */
const COMPILED_BYTES_MAX = 2_097_152;
const COMPILED_BYTES_ALL = 67_108_864;

/** Whoever packs a bundle can put any number of catalogs into it: only those that a receipt names cost anything. */
const catalogsOf = (
  bundle: Bundle,
  known: readonly LoadedCatalog[],
  digests: ReadonlySet<string>,
): SmallFiles['catalogs'] => {
  const met = new Map<string, Catalog | undefined>(known.map(({ digest, catalog }) => [digest, catalog]));
  let left = COMPILED_BYTES_ALL;
  const readable = (digest: string): boolean => {
    const size = bundle.source.size({ file: 'catalog', digest });
    if (size > COMPILED_BYTES_MAX || size > left) return false;
    left -= size;
    return true;
  };
  return {
    get: (digest) => {
      if (!met.has(digest) && digests.has(digest))
        met.set(digest, readable(digest) ? compiled(bundle, digest) : undefined);
      return met.get(digest);
    },
  };
};

/** Most characters of small proofs that are kept in memory: a bundle can have any number of files. */
const KEPT_MAX = 16_777_216;

const keep = (
  read: Accumulated,
  texts: string[],
  text: string,
  findings: ReturnType<typeof createFindings>,
  step: 'consistency' | 'signatures',
): void => {
  read.kept += text.length;
  if (read.kept <= KEPT_MAX) texts.push(text);
  else if (read.kept - text.length <= KEPT_MAX)
    findings.note({ step, why: 'there are more proofs of continuity and hand-overs than are read' });
};

const takeConsistency = (
  read: Accumulated,
  findings: ReturnType<typeof createFindings>,
  file: Extract<BundleFile, { readonly file: 'consistency' }>,
  bytes: Uint8Array,
): void => {
  const text = decodeUtf8(bytes) ?? '';
  const proof = parseConsistency(text);
  const note = E.isLeft(proof) ? proof : parseCheckpoint(proof.right.note);
  if (E.isRight(proof) && E.isRight(note) && (proof.right.oldSize !== file.oldSize || note.right.size !== file.size)) {
    const why = `${formatBundlePath(file)} is from ${proof.right.oldSize} to ${note.right.size}`;
    findings.note({ step: 'consistency', why });
  }
  keep(read, read.consistency, text, findings, 'consistency');
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
  keep(read, read.handovers, note, findings, 'signatures');
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
