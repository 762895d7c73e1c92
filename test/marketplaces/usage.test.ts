/** What is billed: folded from receipts, reported once however often it is sent, and compared with what was accepted. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  awsReporter,
  azureReporter,
  googleReporter,
  type MeteredRow,
  meterUsage,
  reconcileUsage,
  reportUsage,
  type UsageAnswer,
  type UsageLog,
} from '@tai-autonomics/adapter-http/marketplaces';
import { nodeSha256 } from '@tai-autonomics/governor/node';
import fc from 'fast-check';
import { either as E } from 'fp-ts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { runs } from '../runs.ts';
import { TOKEN } from './fake-google.ts';

const HOUR = 3_600_000;
const DAY = Date.parse('2026-11-21T00:00:00Z');
const ORIGIN = 'ledger.test/r1/x';

interface Use {
  readonly at: number;
  readonly action?: string;
  readonly status?: string;
  readonly mode?: 'contractual' | 'eval';
}

/** The receipts of uses: each an approval and its outcome; at the beginning the purchase. */
const ledgerOf = (uses: readonly Use[], entitlement = 'aws:123456789012/prod'): readonly MeteredRow[] => {
  const common = (at: number, mode = 'contractual') => ({
    origin: ORIGIN,
    at: new Date(at).toISOString(),
    mode,
    catalog: { digest: 'C' },
  });
  const bought = {
    ...common(DAY),
    kind: 'decision',
    verdict: 'approve',
    seq: 0,
    writes: [{ cell: 'entitlement_id', key: [], set: entitlement }],
  };
  const rows = uses.flatMap(({ at, action = 'trigger_rollback', status = 'success', mode }, i) => [
    {
      receipt: { ...common(at, mode), kind: 'decision', verdict: 'approve', seq: 2 * i + 1, writes: [], deadline: 'x' },
      disclosed: new Map([['request/intent', { action: { id: action } }]]),
    },
    {
      receipt: { ...common(at, mode), kind: 'outcome', status, seq: 2 * i + 2, of: { seq: 2 * i + 1 }, writes: [] },
      disclosed: new Map(),
    },
  ]);
  return [{ receipt: bought, disclosed: new Map() }, ...rows] as unknown as readonly MeteredRow[];
};

const meter = (rows: readonly MeteredRow[], until = DAY + 24 * HOUR, marketplace: 'aws' | 'google' | 'azure' = 'aws') =>
  meterUsage(rows, {
    marketplace,
    sha256: nodeSha256,
    until,
    dimensionOf: (action) => (action === 'trigger_rollback' ? 'rollbacks' : undefined),
  });

/** What is remembered, in memory. */
const memoryLog = (): UsageLog & { readonly kept: Map<string, UsageAnswer> } => {
  const kept = new Map<string, UsageAnswer>();
  return {
    kept,
    answers: async () => new Map(kept),
    keep: async (answers) => {
      for (const answer of answers) kept.set(answer.id, answer);
    },
  };
};

describe('what is counted', () => {
  test('is what was carried out with success, by the hour, with the receipts that say so', () => {
    const rows = ledgerOf([
      { at: DAY + 1 },
      { at: DAY + 2, status: 'failed' },
      { at: DAY + 3, action: 'adjust_throttle' },
      { at: DAY + 4, mode: 'eval' },
      { at: DAY + HOUR - 1 },
      { at: DAY + HOUR },
    ]);
    const { records, unattributed } = meter(rows);
    expect(unattributed).toEqual([]);
    expect(records).toMatchObject([
      {
        purchase: '123456789012/prod',
        dimension: 'rollbacks',
        quantity: 2,
        from: '2026-11-21T00:00:00.000Z',
        receipts: { origin: ORIGIN, first: 2, last: 10 },
      },
      { quantity: 1, from: '2026-11-21T01:00:00.000Z', to: '2026-11-21T02:00:00.000Z' },
    ]);
  });

  test('leaves out an hour that is not over, and tells of what it cannot attribute', () => {
    expect(meter(ledgerOf([{ at: DAY }, { at: DAY + HOUR }]), DAY + 2 * HOUR - 1).records).toHaveLength(1);
    expect(meter(ledgerOf([{ at: DAY }], 'google:E1')).unattributed).toEqual([2]);
    const [bought, , outcome] = ledgerOf([{ at: DAY }]);
    const withheld = [
      bought,
      { receipt: ledgerOf([{ at: DAY }])[1]?.receipt, disclosed: new Map() },
      outcome,
    ] as readonly MeteredRow[];
    expect(meter(withheld).unattributed).toEqual([2]);
  });

  test('of a longer ledger is what was counted of the shorter one, with the same ids, and more', () => {
    const uses = fc.array(
      fc.record({ at: fc.integer({ min: DAY, max: DAY + 5 * HOUR }), status: fc.constantFrom('success', 'failed') }),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(uses, fc.integer({ min: 0, max: 5 }), (unsorted, hours) => {
        const sorted = unsorted.toSorted((a, b) => a.at - b.at);
        const until = DAY + hours * HOUR;
        const shorter = meter(ledgerOf(sorted.filter(({ at }) => at < until)), until).records;
        expect(meter(ledgerOf(sorted)).records.slice(0, shorter.length)).toEqual(shorter);
      }),
      { numRuns: runs(200) },
    );
  });
});

