/** One look through the ledgers for a webhook: what is left is sent, each ledger in its order, and none keeps another one back. */
import { formatInstant, parseInstant } from '@tai-autonomics/core/engine';
import type { Row } from '@tai-autonomics/governor';
import { systemClock } from '@tai-autonomics/governor/node';
import { either as E } from 'fp-ts';
import type { LedgerReader } from '../local/local-deployment.ts';
import { type Delivery, givenUp, hashOfUrl, movedTo, takenIn, waitingIn } from './delivery-state.ts';
import {
  BATCH_MAX,
  type Catalogs,
  type Form,
  messageOf,
  type Telling,
  type Told,
  tellingOf,
} from './webhook-message.ts';
import type { Posted, Poster } from './webhook-post.ts';

/** One receiver. */
export interface Webhook {
  readonly name: string;
  readonly url: string;
  /** `whsec_…` or `whsk_…`; more than one while one replaces the other: then each signs. */
  readonly secret: string | readonly string[];
  /** Signals where absent. */
  readonly tells?: Told;
  /** All signals where absent. */
  readonly signals?: readonly string[];
  /** As Standard Webhooks has it where absent. */
  readonly form?: Form;
  /** Ranges of addresses that it may have beside public ones. */
  readonly addresses?: readonly string[];
}

/** What is remembered of all webhooks, written one after the other. */
export interface Kept {
  of(name: string): Delivery;
  change(name: string, delivery: Delivery): void;
  write(): Promise<void>;
}

/** What a look takes. */
export interface Looking extends Catalogs {
  readonly store: LedgerReader;
  readonly webhook: Webhook;
  readonly poster: Poster;
  readonly kept: Kept;
  /** The tenant of a ledger, where the folder names it. */
  readonly tenantOf: (ledger: string) => string | undefined;
  readonly say: (line: string) => void;
  /** What is not taken for so long is given up, if it is as old. */
  readonly giveUpMs: number;
  readonly pauses: Pauses;
  readonly stopped: AbortSignal;
}

/** When what was not taken is sent again. */
export interface Pauses {
  isDue(ledger: string): boolean;
  /** After another try that came to nothing; not before what the receiver asks for. */
  put(ledger: string, retryAfterMs: number, isAway: boolean): void;
  end(ledger: string): void;
}

/** How a look ended: nothing is left, something is left for later, a ledger could not be read, or the receiver wants no more. */
export type Look = 'done' | 'left' | 'unread' | 'gone';

/** Looks through all ledgers. One that can't be read, or whose next message is not taken, keeps no other one back. */
export const lookThrough = async (looking: Looking): Promise<Look> => {
  const { store, webhook, kept, say, stopped } = looking;
  const ledgers = await store.ledgers();
  if (E.isLeft(ledgers)) return unread(looking, ledgers.left.detail);
  const worst = await lookAt(looking, ledgers.right);
  const { unread: last, ...now } = kept.of(webhook.name);
  if (worst === 'gone' || worst === 'unread' || last === undefined || stopped.aborted) return worst;
  kept.change(webhook.name, now);
  say(`all ledgers can be read again for the webhook ${webhook.name}`);
  await kept.write();
  return worst;
};

/** Looks at these ledgers alone. What else is wrong stays as it was said. */
export const lookAt = async (looking: Looking, ledgers: Iterable<string>): Promise<Look> => {
  const { webhook, kept, pauses } = looking;
  const before = kept.of(webhook.name);
  let worst: Look = 'done';
  for (const ledger of ledgers) {
    if (!pauses.isDue(ledger)) {
      worst = worst === 'unread' ? worst : 'left';
      continue;
    }
    const look = await lookInto(looking, ledger);
    if (look === 'gone') return look;
    if (look !== 'done' && worst !== 'unread') worst = look;
  }
  if (kept.of(webhook.name) !== before) await kept.write();
  return worst;
};

const CHUNK = 256;

const lookInto = async (looking: Looking, ledger: string): Promise<Look> => {
  const { store, webhook, kept, stopped } = looking;
  const head = await store.head(ledger);
  if (E.isLeft(head)) return unread(looking, head.left.detail);
  const size = head.right?.size ?? 0;
  for (let from = cursorOf(looking, ledger); from < size && !stopped.aborted; from = cursorOf(looking, ledger)) {
    const to = Math.min(size, from + CHUNK);
    const tellings: Telling[] = [];
    let fault: string | undefined;
    for await (const row of store.read(ledger, from, to)) {
      const telling = E.isLeft(row) ? E.left(row.left.detail) : await readRow(looking, ledger, row.right);
      if (E.isLeft(telling)) {
        fault = telling.left;
        break;
      }
      if (telling.right !== undefined) tellings.push(telling.right);
    }
    // What stands before a row that can't be read is told all the same.
    const told = await tellAll(looking, ledger, tellings);
    if (told !== 'done' || stopped.aborted) return told;
    if (fault !== undefined) return unread(looking, fault);
    kept.change(webhook.name, movedTo(kept.of(webhook.name), ledger, to));
  }
  return 'done';
};

