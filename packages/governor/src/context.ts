/** What the parts of one governor share. */

import type { Mode } from '@tai-autonomics/core';
import { ENGINES } from '@tai-autonomics/core/engine';
import type { ReceiptBinding } from '@tai-autonomics/core/receipt';
import { catalogObserver } from './catalogs/catalog-observer.ts';
import { type Catalogs, createCatalogs } from './catalogs/catalogs.ts';
import type { RecorderContext } from './intent/record-decision.ts';
import type { Sealing } from './ledger/draft.ts';
import { createIdentity, type Identity } from './ledger/identity.ts';
import { nodeSha256 } from './node/crypto.ts';
import type { GovernorOptions, Standing } from './options.ts';
import type { Observer } from './ports.ts';

/** What the parts of a governor share, from its options. */
export const share = (options: GovernorOptions): Shared => {
  const { standing, secret, domain, random, clock, engines = ENGINES } = options;
  const { mode } = standing;
  const identity = createIdentity({
    secret,
    domain,
    mode,
    ...(standing.mode === 'eval' ? { session: standing.session } : {}),
  });
  const catalogs = createCatalogs(options.catalogs, options.catalogStore, options.catalogsHeldMax);
  return {
    options,
    mode,
    identity,
    catalogs,
    recorder: { mode, catalogs, identity, resources: options.resources },
    sealing: { sha256: nodeSha256, random, engines, binding: bindingOf(standing) },
    observers: [...options.observers, catalogObserver(catalogs, mode, clock)],
    onFault: (detail) => {
      try {
        options.onFault?.(detail);
      } catch {
        // A broken log is no reason to stop.
      }
    },
  };
};

const bindingOf = (standing: Standing): ReceiptBinding =>
  standing.mode === 'eval'
    ? { mode: 'eval', session: { id: standing.session, notice: 'non-contractual' } }
    : {
        mode: 'contractual',
        terms: { ...standing.terms, insurance: { id: standing.insurance.id, digest: standing.insurance.digest } },
      };

/** Everything that the parts of one governor share. */
export interface Shared {
  readonly options: GovernorOptions;
  readonly mode: Mode;
  readonly identity: Identity;
  readonly recorder: RecorderContext;
  readonly sealing: Sealing;
  readonly catalogs: Catalogs;
  /** The host's, and the governor's own. */
  readonly observers: readonly Observer[];
  readonly onFault: (detail: string) => void;
}
