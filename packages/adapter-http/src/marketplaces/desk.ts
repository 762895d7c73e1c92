/**
 * The desk of one marketplace: takes its messages, and works on them until what they are about is applied. A message is kept in
 * the operator’s ledger before anybody is told that it arrived, and released there when it is done: so it is worked on again
 * after a crash, and nothing is lost that was acknowledged.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Ms } from '@tai-autonomics/core/engine';
import { encodeBase64url } from '@tai-autonomics/core/receipt';
import type { Governor } from '@tai-autonomics/governor';
import { parseStrictJson } from '@tai-autonomics/governor/json';
import { nodeSha256, oneLine } from '@tai-autonomics/governor/node';
import {
  HELD_CHARACTERS_MAX,
  type HeldMessage,
  holdMessage,
  OPERATOR,
  releaseHeld,
} from '@tai-autonomics/governor/operator';
import { either as E } from 'fp-ts';
import { isTransient } from '../answer/not-decided.ts';
import { DONE, type Progress } from './apply-purchases.ts';
import type { MarketplaceName, Purchase, Terms } from './purchase.ts';
import { type RoundEnd, runRound } from './round.ts';
import type { ForgottenPurchases, LastSeen } from './sights.ts';
import type { Notice, Vendor } from './vendor.ts';

/** The deployment’s own word for what a marketplace sells, and to whom. */
export interface DeskTables {
  /** Our tenant, by the marketplace’s id of an account or a purchase. */
  readonly tenants: Readonly<Record<string, string>>;
  /** Our plan, by the marketplace’s name of a product and plan (`product/plan`), of a plan, or of a product. */
  readonly plans: Readonly<Record<string, string>>;
}

/** Something that a person has to look at, or that is over: then `why` is absent. Told once each. */
export interface DeskAlarm {
  readonly marketplace: MarketplaceName;
  /** `message DIGEST`, `purchase ID`, or `listing`. */
  readonly about: string;
  /** `waits`: it is tried again by itself. `stuck`: it is too, and stays so until the deployment or the marketplace is mended. */
  readonly is?: 'waits' | 'stuck';
  readonly why?: string;
}

/** What a desk is made from. */
export interface DeskOptions {
  readonly governor: Pick<Governor, 'submit'>;
  readonly vendor: Vendor;
  /** As they are now: they may change while it works. */
  readonly tables: () => DeskTables;
  /** What our catalog sells under a plan of ours. */
  readonly termsOf: (plan: string) => Terms | undefined;
  readonly clock: () => Ms;
  readonly onAlarm?: (alarm: DeskAlarm) => void;
  /** How long whoever delivers a message is kept waiting for the work on it; it is kept in any case. Four seconds where absent. */
  readonly waitMs?: Ms;
  /** Purchases that the marketplace said that it forgets. Kept with the process where absent. */
  readonly forgotten?: ForgottenPurchases;
  /** Purchases as they were last seen: one that is forgotten unread ended as it was. Kept with the process where absent. */
  readonly seen?: LastSeen;
}

/** What became of a message. */
export type DeskAnswer =
  /** It is in the operator’s ledger: acknowledge it. `standing`: how it stands, where the work on it has ended. */
  | { readonly answer: 'kept'; readonly standing?: Progress }
  /** It is no message of the marketplace’s, or cannot be kept; its digest alone has a receipt: do not acknowledge it. */
  | { readonly answer: 'rejected'; readonly why: string }
  /** It has no receipt: it must be sent again. */
  | { readonly answer: 'later'; readonly why: string };

/** The desk of one marketplace. */
export interface Desk {
  readonly name: MarketplaceName;
  /** Takes a message as it came. Never rejects. */
  take(bytes: Uint8Array): Promise<DeskAnswer>;
  /** Works on messages that an earlier process kept, from the operator’s ledger. */
  resume(held: readonly HeldMessage[]): Promise<void>;
  /** Works on what is kept, and on every purchase that the marketplace lists. */
  sync(): Promise<void>;
  /** Works no more on messages that somebody released otherwise. */
  forget(digests: readonly string[]): void;
  /** What is kept and not done: how many, and how they stand. */
  standings(): ReadonlyMap<string, Progress>;
}

const WAIT_MS: Ms = 4_000;
const DEPTH_MAX = 32;

