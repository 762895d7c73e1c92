/** What is promised of support, as data of a catalog: the receipt of an answer names the catalog, and so the very terms. */
import { type Codec, closed, dictionary, integer, list, nonEmpty, oneOf, prose } from '../data/codec.ts';
import { REPORTS, type ReportName } from './report-name.ts';

/** How bad an incident is, the worst first: the severities that have a clock. */
const SEVERITIES = ['critical', 'high', 'medium', 'low'] as const;

/** What a plan promises an account (D-43, X-23). A plan without it promises nothing beside its decisions. */
export interface AccountTerms {
  /** Within so many minutes somebody is at work on an alert of the account. */
  readonly response_minutes: number;
  /** The share of a month in which the service answers, in thousandths of a percent: 99 900 is 99.9 %. */
  readonly uptime: number;
  readonly hours: 'business_hours' | 'always';
  /** Reports that the account gets, by their names. */
  readonly reports: readonly ReportName[];
}

/** What support means where a product is used (D-57): words for people, and never another number. */
export interface DomainTerms {
  readonly title: string;
  readonly terms: readonly [string, ...string[]];
}

/** What holds for every plan. */
export interface SupportTerms {
  /** Within so many minutes an incident is decided, from its alert on, by severity; late exactly if it takes longer. */
  readonly decision_minutes: Readonly<Record<(typeof SEVERITIES)[number], number>>;
  readonly domains: Readonly<Record<string, DomainTerms>>;
}

const YEAR_MINUTES = 527_040;

export const AccountTermsCodec: Codec<AccountTerms> = closed<AccountTerms>('terms of an account', {
  response_minutes: integer(1, YEAR_MINUTES),
  uptime: integer(0, 100_000),
  hours: oneOf('business_hours or always', ['business_hours', 'always'] as const),
  reports: list(oneOf('a report', REPORTS)),
});

export const SupportTermsCodec: Codec<SupportTerms> = closed<SupportTerms>('terms of support', {
  decision_minutes: closed<SupportTerms['decision_minutes']>('minutes by severity', {
    critical: integer(1, YEAR_MINUTES),
    high: integer(1, YEAR_MINUTES),
    medium: integer(1, YEAR_MINUTES),
    low: integer(1, YEAR_MINUTES),
  }),
  domains: dictionary(
    'domains',
    /^[a-z][a-z0-9_]{0,63}$/,
    closed<DomainTerms>('terms of a domain', { title: prose, terms: nonEmpty('sentence', prose) }),
  ),
});
