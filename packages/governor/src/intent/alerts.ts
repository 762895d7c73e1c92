/**
 * Takes alerts, as monitors send them: each becomes an intent of whoever sent it, and what can't be read is kept by its digest.
 * The same alert again has the same id, so it gets its recorded answer and leaves no second receipt.
 */
import { type AlertFormat, incidentOf, intentOfAlert, readAlerts } from '@tai-autonomics/core/engine';
import { encodeBase64url } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { Caller, Governor, Submitted } from '../api.ts';
import { sha256 } from '../bare/sha256.ts';
import { parseStrictJson } from '../json/strict-json.ts';

/** An alert that was submitted, and what came of it. */
export interface AlertTaken {
  readonly incident: string;
  readonly resource: string;
  readonly status: 'firing' | 'resolved';
  readonly submitted: Submitted;
}

/** What became of a message. */
export type AlertsTaken =
  | { readonly read: true; readonly alerts: readonly AlertTaken[] }
  /** `submitted` is the receipt of its digest, base64url of SHA-256 over its bytes. */
  | { readonly read: false; readonly detail: string; readonly digest: string; readonly submitted: Submitted };

/** How large a message may be. */
export interface AlertLimits {
  readonly maxBytes: number;
  readonly maxDepth: number;
}

/** Takes one message of a format, byte for byte as it arrived. Its alerts are submitted in its order. */
export const takeAlerts = async (
  governor: Pick<Governor, 'submit'>,
  caller: Caller,
  format: AlertFormat,
  bytes: Uint8Array,
  limits: AlertLimits,
): Promise<AlertsTaken> => {
  const json = parseStrictJson(bytes, { ...limits, comments: false });
  const alerts = E.isLeft(json)
    ? E.left(`line ${json.left.line}, column ${json.left.column}: expected ${json.left.expected}`)
    : readAlerts(format, json.right.value);
  if (E.isLeft(alerts)) return keepDigest(governor, caller, bytes, alerts.left);
  const taken: AlertTaken[] = [];
  for (const alert of alerts.right) {
    const asked = intentOfAlert(sha256, alert);
    const { resource, status } = alert;
    const submitted = await governor.submit(caller, asked);
    // Its resource may have been written by another of its names: the governor says which incident it is.
    const incident = submitted.decided ? submitted.incident : undefined;
    taken.push({ incident: incident ?? incidentOf(sha256, alert.kind, resource), resource, status, submitted });
  }
  return { read: true, alerts: taken };
};

const keepDigest = async (
  governor: Pick<Governor, 'submit'>,
  caller: Caller,
  bytes: Uint8Array,
  detail: string,
): Promise<AlertsTaken> => {
  const digest = encodeBase64url(sha256(bytes));
  const asked = { id: `alert ${digest}`, action: 'reject_alert', resource: '*', arguments: { digest } };
  return { read: false, detail, digest, submitted: await governor.submit(caller, asked) };
};
