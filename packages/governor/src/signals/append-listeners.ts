/** Who wants to know that a tenant's ledger grew. */
import type { Governor, TenantId } from '../api.ts';
import { messageOf } from '../bounds/bounded-text.ts';
import type { Context } from '../context.ts';
import type { Tenants } from '../tenant.ts';

/** Listens to the appends of every tenant. A listener does not keep its tenant in memory: whatever appends brings it there. */
export const tellingOfAppends = (tenants: Tenants, onFault: Context['onFault']): Governor['onRecorded'] => {
  const listeners = new Map<TenantId, Set<() => void>>();
  tenants.onAppended(({ id }) => callAll(listeners.get(id) ?? [], onFault));
  return (id, recorded) => {
    const own = listeners.get(id) ?? new Set();
    listeners.set(id, own);
    // The same function may listen twice.
    const one = (): void => recorded();
    own.add(one);
    return () => {
      own.delete(one);
      if (own.size === 0 && listeners.get(id) === own) listeners.delete(id);
    };
  };
};

/** Calls each; one that fails keeps nobody else from being called. */
export const callAll = (listeners: Iterable<() => void>, onFault: Context['onFault']): void => {
  for (const listener of listeners) {
    try {
      listener();
    } catch (thrown) {
      onFault(`a listener failed: ${messageOf(thrown)}`);
    }
  }
};
