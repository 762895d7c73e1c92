/** incident_response 1.0.0: incidents from their alert to their end, by standard work (D-01, D-23, D-39, D-45). */
import type { Pack } from '@tai-autonomics/core';
import type { Recipe } from '@tai-autonomics/core/author';
import { incidentActions } from './actions.ts';
import { analysisCells, analysisFacts } from './analysis.ts';
import { incidentCells, incidentFacts, relatedFacts } from './machine.ts';
import { recipes } from './recipes.ts';
import { scopeCells, scopeFacts } from './scopes.ts';

/** All of it but the actions, which are made from recipes. */
const pack: Omit<Pack, 'actions'> = {
  pack_id: 'incident_response',
  version: '1.0.0',
  description:
    'Carries incidents from their alert to their end by recipes, and counts the time until they are decided.',
  always: true,
  tools: [
    {
      tool: 'incidents',
      title: 'Carry an incident through',
      description:
        'Carries an incident from its alert to its end. The remedy is the recipe’s own tool, called with the incident’s id. Each step is refused until the one before it is recorded.',
      actions: [
        'report_alert',
        'check_incident',
        'verify_incident',
        'close_incident',
        'decline_incident',
        'show_incident',
        'measure_incidents',
        'open_analysis',
        'record_why',
        'close_analysis',
        'show_analysis',
        'list_incidents',
      ],
    },
  ],
  signals: [
    'alert_received',
    'incident_escalated',
    'incident_declined',
    'incident_closed',
    'scope_andon_raised',
    'scope_andon_cleared',
    'analysis_opened',
    'analysis_closed',
  ],
  facts: { ...incidentFacts, ...relatedFacts, ...analysisFacts, ...scopeFacts },
  cells: { ...incidentCells, ...analysisCells, ...scopeCells },
  codes: {
    incident_unnamed: 'the incident has no id',
    incident_not_open: 'the incident is not open, was decided already, or was escalated already',
    incident_elsewhere: 'the incident is about another resource',
    incident_of_other_kind: 'the incident is open, and of another kind: this is another incident',
    incident_not_checked: 'the incident was not checked, or its recipe is carried out by another action',
    incident_not_executed: 'the remedy of the incident was not carried out',
    incident_not_verified: 'the incident was neither verified nor declined',
    incident_not_due: 'there is time left to decide the incident',
    recipe_of_other_kind: 'the recipe is for incidents of another kind',
    recipe_not_indicated: 'the symptom of the recipe is not seen, or a more specific recipe is indicated',
    recipe_unknown:
      'the recipe of the incident is not in the catalog that decides: check the incident again if a symptom is still seen, or decline it',
    recovery_not_seen: 'what the recipe is to bring about is not seen',
    recipe_stopped: 'an Andon is open for the recipe',
    recipe_quarantined: 'the recipe is in quarantine',
    scope_unknown: 'there is no SKU, environment or recipe of this name',
    incident_not_reported: 'nobody reported the incident',
    analysis_open: 'the analysis of the incident is open already',
    analysis_not_open: 'the analysis of the incident is not open',
    receipt_not_of_incident: 'the receipt that is cited is not of this incident',
    receipt_cited_before: 'a why before cited the same receipt',
    whys_incomplete: 'fewer than five whys are answered',
    prevention_not_proposed: 'nobody named a catalog that prevents it',
    prevention_decides_already: 'the catalog that is to prevent it decides already',
    prevention_not_active: 'the catalog that was proposed does not decide yet',
    prevention_test_not_failed: 'the same test was not recorded as failing before',
    prevention_not_tested: 'a prevention test did not pass under the catalog that decides, or failed since',
  },
  required_iam_roles: [],
  incompatible_with: [],
  requires: [],
  receipt_events: [
    'alert_received',
    'alert_rejected',
    'incident_checked',
    'incident_declined',
    'incident_verified',
    'incident_closed',
    'incident_escalated',
    'analysis_opened',
    'why_recorded',
    'prevention_proposed',
    'prevention_tested',
    'analysis_closed',
    'improvement_submitted',
    'scope_andon_raised',
    'scope_andon_cleared',
    'scope_quarantined',
    'scope_released',
    'scope_cause_recorded',
    'scope_recovery_confirmed',
  ],
  storage: 'durable_append',
  compute_limits: { timeoutMs: 60_000, memoryBytes: 268_435_456, cpuPercent: 25 },
};

/** The pack over a library of recipes. Always on: every plan has the same clocks; what a remedy needs is bought. */
export const incidentPack = (library: readonly Recipe[]): Pack => ({ ...pack, actions: incidentActions(library) });

/** The pack incident_response 1.0.0, over the library of recipes that ships. */
export const incidentResponse: Pack = incidentPack(recipes);
