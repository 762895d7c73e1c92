/** The shipped catalog: one artefact, many products. */
import type { CatalogSource } from '@tai-autonomics/core';
import { ROLES } from '@tai-autonomics/core/author';
import { advancedAnalytics } from './advanced-analytics/pack.ts';
import { suiteTerms, supportTerms, teamTerms, verificationTerms } from './commerce/support/terms.ts';
import { iamDriftGuard } from './iam-drift-guard/pack.ts';
import { incidentResponse } from './incident/pack.ts';
import { platform } from './platform/pack.ts';
import { policyEngine } from './policy-engine/pack.ts';
import { receiptVerifier } from './receipt-verifier/pack.ts';
import { releaseGuard } from './release-guard/pack.ts';
import { rollbackGuard } from './rollback-guard/pack.ts';
import { stormDiscipline } from './storm-discipline/pack.ts';

/** Packs, plans and aliases as they ship. Compile it with `compileCatalog`. */
export const library: CatalogSource = {
  catalog: { id: 'tai-autonomics', version: '0.1.0' },
  packs: [
    platform,
    incidentResponse,
    receiptVerifier,
    rollbackGuard,
    stormDiscipline,
    iamDriftGuard,
    policyEngine,
    advancedAnalytics,
    releaseGuard,
  ],
  plans: {
    base: {
      title: 'Base: verification only',
      sku_id: 'rollback-guard-base',
      packs: ['receipt_verifier'],
      iam_roles: ['read_deployment'],
      quota: 0,
      support: verificationTerms,
    },
    professional: {
      title: 'Professional: guarded rollbacks and storm discipline',
      sku_id: 'rollback-guard-professional',
      packs: ['receipt_verifier', 'rollback_guard', 'storm_discipline'],
      // A ceiling that reaches every action of every pack of the plan.
      iam_roles: ['read_deployment', 'write_rollback', 'read_audit_trail', 'write_config', 'read_metrics'],
      quota: 10_000,
      support: teamTerms,
    },
    release: {
      title: 'Release: guarded publication and deployment',
      sku_id: 'release-guard-professional',
      packs: ['receipt_verifier', 'release_guard'],
      iam_roles: ['read_deployment', 'read_audit_trail', 'write_config'],
      quota: 10_000,
      support: teamTerms,
    },
    enterprise: {
      title: 'Enterprise: the governance suite',
      sku_id: 'governance-suite-enterprise',
      packs: [
        'receipt_verifier',
        'rollback_guard',
        'storm_discipline',
        'iam_drift_guard',
        'policy_engine',
        'advanced_analytics',
      ],
      iam_roles: ROLES,
      quota: 100_000,
      support: suiteTerms,
    },
  },
  support: supportTerms,
  aliases: {
    actions: { rollback_trigger: 'trigger_rollback', remediate_iam_drift: 'remediate_drift' },
    tools: {
      ac_rollback_orchestrator: 'rollback_orchestrator',
      ac_rollback_orchestrator_mcp: 'rollback_orchestrator',
      ac_storm_discipline_governor: 'storm_detector',
      ac_iam_drift_guard: 'drift_detector',
    },
    plans: {
      'base-tier': 'base',
      'professional-tier': 'professional',
      'release-tier': 'release',
      'enterprise-tier': 'enterprise',
    },
  },
};
