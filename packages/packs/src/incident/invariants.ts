/** What the doctrine of support keeps: part of `../invariants.ts`. */
import type { Invariant } from '@tai-autonomics/core';
import { never } from '../never.ts';

/** Remedies, each with what it is called. */
const REMEDIES = [
  ['trigger_rollback', 'rollback'],
  ['restore_configuration', 'restoration'],
  ['activate_throttle', 'throttle'],
  ['remediate_drift', 'repair'],
] as const;

/** What the doctrine of support keeps: what stops, what lets go again, and what makes the same impossible (D-06 to D-13). */
export const ofDoctrine: readonly Invariant[] = [
  ...(
    [
      ['clear_andon', 'no line is started again', { fact: 'andon', is: 'none' }, 'stop'],
      ['clear_scope_andon', 'no scope is started again', { fact: 'named_andon', is: 'none' }, 'scope'],
      ['release_quarantine', 'no resource is released', { fact: 'quarantined', is: false }, 'stop'],
      ['release_scope', 'no scope is released', { fact: 'named_quarantine', is: false }, 'scope'],
    ] as const
  ).map(([action, thing, unless, prefix]) =>
    never(action, `${thing} before its cause is recorded and its end is confirmed`, {
      any: [
        unless,
        {
          all: [
            { fact: `${prefix}_cause`, is: true },
            { fact: `${prefix}_recovery`, is: true },
          ],
        },
      ],
    }),
  ),
  never(
    'clear_andon',
    'nobody clears the critical Andon that they raised',
    { not: { fact: 'stop_raiser', is: { fact: 'subject' } } },
    { fact: 'andon', is: 'critical' },
  ),
  never(
    'release_quarantine',
    'no owner’s word alone releases a resource: somebody else confirmed its recovery',
    { not: { fact: 'stop_confirmer', is: { fact: 'subject' } } },
    { fact: 'quarantined', is: true },
  ),
  never(
    'release_quarantine',
    'no resource is released while an incident about it is open, where that was asked for',
    { fact: 'open_incidents', is: 0 },
    { fact: 'quarantine_gates', contains: 'incidents' },
  ),
  never('check_incident', 'no recipe is selected that is stopped, or in quarantine', {
    all: [
      { fact: 'andon_of_asked_recipe', is: 'none' },
      { fact: 'failures_of_asked_recipe', is: 'none' },
      { fact: 'quarantine_of_asked_recipe', is: false },
    ],
  }),
  ...REMEDIES.map(([action, thing]) =>
    never(
      action,
      `no ${thing} as the remedy of an incident whose recipe is stopped, or in quarantine`,
      {
        all: [
          { fact: 'andon_of_recipe', is: 'none' },
          { fact: 'failures_of_recipe', is: 'none' },
          { fact: 'quarantine_of_recipe', is: false },
        ],
      },
      {
        all: [
          { fact: 'incident_state', is: 'checked' },
          { fact: 'incident_remedy', is: action },
          { fact: 'incident_resource', is: { fact: 'resource_ref' } },
          { not: { fact: 'incident_recipe_id', is: '' } },
        ],
      },
    ),
  ),
  never('record_why', 'no why is answered but on a receipt of its incident, which no why before cited', {
    all: [
      { fact: 'receipt_of_incident', is: true },
      { fact: 'receipt_cited', is: false },
    ],
  }),
  never(
    'record_prevention_test',
    'no prevention test passes but one that failed before, first while its catalog decides, and never under the one before',
    {
      all: [
        { not: { fact: 'prevention_test_state', is: 'none' } },
        {
          any: [
            { fact: 'catalog', is: { fact: 'prevention_candidate' } },
            {
              all: [
                { fact: 'prevention_test_state', oneOf: ['passed', 'failed_again'] },
                { not: { fact: 'catalog', is: { fact: 'prevention_proposed_under' } } },
              ],
            },
          ],
        },
      ],
    },
    { fact: 'argument.result', is: 'passed' },
  ),
  never(
    'close_analysis',
    'no analysis is closed with a why that is not answered, or a prevention that did not pass its tests under the catalog that decides',
    {
      all: [
        { fact: 'analysis_whys', atLeast: 5 },
        { fact: 'prevention_passed', is: true },
        { fact: 'prevention_under', is: { fact: 'catalog' } },
        { fact: 'prevention_failing', is: 0 },
      ],
    },
  ),
];
