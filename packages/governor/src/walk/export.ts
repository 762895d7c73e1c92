/** Exports a ledger, or a part of it, as a bundle in a text: small ones only; a whole archive is the host's to export. */
import { consistencyProof, decodeBase64url, inclusionProof, type NodeReader } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { type BundleSink, tarSink } from '../bundle/archive/bundle-sink.ts';
import { exportBundle } from '../bundle/export/export-bundle.ts';
import { type LedgerSource, surveyLedger } from '../bundle/export/export-survey.ts';
import { nodeSha256 } from '../node/crypto.ts';
import type { StoreFault } from '../ports.ts';
import { bundleTextOf } from '../reads/verify/bundle-text.ts';
import type { Answer, Asked } from './answering.ts';
import type { WalkedRow } from './walk-question.ts';
import { catalogsOf, type WalkedLedger } from './walked-ledger.ts';

/** Writes the bundle into a private file, and answers it as a text. */
export const exported: Answer<'exported'> = async (_answering, question, ledger) => {
  const catalogs = await catalogsOf(ledger);
  if (E.isLeft(catalogs)) return catalogs;
  const source = { ...sourceOf(question, ledger), catalogs: catalogs.right };
  return bundleTextOf(async (path) => {
    const sink = await tarSink(path);
    return E.isLeft(sink) ? sink : exportBundle(source, question.selection, bounded(sink.right));
  });
};

/** Surveys the sealed part, and finds the nodes that the proofs of the bundle are made of. */
export const surveyed: Answer<'surveyed'> = async (_answering, { ledger: id, origin, selection, trees }, ledger) => {
  const source = { store: storeOf(ledger), ledger: id, origin, ...(trees === undefined ? {} : { trees }) };
  const found = await surveyLedger(source, selection);
  if (E.isLeft(found)) return found;
  const { nodes, ...survey } = found.right;
  const { coverage, runs, continues, checkpoint } = survey;
  const kept = new Map<string, Uint8Array>();
  const keeping: NodeReader = (level, index) => {
    const node = nodes(level, index);
    if (node !== undefined) kept.set(`${level} ${index}`, node);
    return node;
  };
  if (coverage === 'partial')
    for (const { from, to } of runs)
      for (let seq = from; seq < to; seq += 1) inclusionProof(nodeSha256, keeping, seq, checkpoint.size);
  for (const size of continues) consistencyProof(nodeSha256, keeping, size, checkpoint.size);
  return E.right({ ...survey, nodes: kept });
};

const sourceOf = (
  { origin, keys: [key, ...olderKeys] }: Asked<'exported'>,
  ledger: WalkedLedger,
): Omit<LedgerSource, 'catalogs'> => ({
  store: storeOf(ledger),
  ledger: origin,
  origin,
  publicKey: bytesOf(key),
  olderKeys: olderKeys.map(bytesOf),
});

const storeOf = (ledger: WalkedLedger): LedgerSource['store'] => ({
  head: async () => E.right({ size: ledger.size }),
  checkpoint: async (_ledger, atMost) => E.mapLeft(faultOf)(await ledger.checkpoint(atMost)),
  async *read(_ledger, from, to) {
    // As they are stored, whatever they are: the bundle shows what is wrong.
    for await (const walked of ledger.raw(from, to)) yield E.bimap(faultOf, ({ row }: WalkedRow) => row)(walked);
  },
});

const bytesOf = (text: string): Uint8Array => decodeBase64url(text) ?? new Uint8Array(0);
const faultOf = (detail: string): StoreFault => ({ fault: 'unavailable', detail, outcome: 'not_written' });

/** Bytes of a tar file that could still be short enough as a text. */
const TAR_MAX = 33_554_432;

/** A sink that stops in time: what is too long to be answered is not written to its end. */
const bounded = (sink: BundleSink): BundleSink => {
  let written = 0;
  return {
    ...sink,
    file: (path, size, chunks) => {
      written += size;
      return written > TAR_MAX
        ? Promise.resolve(E.left(`the bundle has more than ${TAR_MAX} bytes; narrow it down`))
        : sink.file(path, size, chunks);
    },
  };
};
