/** Gate 4: insurance and contract, for what changes the world in contractual mode (C-31, C-33, M-08, M-14). */

import type { Type } from '../data/value.ts';
import type { Remedy, Requirement, SubjectType } from '../policy/action.ts';
import type { CatalogSource } from '../policy/catalog-source.ts';
import type { Condition } from '../policy/condition.ts';
import { own } from '../receipt/encoding/own.ts';
import { cellFact, changesTheWorld, EPOCH, type Gate } from './gate.ts';
import { once } from './once.ts';

const INSTANT: Type = { type: 'instant' };
const INSURANCE: Type = { type: 'enum', values: ['none', 'valid', 'lapsed'] };
const MSA: Type = { type: 'enum', values: ['none', 'signed', 'terminated'] };
/** An insurance check older than this no longer counts. */
const INSURANCE_MAX_AGE_MS = 86_400_000;

const inContract = (condition: Condition): Condition => ({ any: [{ fact: 'mode', is: 'eval' }, condition] });

/**
 * Whoever the catalog lets record it: the operator's side alone, `system`. A catalog of before that names a service, and what
 * was decided by it re-derives as it is.
 */
const recorderOf = ({ packs }: CatalogSource): SubjectType => {
  const recording = packs.flatMap(({ actions }) => own(actions, 'record_insurance') ?? []);
  return recording.some(({ who }) => who.includes('service')) ? 'service' : 'system';
};

const recordInsurance: (source: CatalogSource) => Remedy = once((source) => ({
  by: 'authority',
  who: { type: recorderOf(source) },
  submit: {
    action: 'record_insurance',
    arguments: { status: 'valid' },
    choose: [
      { argument: 'certificate' },
      { argument: 'verified_at', from: { fact: 'at', plus: -INSURANCE_MAX_AGE_MS }, to: { fact: 'at' } },
      { argument: 'expires_at', from: { fact: 'at', plus: 1 } },
    ],
  },
}));
const recordMsa: Remedy = {
  by: 'authority',
  who: { type: 'user', relation: 'owner' },
  submit: {
    action: 'record_msa',
    arguments: { status: 'signed' },
    choose: [
      { argument: 'agreement' },
      { argument: 'in_force_from', to: { fact: 'at' } },
      { argument: 'in_force_until', from: { fact: 'at', plus: 1 } },
    ],
  },
};

const requirements = (insure: Remedy): readonly Requirement[] => [
  {
    code: 'insurance_missing',
    means: 'the operator is insured',
    when: inContract({ fact: 'insurance_status', is: 'valid' }),
    remedy: insure,
  },
  {
    code: 'insurance_expired',
    means: 'the insurance has not expired',
    when: inContract({
      any: [
        { not: { fact: 'insurance_status', is: 'valid' } },
        { fact: 'insurance_expires_at', after: { fact: 'at' } },
      ],
    }),
    remedy: insure,
  },
  {
    code: 'insurance_stale',
    means: 'the insurance was checked in the last day',
    when: inContract({
      any: [
        { not: { fact: 'insurance_status', is: 'valid' } },
        { fact: 'insurance_verified_at', within: INSURANCE_MAX_AGE_MS },
      ],
    }),
    remedy: insure,
  },
  {
    code: 'msa_unsigned',
    means: 'the master service agreement is signed',
    when: inContract({ fact: 'msa_status', is: 'signed' }),
    remedy: recordMsa,
  },
  {
    code: 'policy_not_in_force',
    means: 'the agreement has come into force',
    when: inContract({
      any: [{ not: { fact: 'msa_status', is: 'signed' } }, { fact: 'at', notBefore: { fact: 'msa_from' } }],
    }),
    remedy: { by: 'time', notBefore: { fact: 'msa_from' } },
  },
  {
    code: 'policy_not_in_force',
    means: 'the agreement is still in force',
    when: inContract({
      any: [{ not: { fact: 'msa_status', is: 'signed' } }, { fact: 'at', before: { fact: 'msa_until' } }],
    }),
    remedy: recordMsa,
  },
];

export const assurance: Gate = {
  gate: 'assurance',
  codes: {
    insurance_missing: 'no valid insurance of the operator is recorded',
    insurance_expired: 'the recorded insurance has expired',
    insurance_stale: 'the recorded insurance was not checked in the last day',
    msa_unsigned: 'no signed master service agreement is recorded',
    policy_not_in_force: 'the agreement is not in force at this instant',
  },
  facts: {
    insurance_status: cellFact('the status of the operator’s insurance', INSURANCE, 'insurance_status', 'none'),
    insurance_expires_at: cellFact('when the insurance expires', INSTANT, 'insurance_expires_at', EPOCH),
    insurance_verified_at: cellFact('when the insurance was last checked', INSTANT, 'insurance_verified_at', EPOCH),
    msa_status: cellFact('the status of the agreement', MSA, 'msa_status', 'none'),
    msa_from: cellFact('since when the agreement is in force', INSTANT, 'msa_from', EPOCH),
    msa_until: cellFact('until when the agreement is in force', INSTANT, 'msa_until', EPOCH),
  },
  cells: {
    insurance_status: { means: 'the status of the operator’s insurance', key: [], type: INSURANCE },
    insurance_expires_at: { means: 'when the insurance expires', key: [], type: INSTANT },
    insurance_verified_at: { means: 'when the insurance was last checked', key: [], type: INSTANT },
    msa_status: { means: 'the status of the agreement', key: [], type: MSA },
    msa_from: { means: 'since when the agreement is in force', key: [], type: INSTANT },
    msa_until: { means: 'until when the agreement is in force', key: [], type: INSTANT },
  },
  requires: (placed) => (changesTheWorld(placed) ? requirements(recordInsurance(placed.source)) : []),
};
