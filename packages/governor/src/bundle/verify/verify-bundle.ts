/**
 * Verifies a bundle offline: no ledger, no network, no key file. Core's verifier judges; this feeds it the files, one
 * receipt at a time, checks what is beside the receipts, and says of each receipt how far it was re-derived.
 */
import type { Catalog } from '@tai-autonomics/core';
import { createRederiver, type Engines, nobleP256 } from '@tai-autonomics/core/engine';
import {
  decodeUtf8,
  formatBundlePath,
  type Json,
  type KeyRevocation,
  type Receipt,
  type Rederiver,
  startVerifier,
  type Verifier,
  type VerifyOptions,
  type VerifyReport,
} from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { LoadedCatalog } from '../../catalogs/loaded-catalog.ts';
import type { RawDetector } from '../../local/raw-evidence.ts';
import { nodeEd25519, nodeSha256 } from '../../node/crypto.ts';
import { nodeTextCodec } from '../../node/text-codec.ts';
import type { Ms } from '../../ports.ts';
import type { Bundle } from '../bundle.ts';
import { type BundleFault, bundleFault } from '../bundle-fault.ts';
import { readClaimedKeys, readSmallFiles, type SmallFiles } from '../bundle-files.ts';
import { readWhole } from '../export/whole-ledger.ts';
import { addUnchecked, amendReport, createFindings } from './amend-report.ts';
import { type DetectedCounts, type DetectingRederiver, detectAgain } from './detected-facts.ts';
import { type Feeding, feedReceipt, type VerifyProgress } from './feeding.ts';
import { checkManifest, type ManifestCheck, type ManifestVerdict } from './manifest-check.ts';
import { createReachedRanges, type ReachedRange } from './reached-ranges.ts';
import { uncheckedFiles } from './unchecked-files.ts';

/** What the auditor brings. Nothing in here comes from the bundle. */
export interface VerifyBundleOptions {
  /** Whether decisions are decided again. Without it everything else is still checked. */
  readonly rederive: boolean;
  /** The versions of deciding and folding that the auditor has; all of this library where absent. */
  readonly engines?: Engines;
  /** The trust file, as text. */
  readonly trust?: string;
  /** The last checkpoint of this ledger that the auditor saw: a signed note. It shows continuity alone. */
  readonly remembered?: string;
  /** A checkpoint that reached the auditor by another way than a bundle: the ledger is complete up to it. */
  readonly outside?: string;
  /** Catalogs that the auditor holds, for bundles that carry none. */
  readonly catalogs?: readonly LoadedCatalog[];
  /** Detectors of the packs, by which facts are detected again from the raw inputs that the bundle carries. */
  readonly detectors?: readonly RawDetector[];
  readonly revocations?: readonly KeyRevocation[];
  /** The auditor's time, and the age that the newest witness time may have. */
  readonly freshness?: { readonly atMs: Ms; readonly maxAgeMs: Ms };
  readonly onProgress?: (progress: VerifyProgress) => void;
  /**
   * Asked once, with the catalogs that are here, for somebody who is told of every receipt in its order with what is
   * disclosed of it. It is told before the whole is judged, and only where decisions are decided again.
   */
  readonly beside?: (catalogs: Pick<ReadonlyMap<string, Catalog>, 'get'>) => BesideReceipt;
}

/** Told of one receipt, and of those of its disclosures that are its own. */
export type BesideReceipt = (receipt: Receipt, disclosed: ReadonlyMap<string, Json>) => void;

/** The verifier's report, and what it does not know of: the bundle's files. */
export interface BundleReport extends VerifyReport {
  readonly coverage: 'whole' | 'partial';
  readonly origin?: string;
  /** How far each receipt was re-derived, as runs of neighbours. */
  readonly reached: readonly ReachedRange[];
  /** Runs that are not listed: beyond the first ten thousand. */
  readonly reachedLeft: number;
  readonly manifest: ManifestVerdict;
  /** Facts of evidence that were detected again from their raw input. */
  readonly detected: DetectedCounts;
}

