/** Writes one tenant's evidence as a bundle: the receipts, what may be disclosed of them, and all that it takes to check them. */
import { createHash } from 'node:crypto';
import {
  bundleReadme,
  consistencyProof,
  encodeUtf8,
  equalBytes,
  formatBundlePath,
  formatConsistency,
  formatDisclosures,
  formatInclusion,
  formatVkey,
  inclusionProof,
  type ManifestEntry,
  type NoteKey,
  parseNote,
  parseReceipt,
} from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { messageOf } from '../../bounds/bounded-text.ts';
import { nodeSha256 } from '../../node/crypto.ts';
import { nodeTextCodec } from '../../node/text-codec.ts';
import type { Row, StoredDisclosure } from '../../ports.ts';
import type { BundleSink } from '../archive/bundle-sink.ts';
import { bytesMaxOf } from '../archive/bundle-source.ts';
import {
  exportKeyName,
  MANIFEST_CHARACTERS_MAX,
  MANIFEST_ENTRY_CHARACTERS,
  noteKeyOf,
} from '../verify/manifest-check.ts';
import { type Exporter, writeManifests } from './export-manifest.ts';
import { type LedgerSource, rowsOf, STOPPED, type Survey, surveyLedger } from './export-survey.ts';
import { rawDigestsOf } from './raw-digests.ts';
import type { Selection } from './selection.ts';
import { parseWithholding, type Withholding, type WithholdingReceipt } from './withhold.ts';

/** What was written. */
export interface Exported {
  readonly origin: string;
  readonly coverage: 'whole' | 'partial';
  /** Receipts under the bundle's checkpoint. */
  readonly size: number;
  /** Receipts that the ledger has beyond it: sealed later. */
  readonly unsealed: number;
  readonly receipts: number;
  readonly disclosures: number;
  /** Disclosures that the ledger holds of the exported receipts and that were kept back. */
  readonly withheld: number;
  readonly files: number;
  /** Digests of catalogs that receipts name and that the source does not have. */
  readonly missingCatalogs: readonly string[];
  /** How many raw inputs of observations disclosures refer to that the source does not have. */
  readonly missingEvidence: number;
  /** Raw inputs that stay here, since they also show what is kept back or was erased. */
  readonly withheldEvidence: number;
  /** Whether the receipts have the root that their checkpoint says. If not, the bundle shows that too. */
  readonly asSealed: boolean;
  /** `too_many_files`: a manifest can't list them. */
  readonly manifest: 'signed' | 'no_key' | 'too_many_files';
  /** The ledger's key, to be given to auditors by another way than the bundle. */
  readonly vkey: string;
  readonly exportVkey?: string;
}

/** A failure of the sink or the store, carried through generators. Caught where the export begins. */
class Stopped extends Error {}

/** Takes the first look over a ledger. */
export type Surveyor = (source: LedgerSource, selection: Selection) => Promise<E.Either<string, Survey>>;

/**
 * Writes a bundle of what is sealed: up to the newest checkpoint that the store holds (after a new one, if the source can
 * seal). The same ledger, selection and keys give the same bytes. Left, in one line, if nothing is sealed or chosen, or if
 * the store or the sink fails; then nothing is left behind.
 */
export const exportBundle = async (
  source: LedgerSource,
  selection: Selection,
  sink: BundleSink,
  surveyor: Surveyor = surveyLedger,
): Promise<E.Either<string, Exported>> => {
  try {
    const withholding = orStop(parseWithholding(selection.withhold ?? []));
    const exporter = orStop(exporterOf(source));
    const survey = orStop(await surveyor(source, selection));
    const w: Writing = {
      source,
      sink,
      survey,
      withholding,
      entries: [],
      characters: 0,
      files: 0,
      disclosures: 0,
      withheld: 0,
      raw: new Set(),
      telling: new Set(),
    };
    return E.right(await write(w, sealersOf(source, survey.note), exporter));
  } catch (thrown) {
    await sink.discard();
    return E.left(messageOf(thrown));
  }
};

const orStop = <A>(either: E.Either<string, A>): A => {
  if (E.isLeft(either)) throw new Stopped(either.left);
  return either.right;
};

interface Writing {
  readonly source: LedgerSource;
  readonly sink: BundleSink;
  readonly survey: Survey;
  readonly withholding: Withholding;
  entries: ManifestEntry[] | undefined;
  characters: number;
  files: number;
  disclosures: number;
  withheld: number;
  /** Digests of raw evidence that the exported disclosures refer to. */
  readonly raw: Set<string>;
  /** Of these, and of others, those that also show what is kept back or was erased. */
  readonly telling: Set<string>;
}

/** Notes a file for the manifest, as long as one can list them all. */
const list = (w: Writing, path: string, sha256: Uint8Array): void => {
  w.files += 1;
  w.characters += MANIFEST_ENTRY_CHARACTERS + path.length;
  if (w.characters > MANIFEST_CHARACTERS_MAX) w.entries = undefined;
  w.entries?.push({ path, sha256 });
};

