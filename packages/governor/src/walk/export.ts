/** Exports a ledger, or a part of it, as a bundle in a text: small ones only; a whole archive is the host's to export. */
import { decodeBase64url } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { type BundleSink, tarSink } from '../bundle/archive/bundle-sink.ts';
import { exportBundle } from '../bundle/export/export-bundle.ts';
import type { LedgerSource } from '../bundle/export/export-survey.ts';
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

const sourceOf = (
  { origin, keys: [key, ...olderKeys] }: Asked<'exported'>,
  ledger: WalkedLedger,
): Omit<LedgerSource, 'catalogs'> => ({
  store: {
    head: async () => E.right({ size: ledger.size }),
    checkpoint: async (_ledger, atMost) => E.mapLeft(faultOf)(await ledger.checkpoint(atMost)),
    async *read(_ledger, from, to) {
      // As they are stored, whatever they are: the bundle shows what is wrong.
      for await (const walked of ledger.raw(from, to)) yield E.bimap(faultOf, ({ row }: WalkedRow) => row)(walked);
    },
  },
  ledger: origin,
  origin,
  publicKey: bytesOf(key),
  olderKeys: olderKeys.map(bytesOf),
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
