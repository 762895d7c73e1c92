/** Events that are kept: which ones they are, asked in the thread that walks ledgers, and what takes them once somebody may. */
import type { CatalogSource } from '@tai-autonomics/core';
import { readEntitlementEvent } from '@tai-autonomics/core/engine';
import { isPlainObject } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { Governor } from '../api.ts';
import { sha256 } from '../bare/sha256.ts';
import { parseStrictJson } from '../json/strict-json.ts';
import type { Identity } from '../ledger/identity.ts';
import { OPERATOR } from '../ledger/operator.ts';
import type { LedgerStore } from '../ports.ts';
import { storedLedger } from '../walk/stored-ledger.ts';
import type { AnswerTo, HeldEvent, WalkQuestion } from '../walk/walk-question.ts';
import { walkThread } from '../walk/walk-thread.ts';
import { type HeldMessage, type MarketplaceMessage, releaseHeld } from './held-events.ts';

const EVENT_BYTES_MAX = 65_536;
const EVENT_DEPTH_MAX = 32;

/** What became of events that were kept. */
export interface Replayed {
  readonly decided: number;
  /** Still nobody's, or the store did not answer. */
  readonly left: number;
}

/** Where events were kept, and who takes them now. */
export interface HeldEventsHost {
  readonly governor: Governor;
  readonly store: Pick<LedgerStore, 'read' | 'head'>;
  readonly identity: Pick<Identity, 'ledger'>;
  readonly aliases?: CatalogSource['aliases'];
}

/** Who can say what is kept. */
type KeptIn = Pick<HeldEventsHost, 'store' | 'identity'> & { readonly governor: Pick<Governor, 'status'> };

/** Takes every event that was kept, one after the other; those that still can't be taken stay kept. */
export const replayHeldEvents = async (host: HeldEventsHost): Promise<E.Either<string, Replayed>> => {
  const held = await heldEvents(host);
  if (E.isLeft(held)) return held;
  // A marketplace’s own message needs what knows that marketplace.
  const ours = held.right.filter(({ event }) => messageIn(event) === undefined);
  let decided = 0;
  for (const event of ours) if (await replayOne(host, event)) decided += 1;
  return E.right({ decided, left: ours.length - decided });
};

/**
 * The marketplaces' own messages that are kept and were not released, in the order in which they came. Where the fold of the operator's
 * ledger says that nothing is kept, the ledger is not read; else another thread reads what was written since it was last asked, for as
 * long as somebody waits.
 */
export const heldMessages = async (
  host: KeptIn,
  signal?: AbortSignal,
): Promise<E.Either<string, readonly HeldMessage[]>> =>
  E.map((held: readonly HeldEvent[]) =>
    held.flatMap(({ digest, event }): readonly HeldMessage[] => {
      const read = messageIn(event);
      return read === undefined ? [] : [{ digest, ...read }];
    }),
  )(await heldEvents(host, signal));

/** Whether an event or a message of this digest was kept once, and has been taken or given up. Another thread reads the ledger. */
export const wasReleased = async (
  host: Pick<HeldEventsHost, 'store' | 'identity'>,
  digest: string,
  signal?: AbortSignal,
): Promise<E.Either<string, boolean>> =>
  E.map(({ released }: { readonly released: boolean }) => released)(
    await walked(host, { ask: 'released', digest }, signal),
  );

const heldEvents = async (host: KeptIn, signal?: AbortSignal): Promise<E.Either<string, readonly HeldEvent[]>> => {
  const status = await host.governor.status(OPERATOR);
  if (E.isLeft(status)) return E.left(status.left.detail);
  if (status.right === undefined || status.right.held === 0) return E.right([]);
  return E.map(({ held }: { readonly held: readonly HeldEvent[] }) => held)(
    await walked(host, { ask: 'held' }, signal),
  );
};

/** Asks one question of the operator's ledger as it stands in the store. */
const walked = async <Q extends WalkQuestion>(
  { store, identity }: Pick<HeldEventsHost, 'store' | 'identity'>,
  question: Q,
  signal: AbortSignal = new AbortController().signal,
): Promise<E.Either<string, AnswerTo<Q>>> => {
  const ledger = identity.ledger(OPERATOR);
  const head = await store.head(ledger);
  if (E.isLeft(head)) return E.left(head.left.detail);
  return walkThread(question, storedLedger(store, ledger, head.right?.size ?? 0), signal);
};

const messageIn = (event: string): MarketplaceMessage | undefined => {
  const document = parseStrictJson(event, { comments: false, maxBytes: EVENT_BYTES_MAX * 4, maxDepth: 1 });
  const { marketplace, message, ...others } = membersOf(E.isRight(document) ? document.right.value : undefined);
  const isMessage = typeof marketplace === 'string' && typeof message === 'string' && Object.keys(others).length === 0;
  return isMessage ? { marketplace, message } : undefined;
};

const membersOf = (x: unknown): Readonly<Record<string, unknown>> => (isPlainObject(x) ? x : {});

const replayOne = async (
  { governor, aliases }: HeldEventsHost,
  { digest, event, sender }: HeldEvent,
): Promise<boolean> => {
  const document = parseStrictJson(event, { comments: false, maxBytes: EVENT_BYTES_MAX, maxDepth: EVENT_DEPTH_MAX });
  const intent = E.isLeft(document) ? undefined : readEntitlementEvent(sha256, document.right.value, aliases);
  if (intent === undefined) return false;
  const { tenant, ...asked } = intent;
  const answer = await governor.submit({ tenant, subject: { type: 'marketplace', id: sender }, scope: [] }, asked);
  if (!answer.decided) return false;
  await releaseHeld(governor, digest);
  return true;
};
