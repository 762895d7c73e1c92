/** Instants: core's own calendar against Node's. */
import { decide, parseObservation } from '@tai-autonomics/core';
import { formatInstant, isInstant, parseInstant } from '@tai-autonomics/core/engine';
import { hasExpired, parseCredentials } from '@tai-autonomics/governor';
import fc from 'fast-check';
import { either as E } from 'fp-ts';
import { describe, expect, test } from 'vitest';
import { lawful, shipped } from '../fixtures/tenant.ts';
import { holdsFor } from '../generators/dice.ts';

const LAST = Date.UTC(9999, 11, 31, 23, 59, 59, 999);
const instants = fc.oneof(
  fc.integer({ min: 0, max: LAST }),
  fc.constantFrom(0, 1, 999, 1_000, 86_399_999, 86_400_000, LAST),
);
const pad = (n: number, width = 2): string => String(n).padStart(width, '0');

describe('an instant', () => {
  test('is written as Node writes it, and read back', () => {
    holdsFor(5_000, instants, (ms) => {
      expect(formatInstant(ms)).toBe(new Date(ms).toISOString());
      expect(parseInstant(formatInstant(ms))).toBe(ms);
    });
  });

  test('is the same wherever it is said', () => {
    const zones = fc.record({ ms: instants, minutes: fc.integer({ min: -1_439, max: 1_439 }) });
    holdsFor(2_000, zones, ({ ms, minutes }) => {
      const local = ms + minutes * 60_000;
      if (local < 0 || local > LAST) return;
      const offset = `${minutes < 0 ? '-' : '+'}${pad(Math.floor(Math.abs(minutes) / 60))}:${pad(Math.abs(minutes) % 60)}`;
      expect(parseInstant(new Date(local).toISOString().replace('Z', offset))).toBe(ms);
    });
  });

  test('exists on every day that exists, and on no other', () => {
    for (const year of [1970, 1972, 1999, 2000, 2026, 2028, 2100, 2400, 9999]) {
      for (let month = 0; month <= 13; month++) {
        for (let day = 0; day <= 32; day++) {
          const date = new Date(Date.UTC(year, month - 1, day));
          const exists =
            date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
          const text = `${pad(year, 4)}-${pad(month)}-${pad(day)}T00:00:00Z`;
          expect([text, parseInstant(text)]).toEqual([text, exists ? date.getTime() : undefined]);
        }
      }
    }
  });

  test('finer than a millisecond is cut off there, in whatever zone it is written', () => {
    const finer = fc.record({
      ms: instants,
      more: fc.stringMatching(/^[0-9]{1,12}$/),
      zone: fc.constantFrom('Z', '+00:00'),
    });
    holdsFor(1_000, finer, ({ ms, more, zone }) => {
      expect(parseInstant(new Date(ms).toISOString().replace('Z', more + zone))).toBe(ms);
    });
  });

  test('is never misread: what is read, Node reads alike', () => {
    const parts = fc.tuple(
      ...[9_999, 19, 39, 29, 69, 69].map((max) => fc.integer({ min: 0, max })),
      fc.constantFrom('', '.1', '.12', '.123', '.1239', '.123999', '.000000', '.999999999'),
      fc.constantFrom('Z', '+00:00', '-23:59', '+05:30'),
    );
    holdsFor(3_000, parts, ([year, month, day, hour, minute, second, fraction, zone]) => {
      const text = `${pad(year as number, 4)}-${pad(month as number)}-${pad(day as number)}T${pad(hour as number)}:${pad(minute as number)}:${pad(second as number)}${fraction}${zone}`;
      const read = parseInstant(text);
      if (read !== undefined) expect(read).toBe(Date.parse(text.replace(/(\.\d{3})\d+/, '$1')));
    });
  });

  test.for([
    '2026-01-26T12:00:00',
    '2026-01-26',
    '2026-01-26 12:00:00Z',
    '2026-01-26t12:00:00z',
    '2026-01-26T24:00:00Z',
    '2026-01-26T12:60:00Z',
    '2026-01-26T12:00:60Z',
    '2026-01-26T12:00:00.Z',
    '2026-01-26T12:00:00+24:00',
    '2026-01-26T12:00:00+0000',
    '2026-01-26T12:00Z',
    '26-01-26T12:00:00Z',
    '+02026-01-26T12:00:00Z',
    '1969-12-31T23:59:59Z',
    '1970-01-01T00:00:00+00:01',
    '9999-12-31T23:59:59-00:01',
    ' 2026-01-26T12:00:00Z',
    '2026-01-26T12:00:00Z\n',
    '２０２６-01-26T12:00:00Z',
    '1740534000',
    '',
  ])('%j is none', (text) => {
    expect(parseInstant(text)).toBeUndefined();
  });

  test.for([[-1], [LAST + 1], [0.5], [Number.NaN], [Infinity], ['0'], [null], [undefined]])(
    '%j is no instant inside',
    ([x]) => {
      expect(isInstant(x)).toBe(false);
    },
  );
});

/** The same JSON with every instant in it finer than a millisecond. */
const finer = (json: unknown, more: string): unknown =>
  JSON.parse(
    JSON.stringify(json).replace(
      /"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{3})?Z"/g,
      (_, second: string, fraction: string | undefined) => `"${second}${fraction ?? '.000'}${more}Z"`,
    ),
  );

test.for(Object.entries(lawful))(
  'an instant finer than a millisecond is the instant to which it is cut, in an observation, its evidence, state and arguments: %s',
  ([, document]) => {
    for (const more of ['0', '456', '999999']) {
      const [plain, fine] = [document, finer(document, more)].map((json) => parseObservation(shipped, json));
      if (plain === undefined || fine === undefined || E.isLeft(plain) || E.isLeft(fine)) throw new Error('unreadable');
      expect({ ...fine.right, intent: 0, evidence: 0 }).toEqual({ ...plain.right, intent: 0, evidence: 0 });
      expect(decide(shipped, fine.right)).toEqual(decide(shipped, plain.right));
    }
  },
);

test('a key ends with the millisecond in which it ends', () => {
  const expiresAt = '2026-11-21T08:00:00.123456Z';
  const key = { keyId: '0123456789abcdef', hash: 'A'.repeat(43), scope: [], expiresAt };
  const file = {
    format: 'tai-autonomics/credentials@1',
    credentials: [{ ...key, tenant: 't', subject: { type: 'user', id: 'u' } }],
  };
  expect(E.isRight(parseCredentials(file))).toBe(true);
  const end = Date.parse('2026-11-21T08:00:00.123Z');
  expect([hasExpired({ expiresAt }, end - 1), hasExpired({ expiresAt }, end)]).toEqual([false, true]);
});
