/** A storm that is throttled ends by the baseline that it began with, whatever the documents of later windows say. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decide } from '@tai-autonomics/core';
import { storm } from '@tai-autonomics/packs';
import fc from 'fast-check';
import { either as E } from 'fp-ts';
import { describe, expect, test } from 'vitest';
import { type Document, merged, shipped, spoilt } from '../fixtures/tenant.ts';
import { people } from '../governor/kit.ts';
import { bearing, grant, startGuarded } from './guarded.ts';
import { readField } from './read-document.ts';

const { owner } = people();
const agent = bearing('agent', 'bot', 'read_deployment', 'write_config');

/** The same series, its last sample now. */
const shifted = (document: unknown, now: number): unknown => {
  const { data } = document as { data: { result: readonly { values: readonly (readonly [number, string])[] }[] } };
  const last = data.result[0]?.values.at(-1)?.[0] ?? 0;
  const result = data.result.map((one) => ({
    ...one,
    values: one.values.map(([at, rate]) => [at - last + now / 1_000, rate]),
  }));
  return { ...(document as object), data: { ...data, result } };
};

test('a window that slid into the storm, or a part of an answer, lifts no throttle; the calm does', async (context) => {
  const guarded = await startGuarded(context);
  const { ask, measure, setting, folder } = guarded;
  const show = (name: string): void =>
    writeFileSync(join(folder, 'metrics'), JSON.stringify(shifted(readField(name), setting.clock.now)));
  const lift = () => ask(agent, 'adjust_throttle', { limit: 0 });
  await grant(guarded, agent);
  expect(await ask(owner, 'set_throttle_policy', { least: 5, most: 1_000 })).toBe('approve');
  show('storm-window-slid/before');
  expect(await ask(agent, 'activate_throttle')).toBe('approve');

  show('storm-window-slid/after');
  expect(await lift()).toEqual(['storm_not_over']);
  expect(await ask(agent, 'clear_storm')).toEqual(['storm_not_over', 'storm_not_over']);
  show('storm-partial-answer/answer');
  expect(await lift()).toEqual(['evidence_missing', 'evidence_missing']);
  expect(await ask(agent, 'clear_storm')).toEqual(['evidence_missing', 'evidence_missing', 'storm_not_over']);

  // The window slid and the storm grew: it is throttled anew, and ends where it would have ended before.
  measure(...Array.from({ length: 60 }, () => 400), 2_000, 2_000, 2_000);
  expect(await ask(agent, 'activate_throttle')).toBe('approve');
  show('storm-window-slid/after');
  expect(await lift()).toEqual(['storm_not_over']);

  measure(8, 8, 8, 8, 8);
  expect(await lift()).toBe('approve');
  show('storm-window-slid/after');
  expect(await ask(agent, 'clear_storm')).toEqual(['storm_not_over']);
  measure(8, 8, 8, 8, 8);
  expect(await ask(agent, 'clear_storm')).toBe('approve');
  const { outcome } = await guarded.submit(agent, 'check_storm_status');
  expect(outcome?.result).toMatchObject({ status: 'cleared', calm: 40, limit: 0 });
});

describe('laws', () => {
  const runs = { numRuns: 200, seed: 20_261_128 };
  const matrixOf = (samples: readonly (readonly [number, number])[], said: object = {}): unknown => ({
    status: 'success',
    ...said,
    data: {
      resultType: 'matrix',
      result: [{ metric: {}, values: samples.map(([place, rate]) => [1_000 + 15 * place, String(rate)]) }],
    },
  });
  const evidenceOf = (raw: unknown): readonly Document[] => {
    const facts = storm.detect(raw);
    return E.isLeft(facts)
      ? []
      : Object.entries(facts.right).map(([fact, value]) => ({ fact, value, source: 'metrics' }));
  };
  /** Whether a document ends a storm of this calm rate, in either way. */
  const ends = (calm: number, raw: unknown): boolean =>
    (
      [
        ['adjust_throttle', { intent: { action: { arguments: { limit: 0 } } } }],
        ['clear_storm', { state: { throttle_limit: { res_svc: 0 } } }],
      ] as const
    ).some(([action, over]) => {
      const state = { storm_status: { res_svc: 'storm' }, storm_calm_rate: { res_svc: calm } };
      const about = merged({ state, evidence: evidenceOf(raw) }, over) as Document;
      return decide(shipped, spoilt(shipped, action, about)).verdict === 'approve';
    });

  const calm = fc.integer({ min: 5, max: 200 });
  const rates = fc.array(fc.integer({ min: 0, max: 2_000 }), { minLength: 0, maxLength: 60 });

  test('no document ends a storm while one of its last five samples is above the calm that the storm began with', () => {
    fc.assert(
      fc.property(calm, rates, fc.nat(4), fc.integer({ min: 1, max: 1_800 }), (rate, window, back, above) => {
        const five = [0, 1, 2, 3, 4].map((i) => (i === back ? rate + above : rate));
        const samples = [...window, ...five].map((one, i) => [i, one] as const);
        expect(ends(rate, matrixOf(samples))).toBe(false);
      }),
      runs,
    );
  });
  test('no document that is incomplete ends a storm: by its own word, or by a sample that is missing at its end', () => {
    const said = fc.constantFrom({ warnings: ['deadline exceeded'] }, { isPartial: true }, { error: 'limit' });
    fc.assert(
      fc.property(calm, rates, said, fc.integer({ min: 1, max: 4 }), (rate, window, part, hole) => {
        const calmNow = Array.from({ length: 12 }, () => Math.min(rate, 1));
        const samples = [...window, ...calmNow].map((one, i) => [i, one] as const);
        expect(ends(rate, matrixOf(samples, part))).toBe(false);
        expect(ends(rate, matrixOf(samples.toSpliced(-1 - hole, 1)))).toBe(false);
      }),
      runs,
    );
  });
  test('a whole document that is calm long enough ends it, wherever it begins', () => {
    fc.assert(
      fc.property(calm, rates, (rate, window) => {
        const samples = [...window, ...Array.from({ length: 60 }, () => 1)].map((one, i) => [i, one] as const);
        expect(ends(rate, matrixOf(samples))).toBe(true);
      }),
      runs,
    );
  });
});
