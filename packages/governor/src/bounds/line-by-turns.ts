/** What waits, by tenant: each tenant's own in their order, and tenants by turns, so that whoever asks for much delays nobody else. */
import type { TenantId } from '../api.ts';

/** A line in which tenants take turns. */
export interface LineByTurns<A> {
  push(tenant: TenantId, one: A): void;
  /** Takes whose turn it is; `undefined` where nobody waits. */
  shift(): A | undefined;
  /** Takes one out, wherever it stands; whether it stood there. */
  leave(tenant: TenantId, one: A): boolean;
  /** How many of a tenant wait. */
  waiting(tenant: TenantId): number;
}

/** An empty line. */
export const createLineByTurns = <A>(): LineByTurns<A> => {
  const lines = new Map<TenantId, readonly A[]>();
  const set = (tenant: TenantId, line: readonly A[]): void => {
    if (line.length > 0) lines.set(tenant, line);
    else lines.delete(tenant);
  };
  return {
    push: (tenant, one) => set(tenant, [...(lines.get(tenant) ?? []), one]),
    shift: () => {
      for (const [tenant, [one, ...others]] of lines) {
        // To the end of the line: the next tenant has its turn first.
        lines.delete(tenant);
        set(tenant, others);
        return one;
      }
      return undefined;
    },
    leave: (tenant, one) => {
      const line = lines.get(tenant) ?? [];
      set(
        tenant,
        line.filter((other) => other !== one),
      );
      return line.includes(one);
    },
    waiting: (tenant) => lines.get(tenant)?.length ?? 0,
  };
};