const put = async (w: Writing, path: string, content: Uint8Array | string): Promise<void> => {
  if (w.source.watch?.isStopped?.() === true) throw new Stopped(STOPPED);
  const bytes = typeof content === 'string' ? (encodeUtf8(content) ?? new Uint8Array(0)) : content;
  orStop(await w.sink.file(path, bytes.length, [bytes]));
  list(w, path, nodeSha256(bytes));
};

const NEWLINE = Uint8Array.of(10);
const LINES = 256;

/** The lines of `receipts.jsonl`, some hundred at a time; a fault of the store ends them. */
async function* linesOf(
  w: Writing,
  digest: (chunk: Uint8Array) => void,
  fault: (detail: string) => void,
): AsyncGenerator<Uint8Array> {
  let lines: Uint8Array[] = [];
  const joined = (): Uint8Array => {
    const chunk = Buffer.concat(lines);
    lines = [];
    digest(chunk);
    return chunk;
  };
  for await (const row of rowsOf(w.source, 0, w.survey.checkpoint.size)) {
    if (E.isLeft(row)) return fault(row.left);
    lines.push(row.right.bytes, NEWLINE);
    if (lines.length >= 2 * LINES) yield joined();
  }
  yield joined();
}

const writeLines = async (w: Writing): Promise<void> => {
  const hash = createHash('sha256');
  let fault: string | undefined;
  const chunks = linesOf(
    w,
    (chunk) => void hash.update(chunk),
    (detail) => {
      fault = detail;
    },
  );
  const written = await w.sink.file('receipts.jsonl', w.survey.lineBytes, chunks);
  // What stopped the lines is the store's; the sink only saw too few of them.
  if (fault !== undefined) throw new Stopped(fault);
  orStop(written);
  list(w, 'receipts.jsonl', new Uint8Array(hash.digest()));
};

const receiptOf = (row: Row): WithholdingReceipt & { readonly listed: number } => {
  const { seq } = row;
  const receipt = parseReceipt(row.bytes, nodeTextCodec);
  if (E.isLeft(receipt)) return { seq, subject: '', listed: 0 };
  const { subject, _sd } = receipt.right;
  const of = receipt.right.kind === 'decision' ? undefined : receipt.right.of.seq;
  return { seq, subject, listed: _sd.length, ...(of === undefined ? {} : { of }) };
};

/**
 * A raw input shows every fact that was detected from it. One that shows what is kept back stays here; and where something
 * of a receipt was erased, nobody can say any more which of its inputs showed that.
 */
const noteTelling = (
  w: Writing,
  stored: readonly StoredDisclosure[],
  kept: readonly StoredDisclosure[],
  listed: number,
): void => {
  const hidden = stored.length < listed ? stored : stored.filter((disclosure) => !kept.includes(disclosure));
  for (const disclosure of hidden) for (const digest of rawDigestsOf(disclosure)) w.telling.add(digest);
};

const writeDisclosures = async (w: Writing, row: Row): Promise<void> => {
  const { seq } = row;
  const stored: readonly StoredDisclosure[] = row.disclosures;
  const receipt = receiptOf(row);
  const kept = w.withholding.keep(receipt, stored);
  noteTelling(w, stored, kept, receipt.listed);
  w.disclosures += kept.length;
  w.withheld += stored.length - kept.length;
  if (kept.length === 0) return;
  for (const disclosure of kept) for (const digest of rawDigestsOf(disclosure)) w.raw.add(digest);
  const bytes = formatDisclosures(kept.map(({ text }) => text));
  if (bytes.length > bytesMaxOf({ file: 'disclosures', seq }))
    throw new Stopped(`receipt ${seq} has more to disclose than a bundle’s file may hold; withhold some of it`);
  await put(w, formatBundlePath({ file: 'disclosures', seq }), bytes);
};

const writeProof = async (w: Writing, row: Row): Promise<void> => {
  const { survey } = w;
  const { seq } = row;
  const { size } = survey.checkpoint;
  const proof = inclusionProof(nodeSha256, survey.nodes, seq, size);
  if (proof === undefined) throw new Stopped(`receipt ${seq} is not under the checkpoint of size ${size}`);
  await put(w, formatBundlePath({ file: 'receipt', seq }), row.bytes);
  await put(w, formatBundlePath({ file: 'proof', seq }), formatInclusion({ index: seq, proof, note: survey.note }));
};

const writeReceipts = async (w: Writing): Promise<void> => {
  const { survey } = w;
  if (survey.coverage === 'whole') await writeLines(w);
  for (const { from, to } of survey.runs) {
    for await (const row of rowsOf(w.source, from, to)) {
      const found = orStop(row);
      if (survey.coverage === 'partial') await writeProof(w, found);
      await writeDisclosures(w, found);
    }
  }
};

