/** The shipped catalog: one artefact, many products. */
import type { CatalogSource } from '@tai-autonomics/core';
import { platform } from './platform/pack.ts';
import { receiptVerifier } from './receipt-verifier/pack.ts';
import { rollbackGuard } from './rollback-guard/pack.ts';

/** Packs, plans and aliases as they ship. Compile it with `compileCatalog`. */
export const library: CatalogSource = {
  catalog: { id: 'tai-autonomics', version: '0.1.0' },
  packs: [platform, receiptVerifier, rollbackGuard],
  plans: {
    base: {
      title: 'Base: verification only',
      sku_id: 'rollback-guard-base',
      packs: ['receipt_verifier'],
      iam_roles: ['read_deployment'],
      quota: 0,
    },
    professional: {
      title: 'Professional: guarded rollbacks',
      sku_id: 'rollback-guard-professional',
      packs: ['receipt_verifier', 'rollback_guard'],
      iam_roles: ['read_deployment', 'write_rollback', 'read_audit_trail'],
      quota: 10_000,
    },
  },
  aliases: {
    actions: { rollback_trigger: 'trigger_rollback' },
    tools: { ac_rollback_orchestrator: 'rollback_orchestrator', ac_rollback_orchestrator_mcp: 'rollback_orchestrator' },
    plans: { 'base-tier': 'base', 'professional-tier': 'professional' },
  },
};