/** Opens the desk of a marketplace. It works on one round at a time. */
export const createDesk = (options: DeskOptions): Desk => {
  const { governor, vendor, clock, waitMs = WAIT_MS, forgotten = new Set<string>() } = options;
  const { seen = new Map<string, Purchase>() } = options;
  const pending = new Map<string, Notice>();
  /** What of it is in the operator’s ledger and not released there, as far as this process knows. */
  const held = new Set<string>();
  const standings = new Map<string, Progress>();
  const alarms = alarmsOf(vendor.name, options.onAlarm);
  const round = async (everything: boolean): Promise<void> => {
    const { tenants, plans } = options.tables();
    for (const id of lastOf(pending)) if (!forgotten.has(id)) forgotten.add(id);
    const end = await runRound(
      {
        governor,
        vendor,
        clock,
        forgotten,
        seen,
        tenantOf: (id) => own(tenants, id),
        termsOf: (names) => termsIn(names, plans, options.termsOf),
      },
      [...pending].map(([digest, notice]) => ({ digest, notice })),
      everything,
    );
    for (const [id, one] of end.seen) seen.set(id, one);
    const before = pending.size;
    await conclude(governor, end, pending, standings);
    for (const digest of end.messages.keys()) if (!pending.has(digest)) held.delete(digest);
    alarms.tell(end, standings, everything);
    if (end.isNext && pending.size < before) await round(false);
  };
  const work = oneAtATime(async (everything) => {
    try {
      await round(everything);
    } catch (thrown) {
      options.onAlarm?.({ marketplace: vendor.name, about: 'listing', is: 'waits', why: wordsOf(thrown) });
    }
  });
  return {
    name: vendor.name,
    take: async (bytes) => {
      const message = Buffer.from(bytes).toString('utf8');
      const digest = encodeBase64url(nodeSha256(bytes));
      const notice = noticeIn(vendor, bytes);
      if (E.isLeft(notice)) return reject(options, alarms.say, digest, notice.left);
      const kept = await keep(options, alarms.say, digest, message);
      if (E.isLeft(kept)) return kept.left;
      pending.set(digest, notice.right);
      if (!kept.right.isRepeated) held.add(digest);
      const worked = work(false).then(() => true);
      const isDone = (await Promise.race([worked, pause(waitMs, false, { ref: false })])) && !pending.has(digest);
      if (pending.has(digest) && !held.has(digest)) {
        pending.delete(digest);
        return AGAIN;
      }
      const standing = isDone ? DONE : standings.get(digest);
      return { answer: 'kept', ...(standing === undefined ? {} : { standing }) };
    },
    resume: async (kept) => {
      for (const [digest, notice] of noticesIn(vendor, kept)) {
        held.add(digest);
        if (E.isRight(notice)) pending.set(digest, notice.right);
        else alarms.say(`message ${digest}`, { is: 'stuck', why: notice.left });
      }
      await work(false);
    },
    sync: () => work(true),
    forget: (digests) => {
      for (const digest of digests) {
        for (const known of [pending, held, standings]) known.delete(digest);
        alarms.say(`message ${digest}`, undefined);
      }
    },
    standings: () => new Map([...pending.keys()].map((digest) => [digest, standings.get(digest) ?? NEW])),
  };
};

/** A port that throws is a fault of the deployment: what is kept stays kept, and is tried again. */
const wordsOf = (thrown: unknown): string => oneLine(thrown instanceof Error ? thrown.message : 'something was thrown');

/** It was released before, so nobody would look at it again after a crash: its marketplace has to bring it once more. */
const AGAIN: DeskAnswer = { answer: 'later', why: 'it was done before, and cannot be looked at again now' };

/** A late message about what was deleted is no reason for an alarm, whichever of the two was done first. */
const lastOf = (pending: ReadonlyMap<string, Notice>): readonly string[] =>
  [...pending.values()].flatMap(({ about, isLast }) =>
    isLast === true && about.kind === 'purchase' ? [about.id] : [],
  );

const NEW: Progress = { is: 'waits', why: 'it was not worked on yet' };

const marketplaceIn = ({ name }: Vendor) =>
  ({ tenant: OPERATOR, subject: { type: 'marketplace', id: name }, scope: [] }) as const;

const own = <A>(table: Readonly<Record<string, A>>, name: string): A | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined;

const termsIn = (
  names: readonly string[],
  plans: DeskTables['plans'],
  termsOf: DeskOptions['termsOf'],
): Terms | undefined => {
  const plan = names.map((name) => planIn(plans, name)).find((found) => found !== undefined);
  return plan === undefined ? undefined : termsOf(plan);
};

/** `product/*` is the first plan of a product, in the order of their names. */
const planIn = (plans: DeskTables['plans'], name: string): string | undefined => {
  if (!name.endsWith('/*')) return own(plans, name);
  const first = Object.keys(plans)
    .filter((key) => key.startsWith(name.slice(0, -1)))
    .sort()[0];
  return first === undefined ? undefined : own(plans, first);
};

const noticeIn = (vendor: Vendor, bytes: Uint8Array): E.Either<string, Notice> => {
  const limits = { comments: false, maxBytes: HELD_CHARACTERS_MAX, maxDepth: DEPTH_MAX };
  const document = parseStrictJson(bytes, limits);
  return E.isLeft(document)
    ? E.left('it is not JSON that can be read in one way')
    : vendor.readNotice(document.right.value);
};