/**
 * Verifies an open bundle. Left only if its files can't be read; whatever is wrong inside them is in the report, step by
 * step. Memory stays bounded whatever the bundle's length: receipts are read, judged and forgotten.
 */
export const verifyBundle = async (
  bundle: Bundle,
  options: VerifyBundleOptions,
): Promise<E.Either<BundleFault, BundleReport>> => {
  const findings = createFindings();
  const claimedKeys = readClaimedKeys(bundle);
  if (E.isLeft(claimedKeys)) return claimedKeys;
  const manifest = manifestOf(bundle, claimedKeys.right, options.trust);
  if (E.isLeft(manifest)) return manifest;
  const small = await readSmallFiles(bundle, options.catalogs ?? [], findings, manifest.right);
  if (E.isLeft(small)) return small;
  const rederiver = rederiverOf(bundle, small.right, options);
  const named = namedFiles(small.right);
  const verifier = verifierOf(bundle, { ...small.right, claimedKeys: claimedKeys.right }, named, rederiver, options);
  const reached = createReachedRanges();
  const feeding: Feeding = {
    bundle,
    verifier,
    findings,
    reached,
    telling: manifest.right,
    onProgress: options.onProgress,
    receipts: 0,
    used: { disclosures: 0, proof: 0 },
  };
  const read = await (bundle.coverage === 'whole' ? readWhole(feeding) : readPartial(feeding));
  if (E.isLeft(read)) return read;
  const strays = await noteStrays(feeding);
  if (E.isLeft(strays)) return strays;
  const verdict = manifest.right.conclude();
  if (verdict.manifest === 'broken') findings.note({ step: 'digests', why: verdict.why });
  const detected = rederiver?.counts ?? NONE_DETECTED;
  const unchecked = uncheckedFiles(verdict, detected, {
    timeStamp: bundle.others.some(({ file }) => file === 'timestamp'),
    unnamed: named.unnamed(),
    passedOver: bundle.source.passedOver,
  });
  return E.right({
    ...addUnchecked(amendReport(verifier.finish(), findings), unchecked),
    coverage: bundle.coverage,
    ...(bundle.origin === undefined ? {} : { origin: bundle.origin }),
    reached: reached.ranges,
    reachedLeft: reached.left,
    manifest: verdict,
    detected,
  });
};

const readPartial = async (feeding: Feeding): Promise<E.Either<BundleFault, void>> => {
  const { bundle, telling, used } = feeding;
  for (const [place, seq] of bundle.seqs.entries()) {
    const receipt = bundle.source.read({ file: 'receipt', seq });
    const proof = E.isLeft(receipt) ? receipt : bundle.source.read({ file: 'proof', seq });
    if (E.isLeft(receipt)) return receipt;
    if (E.isLeft(proof)) return proof;
    if (receipt.right === undefined) return bundleFault('truncated', `receipts/${seq}.json`, 'it went away');
    telling.met({ file: 'receipt', seq }, receipt.right);
    if (proof.right !== undefined) {
      used.proof += 1;
      telling.met({ file: 'proof', seq }, proof.right);
    }
    const text = proof.right === undefined ? undefined : (decodeUtf8(proof.right) ?? '');
    const fed = await feedReceipt(feeding, seq, receipt.right, text, place / bundle.seqs.length);
    if (E.isLeft(fed)) return fed;
  }
  return E.right(undefined);
};

/** Files that are numbered by a receipt that is not here: counted, and the first one named. */
const noteStrays = async (feeding: Feeding): Promise<E.Either<BundleFault, void>> => {
  const { bundle, used, findings, receipts } = feeding;
  const strays = bundle.counts.disclosures - used.disclosures + bundle.counts.proof - used.proof;
  if (strays <= 0) return E.right(undefined);
  const here = new Set(bundle.seqs);
  let first: string | undefined;
  for await (const entry of bundle.source.entries()) {
    if (E.isLeft(entry)) return entry;
    const file = entry.right;
    if (file.file !== 'disclosures' && file.file !== 'proof') continue;
    const isHere =
      bundle.coverage === 'whole' ? file.file === 'disclosures' && file.seq < receipts : here.has(file.seq);
    const path = formatBundlePath(file);
    if (!isHere && (first === undefined || path < first)) first = path;
  }
  const named = first ?? 'a file of disclosures';
  const more = strays === 1 ? '' : `, and ${strays - 1} more`;
  findings.note({ step: 'disclosures', why: `${named} belongs to no receipt that is here${more}` });
  return E.right(undefined);
};

