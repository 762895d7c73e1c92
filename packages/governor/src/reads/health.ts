/** How the deployment and the tenant are, and what support means here. */

import type { State } from '@tai-autonomics/core';
import { activePacks, formatInstant, noticeOf, promisedTo } from '@tai-autonomics/core/engine';
import { either as E } from 'fp-ts';
import type { ReadStep, ReadView } from '../api.ts';

/** The read step `health`. A contractual deployment without insurance that counts now is `degraded`: it changes nothing. */
export const health: ReadStep = async (_step, { mode, state, catalog, at, ledger }) =>
  E.right({
    status: mode === 'contractual' && insuranceAt(state, at) !== 'valid' ? 'degraded' : 'ok',
    mode,
    ...noticeOf(mode),
    at: formatInstant(at),
    ledger: { origin: ledger.origin, size: ledger.size },
    catalog: { id: catalog.source.catalog.id, version: catalog.source.catalog.version },
    packs: activePacks(catalog, state),
    entitlement: {
      status: cellOf(state, 'entitlement_status'),
      plan: cellOf(state, 'entitlement_plan'),
      expires: instantText(cellOf(state, 'entitlement_expires_at')),
    },
    insurance: insuranceAt(state, at),
    agreement: agreementAt(state, at),
    openActions: state.open.size,
    ...ownerRestored(state),
  });

/** The read step `support_model` (D-02, D-47, D-57): the terms are those of the catalog that decides here. */
export const supportModel: ReadStep = async (step, view) =>
  E.right({
    sla: slaOf(view),
    ...domainOf(view, step.with['domain']),
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
    stops: [
      'anybody but a marketplace stops a resource of the tenant, ten times a minute',
      'owners, responders and the operator stop the whole tenant',
      'an owner starts the line again, once its cause is recorded and its end is confirmed',
    ],
    ...noticeOf(view.mode),
  });

/** The clocks of incidents, and what the account is promised beside them. */
const slaOf = ({ catalog, state, at, mode }: ReadView): object => {
  const promised = promisedTo(catalog, state, at, mode);
  const clocks = catalog.source.support?.decision_minutes;
  const own = clocks === undefined ? {} : { decisionMinutes: clocks };
  if (!promised.promised) return { promised: false, because: promised.because, ...own };
  const { plan, terms } = promised;
  return {
    promised: true,
    ...own,
    plan,
    responseMinutes: terms.response_minutes,
    uptime: `${String(terms.uptime / 1_000)} %`,
    hours: terms.hours,
    reports: terms.reports,
  };
};

/** What support means in the domain that was asked about: words, and never another number. */
const domainOf = ({ catalog }: ReadView, domain: unknown): object => {
  const domains = catalog.source.support?.domains ?? {};
  return typeof domain === 'string' && Object.hasOwn(domains, domain) ? { domain: { domain, ...domains[domain] } } : {};
};

/** When the operator last made somebody an owner, so that a tenant sees it; absent where it never did. */
const ownerRestored = (state: State): { readonly ownerRestoredAt?: unknown } => {
  const at = cellOf(state, 'owner_restored_at');
  return at === null ? {} : { ownerRestoredAt: instantText(at) };
};

const cellOf = ({ cells }: State, id: string): unknown => cells.get(id)?.get('') ?? null;
const instantText = (x: unknown): unknown => (typeof x === 'number' ? formatInstant(x) : x);

/** The longest that a check of the insurance counts, as gate 4 has it. */
const CHECKED_WITHIN_MS = 86_400_000;

/** How the insurance is now, by what the ledger recorded: a record of yesterday says nothing about today. */
const insuranceAt = (state: State, at: number): string => {
  const status = cellOf(state, 'insurance_status') ?? 'none';
  if (status !== 'valid') return String(status);
  const [expires, checked] = [cellOf(state, 'insurance_expires_at'), cellOf(state, 'insurance_verified_at')];
  if (typeof expires !== 'number' || at >= expires) return 'expired';
  return typeof checked === 'number' && at - checked <= CHECKED_WITHIN_MS ? 'valid' : 'stale';
};

const agreementAt = (state: State, at: number): string => {
  const status = cellOf(state, 'msa_status') ?? 'none';
  if (status !== 'signed') return String(status);
  const [from, until] = [cellOf(state, 'msa_from'), cellOf(state, 'msa_until')];
  if (typeof from === 'number' && at < from) return 'not_yet_in_force';
  return typeof until === 'number' && at < until ? 'signed' : 'expired';
};
