/**
 * Events that nothing is wrong with, and that could not be applied: the deployment names no owner for a tenant that they
 * would open. They are kept whole in the operator's ledger, and taken when an owner is named.
 */
import type { CatalogSource } from '@tai-autonomics/core';
import { readEntitlementEvent } from '@tai-autonomics/core/engine';
import { isPlainObject, parseReceipt } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { Asked, Governor, Submitted } from '../api.ts';
import { sha256 } from '../bare/sha256.ts';
import { parseStrictJson } from '../json/strict-json.ts';
import type { Identity } from '../ledger/identity.ts';
import { OPERATOR } from '../ledger/operator.ts';
import { openRow } from '../ledger/read-row.ts';
import type { LedgerStore } from '../ports.ts';

const HELD = 'event_held';
const RELEASED = 'event_released';
const EVENT_BYTES_MAX = 65_536;
const EVENT_DEPTH_MAX = 32;

/** The intent that keeps an event in the operator's ledger. The digest of its bytes is its id: it is kept once. */
export const holdEvent = (digest: string, event: string): Asked => ({
  id: `hold ${digest}`,
  action: 'hold_event',
  resource: 'marketplace',
  arguments: { digest, event },
});

/**
 * The intent that keeps a marketplace’s own message, which is worked on until what it is about is applied. The digest of its
 * bytes is its id: the same message is kept once.
 */
export const holdMessage = (digest: string, { marketplace, message }: MarketplaceMessage): Asked =>
  holdEvent(digest, JSON.stringify({ marketplace, message }));

/** The longest text that can be kept. */
export const HELD_CHARACTERS_MAX = 65_536;

/** A message as its marketplace wrote it, and which marketplace that is. */
export interface MarketplaceMessage {
  readonly marketplace: string;
  readonly message: string;
}

/** A marketplace’s message that is kept. */
export interface HeldMessage extends MarketplaceMessage {
  readonly digest: string;
}

/** A marketplace's event as it was kept. */
interface HeldEvent {
  readonly digest: string;
  readonly event: string;
  /** The marketplace that sent it. */
  readonly sender: string;
}

/** What became of events that were kept. */
export interface Replayed {
  readonly decided: number;
  /** Still nobody's, or the store did not answer. */
  readonly left: number;
}

/** Where events were kept, and who takes them now. */
export interface HeldEventsHost {
  readonly governor: Governor;
  readonly store: Pick<LedgerStore, 'read'>;
  readonly identity: Pick<Identity, 'ledger'>;
  readonly aliases?: CatalogSource['aliases'];
}

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

/** The marketplaces’ own messages that are kept and were not released, in the order in which they came. */
export const heldMessages = async (
  host: Pick<HeldEventsHost, 'store' | 'identity'>,
): Promise<E.Either<string, readonly HeldMessage[]>> =>
  E.map((held: readonly HeldEvent[]) =>
    held.flatMap(({ digest, event }): readonly HeldMessage[] => {
      const read = messageIn(event);
      return read === undefined ? [] : [{ digest, ...read }];
    }),
  )(await heldEvents(host));

/** Whether an event or a message of this digest was kept once, and has been taken or given up. */
export const wasReleased = async (
  { store, identity }: Pick<HeldEventsHost, 'store' | 'identity'>,
  digest: string,
): Promise<E.Either<string, boolean>> => {
  let standing: typeof HELD | typeof RELEASED | undefined;
  for await (const row of store.read(identity.ledger(OPERATOR), 0, Number.MAX_SAFE_INTEGER)) {
    if (E.isLeft(row)) return E.left(row.left.detail);
    const receipt = parseReceipt(row.right.bytes);
    if (E.isLeft(receipt)) return E.left('a receipt of the operator’s ledger cannot be read');
    const { right } = receipt;
    if (right.kind !== 'decision' || right.verdict !== 'approve' || right.writes[0]?.key?.[0] !== digest) continue;
    if (right.event === HELD) standing = HELD;
    // What was never kept was never released.
    if (right.event === RELEASED && standing === HELD) standing = RELEASED;
  }
  return E.right(standing === RELEASED);
};

/** Says that an event or a message that was kept has been taken. Said again, it has its recorded answer. */
export const releaseHeld = (governor: Pick<Governor, 'submit'>, digest: string): Promise<Submitted> =>
  governor.submit(
    { tenant: OPERATOR, subject: { type: 'system', id: 'operator' }, scope: [] },
    { id: `release ${digest}`, action: 'release_event', resource: 'marketplace', arguments: { digest } },
  );

const messageIn = (event: string): MarketplaceMessage | undefined => {
  const document = parseStrictJson(event, { comments: false, maxBytes: EVENT_BYTES_MAX * 4, maxDepth: 1 });
  const { marketplace, message, ...others } = membersOf(E.isRight(document) ? document.right.value : undefined);
  const isMessage = typeof marketplace === 'string' && typeof message === 'string' && Object.keys(others).length === 0;
  return isMessage ? { marketplace, message } : undefined;
};

const membersOf = (x: unknown): Readonly<Record<string, unknown>> => (isPlainObject(x) ? x : {});

/** What is kept and was not taken yet, in the order in which it came. */
const heldEvents = async ({
  store,
  identity,
}: Pick<HeldEventsHost, 'store' | 'identity'>): Promise<E.Either<string, readonly HeldEvent[]>> => {
  const held = new Map<string, HeldEvent>();
  for await (const row of store.read(identity.ledger(OPERATOR), 0, Number.MAX_SAFE_INTEGER)) {
    if (E.isLeft(row)) return E.left(row.left.detail);
    const opened = openRow(row.right);
    if (E.isLeft(opened)) return opened;
    const { receipt, disclosed } = opened.right;
    if (receipt.kind !== 'decision' || receipt.verdict !== 'approve') continue;
    const [digest = ''] = receipt.writes[0]?.key ?? [];
    if (receipt.event === RELEASED) held.delete(digest);
    if (receipt.event !== HELD) continue;
    const { action, subject } = membersOf(disclosed?.get('request/intent'));
    const { event } = membersOf(membersOf(action)['arguments']);
    const { id: sender } = membersOf(subject);
    if (typeof event === 'string' && typeof sender === 'string') held.set(digest, { digest, event, sender });
  }
  return E.right([...held.values()]);
};

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
