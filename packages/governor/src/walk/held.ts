/** Events and messages that the operator's ledger keeps, and which of them were taken. */
import { isPlainObject, type Receipt } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { ReadRow } from '../api.ts';
import { EVENT_HELD, EVENT_RELEASED } from '../upkeep/held-events.ts';
import type { Answer } from './answering.ts';
import type { Fold, FoldKind } from './folds.ts';
import type { HeldEvent } from './walk-question.ts';

/** What is kept and was not taken yet, in the order in which it came. Only the places are remembered between two questions. */
export const held: Answer<'held'> = async ({ folded }, _question, ledger) => {
  const places = await folded(HELD, ledger, ({ places: kept }) => [...kept.values()].sort((a, b) => a - b));
  if (E.isLeft(places)) return places;
  const found: HeldEvent[] = [];
  for (const seq of places.right)
    for await (const row of ledger.rows(seq, seq + 1, 1)) {
      if (E.isLeft(row)) return row;
      const event = eventIn(row.right);
      if (event !== undefined) found.push(event);
    }
  return E.right({ held: found });
};

/** Whether something of this digest was kept, and taken after that. What was never kept was never released. */
export const released: Answer<'released'> = async (_answering, { digest }, ledger) => {
  let standing: 'held' | 'released' | undefined;
  for await (const row of ledger.rows(0, ledger.size)) {
    if (E.isLeft(row)) return row;
    const said = saidBy(row.right.receipt);
    if (said?.digest !== digest) continue;
    if (said.event === EVENT_HELD) standing = 'held';
    else if (standing === 'held') standing = 'released';
  }
  return E.right({ released: standing === 'released' });
};

interface HeldFold extends Fold {
  /** By digest. */
  readonly places: ReadonlyMap<string, number>;
}

const HELD: FoldKind<HeldFold> = {
  name: 'held',
  make: () => {
    const places = new Map<string, number>();
    return {
      places,
      step: ({ receipt }) => {
        const said = saidBy(receipt);
        if (said?.event === EVENT_RELEASED) places.delete(said.digest);
        if (said?.event === EVENT_HELD) places.set(said.digest, receipt.seq);
      },
    };
  },
};

/** What a receipt says about something that is kept. */
const saidBy = (receipt: Receipt): { readonly event: string; readonly digest: string } | undefined => {
  const { event } = receipt;
  if (receipt.kind !== 'decision' || receipt.verdict !== 'approve') return undefined;
  if (event !== EVENT_HELD && event !== EVENT_RELEASED) return undefined;
  const digest = receipt.writes[0]?.key?.[0];
  return digest === undefined ? undefined : { event, digest };
};

/** What a receipt keeps; nothing where it is not disclosed any more. */
const eventIn = ({ receipt, disclosed }: ReadRow): HeldEvent | undefined => {
  const { action, subject } = membersOf(disclosed.get('request/intent'));
  const { event } = membersOf(membersOf(action)['arguments']);
  const { id: sender } = membersOf(subject);
  const digest = saidBy(receipt)?.digest;
  return digest !== undefined && typeof event === 'string' && typeof sender === 'string'
    ? { digest, event, sender }
    : undefined;
};

const membersOf = (x: unknown): Readonly<Record<string, unknown>> => (isPlainObject(x) ? x : {});