const readRow = (looking: Looking, ledger: string, row: Row): Promise<E.Either<string, Telling | undefined>> => {
  const { tells = 'signals', signals } = looking.webhook;
  return tellingOf(looking, tells, signals, row, looking.tenantOf(ledger));
};

const cursorOf = ({ kept, webhook }: Looking, ledger: string): number => kept.of(webhook.name).cursors[ledger] ?? 0;

const tellAll = async (looking: Looking, ledger: string, tellings: readonly Telling[]): Promise<Look> => {
  const most = looking.webhook.form === 'batch' ? BATCH_MAX : 1;
  for (let i = 0; i < tellings.length; i += most) {
    const [first, ...more] = tellings.slice(i, i + most);
    if (first === undefined || looking.stopped.aborted) return 'done';
    const look = await tell(looking, ledger, [first, ...more]);
    if (look !== 'done') return look;
  }
  return 'done';
};

const tell = async (looking: Looking, ledger: string, told: readonly [Telling, ...Telling[]]): Promise<Look> => {
  const { webhook, poster, kept, pauses, say, stopped } = looking;
  const { name, secret, form = 'standard' } = webhook;
  const secrets = typeof secret === 'string' ? [secret] : secret;
  const posted = await poster.post(messageOf(form, secrets, told, systemClock()), stopped);
  switch (posted.posted) {
    case 'stopped':
      return 'done';
    case 'gone': {
      kept.change(name, { cursors: kept.of(name).cursors, gone: hashOfUrl(webhook.url) });
      await kept.write();
      say(`the webhook ${name} wants no more messages (410); take it out of config.json`);
      return 'gone';
    }
    case 'taken': {
      const before = kept.of(name);
      const after = takenIn(movedTo(before, ledger, (told.at(-1) ?? told[0]).seq + 1), ledger);
      kept.change(name, after);
      await kept.write();
      pauses.end(ledger);
      if (before.waiting !== undefined && after.waiting === undefined) say(`the webhook ${name} answers again`);
      return 'done';
    }
    default:
      return notTaken(looking, ledger, told, posted);
  }
};

const notTaken = async (
  { webhook: { name }, kept, pauses, say, giveUpMs }: Looking,
  ledger: string,
  told: readonly Telling[],
  { posted, why, retryAfterMs }: Extract<Posted, { posted: 'refused' | 'away' }>,
): Promise<Look> => {
  const at = systemClock();
  const before = kept.of(name);
  const waits = waitingIn(before, ledger, { since: formatInstant(at), why });
  const isOld = (instant: string): boolean => at - (parseInstant(instant) ?? at) >= giveUpMs;
  const old = told.filter((one) => isOld(one.at));
  if (isOld(waits.waiting?.[ledger]?.since ?? '') && old.length > 0) {
    const dead = old.map(({ seq, name: event }) => ({ ledger, seq, event, at: formatInstant(at), why }));
    kept.change(name, dead.reduce(givenUp, waits));
    await kept.write();
    for (const { seq, event } of dead)
      say(`the webhook ${name} did not take receipt ${seq} (${event}) in all this time: ${why}; it is given up`);
    pauses.end(ledger);
    return 'done';
  }
  kept.change(name, waits);
  if (before.waiting?.[ledger]?.why !== why) await kept.write();
  if (before.waiting === undefined)
    say(`the webhook ${name} does not take messages: ${why}; they stand in the ledger, and are sent later`);
  pauses.put(ledger, retryAfterMs, posted === 'away');
  return 'left';
};

/** It is the store's fault, not the receiver's: the cursor stays, and the other ledgers go on. */
const unread = async ({ kept, webhook: { name }, say }: Looking, why: string): Promise<Look> => {
  const { unread: last } = kept.of(name);
  if (last?.why === why) return 'unread';
  kept.change(name, { ...kept.of(name), unread: { since: last?.since ?? formatInstant(systemClock()), why } });
  await kept.write();
  if (last === undefined)
    say(`the store failed, for the webhook ${name}: ${why}; the messages of that ledger wait, and are sent later`);
  return 'unread';
};
