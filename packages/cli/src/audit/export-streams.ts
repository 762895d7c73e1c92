/** Bundles as streams, for the HTTP door of a process that serves a deployment. */
import type { ExportStreams } from '@tai-autonomics/adapter-http';
import { exportStream } from '@tai-autonomics/governor/bundle';
import { either as E } from 'fp-ts';
import { complain, type Io } from '../terminal/io.ts';
import { openEvidence } from './evidence.ts';

/** Streams of the ledgers of a folder, each from what is kept of them now. */
export const exportStreams = (io: Io, dir: string): ExportStreams => ({
  stream: async (tenant, selection) => {
    const opened = await openEvidence(io, dir);
    if (E.isLeft(opened)) return E.left(opened.left.join('; '));
    const { sourceOf, close } = opened.right;
    const source = await sourceOf(tenant);
    if (E.isLeft(source) || source.right === undefined) {
      await close();
      return E.left(E.isLeft(source) ? source.left : 'no receipt yet');
    }
    const bytes = exportStream(source.right, selection, (why) => {
      if (why !== undefined) complain(io, `an export of ${source.right?.origin} broke off: ${why}`);
      void close();
    });
    return E.right(bytes);
  },
});