const manifestOf = (
  bundle: Bundle,
  claimedKeys: readonly string[],
  trust: string | undefined,
): E.Either<BundleFault, ManifestCheck> => {
  const note = bundle.source.read({ file: 'manifest' });
  const envelope = E.isLeft(note) ? note : bundle.source.read({ file: 'manifest_dsse' });
  if (E.isLeft(note)) return note;
  if (E.isLeft(envelope)) return envelope;
  return E.right(
    checkManifest({
      origin: bundle.origin,
      note: note.right,
      envelope: envelope.right,
      trust,
      claimedKeys,
    }),
  );
};

/** The same re-deriver, and somebody who is told of every receipt. */
const tellingOf = (rederiver: Rederiver, told: BesideReceipt | undefined): Rederiver =>
  told === undefined
    ? rederiver
    : {
        step: (receipt, leaf, disclosed, prefixWhole) => {
          told(receipt, disclosed);
          return rederiver.step(receipt, leaf, disclosed, prefixWhole);
        },
      };

const rederiverOf = (
  bundle: Bundle,
  { catalogs, evidence }: SmallFiles,
  { rederive, engines, detectors = [], beside }: VerifyBundleOptions,
): DetectingRederiver | undefined => {
  if (!rederive) return undefined;
  const rederiver = createRederiver({ catalogs, p256: nobleP256, ...(engines === undefined ? {} : { engines }) });
  return detectAgain(tellingOf(rederiver, beside?.(catalogs)), bundle, evidence, detectors);
};

const NONE_DETECTED: DetectedCounts = { again: 0, byOlder: 0, notAvailable: 0, noDetector: 0, unshown: 0 };

/** Which of the bundle's catalogs and raw inputs are asked for, and so named by a receipt. */
interface NamedFiles {
  readonly watched: (digests: readonly string[]) => Pick<ReadonlySet<string>, 'has'>;
  readonly unnamed: () => number;
}

const namedFiles = ({ catalogDigests, evidence }: SmallFiles): NamedFiles => {
  const left = new Set([...catalogDigests, ...evidence]);
  return {
    watched: (digests) => {
      const here = new Set(digests);
      return {
        has: (digest) => {
          left.delete(digest);
          return here.has(digest);
        },
      };
    },
    unnamed: () => left.size,
  };
};

const verifierOf = (
  bundle: Bundle,
  small: SmallFiles & { readonly claimedKeys: readonly string[] },
  named: NamedFiles,
  rederiver: Rederiver | undefined,
  options: VerifyBundleOptions,
): Verifier => {
  const { trust, remembered, outside, revocations, freshness } = options;
  const given: VerifyOptions = {
    sha256: nodeSha256,
    ed25519: nodeEd25519,
    codec: nodeTextCodec,
    coverage: bundle.coverage,
    checkpoint: bundle.checkpoint,
    consistency: small.consistency,
    handovers: small.handovers,
    claimedKeys: small.claimedKeys,
    attachments: {
      catalogs: named.watched([...small.catalogDigests, ...(options.catalogs ?? []).map(({ digest }) => digest)]),
      evidence: named.watched([...small.evidence]),
    },
    ...(trust === undefined ? {} : { trust }),
    ...(remembered === undefined ? {} : { remembered }),
    ...(outside === undefined ? {} : { outside }),
    ...(revocations === undefined ? {} : { revocations }),
    ...(freshness === undefined ? {} : { freshness }),
    ...(rederiver === undefined ? {} : { rederiver }),
  };
  return startVerifier(given);
};
