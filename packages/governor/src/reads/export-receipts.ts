/** Exports the caller's own ledger, or a part of it, as a bundle in a text: small ones only; a whole archive is the host's to export. */
import { setImmediate as turn } from 'node:timers/promises';
import { noticeOf } from '@tai-autonomics/core/engine';
import { either as E } from 'fp-ts';
import type { ReadLedger, ReadStep } from '../api.ts';
import { type BundleSink, tarSink } from '../bundle/archive/bundle-sink.ts';
import { type Exported, exportBundle } from '../bundle/export/export-bundle.ts';
import type { LedgerSource } from '../bundle/export/export-survey.ts';
import type { Selection } from '../bundle/export/selection.ts';
import type { LedgerId, LedgerStore, Signer } from '../ports.ts';
import { instantOf, textOf, wordsOf } from './step-arguments.ts';
import { bundleTextOf } from './verify/bundle-text.ts';

/** What an export needs of the host. */
export interface ExportHost {
  readonly store: LedgerStore;
  readonly signer: Signer;
  readonly ledgerOf: (origin: string) => LedgerId | undefined;
}

/** The read step `export_receipts`: a period, an incident, or all; what is withheld is proved to be there all the same. */
export const exportReceipts =
  (host: ExportHost): ReadStep =>
  async (step, { ledger, mode, signal }) => {
    const incident = textOf(step, 'incident');
    const selection: Selection = {
      from: { at: instantOf(step, 'since') },
      to: { at: instantOf(step, 'until') },
      ...(incident === '*' ? {} : { incident }),
      withhold: wordsOf(step, 'withhold'),
    };
    const source = await sourceOf(host, ledger, signal);
    const packed = await bundleTextOf(async (path) => {
      const sink = await tarSink(path);
      return E.isLeft(sink) ? sink : exportBundle(source, selection, bounded(sink.right));
    });
    return E.map(({ text, written }: { readonly text: string; readonly written: Exported }) => {
      const { origin, coverage, size, receipts, disclosures, withheld, missingCatalogs, missingEvidence, vkey } =
        written;
      const found = { origin, coverage, size, receipts, disclosures, withheld, missingCatalogs, missingEvidence };
      return { ...noticeOf(mode), ...found, vkey, encoding: 'base64 of a gzipped tar file', bundle: text };
    })(packed);
  };

const sourceOf = async (host: ExportHost, ledger: ReadLedger, signal: AbortSignal): Promise<LedgerSource> => ({
  store: byTurns(host.store),
  ledger: host.ledgerOf(ledger.origin) ?? '',
  origin: ledger.origin,
  publicKey: host.signer.publicKey,
  olderKeys: (host.signer.older ?? []).map(({ publicKey }) => publicKey),
  catalogs: await ledger.catalogs(),
  seal: () => ledger.seal(),
  watch: { isStopped: () => signal.aborted },
});

/** Bytes of a tar file that could still be short enough as a text. */
const TAR_MAX = 33_554_432;
/** Receipts between which others have their turn. */
const A_TURN = 8;

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

/** A store that is read a few receipts a turn: others have theirs in between. */
const byTurns = ({ head, checkpoint, read: all }: LedgerStore): LedgerSource['store'] => ({
  head,
  checkpoint,
  async *read(ledger, from, to) {
    let read = 0;
    for await (const row of all(ledger, from, to)) {
      read += 1;
      if (read % A_TURN === 0) await turn();
      yield row;
    }
  },
});
