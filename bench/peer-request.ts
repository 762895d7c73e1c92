/**
 * The observations of the rollback workload as the flat attributes that the peers' conditions speak of: instants already
 * subtracted, evidence already selected, state already looked up. What is unknown is left out. None of this is timed: the
 * peers are given what `decide` has to find for itself.
 */
import type { Evidence, Observation } from '@tai-autonomics/core';
import type { Value } from '@tai-autonomics/core/author';

/** What a peer is asked about. */
export interface PeerRequest {
  readonly packActive: boolean;
  readonly entitlementStatus: string;
  readonly expiresInMs: number;
  readonly insuranceStatus: string;
  readonly insuranceAgeMs: number;
  readonly insuranceExpiresInMs: number;
  readonly msaStatus: string;
  readonly msaSinceMs: number;
  readonly msaUntilInMs: number;
  readonly granted: readonly string[];
  readonly scope: readonly string[];
  readonly stopped: boolean;
  readonly approvedForCaller: boolean;
  readonly approvalExpiresInMs: number;
  readonly stable?: boolean;
  readonly targetKnown?: boolean;
  readonly targetVersion?: string;
}

const MAX_AGE_MS = 60_000;

const cell = (o: Observation, name: string, key = ''): unknown => o.state.cells.get(name)?.get(key);
const numberCell = (o: Observation, name: string, key = ''): number => {
  const value = cell(o, name, key);
  return typeof value === 'number' ? value : 0;
};
const listCell = (o: Observation, name: string, key = ''): readonly string[] => {
  const value = cell(o, name, key);
  return Array.isArray(value) ? value : [];
};

const newestOf = (o: Observation, fact: string): Evidence | undefined =>
  o.evidence
    .filter((e) => e.fact === fact && e.about === o.intent.resource.id)
    .reduce<Evidence | undefined>(
      (last, e) => (last === undefined || e.observedAt >= last.observedAt ? e : last),
      undefined,
    );

const known = (o: Observation, fact: string, type: 'boolean' | 'string'): Value | undefined => {
  const e = newestOf(o, fact);
  const isFresh = e !== undefined && o.at - e.observedAt <= MAX_AGE_MS;
  return isFresh && typeof e.value === type ? (e.value as Value) : undefined;
};

/** The same question for a peer. */
export const peerRequest = (o: Observation): PeerRequest => {
  const { subject, resource, binding } = o.intent;
  const stable = known(o, 'deployment_stable', 'boolean');
  const targetKnown = known(o, 'rollback_target_known', 'boolean');
  const targetVersion = known(o, 'rollback_target_version', 'string');
  return {
    packActive:
      listCell(o, 'entitlement_packs').includes('rollback_guard') && cell(o, 'entitlement_plan') === 'professional',
    entitlementStatus: String(cell(o, 'entitlement_status')),
    expiresInMs: numberCell(o, 'entitlement_expires_at') - o.at,
    insuranceStatus: String(cell(o, 'insurance_status')),
    insuranceAgeMs: o.at - numberCell(o, 'insurance_verified_at'),
    insuranceExpiresInMs: numberCell(o, 'insurance_expires_at') - o.at,
    msaStatus: String(cell(o, 'msa_status')),
    msaSinceMs: o.at - numberCell(o, 'msa_from'),
    msaUntilInMs: numberCell(o, 'msa_until') - o.at,
    granted: listCell(o, 'granted_roles', subject.ref),
    scope: subject.scope,
    stopped: cell(o, 'andon', resource.ref) !== undefined || cell(o, 'andon', '*') !== undefined,
    approvedForCaller: cell(o, 'approval_requester', binding) === subject.ref,
    approvalExpiresInMs: numberCell(o, 'approval_expires_at', binding) - o.at,
    ...(typeof stable === 'boolean' ? { stable } : {}),
    ...(typeof targetKnown === 'boolean' ? { targetKnown } : {}),
    ...(typeof targetVersion === 'string' ? { targetVersion } : {}),
  };
};
