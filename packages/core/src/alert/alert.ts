/**
 * An alert, whoever sent it, and the incident that it belongs to.
 *
 * The key that folds alerts into one incident is what goes wrong and with what: `incidentOf(kind, resource)`. Repetitions, groups,
 * flapping and a second monitor that sees the same all have it, so they are one incident (D-45).
 */
import { either as E } from 'fp-ts';
import { canonicalize, encodeBase64url, encodeUtf8, type Sha256 } from '../receipt/index.ts';

/** How bad an alert is. */
export const ALERT_SEVERITIES = ['low', 'medium', 'high', 'critical'] as const;
/** How bad an alert is. */
export type AlertSeverity = (typeof ALERT_SEVERITIES)[number];

/** An alert as a monitor says it, in one form. */
export interface Alert {
  /** What goes wrong: snake_case, at most 64 characters. */
  readonly kind: string;
  /** What it is about, by its name. */
  readonly resource: string;
  readonly severity: AlertSeverity;
  readonly status: 'firing' | 'resolved';
  /** What names this alert, the same when it is sent again; its intent's id is made of it. */
  readonly id: readonly string[];
}

/** The intent that an alert stands for. */
export interface AlertIntent {
  readonly id: string;
  readonly action: 'report_alert';
  readonly resource: string;
  readonly arguments: Readonly<Record<'kind' | 'severity' | 'status', string>>;
}

const DOMAIN = 'tai-autonomics/incident@1';
const DIGEST_CHARACTERS = 22;

/**
 * The id of an incident: `inc-` and the first 22 characters of base64url(SHA-256("tai-autonomics/incident@1" ‖ 0x00 ‖
 * JCS([kind, resource]))). It stands in clear in receipts: whoever can guess both can recognise it.
 */
export const incidentOf = (sha256: Sha256, kind: string, resource: string): string =>
  `inc-${digestOf(sha256, DOMAIN, [kind, resource])}`;

/** What is asked of a tenant's governor, because of an alert. It names no incident: the governor does, by `incidentOf`. */
export const intentOfAlert = (sha256: Sha256, { id, kind, resource, severity, status }: Alert): AlertIntent => ({
  id: `alert ${digestOf(sha256, 'tai-autonomics/alert@1', id)}`,
  action: 'report_alert',
  resource,
  arguments: { kind, severity, status },
});

/** A kind in its one spelling: `HighErrorRate`, `high-error-rate` and `high_error_rate` are one. `undefined` for what has no letter. */
export const kindOf = (text: unknown): string | undefined => {
  if (typeof text !== 'string') return undefined;
  const words = text
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_');
  const kind = words.replaceAll(/^_+|_+$/g, '').slice(0, 64);
  return /[a-z]/.test(kind) ? kind : undefined;
};

/** Words that monitors use, by what they come to. What is none of them is `high`: nobody waits longer because of a spelling. */
const WORDS: Readonly<Record<string, AlertSeverity>> = {
  critical: 'critical',
  page: 'critical',
  emergency: 'critical',
  fatal: 'critical',
  error: 'high',
  high: 'high',
  major: 'high',
  warning: 'medium',
  warn: 'medium',
  medium: 'medium',
  minor: 'medium',
  info: 'low',
  information: 'low',
  notice: 'low',
  low: 'low',
  none: 'low',
};

/** How bad an alert is, by a monitor's own word. */
export const severityOf = (word: unknown): AlertSeverity => {
  const known = typeof word === 'string' ? word.toLowerCase() : '';
  return Object.hasOwn(WORDS, known) ? (WORDS[known] ?? 'high') : 'high';
};

/** The first 22 characters of base64url(SHA-256(domain ‖ 0x00 ‖ JCS(texts))). A text that is not well formed has no name. */
const digestOf = (sha256: Sha256, domain: string, texts: readonly string[]): string => {
  const text = E.getOrElse(() => JSON.stringify(texts))(canonicalize(texts));
  return encodeBase64url(sha256(encodeUtf8(`${domain}\u0000${text}`) ?? new Uint8Array(0))).slice(0, DIGEST_CHARACTERS);
};
