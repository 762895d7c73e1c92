import {
  buildReceipt,
  followKeys,
  type KeyHistory,
  keyAtSize,
  noKeyHistory,
  parseReceipt,
  type Receipt,
  type WireWrite,
} from '@tai-autonomics/core/receipt';
import { nodeSha256 } from '@tai-autonomics/governor/node';
import { describe, expect, test } from 'vitest';
import { right } from '../governor/kit.ts';
import { buildLedger } from '../receipt/fixture.ts';

const sample = right(parseReceipt(buildLedger(3).receipts[1]?.bytes ?? new Uint8Array(0)));
const receipt = (seq: number, event: string, ...writes: readonly WireWrite[]): Receipt =>
  ({ ...sample, seq, event, kind: 'decision', verdict: 'approve', codes: [], writes }) as unknown as Receipt;
const rotated = (seq: number, vkey: string): Receipt =>
  receipt(seq, 'key_rotated', { cell: 'ledger_key', key: [], set: vkey });
const revoked = (seq: number, id: string, size: number): Receipt =>
  receipt(seq, 'key_revoked', { cell: 'revoked_keys', key: [id], set: size });
const after = (...receipts: readonly Receipt[]): KeyHistory => receipts.reduce(followKeys, noKeyHistory);

describe('which key seals', () => {
  test('before the first rotation nobody is named; from the next size on it is the new key', () => {
    const history = after(rotated(5, 'b'), rotated(9, 'c'));
    expect([5, 6, 9, 10].map((size) => keyAtSize(history, size)?.vkey)).toEqual([undefined, 'b', 'b', 'c']);
  });

  test('a revocation can be tightened and never loosened', () => {
    const history = after(revoked(1, '0000000a', 7), revoked(2, '0000000a', 90), revoked(3, '0000000a', 3));
    expect([...history.revoked]).toEqual([['0000000a', 3]]);
    const [tight, loose] = [revoked(1, '0000000a', 7), revoked(2, '0000000a', 90)];
    expect([...after(tight, loose).revoked]).toEqual([['0000000a', 7]]);
  });

  test.for([
    { note: 'a refusal', one: { ...rotated(1, 'b'), verdict: 'refuse' } as Receipt },
    { note: 'another event with the same write', one: { ...rotated(1, 'b'), event: 'role_granted' } as Receipt },
    { note: 'a rotation without its write', one: receipt(1, 'key_rotated') },
    { note: 'a revocation of what is no key id', one: revoked(1, 'all', 3) },
  ])('$note changes nothing', ({ one }) => {
    expect(after(one)).toEqual(noKeyHistory);
  });

  test('every rotation counts, however many there are', () => {
    const receipts = Array.from({ length: 1_500 }, (_, seq) => rotated(seq, `key ${seq}`));
    expect(after(...receipts).named).toHaveLength(receipts.length);
  });
});

test('the sample is a receipt', () => {
  expect(right(buildReceipt(nodeSha256, sample)).receipt).toEqual(sample);
});
