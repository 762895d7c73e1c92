/**
 * What the governor itself does to a ledger: moves it to the signer's key, erases what a receipt ordered to be erased,
 * seals the end of a closed one, breaks a silence, and escalates an incident that nobody decided in time. Each of the first is derived from the ledger, so that a process
 * that died in between is made up for by the next.
 */
import { LEDGER_CLOSED } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { messageOf } from '../bounds/bounded-text.ts';
import type { Context } from '../context.ts';
import { DISCLOSURES_PURGED, HEARTBEAT, type Purge } from '../ledger/annals.ts';
import type { Draft } from '../ledger/draft.ts';
import { nodeSha256 } from '../node/crypto.ts';
import { WAIT_MS_MAX } from '../node/timer.ts';
import type { Ms } from '../ports.ts';
import { keyToMoveTo } from '../seal/sealing-keys.ts';
import type { Tenant } from '../tenant.ts';
import { type Asking, askAsSystem } from './ask-as-system.ts';
import { createIncidentClock } from './incident-clock.ts';

export interface Upkeep {
  /** Before a tenant is first used here. Never rejects; what fails is reported, and tried again the next time. */
  opened(tenant: Tenant): Promise<void>;
  /** Something was written. */
  noticed(tenant: Tenant): void;
  /** An internal action was approved, and is durable. Resolves when what it ordered is done. Never rejects. */
  followed(tenant: Tenant, event: string): Promise<void>;
  stop(): void;
}

/** The upkeep of one governor's ledgers. */
export const createUpkeep = (context: Pick<Context, 'store' | 'signer' | 'clock' | 'heartbeatMs'> & Asking): Upkeep => {
  const erase = createEraser(context);
  const heart = createHeart(context);
  const incidents = createIncidentClock(context);
  return {
    opened: async (tenant) => {
      try {
        await moveKey(context, tenant);
      } catch (thrown) {
        context.onFault(`${tenant.ledger.origin}: ${messageOf(thrown)}`);
      }
      if (tenant.ledger.annals.purges.length > 0) await erase(tenant);
      heart.plan(tenant);
      incidents.noticed(tenant);
    },
    noticed: (tenant) => {
      heart.plan(tenant);
      incidents.noticed(tenant);
    },
    followed: async (tenant, event) => {
      if (event === DISCLOSURES_PURGED) await erase(tenant);
      // A failure is reported by the checkpointer, which tries again.
      if (event === LEDGER_CLOSED) await tenant.checkpoints.seal();
    },
    stop: () => {
      heart.stop();
      incidents.stop();
    },
  };
};

const moveKey = async (context: Pick<Context, 'store' | 'signer'> & Asking, tenant: Tenant): Promise<void> => {
  const { store, signer, onFault } = context;
  const { ledger } = tenant;
  if (ledger.head.size === 0) return;
  const vkey = await keyToMoveTo({ ledger, store, signer, sha256: nodeSha256 });
  if (E.isLeft(vkey)) return onFault(`${ledger.origin}: ${vkey.left}`);
  if (vkey.right === undefined) return;
  const key = vkey.right;
  const { length } = ledger.annals.keys.named;
  const asked = { id: `rotation ${length} to ${key}`, action: 'rotate_key', resource: '*', arguments: { key } };
  await askAsSystem(context, tenant, asked, (draft) => draft.annals.keys.named.at(-1)?.vkey !== key);
};

type Erasing = Pick<Context, 'store' | 'onFault'>;

/** Deletes what is still there of one order. */
const eraseOne = async ({ store, onFault }: Erasing, tenant: Tenant, { seq, names }: Purge): Promise<boolean> => {
  const { id, origin } = tenant.ledger;
  for await (const row of store.read(id, seq, seq + 1)) {
    const isThere = E.isRight(row) && row.right.disclosures.some(({ name }) => names.includes(name));
    const purged = E.isLeft(row) ? row : isThere ? await store.purge(id, seq, names) : E.right(0);
    if (E.isRight(purged)) continue;
    onFault(`${origin}: what receipt ${seq} discloses is not erased yet: ${purged.left.detail}`);
    return false;
  }
  return true;
};

/** Erasures of each tenant, one after the other; `done` counts the orders that are carried out. */
const createEraser = (context: Erasing): ((tenant: Tenant) => Promise<void>) => {
  const done = new WeakMap<Tenant, number>();
  const running = new WeakMap<Tenant, Promise<void>>();
  const erase = async (tenant: Tenant): Promise<void> => {
    const { purges } = tenant.ledger.annals;
    for (let n = done.get(tenant) ?? 0; n < purges.length; n++) {
      if (!(await eraseOne(context, tenant, purges[n] as Purge))) return;
      done.set(tenant, n + 1);
    }
  };
  return (tenant) => {
    const next = (running.get(tenant) ?? Promise.resolve())
      .then(() => erase(tenant))
      .catch((thrown: unknown) => context.onFault(`${tenant.ledger.origin}: not erased: ${messageOf(thrown)}`));
    running.set(tenant, next);
    return next;
  };
};

/** The heartbeats of all tenants; nothing if they are off. */
const createHeart = (
  context: Pick<Context, 'heartbeatMs' | 'clock'> & Asking,
): { plan(tenant: Tenant): void; stop(): void } => {
  const { heartbeatMs, clock } = context;
  const timers = new Map<Tenant, NodeJS.Timeout>();
  let stopped = false;
  if (heartbeatMs === undefined) return { plan: () => {}, stop: () => {} };

  const beat = async (tenant: Tenant): Promise<void> => {
    const { size } = tenant.ledger.head;
    const asked = { id: `heartbeat after ${size} receipts`, action: HEARTBEAT, resource: '*', arguments: {} };
    const isSilent = ({ at, head, annals }: Draft): boolean =>
      head.size > 0 && !annals.closed && at - head.lastAt >= heartbeatMs;
    if (!tenant.ledger.annals.closed) await askAsSystem(context, tenant, asked, isSilent);
    plan(tenant);
  };

  const plan = (tenant: Tenant): void => {
    clearTimeout(timers.get(tenant));
    timers.delete(tenant);
    const { head, annals } = tenant.ledger;
    if (stopped || tenant.retired.signal.aborted || head.size === 0 || annals.closed) return;
    const silence: Ms = head.lastAt + heartbeatMs - clock();
    const timer = setTimeout(() => void beat(tenant), Math.min(Math.max(silence, 1), heartbeatMs, WAIT_MS_MAX));
    timer.unref();
    timers.set(tenant, timer);
  };

  return {
    plan,
    stop: () => {
      stopped = true;
      for (const timer of timers.values()) clearTimeout(timer);
    },
  };
};
