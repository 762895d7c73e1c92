/** One tenant in this process: its ledger, its checkpoints, what runs for it, and who wants to know of a changed surface. */
import { either as E } from 'fp-ts';
import type { NotDecided, Outcome, TenantId } from './api.ts';
import type { Context } from './context.ts';
import { createLedger, type Ledger } from './ledger/ledger.ts';
import type { Row } from './ports.ts';
import { CHECKPOINT_DEFAULTS, type Checkpointer, createCheckpointer } from './seal/checkpointer.ts';
import type { LedgerStart } from './snapshots/folded-ledger.ts';
import type { Keeper, LedgerSnapshots } from './snapshots/ledger-snapshots.ts';
import { waitingIncidents } from './upkeep/waiting-incidents.ts';

export interface Tenant {
  readonly id: TenantId;
  readonly ledger: Ledger;
  readonly checkpoints: Checkpointer;
  readonly keeper: Keeper;
  /** What this process is running now, by the decision's place. */
  readonly running: Map<number, Promise<Outcome>>;
  readonly listeners: Set<() => void>;
  /** Aborted when it was opened from something else than its ledger: its clocks go on with whoever is opened in its place. */
  readonly retired: AbortController;
}

/**
 * The tenants that this process holds. The one that was asked for longest ago makes room for another, if it is at rest; it is
 * folded again from its ledger when it is next asked for. Whoever still holds it loses nothing: an append compares the head.
 */
export const createTenants = (context: Bringing & Pick<Context, 'restingMax' | 'heartbeatMs'>): Tenants => {
  // A rest would silence the heart.
  const restingMax = context.heartbeatMs === undefined ? (context.restingMax ?? RESTING_MAX) : Number.POSITIVE_INFINITY;
  const thenOpened: ((tenant: Tenant) => Promise<void> | void)[] = [];
  const thenAppended: ((tenant: Tenant, rows: readonly Row[]) => void)[] = [];
  const opened = new Map<TenantId, Promise<E.Either<NotDecided, Tenant>>>();
  const ready = new Map<TenantId, Tenant>();
  const listeners = new Map<TenantId, Set<() => void>>();
  const listenersOf = (id: TenantId): Set<() => void> => {
    const known = listeners.get(id) ?? new Set();
    listeners.set(id, known);
    return known;
  };

  const makeRoom = (): void => {
    for (const { id, checkpoints, keeper } of restingIn(ready.values(), ready.size - restingMax)) {
      ready.delete(id);
      opened.delete(id);
      listeners.delete(id);
      checkpoints.stop();
      void keeper.rest();
    }
  };

  const bring = async (id: TenantId): Promise<E.Either<NotDecided, Tenant>> => {
    const brought = await upToDate(context, id, listenersOf(id), (tenant, rows) => {
      for (const then of thenAppended) then(tenant, rows);
    });
    if (E.isLeft(brought)) return brought;
    const tenant = brought.right;
    ready.set(id, tenant);
    for (const then of thenOpened) await then(tenant);
    makeRoom();
    return brought;
  };

  return {
    refold: async (tenant, why) => {
      const { id } = tenant;
      tenant.retired.abort();
      tenant.checkpoints.stop();
      // What it keeps of itself is wrong too: none of it may come after the drop.
      await tenant.keeper.stop();
      await context.ledgerSnapshots.drop(tenant.ledger.id, why);
      if (ready.get(id) !== tenant) return;
      ready.delete(id);
      opened.delete(id);
    },
    open: async (id) => {
      const known = opened.get(id);
      if (known !== undefined) {
        const tenant = ready.get(id);
        // Asked for last: it stands at the end.
        if (tenant !== undefined && ready.delete(id)) ready.set(id, tenant);
        return known;
      }
      const opening = bring(id);
      opened.set(id, opening);
      const result = await opening;
      // A store that was away for a moment must not be remembered as a tenant that can't be opened.
      if (E.isLeft(result)) opened.delete(id);
      return result;
    },
    held: (id) => ready.get(id),
    all: () => [...ready.values()],
    listen: (id, changed) => {
      listenersOf(id).add(changed);
      return () => void listenersOf(id).delete(changed);
    },
    onOpened: (then) => void thenOpened.push(then),
    onAppended: (then) => void thenAppended.push(then),
  };
};

/** So many that are at rest, of those that were asked for longest ago. */
const restingIn = (tenants: Iterable<Tenant>, excess: number): readonly Tenant[] => {
  const resting: Tenant[] = [];
  let looked = 0;
  for (const tenant of tenants) {
    if (looked === LOOKED_AT_MAX || resting.length >= excess) break;
    looked += 1;
    if (isAtRest(tenant)) resting.push(tenant);
  }
  return resting;
};