/** What an earlier process kept of a marketplace’s messages, by its digest. */
const noticesIn = (
  vendor: Vendor,
  kept: readonly HeldMessage[],
): readonly (readonly [string, E.Either<string, Notice>])[] =>
  kept
    .filter(({ marketplace }) => marketplace === vendor.name)
    .map(({ digest, message }) => [digest, noticeIn(vendor, Buffer.from(message, 'utf8'))]);

/** Keeps a message in the operator’s ledger. Left: what is answered where it isn’t kept. */
const keep = async (
  options: DeskOptions,
  say: (about: string, standing: Progress) => void,
  digest: string,
  message: string,
): Promise<E.Either<DeskAnswer, { readonly isRepeated: boolean }>> => {
  const { governor, vendor } = options;
  const asked = holdMessage(digest, { marketplace: vendor.name, message });
  if (String(asked.arguments?.['event']).length > HELD_CHARACTERS_MAX)
    return E.left(await reject(options, say, digest, 'it is too long to be kept'));
  const kept = await governor.submit(marketplaceIn(vendor), asked);
  const unkept = (why: string) => {
    say(`message ${digest}`, { is: 'stuck', why: `the operator’s ledger doesn’t take it: ${why}` });
    return E.left({ answer: 'later', why } as const);
  };
  if (kept.decided) {
    const { decision } = kept;
    if (decision.verdict === 'approve') return E.right({ isRepeated: kept.repeated });
    return unkept(decision.reasons.map(({ code }) => code).join(', '));
  }
  const { why } = kept;
  if (why === 'malformed') return E.left(await reject(options, say, digest, 'it does not fit a receipt'));
  return isTransient(kept) ? E.left({ answer: 'later', why }) : unkept(why);
};

/** Its digest alone gets a receipt, so its marketplace has to keep it; a person is told, once however often it comes. */
const reject = async (
  { governor, vendor }: DeskOptions,
  say: (about: string, standing: Progress) => void,
  digest: string,
  why: string,
): Promise<DeskAnswer> => {
  const submitted = await governor.submit(marketplaceIn(vendor), {
    id: digest,
    action: 'reject_event',
    resource: 'marketplace',
    arguments: { digest, why: 'malformed' },
  });
  if (!submitted.decided && isTransient(submitted)) return { answer: 'later', why: submitted.why };
  say(`message ${digest}`, { is: 'stuck', why: `it is rejected: ${why}` });
  return { answer: 'rejected', why };
};

/** Releases what is done. What cannot be released stays, and is done again: that changes nothing. */
const conclude = async (
  governor: DeskOptions['governor'],
  { messages }: RoundEnd,
  pending: Map<string, Notice>,
  standings: Map<string, Progress>,
): Promise<void> => {
  for (const [digest, standing] of messages) {
    standings.set(digest, standing);
    if (standing.is !== 'done') continue;
    const released = await releaseHeld(governor, digest);
    if (!released.decided && isTransient(released)) continue;
    pending.delete(digest);
    standings.delete(digest);
  }
};

/** Runs one after the other. Whoever asks while one runs waits for the next one, together with all others who ask meanwhile. */
const oneAtATime = (run: (everything: boolean) => Promise<void>): ((everything: boolean) => Promise<void>) => {
  let running: Promise<void> = Promise.resolve();
  let next: { everything: boolean; readonly ended: Promise<void> } | undefined;
  return (everything) => {
    if (next !== undefined) {
      next.everything ||= everything;
      return next.ended;
    }
    const before = running;
    const mine = {
      everything,
      ended: before.then(async () => {
        next = undefined;
        await run(mine.everything);
      }),
    };
    next = mine;
    running = mine.ended.catch(() => undefined);
    return mine.ended;
  };
};

/** Tells what changed since it was told last. */
const alarmsOf = (marketplace: MarketplaceName, onAlarm: DeskOptions['onAlarm']) => {
  const told = new Map<string, string>();
  const say = (about: string, standing: Progress | undefined): void => {
    const why = standing === undefined || standing.is === 'done' ? undefined : standing.why;
    if (told.get(about) === why) return;
    if (why === undefined) told.delete(about);
    else told.set(about, why);
    const is = standing?.is === 'waits' || standing?.is === 'stuck' ? { is: standing.is } : {};
    onAlarm?.({ marketplace, about, ...is, ...(why === undefined ? {} : { why }) });
  };
  return {
    say,
    tell: (
      { purchases, messages, unread }: RoundEnd,
      standings: ReadonlyMap<string, Progress>,
      everything: boolean,
    ): void => {
      for (const digest of messages.keys()) say(`message ${digest}`, standings.get(digest));
      for (const [id, standing] of purchases) say(`purchase ${id}`, standing);
      if (everything || unread !== undefined) say('listing', unread);
    },
  };
};
