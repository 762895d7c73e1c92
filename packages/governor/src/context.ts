/** What the parts of one governor share. Each part names the few members that it takes. */

import type { Mode } from '@tai-autonomics/core';
import { ENGINES } from '@tai-autonomics/core/engine';
import type { ReceiptBinding } from '@tai-autonomics/core/receipt';
import { citedTerms } from './assurance/cited-terms.ts';
import { oneLine } from './bounds/bounded-text.ts';
import { type Catalogs, createCatalogs } from './catalogs/catalogs.ts';
import type { Sealing } from './ledger/draft.ts';
import { createIdentity, type Identity } from './ledger/identity.ts';
import { nodeSha256 } from './node/crypto.ts';
import type { GovernorOptions, Standing } from './options.ts';
import type { Observer, VerifiedCertificate } from './ports.ts';
import { createKnownSubjects, type KnownSubjects } from './subjects/known-subjects.ts';

/** The host's ports and settings, and what is made of them once for all parts. */
export interface Context extends Omit<GovernorOptions, 'catalogs' | 'engines' | 'observers' | 'subjects'> {
  readonly mode: Mode;
  readonly identity: Identity;
  readonly sealing: Sealing;
  readonly catalogs: Catalogs;
  readonly subjects: KnownSubjects;
  /** The host's, and the governor's own. */
  readonly observers: readonly Observer[];
  /** Never throws, whatever the host's log does. */
  readonly onFault: (detail: string) => void;
}

/**
 * The context of a governor from its options, and the certificate that its receipts cite until their ledger recorded one. Its
 * observers are added when there is something for them to look at.
 */
export const contextOf = (
  { observers: _, ...options }: GovernorOptions,
  certificate: () => VerifiedCertificate,
): Omit<Context, 'observers'> => {
  const { standing, secret, domain, random, engines = ENGINES } = options;
  const { mode } = standing;
  const identity = createIdentity({
    secret,
    domain,
    mode,
    ...(standing.mode === 'eval' ? { session: standing.session } : {}),
  });
  return {
    ...options,
    mode,
    identity,
    catalogs: createCatalogs(options.catalogs, options.catalogStore, options.clock, options.catalogsHeldMax),
    subjects: createKnownSubjects(identity, options.store, options.subjects),
    sealing: { sha256: nodeSha256, random, engines, binding: bindingOf(standing, certificate) },
    onFault: (detail) => {
      try {
        options.onFault?.(oneLine(detail));
      } catch {
        // A broken log is no reason to stop.
      }
    },
  };
};

const bindingOf = (standing: Standing, certificate: () => VerifiedCertificate): Sealing['binding'] => {
  if (standing.mode === 'contractual')
    return (state) => ({ mode: 'contractual', terms: citedTerms(standing.terms, certificate(), state) });
  const binding: ReceiptBinding = {
    mode: 'eval',
    session: { id: standing.session, notice: 'non-contractual' },
  };
  return () => binding;
};
