/** Records of insurance and of the master service agreement: the certificate’s digest and its dates, not its text. */
import type { Action } from '@tai-autonomics/core/author';
import { instant, internal, opaqueId, setTo, words } from './action.ts';

export const assuranceActions: Readonly<Record<string, Action>> = {
  record_insurance: internal({
    // No credential of a tenant can vouch for the operator: the governor's own monitor does (C-31).
    means: 'records a check of the operator’s insurance certificate',
    who: ['system'],
    arguments: {
      status: words('what the check found', 'valid', 'lapsed'),
      policy: { ...opaqueId('the number of the policy'), otherwise: 'not_stated' },
      certificate: opaqueId('SHA-256 of the certificate, base64url'),
      verified_at: instant('when it was checked'),
      expires_at: instant('when it expires'),
    },
    requires: [
      {
        code: 'record_from_future',
        means: 'the check was made already',
        when: { fact: 'argument.verified_at', notAfter: { fact: 'at' } },
        remedy: { by: 'request', argument: 'verified_at' },
      },
    ],
    emits: { approve: 'insurance_recorded', refuse: 'action_refused' },
    writes: [
      setTo('insurance_status', 'status'),
      setTo('insurance_policy', 'policy'),
      setTo('insurance_certificate', 'certificate'),
      setTo('insurance_verified_at', 'verified_at'),
      setTo('insurance_expires_at', 'expires_at'),
    ],
    evenWhenSuspended: true,
  }),
  record_msa: internal({
    means: 'records the tenant’s master service agreement',
    who: ['user'],
    relation: 'owner',
    arguments: {
      status: words('what the agreement is', 'signed', 'terminated'),
      agreement: opaqueId('SHA-256 of the agreement, base64url'),
      section: { ...opaqueId('the section under which the operator acts'), otherwise: 'whole' },
      in_force_from: instant('since when it is in force'),
      in_force_until: instant('until when it is in force'),
    },
    requires: [
      {
        code: 'period_invalid',
        means: 'the period ends after it begins',
        when: { fact: 'argument.in_force_until', after: { fact: 'argument.in_force_from' } },
        remedy: { by: 'request', argument: 'in_force_until' },
      },
    ],
    emits: { approve: 'msa_recorded', refuse: 'action_refused' },
    writes: [
      setTo('msa_status', 'status'),
      setTo('msa_agreement', 'agreement'),
      setTo('msa_section', 'section'),
      setTo('msa_from', 'in_force_from'),
      setTo('msa_until', 'in_force_until'),
    ],
  }),
};
