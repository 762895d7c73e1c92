/** What a store promises whose way can be cut, or grow slow, at any moment: it never says more than it knows. */
import assert from 'node:assert/strict';
import type { LedgerStore } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';
import { fill, headAt, ledger, readRows, right, rowsFrom } from './fixture.ts';

/** What happens on the way, at the n-th message in one direction: the way is cut, or nothing goes through any more. */
export interface Trouble {
  readonly towards: 'store' | 'caller';
  /** Counted from 1, from when the trouble is ordered. */
  readonly message: number;
  readonly how: 'cut' | 'stall';
}

/** A store, and the way to it. */
export interface Wired {
  readonly store: LedgerStore;
  /** Orders trouble; `undefined` lets everything through again, over new connections. */
  order(trouble: Trouble | undefined): void;
  /** Whether the trouble that was ordered last came about. */
  readonly struck: () => boolean;
}

/** One promise about a way that is bad. */
export interface WireCase {
  readonly note: string;
  readonly how: Trouble['how'];
  readonly run: (wired: Wired) => Promise<void>;
}

/** No call takes so many messages in one direction. */
const MESSAGES = 500;

/** Lets one call meet each trouble in turn, until the trouble comes too late for it. */
const eachTrouble = async (
  { order, struck }: Wired,
  { how, step }: { readonly how: Trouble['how']; readonly step: number },
  body: (of: string) => Promise<void>,
): Promise<void> => {
  for (const towards of ['store', 'caller'] as const)
    for (let message = 1; ; message += step) {
      assert.ok(message < MESSAGES, 'a call that never ends');
      order({ towards, message, how });
      await body(`${how} at message ${message} towards the ${towards}`);
      const came = struck();
      order(undefined);
      if (!came) break;
    }
};

/** Appends under trouble, then looks without it: an answer is as the store stands, and nothing is half-written. */
const appendUnder = async ({ store, order }: Wired, size: number, of: string): Promise<number> => {
  const answer = await store.append(ledger, headAt(size), rowsFrom(size, size + 3));
  order(undefined);
  const stands = right(await store.head(ledger))?.size ?? 0;
  assert.ok(stands === size || stands === size + 3, `half-written: ${of}`);
  if (E.isRight(answer)) {
    assert.deepEqual(answer.right, { appended: 'ok' }, of);
    assert.equal(stands, size + 3, `lost: ${of}`);
  } else if (answer.left.outcome === 'not_written') assert.equal(stands, size, `written after all: ${of}`);
  if (stands === size)
    assert.deepEqual(right(await store.append(ledger, headAt(size), rowsFrom(size, size + 3))), { appended: 'ok' }, of);
  return size + 3;
};

export const wireCases: readonly WireCase[] = [
  {
    note: 'an append whose way is cut at any message is written whole or not at all, and is not called unwritten if it was written',
    how: 'cut',
    run: async (wired) => {
      await fill(wired.store, 4);
      let size = 4;
      await eachTrouble(wired, { how: 'cut', step: 1 }, async (of) => {
        size = await appendUnder(wired, size, of);
      });
      assert.deepEqual(await readRows(wired.store), rowsFrom(0, size));
    },
  },
  {
    note: 'an append whose store grows silent at any message is answered in the end, and as the store stands',
    how: 'stall',
    run: async (wired) => {
      await fill(wired.store, 4);
      let size = 4;
      await eachTrouble(wired, { how: 'stall', step: 3 }, async (of) => {
        size = await appendUnder(wired, size, of);
      });
      assert.deepEqual(await readRows(wired.store), rowsFrom(0, size));
    },
  },
  {
    note: 'a read whose way is cut at any message answers a prefix of the rows, and then a fault',
    how: 'cut',
    run: async (wired) => {
      await fill(wired.store, 300);
      const all = rowsFrom(0, 300);
      await eachTrouble(wired, { how: 'cut', step: 11 }, async (of) => {
        const seen: unknown[] = [];
        let broke = false;
        for await (const row of wired.store.read(ledger, 0, 300)) {
          assert.ok(!broke, `a row after a fault: ${of}`);
          if (E.isLeft(row)) broke = true;
          else seen.push(row.right);
        }
        assert.deepEqual(seen, all.slice(0, seen.length), of);
        assert.ok(broke || seen.length === 300, `an end too early: ${of}`);
      });
    },
  },
  {
    note: 'a purge whose way is cut at any message takes all that was named or nothing',
    how: 'cut',
    run: async (wired) => {
      const { store } = wired;
      await fill(store, 60);
      let seq = 0;
      await eachTrouble(wired, { how: 'cut', step: 1 }, async (of) => {
        const answer = await store.purge(ledger, seq, ['request/intent']);
        wired.order(undefined);
        const [row] = await readRows(store, seq, seq + 1);
        assert.ok(row?.disclosures.length === 1 || row?.disclosures.length === 2, `too much: ${of}`);
        if (E.isRight(answer)) assert.equal(row?.disclosures.length, 1, of);
        else if (answer.left.outcome === 'not_written') assert.equal(row?.disclosures.length, 2, of);
        seq += 1;
      });
    },
  },
];
