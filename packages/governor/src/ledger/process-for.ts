/** To which of several processes a tenant is sent: an optimisation that no answer depends on. */
import type { TenantId } from '../api.ts';
import { nodeSha256 } from '../node/crypto.ts';

/**
 * The process that a tenant is sent to while all of these run, by rendezvous hashing: whoever knows the same names sends it to the same
 * one, in whatever order they stand, and when a process goes or comes, only the tenants move that were its own. `undefined`: there is
 * none. Any other process decides as well: it only reads first what the last one wrote.
 */
export const processFor = (tenant: TenantId, processes: readonly string[]): string | undefined => {
  let [best, most]: [string | undefined, Uint8Array | undefined] = [undefined, undefined];
  for (const name of processes) {
    const weight = nodeSha256(Buffer.from(JSON.stringify([tenant, name]), 'utf8'));
    if (most !== undefined && Buffer.compare(weight, most) <= 0) continue;
    [best, most] = [name, weight];
  }
  return best;
};
