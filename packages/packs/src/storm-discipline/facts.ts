/** What storm_discipline looks at, and what it remembers. */
import type { Cell, LedgerFact, ObservedFact, Type } from '@tai-autonomics/core/author';

/** What a throttle decision looks at may be a minute old. */
const MAX_AGE_MS = 60_000;
const RATE: Type = { type: 'integer', min: 0, max: 1_000_000_000 };
const LIMIT: Type = { type: 'integer', min: 1, max: 1_000_000_000 };
const STATUS: Type = { type: 'enum', values: ['none', 'storm', 'cleared'] };
const OUTCOME: Type = {
  type: 'enum',
  values: ['none', 'running', 'success', 'failed', 'timeout', 'memory_exceeded', 'unknown'],
};

const measured = (means: string, type: Type): ObservedFact => ({
  means,
  type,
  origin: 'observed',
  sources: ['metrics'],
  maxAgeMs: MAX_AGE_MS,
  detector: 'storm@2',
});

const remembered = (means: string, type: Type, cell: string, otherwise: string | number): LedgerFact => ({
  means,
  type,
  origin: 'ledger',
  cell,
  key: [{ fact: 'resource_ref' }],
  otherwise,
});

export const stormFacts: Readonly<Record<string, ObservedFact | LedgerFact>> = {
  storm_detected: measured('whether the request rate is a storm', { type: 'boolean' }),
  request_rate: measured('the requests a second that are offered', RATE),
  request_peak: measured('the most requests a second in the last five samples', RATE),
  request_baseline: measured('the requests a second that are usual', RATE),
  // A limit of 0 would lift the throttle, and no policy allows it: that proposes nothing.
  throttle_proposal: measured('the requests a second that a throttle should let pass', LIMIT),
  active_throttle_limit: {
    means: 'the requests a second that the throttle lets pass; 0 if there is none',
    type: RATE,
    origin: 'observed',
    sources: ['throttle'],
    maxAgeMs: MAX_AGE_MS,
  },
  storm_status: remembered('whether a storm is being handled', STATUS, 'storm_status', 'none'),
  storm_calm_rate: remembered(
    'the requests a second at which the storm that was throttled counts as over; 0 if none is remembered',
    RATE,
    'storm_calm_rate',
    0,
  ),
  throttle_limit: remembered('the limit that may be in force; 0 if there is none', RATE, 'throttle_limit', 0),
  throttle_outcome: remembered('how the last change of the throttle ended', OUTCOME, 'throttle_outcome', 'none'),
  throttle_policy_least: remembered('the lowest limit that the policy allows', RATE, 'throttle_policy_least', 0),
  throttle_policy_most: remembered(
    'the highest limit that the policy allows; 0 if there is no policy',
    RATE,
    'throttle_policy_most',
    0,
  ),
};

const cell = (means: string, type: Type): Cell => ({ means, key: ['resource'], type });

export const stormCells: Readonly<Record<string, Cell>> = {
  storm_status: cell('whether a storm is being handled', STATUS),
  storm_calm_rate: cell('the requests a second at which a storm counts as over, as it began', RATE),
  throttle_limit: cell('the limit that may be in force', RATE),
  throttle_outcome: cell('how the last change of the throttle ended', OUTCOME),
  throttle_policy_least: cell('the lowest limit that the policy allows', RATE),
  throttle_policy_most: cell('the highest limit that the policy allows', RATE),
};