const writeConsistency = async (w: Writing, sizes: readonly number[]): Promise<void> => {
  const { checkpoint, nodes, note } = w.survey;
  for (const oldSize of [...new Set(sizes)].sort((a, b) => a - b)) {
    if (oldSize === 0 || oldSize >= checkpoint.size) continue;
    const proof = consistencyProof(nodeSha256, nodes, oldSize, checkpoint.size);
    if (proof === undefined) throw new Stopped(`a checkpoint of size ${oldSize} is not one of this ledger`);
    const path = formatBundlePath({ file: 'consistency', oldSize, size: checkpoint.size });
    await put(w, path, formatConsistency({ oldSize, proof, note }));
  }
};

const writeEvidence = async (w: Writing): Promise<number> => {
  let missing = 0;
  for (const digest of [...w.raw].sort()) {
    if (w.telling.has(digest)) continue;
    const bytes = await w.source.evidence?.(digest);
    if (bytes === undefined) missing += 1;
    else await put(w, formatBundlePath({ file: 'evidence', digest }), bytes);
  }
  return missing;
};

/** What a bundle names and does not carry. */
type Missing = Pick<Exported, 'missingCatalogs' | 'missingEvidence'>;

const writeRest = async (w: Writing, keys: readonly NoteKey[]): Promise<Missing> => {
  const { source, survey } = w;
  await writeConsistency(w, survey.continues);
  const missingEvidence = await writeEvidence(w);
  const texts = new Map(source.catalogs.map(({ digest, text }) => [digest, text]));
  const digests = [...survey.catalogs].sort();
  for (const digest of digests) {
    const text = texts.get(digest);
    if (text !== undefined) await put(w, formatBundlePath({ file: 'catalog', digest }), text);
  }
  for (const { size, note } of survey.handovers) await put(w, formatBundlePath({ file: 'handover', size }), note);
  await put(w, 'checkpoint', survey.note);
  await put(w, 'keys', keys.map((key) => `${formatVkey(key)}\n`).join(''));
  return { missingCatalogs: digests.filter((digest) => !texts.has(digest)), missingEvidence };
};

const write = async (
  w: Writing,
  ledgerKeys: readonly [NoteKey, ...NoteKey[]],
  exporter: Exporter | undefined,
): Promise<Exported> => {
  const { survey, source } = w;
  const { coverage } = survey;
  const exportKey = exporter?.key;
  await writeReceipts(w);
  const keys = exportKey === undefined ? ledgerKeys : [...ledgerKeys, exportKey];
  const missing = await writeRest(w, keys);
  const isSigned = exporter !== undefined && w.entries !== undefined;
  await put(
    w,
    'README.md',
    bundleReadme({ origin: source.origin, coverage, manifest: isSigned, handedOver: survey.handovers.length > 0 }),
  );
  if (isSigned) {
    for (const [path, text] of orStop(await writeManifests(exporter, source.origin, w.entries ?? [])))
      await put(w, path, text);
  }
  orStop(await w.sink.commit());
  return {
    origin: source.origin,
    coverage,
    size: survey.checkpoint.size,
    unsealed: survey.unsealed,
    receipts: coverage === 'whole' ? survey.checkpoint.size : survey.chosen,
    disclosures: w.disclosures,
    withheld: w.withheld,
    files: w.files,
    ...missing,
    withheldEvidence: [...w.raw].filter((digest) => w.telling.has(digest)).length,
    asSealed: survey.asSealed,
    manifest: isSigned ? 'signed' : exporter === undefined ? 'no_key' : 'too_many_files',
    vkey: formatVkey(ledgerKeys[0]),
    ...(exportKey === undefined ? {} : { exportVkey: formatVkey(exportKey) }),
  };
};

const ledgerKeysOf = ({ publicKey, olderKeys = [] }: LedgerSource): readonly [Uint8Array, ...Uint8Array[]] => [
  publicKey,
  ...olderKeys,
];

/** The ledger's keys that signed the checkpoint, the newest first; its own key if none of them did. */
const sealersOf = (source: LedgerSource, note: string): readonly [NoteKey, ...NoteKey[]] => {
  const held = ledgerKeysOf(source).map((key) => orStop(noteKeyOf(source.origin, key)));
  const parsed = parseNote(note);
  const lines = E.isLeft(parsed) ? [] : parsed.right.signatures;
  const signed = ({ name, keyId }: NoteKey): boolean => lines.some((l) => l.name === name && l.keyId === keyId);
  const [first, ...more] = held.filter(signed);
  return first === undefined ? [orStop(noteKeyOf(source.origin, source.publicKey))] : [first, ...more];
};

const exporterOf = (source: LedgerSource): E.Either<string, Exporter | undefined> => {
  const { exporter } = source;
  if (exporter === undefined) return E.right(undefined);
  if (ledgerKeysOf(source).some((key) => equalBytes(key, exporter.publicKey)))
    return E.left('the key that signs manifests is a ledger’s; roles never share a key');
  return E.map((key: NoteKey): Exporter => ({ key, sign: exporter.sign }))(
    noteKeyOf(exportKeyName(source.origin), exporter.publicKey),
  );
};
