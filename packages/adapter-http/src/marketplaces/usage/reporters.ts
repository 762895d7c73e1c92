/** The meters of the three marketplaces, over REST. */
import type { Ms } from '@tai-autonomics/core/engine';
import { either as E } from 'fp-ts';
import { type AwsCredentialSource, signAws } from '../aws/signature-v4.ts';
import type { Called } from '../vendor.ts';
import { bearer, CALL_LIMITS, type CallLimits, callVendor, type TokenSource } from '../vendor-call.ts';
import type { UsageRecord } from './meter.ts';
import type { UsageReporter } from './report-usage.ts';
import {
  awsUsageRecord,
  azureUsageEvent,
  googleOperation,
  readAwsUsage,
  readAzureUsage,
  readGoogleUsage,
  type UsageAnswer,
} from './usage-formats.ts';

/** Where Google’s Service Control is asked, and for which service. */
export interface GoogleReporterOptions {
  /** The name of the service at Service Control, such as `rollback-guard.endpoints.acme.cloud.goog`. */
  readonly service: string;
  readonly token: TokenSource;
  /** The id under which Google meters a purchase (`usageReportingId`); nothing if it is not known. */
  readonly usageIdOf: (purchase: string) => Promise<string | undefined>;
  readonly endpoint?: string;
  readonly limits?: CallLimits;
}

/** Where AWS’s metering is asked, and for which product. */
export interface AwsReporterOptions {
  readonly product: string;
  readonly credentials: AwsCredentialSource;
  readonly clock: () => Ms;
  readonly region?: string;
  readonly endpoint?: string;
  readonly limits?: CallLimits;
}

/** Where Microsoft’s metering is asked. */
export interface AzureReporterOptions {
  readonly token: TokenSource;
  /** Microsoft’s name of the plan of a purchase; nothing if it is not known. */
  readonly planOf: (purchase: string) => Promise<string | undefined>;
  readonly endpoint?: string;
  readonly limits?: CallLimits;
}

/** Checks each operation, and reports those that may be reported, all with the id of their record. */
export const googleReporter = (options: GoogleReporterOptions): UsageReporter => {
  const {
    service,
    token,
    usageIdOf,
    endpoint = 'https://servicecontrol.googleapis.com',
    limits = CALL_LIMITS,
  } = options;
  const call = (verb: 'check' | 'report', body: unknown): Called<unknown> =>
    callVendor(
      { method: 'POST', url: `${endpoint}/v1/services/${encodeURIComponent(service)}:${verb}`, body },
      bearer(token),
      limits,
    );
  return {
    ageMs: 24 * HOUR_MS,
    batch: 25,
    send: async (records) => {
      const [refused, good]: [UsageAnswer[], [UsageRecord, Readonly<Record<string, unknown>>][]] = [[], []];
      for (const record of records) {
        const usageId = await usageIdOf(record.purchase);
        if (usageId === undefined) {
          refused.push({ id: record.id, status: 'later', said: 'the purchase has no usageReportingId' });
          continue;
        }
        const operation = googleOperation(record, { usageId, service });
        const checked = await call('check', { operation });
        if (E.isLeft(checked)) return checked;
        const [answer] = readGoogleUsage(checked.right, [record]);
        if (answer !== undefined && answer.status !== 'accepted') refused.push(answer);
        else good.push([record, operation]);
      }
      if (good.length === 0) return E.right(refused);
      const reported = await call('report', { operations: good.map(([, operation]) => operation) });
      return E.map((json: unknown) => [
        ...refused,
        ...readGoogleUsage(
          json,
          good.map(([record]) => record),
        ),
      ])(reported);
    },
  };
};

/** BatchMeterUsage: at most 25 records, at most six hours old. */
export const awsReporter = (options: AwsReporterOptions): UsageReporter => {
  const { product, credentials, clock, region = 'us-east-1', limits = CALL_LIMITS } = options;
  const url = `${options.endpoint ?? `https://metering.marketplace.${region}.amazonaws.com`}/`;
  const sign = signAws(credentials, { region, service: 'aws-marketplace' }, clock);
  const headers = {
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': 'AWSMPMeteringService.BatchMeterUsage',
  };
  return {
    // An hour less than AWS allows: what is on its way is in time.
    ageMs: 5 * HOUR_MS,
    batch: 25,
    send: async (records) => {
      const own = records.filter(({ purchase }) => purchase.endsWith(`/${product}`));
      const others = records
        .filter((record) => !own.includes(record))
        .map(({ id }): UsageAnswer => ({ id, status: 'later', said: 'it is of another product' }));
      if (own.length === 0) return E.right(others);
      const body = { ProductCode: product, UsageRecords: own.map(awsUsageRecord) };
      const answer = await callVendor({ method: 'POST', url, body, headers }, sign, limits);
      return E.map((json: unknown) => [...others, ...readAwsUsage(json, own)])(answer);
    },
  };
};

/** Batches of usage events: at most 25, at most a day old; one event for a resource, a dimension and an hour. */
export const azureReporter = (options: AzureReporterOptions): UsageReporter => {
  const { token, planOf, endpoint = 'https://marketplaceapi.microsoft.com', limits = CALL_LIMITS } = options;
  const url = `${endpoint}/api/batchUsageEvent?api-version=2018-08-31`;
  return {
    ageMs: 23 * HOUR_MS,
    batch: 25,
    send: async (records) => {
      const unknown: UsageAnswer[] = [];
      const events: [UsageRecord, Readonly<Record<string, unknown>>][] = [];
      for (const record of records) {
        const plan = await planOf(record.purchase);
        if (plan === undefined)
          unknown.push({ id: record.id, status: 'later', said: 'the plan of the purchase is not known' });
        else events.push([record, azureUsageEvent(record, { plan })]);
      }
      if (events.length === 0) return E.right(unknown);
      const answer = await callVendor(
        { method: 'POST', url, body: { request: events.map(([, event]) => event) } },
        bearer(token),
        limits,
      );
      return E.map((json: unknown) => [
        ...unknown,
        ...readAzureUsage(
          json,
          events.map(([record]) => record),
        ),
      ])(answer);
    },
  };
};

const HOUR_MS: Ms = 3_600_000;
