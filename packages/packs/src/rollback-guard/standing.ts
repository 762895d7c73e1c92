/** What a ledger says of releases, beside what is seen of them: which it took out of service, and which are good again. */

import { isPlainObject } from '@tai-autonomics/core/receipt';
import { type Members, member } from '../members.ts';

/** By release: whether it was rolled back from, or is good again since. */
export type Standings = ReadonlyMap<string, 'withdrawn' | 'restored'>;

/** The fact of the ledger, and the fact that names the release which it is read of. */
export const RECALLS = { fact: 'rollback_target_standing', of: 'rollback_target_version' } as const;

/** What the raw evidence says of them, `{ ledger: { release: "withdrawn" | "restored" } }`; `undefined` for anything else. */
export const parseStandings = (raw: Members): Standings | undefined => {
  const ledger = member(raw, 'ledger');
  if (ledger === undefined) return new Map();
  if (!isPlainObject(ledger)) return undefined;
  const standings = new Map<string, 'withdrawn' | 'restored'>();
  for (const [release, standing] of Object.entries(ledger)) {
    if (standing !== 'withdrawn' && standing !== 'restored') return undefined;
    standings.set(release, standing);
  }
  return standings;
};

/** The same evidence without it: what earlier versions of a detector looked at. */
export const withoutStandings = (raw: unknown): unknown =>
  isPlainObject(raw) ? Object.fromEntries(Object.entries(raw).filter(([name]) => name !== 'ledger')) : raw;
