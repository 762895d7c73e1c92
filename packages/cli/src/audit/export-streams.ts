/** Bundles as streams, for the HTTP door of a process that serves a deployment. */
import type { ExportStreams } from '@tai-autonomics/adapter-http';
import { exportStream } from '@tai-autonomics/governor/bundle';
import { either as E } from 'fp-ts';
import type { LocalDeployment } from '../local/local-deployment.ts';
import { complain, type Io } from '../terminal/io.ts';
import { ledgerSources } from './ledger-sources.ts';

/** Streams of the ledgers of a deployment, each from what is kept of them now. */
export const exportStreams = (io: Io, local: LocalDeployment): ExportStreams => ({
  stream: async (tenant, selection) => {
    const sources = await ledgerSources(io, local.dir, local.config);
    if (E.isLeft(sources)) return E.left(sources.left.join('; '));
    const source = await sources.right.sourceOf(local.store, tenant);
    if (E.isLeft(source)) return source;
    if (source.right === undefined) return E.left('no receipt yet');
    const { origin } = source.right;
    return E.right(
      exportStream(source.right, selection, (why) => {
        if (why !== undefined) complain(io, `an export of ${origin} broke off: ${why}`);
      }),
    );
  },
});