/** Nothing is on its way, running, due, unsealed or waited for: all that is known of it stands in the store. */
const isAtRest = ({ ledger, checkpoints, running, listeners }: Tenant): boolean =>
  !ledger.busy &&
  running.size === 0 &&
  listeners.size === 0 &&
  ledger.state.open.size === 0 &&
  checkpoints.isCurrent() &&
  waitingIncidents(ledger.state).length === 0;

/** How many tenants stay in memory while they are at rest, unless the host says. */
const RESTING_MAX = 5_000;
/** How many tenants are looked at, when one has to make room. */
const LOOKED_AT_MAX = 64;

export interface Tenants {
  /** The tenant, brought up to date on first use. A ledger that was cut is refused. */
  open(id: TenantId): Promise<E.Either<NotDecided, Tenant>>;
  /** What a tenant was opened from is not its ledger: it is folded from its first receipt when it is next opened. */
  refold(tenant: Tenant, why: string): Promise<void>;
  /** The one of its name that is in memory, if any; nothing is opened for it. */
  held(id: TenantId): Tenant | undefined;
  readonly all: () => readonly Tenant[];
  readonly listen: (id: TenantId, changed: () => void) => () => void;
  /**
   * `then` is called when a tenant was brought up to date, after whoever said so before, and awaited before anybody uses the
   * tenant. Must not reject.
   */
  onOpened(then: (tenant: Tenant) => Promise<void> | void): void;
  /** `then` is called after each durable append, with its rows. */
  onAppended(then: (tenant: Tenant, rows: readonly Row[]) => void): void;
}

/** What bringing a ledger up to date takes. */
type Bringing = Pick<
  Context,
  'place' | 'store' | 'clock' | 'signer' | 'identity' | 'sealing' | 'checkpoints' | 'onFault' | 'acceptsRestores'
> & {
  readonly ledgerSnapshots: LedgerSnapshots;
};

type Appended = (tenant: Tenant, rows: readonly Row[]) => void;

/** The tenant as its ledger stands, from its newest snapshot on; a ledger that was cut is refused. */
const upToDate = async (
  bringing: Bringing,
  id: TenantId,
  listeners: Set<() => void>,
  appended: Appended,
): Promise<E.Either<NotDecided, Tenant>> => {
  const { identity, ledgerSnapshots } = bringing;
  const start = await ledgerSnapshots.start(identity.ledger(id), identity.origin(id));
  const brought = await fold(bringing, id, listeners, appended, start);
  // Whatever is wrong, the ledger itself says it: a snapshot is never the reason why a tenant can't be opened.
  if (start === undefined || E.isRight(brought) || brought.left.why !== 'not_ready') return brought;
  const anew = await fold(bringing, id, listeners, appended, undefined);
  // If the ledger can't be opened either, for a signer that is away say, that says nothing about the snapshot.
  if (E.isRight(anew)) await ledgerSnapshots.drop(identity.ledger(id), brought.left.detail);
  return anew;
};

const fold = async (
  {
    store,
    clock,
    signer,
    identity,
    sealing,
    checkpoints: every,
    onFault,
    ledgerSnapshots,
    acceptsRestores = false,
    place: here,
  }: Bringing,
  id: TenantId,
  listeners: Set<() => void>,
  appended: Appended,
  start: LedgerStart | undefined,
): Promise<E.Either<NotDecided, Tenant>> => {
  let noticed = (_rows: readonly Row[]): void => {};
  const place = { id: identity.ledger(id), origin: identity.origin(id) };
  const begun = start === undefined ? {} : { start, tiles: () => ledgerSnapshots.tiles(place.id, place.origin) };
  const made = createLedger({
    ...place,
    ...begun,
    ...(here === undefined ? {} : { place: here }),
    store,
    clock,
    sealing,
    appended: (rows) => noticed(rows),
  });
  if (E.isLeft(made)) return made;
  const ledger = made.right;
  const loaded = await ledger.refresh();
  if (E.isLeft(loaded)) return loaded;
  const { sha256 } = sealing;
  const options = { ...CHECKPOINT_DEFAULTS, ...every };
  const keeper = ledgerSnapshots.keeper(ledger, onFault);
  const onSealed = keeper.sealed;
  const checkpoints = createCheckpointer({
    ledger,
    store,
    signer,
    sha256,
    options,
    onFault,
    onSealed,
    acceptsRestores,
  });
  const checked = await checkpoints.check();
  if (E.isLeft(checked)) return E.left({ decided: false, why: 'not_ready', detail: checked.left });
  const tenant: Tenant = {
    id,
    ledger,
    checkpoints,
    keeper,
    running: new Map(),
    listeners,
    retired: new AbortController(),
  };
  noticed = (rows) => {
    checkpoints.noticed();
    appended(tenant, rows);
  };
  return E.right(tenant);
};
