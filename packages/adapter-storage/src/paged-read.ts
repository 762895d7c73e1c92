/** Reads a ledger page by page, in order: what is missing in between is a fault, not a shorter ledger. */
import { setImmediate } from 'node:timers/promises';
import type { Answer, Row, StoreFault } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';

/** One page is in memory at a time, and other work gets its turn between pages. `what` names the store in a fault. */
export async function* pagedRead(
  pageFrom: (next: number) => Answer<readonly Row[]>,
  what: string,
  from: number,
  pageRows: number,
): AsyncGenerator<E.Either<StoreFault, Row>> {
  let next = Math.max(0, from);
  for (;;) {
    const rows = await pageFrom(next);
    if (E.isLeft(rows)) {
      yield rows;
      return;
    }
    for (const row of rows.right) {
      if (row.seq !== next) {
        yield E.left({ fault: 'corrupt', detail: `${what}: seq ${next} is missing`, outcome: 'not_written' });
        return;
      }
      yield E.right(row);
      next += 1;
    }
    if (rows.right.length < pageRows) return;
    await setImmediate();
  }
}
