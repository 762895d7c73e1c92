/** The marketplaces’ own forms of usage: what is sent for a record, and what an answer says of it. */
import { parseInstant } from '@tai-autonomics/core/engine';
import { membersBy, textOf } from '../read-members.ts';
import type { UsageRecord } from './meter.ts';

/**
 * What became of a record. `accepted`: it counts, now or since an earlier report. `rejected`: it never will as it is. `later`: it was
 * not looked at.
 */
export type UsageStatus = 'accepted' | 'rejected' | 'later';

/** What an answer says of one record. */
export interface UsageAnswer {
  readonly id: string;
  readonly status: UsageStatus;
  /** The marketplace’s own word. */
  readonly said: string;
}

/** An operation of Google’s Service Control: one id for check and report, and for every repetition. */
export const googleOperation = (
  { id, dimension, from, to, quantity }: UsageRecord,
  { usageId, service }: { readonly usageId: string; readonly service: string },
): Readonly<Record<string, unknown>> => ({
  operationId: id,
  operationName: 'tai-autonomics usage',
  consumerId: usageId,
  startTime: from,
  endTime: to,
  metricValueSets: [
    // Whole numbers of 64 bits are texts in the JSON of Google’s APIs.
    { metricName: `${service}/${dimension}`, metricValues: [{ int64Value: String(quantity) }] },
  ],
  userLabels: { 'cloudmarketplace.googleapis.com/container_name': 'tai-autonomics' },
});

/** What a check or a report of Service Control says: whatever it doesn’t complain of is accepted. */
export const readGoogleUsage = (json: unknown, records: readonly UsageRecord[]): readonly UsageAnswer[] => {
  const { reporterrors, checkerrors } = membersBy(json);
  const errors = Array.isArray(reporterrors) ? reporterrors : [];
  const faults = new Map(
    errors.map((error) => {
      const { operationid, status } = membersBy(error);
      const { code, message } = membersBy(status);
      return [
        operationid,
        { said: textOf(message, 300) ?? 'an error', isPassing: PASSING_CODES.includes(code) },
      ] as const;
    }),
  );
  // A check is about one operation, and its errors name none.
  const [check] = Array.isArray(checkerrors) ? checkerrors : [];
  const code = textOf(membersBy(check)['code'], 100) ?? 'an error';
  const refused = check === undefined ? undefined : { said: code, isPassing: PASSING_CHECK.test(code) };
  return records.map(({ id }) => {
    const fault = refused ?? faults.get(id);
    if (fault === undefined) return { id, status: 'accepted', said: 'reported' };
    return { id, status: fault.isPassing ? 'later' : 'rejected', said: fault.said };
  });
};

/** A record of AWS’s BatchMeterUsage. `purchase` is account and product; only the account is sent with it. */
export const awsUsageRecord = ({
  purchase,
  dimension,
  from,
  quantity,
}: UsageRecord): Readonly<Record<string, unknown>> => ({
  Timestamp: (parseInstant(from) ?? 0) / 1_000,
  CustomerAWSAccountId: purchase.split('/')[0] ?? '',
  Dimension: dimension,
  Quantity: quantity,
});

/** What BatchMeterUsage says. The same record again is `Success`; another quantity for the same hour is `DuplicateRecord`. */
export const readAwsUsage = (json: unknown, records: readonly UsageRecord[]): readonly UsageAnswer[] => {
  const { results } = membersBy(json);
  const said = new Map(
    (Array.isArray(results) ? results : []).map((result) => {
      const { usagerecord, status } = membersBy(result);
      const { timestamp, customerawsaccountid, dimension } = membersBy(usagerecord);
      return [
        JSON.stringify([Number(timestamp), customerawsaccountid, dimension]),
        textOf(status, 100) ?? 'none',
      ] as const;
    }),
  );
  return records.map((record) => {
    const { Timestamp, CustomerAWSAccountId, Dimension } = awsUsageRecord(record);
    const status = said.get(JSON.stringify([Timestamp, CustomerAWSAccountId, Dimension]));
    if (status === undefined) return { id: record.id, status: 'later', said: 'unprocessed' };
    return { id: record.id, status: status === 'Success' ? 'accepted' : 'rejected', said: status };
  });
};

/** A usage event of Microsoft’s metering service. */
export const azureUsageEvent = (
  { purchase, dimension, from, quantity }: UsageRecord,
  { plan }: { readonly plan: string },
): Readonly<Record<string, unknown>> => ({
  resourceId: purchase,
  quantity,
  dimension,
  effectiveStartTime: from,
  planId: plan,
});

/** What a batch of usage events says, in their order. `Duplicate`: it was accepted before. */
export const readAzureUsage = (json: unknown, records: readonly UsageRecord[]): readonly UsageAnswer[] => {
  const { result } = membersBy(json);
  return records.map(({ id }, place) => {
    const said = textOf(membersBy(Array.isArray(result) ? result[place] : undefined)['status'], 100);
    if (said === undefined) return { id, status: 'later', said: 'no answer' };
    // `Error` is Microsoft’s own fault: it is worth reporting again.
    if (said === 'Error') return { id, status: 'later', said };
    const isAccepted = said === 'Accepted' || said === 'Duplicate';
    return { id, status: isAccepted ? 'accepted' : 'rejected', said };
  });
};

/** Errors of a report that pass: DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, INTERNAL, UNAVAILABLE (`google.rpc.Code`). */
const PASSING_CODES: readonly unknown[] = [4, 8, 13, 14];

/** Errors of a check that pass (`CheckError.Code` of Service Control). */
const PASSING_CHECK = /_UNAVAILABLE$|^RESOURCE_EXHAUSTED$|^LOAD_SHEDDING$/;
