/** Exports the caller's own ledger, or a part of it, as a bundle in a text: small ones only; a whole archive is the host's to export. */
import { noticeOf } from '@tai-autonomics/core/engine';
import { either as E } from 'fp-ts';
import type { ReadLedger, ReadStep } from '../api.ts';
import { tarSink } from '../bundle/archive/bundle-sink.ts';
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
  async (step, { ledger, mode }) => {
    const incident = textOf(step, 'incident');
    const selection: Selection = {
      from: { at: instantOf(step, 'since') },
      to: { at: instantOf(step, 'until') },
      ...(incident === '*' ? {} : { incident }),
      withhold: wordsOf(step, 'withhold'),
    };
    const source = await sourceOf(host, ledger);
    const packed = await bundleTextOf(async (path) => {
      const sink = await tarSink(path);
      return E.isLeft(sink) ? sink : exportBundle(source, selection, sink.right);
    });
    return E.map(({ text, written }: { readonly text: string; readonly written: Exported }) => {
      const { origin, coverage, size, receipts, disclosures, withheld, missingCatalogs, missingEvidence, vkey } =
        written;
      const found = { origin, coverage, size, receipts, disclosures, withheld, missingCatalogs, missingEvidence };
      return { ...noticeOf(mode), ...found, vkey, encoding: 'base64 of a gzipped tar file', bundle: text };
    })(packed);
  };

const sourceOf = async (host: ExportHost, ledger: ReadLedger): Promise<LedgerSource> => ({
  store: host.store,
  ledger: host.ledgerOf(ledger.origin) ?? '',
  origin: ledger.origin,
  publicKey: host.signer.publicKey,
  olderKeys: (host.signer.older ?? []).map(({ publicKey }) => publicKey),
  catalogs: await ledger.catalogs(),
  seal: () => ledger.seal(),
});
