/**
 * Whether an approved action may still begin. What it rested on may be taken back before its handler starts: an approval,
 * a grant, the entitlement. The rule: decide the same intent again, with the same evidence and at the same instant, as if
 * the approval had not been recorded and everything that was recorded after it had been. Room was taken by the approval
 * itself, so gate 7 is not asked again; the time does not count either, or a slow process would withdraw by itself.
 */
import type { Catalog } from '../catalog.ts';
import type { Observation } from '../observation.ts';
import type { Entry, Fold } from '../state.ts';
import { readingsRecord, stateOfReadings } from './decision-disclosures.ts';
import type { Engine } from './engines.ts';

/** An approval, and what was recorded since. */
export interface WithdrawalCheck {
  /** The next entry after the approval's own. */
  apply(entry: Entry): void;
  /** The codes for which it would be refused now, sorted, each once; none while it stands. */
  withdrawnBy(): readonly string[];
}

/** Starts at the approval of an observation: nothing was recorded since. */
export const createWithdrawalCheck = (engine: Engine, catalog: Catalog, decided: Observation): WithdrawalCheck => {
  let fold: Fold | undefined;
  return {
    apply: (entry) => {
      if (entry.writes.length === 0) return;
      // From the readings, as an auditor does who has no more than them.
      fold ??= engine.createFold(stateOfReadings(catalog, readingsRecord(catalog, decided), decided));
      fold.apply(entry);
    },
    withdrawnBy: () => {
      if (fold === undefined) return [];
      const decision = engine.decide(catalog, { ...decided, state: fold.state });
      if (decision.verdict === 'approve') return [];
      const codes = decision.reasons.filter(({ gate }) => gate !== 'capacity').map(({ code }) => code);
      return [...new Set(codes)].sort();
    },
  };
};