describe('a report', () => {
  /** A meter that counts a record once, whatever is sent how often, as all three marketplaces promise. */
  const counted = new Map<string, number>();
  let endpoint = '';
  let status = 200;
  const bodies: Record<string, unknown>[] = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const body = JSON.parse(text);
    bodies.push({ url: request.url, ...body });
    const count = (key: unknown, quantity: number): boolean => {
      const id = JSON.stringify(key);
      const isNew = !counted.has(id);
      if (isNew) counted.set(id, quantity);
      return isNew;
    };
    response.writeHead(status, { 'content-type': 'application/json' });
    if (status !== 200) return void response.end('{}');
    if (request.url?.endsWith(':check')) return void response.end('{}');
    if (request.url?.endsWith(':report')) {
      for (const { operationId, metricValueSets } of body.operations)
        count(operationId, Number(metricValueSets[0].metricValues[0].int64Value));
      return void response.end('{"reportErrors":[]}');
    }
    if (body.UsageRecords !== undefined) {
      for (const record of body.UsageRecords) count([record.Timestamp, record.Dimension], record.Quantity);
      return void response.end(
        JSON.stringify({
          Results: body.UsageRecords.map((UsageRecord: unknown) => ({
            UsageRecord,
            MeteringRecordId: 'x',
            Status: 'Success',
          })),
        }),
      );
    }
    const result = body.request.map((event: { effectiveStartTime: string; dimension: string; quantity: number }) => ({
      status: count([event.effectiveStartTime, event.dimension], event.quantity) ? 'Accepted' : 'Duplicate',
    }));
    response.end(JSON.stringify({ count: result.length, result }));
  });
  beforeAll(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => void server.close());
  beforeEach(() => {
    counted.clear();
    bodies.length = 0;
    status = 200;
  });

  const limits = { timeoutMs: 2_000, tries: 1, pauseMs: 1 };
  const token = async () => E.right(TOKEN);
  const NOW = DAY + 3 * HOUR;
  const reporters = {
    google: () =>
      googleReporter({ service: 'guard.example', token, usageIdOf: async () => 'project_number:1', endpoint, limits }),
    aws: () =>
      awsReporter({
        product: 'prod',
        credentials: async () => E.right({ accessKeyId: 'A', secretAccessKey: 'S' }),
        clock: () => NOW,
        endpoint,
        limits,
      }),
    azure: () => azureReporter({ token, planOf: async () => 'silver', endpoint, limits }),
  };
  const recordsFor = (marketplace: keyof typeof reporters) =>
    meter(
      ledgerOf([{ at: DAY }, { at: DAY + 1 }, { at: DAY + HOUR }], `${marketplace}:123456789012/prod`),
      NOW,
      marketplace,
    ).records;

  test.for(['google', 'aws', 'azure'] as const)(
    'to %s counts once, however often it is sent and whatever is forgotten',
    async (marketplace) => {
      const records = recordsFor(marketplace);
      expect(records.map(({ quantity }) => quantity)).toEqual([2, 1]);
      for (const log of [memoryLog(), memoryLog()]) {
        const first = await reportUsage(records, reporters[marketplace](), log, NOW);
        expect(first.faults).toEqual([]);
        expect(first.answers.map((answer) => answer.status)).toEqual(['accepted', 'accepted']);
        expect((await reportUsage(records, reporters[marketplace](), log, NOW)).answers).toEqual([]);
        expect(reconcileUsage(records, log.kept, reporters[marketplace](), NOW)).toMatchObject({
          missing: [],
          rejected: [],
          lost: [],
          unknown: [],
        });
      }
      expect([...counted.values()]).toEqual([2, 1]);
    },
  );

  test('that fails leaves everything missing, and what is too old is lost and said so', async () => {
    const records = recordsFor('aws');
    const log = memoryLog();
    status = 503;
    const { faults } = await reportUsage(records, reporters.aws(), log, NOW);
    expect(faults).toMatchObject([{ fault: 'later' }]);
    expect(reconcileUsage(records, log.kept, reporters.aws(), NOW).missing).toHaveLength(2);
    const late = reconcileUsage(records, log.kept, reporters.aws(), DAY + 8 * HOUR);
    expect([late.missing.length, late.lost.length]).toEqual([0, 2]);
    status = 200;
    expect((await reportUsage(records, reporters.aws(), log, DAY + 8 * HOUR)).answers).toEqual([]);
  });

  test('says what the marketplace rejected in its own word, and names answers without a receipt', async () => {
    const records = recordsFor('azure');
    const log = memoryLog();
    await log.keep([
      { id: records[0]?.id ?? '', status: 'rejected', said: 'Expired' },
      { id: 'nobody', status: 'accepted', said: 'Accepted' },
    ]);
    expect(reconcileUsage(records, log.kept, reporters.azure(), NOW)).toMatchObject({
      rejected: [{ said: 'Expired' }],
      missing: [{ quantity: 1 }],
      unknown: ['nobody'],
    });
  });

  test('sends Google the numbers as texts, and the same id for check and report', async () => {
    await reportUsage(recordsFor('google').slice(0, 1), reporters.google(), memoryLog(), NOW);
    expect(bodies[0]).toMatchObject({
      url: '/v1/services/guard.example:check',
      operation: { metricValueSets: [{ metricName: 'guard.example/rollbacks', metricValues: [{ int64Value: '2' }] }] },
    });
    expect(bodies[1]).toMatchObject({ operations: [bodies[0]?.['operation']] });
  });
});
