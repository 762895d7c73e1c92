/** Disclosures are deleted: the block gets a field without them, and parts that nobody names any more go with it. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Answer, LedgerId, Ms } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';
import type { NamedClient } from './append.ts';
import {
  blockPath,
  blocksPath,
  discard,
  encodePurged,
  newMark,
  partsOf,
  partsPath,
  readBlock,
  writeParts,
} from './block.ts';
import type { Calls } from './calls.ts';
import type { FirestoreDocument } from './client.ts';
import { damaged, isChanged } from './fault.ts';

/** Parts of a writer that died before its block: nobody is on the way with them after a day. */
const PARTS_LAST_MS: Ms = 86_400_000;
/** How often a purge begins anew because another one was faster. */
const TRIES = 12;

/** Deletes disclosures of one receipt by name, and answers how many were there. */
export const purge = async (
  place: NamedClient,
  calls: Calls,
  ledger: LedgerId,
  seq: number,
  names: readonly string[],
): Answer<number> => {
  const { client, name } = place;
  const mark = newMark();
  let mayBeDone = 0;
  for (let n = 1; n <= TRIES; n += 1) {
    const documents = await calls.query(
      client.collection(blocksPath(ledger)).where('last', '>=', seq).orderBy('last').limit(1),
    );
    if (E.isLeft(documents)) return documents;
    const [document] = documents.right;
    if (document === undefined) return E.right(0);
    // The answer to the last attempt was lost, and it was done.
    if (mayBeDone > 0 && document.data()?.['purged'] === mark) return swept(place, calls, ledger, mayBeDone);
    const block = await readBlock(calls, place, ledger, document);
    if (E.isLeft(block)) return block;
    if (block.right !== undefined) {
      const rows = block.right.rows.map((row) =>
        row.seq === seq ? { ...row, disclosures: row.disclosures.filter((each) => !names.includes(each.name)) } : row,
      );
      const count = counted(block.right.rows, seq) - counted(rows, seq);
      if (count === 0) return E.right(0);
      mayBeDone = count;
      const replaced = await replace(place, calls, ledger, { ...block.right, rows }, mark);
      if (E.isLeft(replaced)) return replaced;
      if (replaced.right) return swept(place, calls, ledger, count);
    }
    await pause(Math.random() * 2 ** n);
  }
  return E.left(damaged(name, `the disclosures of receipt ${seq} of ${ledger} are being changed, again and again`));
};

const counted = (
  rows: readonly { readonly seq: number; readonly disclosures: readonly unknown[] }[],
  seq: number,
): number => rows.find((row) => row.seq === seq)?.disclosures.length ?? 0;

/** Puts disclosures in the place of others, if the block was not changed since it was read. */
const replace = async (
  { client }: NamedClient,
  calls: Calls,
  ledger: LedgerId,
  block: Parameters<typeof encodePurged>[2],
  mark: string,
): Answer<boolean> => {
  const { document } = block;
  const { field, parts } = encodePurged(client, ledger, block, `${mark}${Math.random().toString(36).slice(2, 6)}`);
  const ahead = await writeParts(calls, client, parts);
  if (E.isLeft(ahead)) return ahead;
  const written = await calls.commit(
    () =>
      partsOf(client, ledger, document.data()?.['disclosures']).reduce(
        (batch, ref) => batch.delete(ref),
        client
          .batch()
          .update(
            document.ref,
            { disclosures: field, purged: mark },
            document.updateTime === undefined ? {} : { lastUpdateTime: document.updateTime },
          ),
      ),
    isChanged,
  );
  if (parts.length > 0 && E.isRight(written) && !written.right.written) {
    // An attempt whose answer was lost may have been the change: then the block names them.
    const now = await calls.get(document.ref);
    if (E.isRight(now) && now.right.data()?.['disclosures'] !== field) await discard(calls, client, parts);
  }
  return E.map(({ written: isWritten }: { readonly written: boolean }) => isWritten)(written);
};

/** Deletes parts that no block names. What can't be deleted now is found by the next purge. */
const swept = async ({ client }: NamedClient, calls: Calls, ledger: LedgerId, count: number): Answer<number> => {
  const parts = await calls.query(client.collection(partsPath(ledger)).select('first', 'name', 'at'));
  if (E.isLeft(parts)) return E.right(count);
  const old = parts.right.filter((part) => Number(part.data()?.['at']) < Date.now() - PARTS_LAST_MS);
  // Another place each time: a sweep that does not get through all of them comes to the others later.
  const from = Math.floor(Math.random() * old.length);
  const named = new Map<number, FirestoreDocument>();
  for (const part of [...old.slice(from), ...old.slice(0, from)]) {
    const { first, name } = part.data() ?? {};
    const at = Number(first);
    const block = named.get(at) ?? rightOr(await calls.get(client.doc(blockPath(ledger, at))));
    if (block === undefined) break;
    named.set(at, block);
    const { rows, disclosures } = block.data() ?? {};
    if ([rows, disclosures].some((field) => typeof field === 'string' && field.startsWith(`${name}/`))) continue;
    const deleted = await calls.commit(
      () => client.batch().delete(part.ref),
      () => false,
    );
    if (E.isLeft(deleted)) break;
  }
  return E.right(count);
};

const rightOr = <A>(answer: E.Either<unknown, A>): A | undefined => (E.isRight(answer) ? answer.right : undefined);
