/** What the parts of one governor share. */
import { ENGINES, type Mode, type ReceiptBinding } from '@tai-autonomics/core';
import type { Sealing } from './draft.ts';
import type { GovernorOptions, Standing } from './governor-options.ts';
import { createIdentity, type Identity } from './identity.ts';
import { nodeSha256 } from './node-crypto.ts';
import type { RecorderContext } from './recorder.ts';

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
  readonly onFault: (detail: string) => void;
}

/** What the parts of a governor share, from its options. */
export const share = (options: GovernorOptions): Shared => {
  const { standing, catalogs, secret, domain, random, engines = ENGINES } = options;
  const { mode } = standing;
  const identity = createIdentity({
    secret,
    domain,
    mode,
    ...(standing.mode === 'eval' ? { session: standing.session } : {}),
  });
  const [catalog] = catalogs;
  return {
    options,
    mode,
    identity,
    recorder: { mode, catalog, identity },
    sealing: { sha256: nodeSha256, random, catalog, engines, binding: bindingOf(standing) },
    onFault: (detail) => {
      try {
        options.onFault?.(detail);
      } catch {
        // A broken log is no reason to stop.
      }
    },
  };
};
