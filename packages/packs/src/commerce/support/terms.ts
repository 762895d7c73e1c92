/**
 * What the product promises of support, as data (X-23, D-43, D-57). The minutes until an incident is decided are those of the clocks,
 * made from their own table; what an account is promised beside that is a row a plan; a domain adds words, and no number.
 */
import type { AccountTerms, DomainTerms, SupportTerms } from '@tai-autonomics/core/author';
import { DECISION_WITHIN_MS } from '../../incident/sla.ts';

const MINUTE_MS = 60_000;
const HOUR = 60;

/** What a plan of verification alone promises. */
export const verificationTerms: AccountTerms = {
  response_minutes: 2 * HOUR,
  uptime: 99_500,
  hours: 'business_hours',
  reports: ['sla'],
};
/** What the plans and the editions for a team promise. */
export const teamTerms: AccountTerms = {
  response_minutes: HOUR,
  uptime: 99_900,
  hours: 'business_hours',
  reports: ['sla', 'weekly'],
};
/** What the whole suite promises. */
export const suiteTerms: AccountTerms = {
  response_minutes: 15,
  uptime: 99_990,
  hours: 'always',
  reports: ['sla', 'weekly', 'incident', 'andon', 'rca', 'proposals'],
};

/** What support means in each market in which the product is listed. */
export const domainTerms: Readonly<Record<string, DomainTerms>> = {
  banking_finance: {
    title: 'Banking and Finance: audit and regulation',
    terms: [
      'an auditor gets a bundle of receipts and computes every decision and figure in it again, without us',
      'what needs two people needs two people in an emergency too; breaking glass is recorded and reviewed',
    ],
  },
  healthcare: {
    title: 'Healthcare: privacy and breach',
    terms: [
      'receipts carry pseudonyms; what says a name is disclosed apart, and can be withheld or erased',
      'a breach is an incident like any other: its clock is that of its severity, and each sentence of its report cites a receipt',
    ],
  },
  government: {
    title: 'Government: policy and training',
    terms: [
      'a change of policy is a document that is simulated, approved and activated, each with a receipt',
      'a refusal says what was required, what was seen and what would be lawful: people learn the policy from it',
    ],
  },
  enterprise_saas: {
    title: 'Enterprise SaaS: scaling and cost',
    terms: [
      'each tenant has a ledger, limits and a budget of its own; one tenant’s burst takes no other one’s turn',
      'cost and capacity are figures from receipts, week by week',
    ],
  },
};

/** What holds on every plan. */
export const supportTerms: SupportTerms = {
  decision_minutes: {
    critical: DECISION_WITHIN_MS.critical / MINUTE_MS,
    high: DECISION_WITHIN_MS.high / MINUTE_MS,
    medium: DECISION_WITHIN_MS.medium / MINUTE_MS,
    low: DECISION_WITHIN_MS.low / MINUTE_MS,
  },
  domains: domainTerms,
};
