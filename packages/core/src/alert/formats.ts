/**
 * Alerts as monitors send them: the webhook of Prometheus' Alertmanager (version 4), CloudEvents 1.0 in their structured form,
 * and the events of PagerDuty's Events API v2. Each says what goes wrong, with what, and how bad it is; all else is left.
 */
import { either as E } from 'fp-ts';
import { nameFault } from '../data/name.ts';
import { isPlainObject } from '../receipt/encoding/json.ts';
import { own } from '../receipt/encoding/own.ts';
import { type Alert, kindOf, severityOf } from './alert.ts';

type Members = Readonly<Record<string, unknown>>;

/** The formats that are read. */
export const ALERT_FORMATS = ['alertmanager', 'cloudevents', 'pagerduty'] as const;
/** A format of alerts. */
export type AlertFormat = (typeof ALERT_FORMATS)[number];

/** More at once are no alerts of one group. */
const ALERTS_MAX = 256;

/** The alerts of a message, in its order; or what is wrong with it, in a sentence. */
export const readAlerts = (format: AlertFormat, json: unknown): E.Either<string, readonly Alert[]> => {
  const read = READ[format](json);
  if (E.isLeft(read)) return read;
  const { length } = read.right;
  return length >= 1 && length <= ALERTS_MAX ? read : E.left(`expected 1 to ${ALERTS_MAX} alerts, found ${length}`);
};

const text = (members: Members, name: string): string | undefined => {
  const value = own(members, name);
  return typeof value === 'string' && value !== '' ? value : undefined;
};
const objectIn = (members: Members, name: string): Members => {
  const value = own(members, name);
  return isPlainObject(value) ? value : {};
};

/** What every alert needs, wherever it stands. */
const alertOf = (
  where: string,
  {
    kind,
    resource,
    ...alert
  }: Omit<Alert, 'kind' | 'resource'> & { readonly kind: unknown; readonly resource: unknown },
): E.Either<string, Alert> => {
  const known = kindOf(kind);
  if (known === undefined) return E.left(`${where}: expected what goes wrong, found none`);
  if (typeof resource !== 'string' || resource === '') return E.left(`${where}: expected what it is about, found none`);
  if (nameFault(resource) !== undefined) return E.left(`${where}: expected the name of a resource`);
  return E.right({ kind: known, resource, ...alert });
};

const every = <A>(
  list: readonly unknown[],
  read: (x: unknown, i: number) => E.Either<string, A>,
): E.Either<string, readonly A[]> => {
  const all: A[] = [];
  for (const [i, x] of list.entries()) {
    const one = read(x, i);
    if (E.isLeft(one)) return one;
    all.push(one.right);
  }
  return E.right(all);
};

/** A group of alerts, each firing or resolved by itself. A repetition has the same fingerprint, status and beginning. */
const readAlertmanager = (json: unknown): E.Either<string, readonly Alert[]> => {
  if (!isPlainObject(json) || own(json, 'version') !== '4')
    return E.left('expected a webhook of Alertmanager, version 4');
  const alerts = own(json, 'alerts');
  if (!Array.isArray(alerts)) return E.left('alerts: expected a list');
  return every(alerts, (alert, i) => {
    const where = `alerts[${i}]`;
    if (!isPlainObject(alert)) return E.left(`${where}: expected an object`);
    const labels = objectIn(alert, 'labels');
    const [status, fingerprint, startsAt] = [
      text(alert, 'status'),
      text(alert, 'fingerprint'),
      text(alert, 'startsAt'),
    ];
    if (status !== 'firing' && status !== 'resolved') return E.left(`${where}.status: expected firing or resolved`);
    if (fingerprint === undefined || startsAt === undefined)
      return E.left(`${where}: expected fingerprint and startsAt, found not both`);
    return alertOf(where, {
      kind: own(labels, 'kind') ?? own(labels, 'alertname'),
      resource: own(labels, 'resource') ?? own(labels, 'service') ?? own(labels, 'job'),
      severity: severityOf(own(labels, 'severity')),
      status,
      id: ['alertmanager', fingerprint, status, startsAt],
    });
  });
};

/** One event, or a batch of them. `source` and `id` name an event for ever, as its specification says. */
const readCloudEvents = (json: unknown): E.Either<string, readonly Alert[]> =>
  every(Array.isArray(json) ? json : [json], (event, i) => {
    const where = Array.isArray(json) ? `[${i}]` : 'the event';
    if (!isPlainObject(event) || own(event, 'specversion') !== '1.0')
      return E.left(`${where}: expected a CloudEvent of specversion 1.0`);
    const [source, id, type] = [text(event, 'source'), text(event, 'id'), text(event, 'type')];
    if (source === undefined || id === undefined || type === undefined)
      return E.left(`${where}: expected source, id and type, found not all`);
    const data = objectIn(event, 'data');
    return alertOf(where, {
      kind: own(data, 'kind') ?? type.split('.').at(-1),
      resource: own(event, 'subject'),
      severity: severityOf(own(data, 'severity')),
      status: own(data, 'status') === 'resolved' ? 'resolved' : 'firing',
      id: ['cloudevents', source, id],
    });
  });

/** One event. Its routing key is somebody's secret: it is neither read nor kept. */
const readPagerDuty = (json: unknown): E.Either<string, readonly Alert[]> => {
  if (!isPlainObject(json)) return E.left('expected an event of the Events API v2');
  const action = text(json, 'event_action');
  if (action !== 'trigger' && action !== 'resolve') return E.left('event_action: expected trigger or resolve');
  const payload = objectIn(json, 'payload');
  const [key, timestamp] = [text(json, 'dedup_key'), text(payload, 'timestamp')];
  if (key === undefined) return E.left('dedup_key: expected one, found none');
  // A key comes again with the next outage: only the time says whether this is a repetition.
  if (timestamp === undefined) return E.left('payload.timestamp: expected one, found none');
  return E.map((alert: Alert) => [alert])(
    alertOf('payload', {
      kind: own(payload, 'class') ?? own(payload, 'group'),
      resource: own(payload, 'component') ?? own(payload, 'source'),
      severity: severityOf(own(payload, 'severity')),
      status: action === 'trigger' ? 'firing' : 'resolved',
      id: ['pagerduty', key, action, timestamp],
    }),
  );
};

const READ: Readonly<Record<AlertFormat, (json: unknown) => E.Either<string, readonly Alert[]>>> = {
  alertmanager: readAlertmanager,
  cloudevents: readCloudEvents,
  pagerduty: readPagerDuty,
};
