/** One tenant in this process: its ledger, its checkpoints, what runs for it, and who wants to know of a changed surface. */
import type { Sha256 } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { NotDecided, Outcome, TenantId } from './api.ts';
import type { Sealing } from './ledger/draft.ts';
import type { Identity } from './ledger/identity.ts';
import { createLedger, type Ledger } from './ledger/ledger.ts';
import type { Clock, LedgerStore, Row, Signer } from './ports.ts';
import { type Checkpointer, type CheckpointOptions, createCheckpointer } from './seal/checkpointer.ts';

export interface Tenant {
  readonly id: TenantId;
  readonly ledger: Ledger;
  readonly checkpoints: Checkpointer;
  /** What this process is running now, by the decision's place. */
  readonly running: Map<number, Promise<Outcome>>;
  readonly listeners: Set<() => void>;
}

/**
 * The tenants that this process holds. The one that was asked for longest ago makes room for another, if it is at rest; it is
 * folded again from its ledger when it is next asked for. Whoever still holds it loses nothing: an append compares the head.
 */
export const createTenants = (options: TenantsOptions): Tenants => {
  const opened = new Map<TenantId, Promise<E.Either<NotDecided, Tenant>>>();
  const ready = new Map<TenantId, Tenant>();
  const listeners = new Map<TenantId, Set<() => void>>();
  const listenersOf = (id: TenantId): Set<() => void> => {
    const known = listeners.get(id) ?? new Set();
    listeners.set(id, known);
    return known;
  };

  const makeRoom = (): void => {
    const excess = ready.size - options.restingMax;
    if (excess <= 0) return;
    const resting: Tenant[] = [];
    let looked = 0;
    for (const tenant of ready.values()) {
      if (looked === LOOKED_AT_MAX || resting.length === excess) break;
      looked += 1;
      if (isAtRest(tenant)) resting.push(tenant);
    }
    for (const { id, checkpoints } of resting) {
      ready.delete(id);
      opened.delete(id);
      listeners.delete(id);
      checkpoints.stop();
    }
  };

  const bring = async (id: TenantId): Promise<E.Either<NotDecided, Tenant>> => {
    const { identity, store, clock, sealing, signer, sha256 } = options;
    let noticed = (_rows: readonly Row[]): void => {};
    const place = { id: identity.ledger(id), origin: identity.origin(id) };
    const made = createLedger({ ...place, store, clock, sealing, appended: (rows) => noticed(rows) });
    if (E.isLeft(made)) return made;
    const ledger = made.right;
    const loaded = await ledger.refresh();
    if (E.isLeft(loaded)) return loaded;
    const { checkpoints: every, onFault } = options;
    const checkpoints = createCheckpointer({ ledger, store, signer, sha256, options: every, onFault });
    const checked = await checkpoints.check();
    if (E.isLeft(checked)) return E.left({ decided: false, why: 'not_ready', detail: checked.left });
    const tenant: Tenant = { id, ledger, checkpoints, running: new Map(), listeners: listenersOf(id) };
    noticed = (rows) => {
      checkpoints.noticed();
      options.appended(tenant, rows);
    };
    ready.set(id, tenant);
    await options.opened(tenant);
    makeRoom();
    return E.right(tenant);
  };

  return {
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
    all: () => [...ready.values()],
    listen: (id, changed) => {
      listenersOf(id).add(changed);
      return () => void listenersOf(id).delete(changed);
    },
  };
};

/** Nothing is on its way, running, due, unsealed or waited for: all that is known of it stands in the store. */
const isAtRest = ({ ledger, checkpoints, running, listeners }: Tenant): boolean =>
  !ledger.busy && running.size === 0 && listeners.size === 0 && ledger.state.open.size === 0 && checkpoints.isCurrent();

/** How many tenants are looked at, when one has to make room. */
const LOOKED_AT_MAX = 64;

export interface TenantsOptions {
  readonly store: LedgerStore;
  readonly clock: Clock;
  readonly signer: Signer;
  readonly sha256: Sha256;
  readonly sealing: Sealing;
  readonly identity: Identity;
  readonly checkpoints: CheckpointOptions;
  /** How many tenants may stay in memory while they are at rest. */
  readonly restingMax: number;
  /** Called once, when a tenant was brought up to date, and awaited before anybody uses it. Must not reject. */
  readonly opened: (tenant: Tenant) => Promise<void>;
  /** Called after each durable append, with its rows. */
  readonly appended: (tenant: Tenant, rows: readonly Row[]) => void;
  /** Told what went wrong where nobody waits for an answer. */
  readonly onFault: (detail: string) => void;
}

export interface Tenants {
  /** The tenant, brought up to date on first use. A ledger that was cut is refused. */
  open(id: TenantId): Promise<E.Either<NotDecided, Tenant>>;
  readonly all: () => readonly Tenant[];
  readonly listen: (id: TenantId, changed: () => void) => () => void;
}
