/** How a tenant's ledger stands now, for whoever operates it. */
import { activeCatalog, nextSemantics, parseInstant } from '@tai-autonomics/core/engine';
import { parseReceipt } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { NotDecided, TenantStatus } from '../api.ts';
import type { LedgerStore, Ms } from '../ports.ts';
import type { Tenant } from '../tenant.ts';
import { heldIn } from '../upkeep/held-events.ts';
import { aheadOf } from './clock-behind.ts';
import { elsewhere } from './elsewhere.ts';

/** The status of a tenant that is up to date; `undefined` while its ledger is empty. */
export const ledgerStatus = async (
  { ledger, running }: Tenant,
  store: LedgerStore,
  now: Ms,
  { checked, place }: Pick<TenantStatus, 'checked'> & { readonly place?: string | undefined } = {},
): Promise<E.Either<NotDecided, TenantStatus | undefined>> => {
  const { head, state, annals } = ledger;
  if (head.size === 0) return E.right(undefined);
  const checkpoint = await store.checkpoint(ledger.id);
  if (E.isLeft(checkpoint)) return E.left({ decided: false, why: 'store_unavailable', detail: checkpoint.left.detail });
  const sealed = checkpoint.right?.size ?? 0;
  const to = elsewhere(state, place);
  const since = sealed < head.size ? await writtenAt(store, ledger.id, sealed) : undefined;
  return E.right({
    origin: ledger.origin,
    size: head.size,
    lastAt: head.lastAt,
    ...aheadIn(ledger, now),
    sealed,
    ...(since === undefined ? {} : { unsealedSince: since }),
    waiting: ledger.waiting,
    running: running.size,
    open: [...state.open].map(([seq, { deadline, begun }]) => ({ seq, deadline, begun })),
    unknown: annals.unknown,
    ...(checked === undefined ? {} : { checked }),
    catalog: activeCatalog(state) ?? '',
    semantics: nextSemantics(state, annals.semantics),
    keys: {
      named: annals.keys.named.map(({ seq, vkey }) => ({ seq, vkey })),
      revoked: [...annals.keys.revoked].map(([key, size]) => ({ key, size })),
    },
    closed: annals.closed,
    held: heldIn(state),
    ...(to === undefined ? {} : { movedTo: to }),
  });
};

/** Until when it waits for the clock, or goes on at its last instant. */
const aheadIn = (ledger: Tenant['ledger'], now: Ms): Pick<TenantStatus, 'waitsUntil' | 'standsUntil'> => {
  const ahead = aheadOf(ledger, now);
  if (ahead === undefined) return {};
  return ahead.isAccepted ? { standsUntil: ahead.until } : { waitsUntil: ahead.until };
};

const writtenAt = async (store: LedgerStore, ledger: string, seq: number): Promise<Ms | undefined> => {
  for await (const row of store.read(ledger, seq, seq + 1)) {
    const receipt = E.isLeft(row) ? undefined : parseReceipt(row.right.bytes);
    return receipt === undefined || E.isLeft(receipt) ? undefined : parseInstant(receipt.right.at);
  }
  return undefined;
};
