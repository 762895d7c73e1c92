/** Bytes that are kept elsewhere are forgotten, block by block: each has a budget of its own. */
import type { Answer, LedgerId } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';
import type { NamedClient } from './append.ts';
import { blocksPath, partsOf, readBlock } from './block.ts';
import { encodeRows } from './body.ts';
import type { Calls } from './calls.ts';
import { isChanged } from './fault.ts';

const BLOCKS = 8;

/** Forgets the bytes of the receipts before `to`. One that breaks off has forgotten the first of them, and goes on when it is run again. */
export const shed = async (place: NamedClient, newCalls: () => Calls, ledger: LedgerId, to: number): Answer<void> => {
  const { client } = place;
  for (let next = 0; next < to; ) {
    const calls = newCalls();
    const blocks = await calls.query(
      client.collection(blocksPath(ledger)).where('last', '>=', next).orderBy('last').limit(BLOCKS),
    );
    if (E.isLeft(blocks)) return blocks;
    if (blocks.right.length === 0) return E.right(undefined);
    for (const document of blocks.right) {
      const block = await readBlock(calls, place, ledger, document);
      if (E.isLeft(block)) return block;
      // A purge was faster: this page is read again.
      if (block.right === undefined) break;
      const { first, last, rows } = block.right;
      if (first >= to) return E.right(undefined);
      if (rows.some(({ seq, bytes }) => seq < to && bytes.length > 0)) {
        const left = encodeRows(rows.map((row) => (row.seq < to ? { ...row, bytes: new Uint8Array(0) } : row)));
        // What does not fit into the document stays in its parts until all of it can go.
        const isAll = last < to || typeof document.data()?.['rows'] !== 'string';
        const written = isAll
          ? await calls.commit(
              () =>
                partsOf(client, ledger, document.data()?.['rows']).reduce(
                  (batch, ref) => batch.delete(ref),
                  client
                    .batch()
                    .update(
                      document.ref,
                      { rows: left },
                      document.updateTime === undefined ? {} : { lastUpdateTime: document.updateTime },
                    ),
                ),
              isChanged,
            )
          : E.right({ written: true });
        if (E.isLeft(written)) return written;
        if (!written.right.written) break;
      }
      next = last + 1;
    }
  }
  return E.right(undefined);
};
