/** The read steps that every deployment has. A read looks something up and writes nothing. */
import { activePacks, formatInstant } from '@tai-autonomics/core';
import { either as E } from 'fp-ts';
import { actionOf } from './admission.ts';
import type { Governor, ReadStep } from './governed.ts';
import type { Shared } from './shared.ts';
import type { Tenants } from './tenant.ts';
import { verifyOwnLedger } from './verify-own.ts';

const cellText = (values: ReadonlyMap<string, unknown> | undefined): unknown => values?.get('') ?? null;
const instantText = (x: unknown): unknown => (typeof x === 'number' ? formatInstant(x) : x);

/** Answers with the step's own arguments: they were resolved from the ledger when the read was approved. */
const show: ReadStep = async (step) => step.with;

/** How the deployment and the tenant are. */
const health: ReadStep = async (_step, { mode, state, catalog, at }) => ({
  status: 'ok',
  mode,
  ...(mode === 'eval' ? { notice: 'non-contractual' } : {}),
  at: formatInstant(at),
  catalog: { id: catalog.source.catalog.id, version: catalog.source.catalog.version },
  packs: activePacks(catalog, state),
  entitlement: {
    status: cellText(state.cells.get('entitlement_status')),
    plan: cellText(state.cells.get('entitlement_plan')),
    expires: instantText(cellText(state.cells.get('entitlement_expires_at'))),
  },
  insurance: cellText(state.cells.get('insurance_status')),
  agreement: cellText(state.cells.get('msa_status')),
  openActions: state.open.size,
});

/** What support means here (D-02, D-47). */
const supportModel: ReadStep = async (_step, { mode }) => ({
  model: 'decisions with receipts',
  channel: 'agents over MCP and services over HTTP; there is no ticket queue',
  answers: ['approve, with a bounded action plan', 'refuse, with every reason and its next lawful step'],
  guarantees: [
    'a receipt for every decision, durable before anything happens',
    'every receipt can be re-derived offline',
  ],
  not: [
    'a fix is not guaranteed: the answer is a lawful remedy or a refusal',
    'an evidence system makes no claim about any standard',
  ],
  ...(mode === 'eval' ? { notice: 'non-contractual' } : {}),
});

/** What would be decided about another action of the caller's. */
const previewOf =
  (preview: Governor['preview']): ReadStep =>
  async (step, view) => {
    const action = actionOf(view.catalog, String(step.with['action'] ?? ''));
    const answer = await preview(view.caller, { action, resource: view.resource });
    return E.isLeft(answer)
      ? { preview: true, action, notDecided: answer.left.why }
      : { preview: true, action, decision: answer.right };
  };

/** The readers of one governor, by step; a host can add to them but not replace them. */
export const createReads = (
  shared: Shared,
  tenants: Tenants,
  preview: Governor['preview'],
): Readonly<Record<string, ReadStep>> => ({
  ...shared.options.reads,
  show,
  health,
  support_model: supportModel,
  verify_ledger: verifyOwnLedger(shared, tenants),
  preview: previewOf(preview),
});
