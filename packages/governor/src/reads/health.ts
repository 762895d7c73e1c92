/** How the deployment and the tenant are, and what support means here. */

import type { State } from '@tai-autonomics/core';
import { activePacks, formatInstant } from '@tai-autonomics/core/engine';
import { either as E } from 'fp-ts';
import type { ReadStep } from '../api.ts';

/** The read step `health`. */
export const health: ReadStep = async (_step, { mode, state, catalog, at, ledger }) =>
  E.right({
    status: 'ok',
    mode,
    ...notice(mode),
    at: formatInstant(at),
    ledger: { origin: ledger.origin, size: ledger.size },
    catalog: { id: catalog.source.catalog.id, version: catalog.source.catalog.version },
    packs: activePacks(catalog, state),
    entitlement: {
      status: cellOf(state, 'entitlement_status'),
      plan: cellOf(state, 'entitlement_plan'),
      expires: instantText(cellOf(state, 'entitlement_expires_at')),
    },
    insurance: cellOf(state, 'insurance_status'),
    agreement: cellOf(state, 'msa_status'),
    openActions: state.open.size,
  });

/** The read step `support_model` (D-02, D-47). */
export const supportModel: ReadStep = async (_step, { mode }) =>
  E.right({
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
    ...notice(mode),
  });

const cellOf = ({ cells }: State, id: string): unknown => cells.get(id)?.get('') ?? null;
const instantText = (x: unknown): unknown => (typeof x === 'number' ? formatInstant(x) : x);
const notice = (mode: string): Readonly<Record<string, string>> =>
  mode === 'eval' ? { notice: 'non-contractual' } : {};
