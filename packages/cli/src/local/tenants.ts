/** The tenants of a deployment by the names that its folder knows. A ledger itself names nobody. */
import { join } from 'node:path';
import type { TenantStatus } from '@tai-autonomics/governor';
import { readCredentialFile } from '@tai-autonomics/governor/keys';
import { either as E } from 'fp-ts';
import type { LocalDeployment } from './local-deployment.ts';

/** A tenant and how it stands. */
export interface NamedTenant extends TenantStatus {
  readonly tenant: string;
  readonly owner?: string;
}

export interface Tenants {
  /** By name. Those that the folder names and that are not open yet have no ledger, and are not among them. */
  readonly open: readonly NamedTenant[];
  /** Names without a ledger. */
  readonly notOpen: readonly string[];
  /** Ledgers whose tenant nobody names here; the operator's own is none of them. */
  readonly unnamed: number;
}

/** The tenants that the configuration or a key of a folder names, sorted. */
export const namesIn = async ({ dir, config }: Pick<LocalDeployment, 'dir' | 'config'>): Promise<readonly string[]> => {
  const keys = await readCredentialFile(join(dir, 'credentials.json'));
  const held = E.isLeft(keys) ? [] : keys.right.flatMap(({ tenant }) => tenant ?? []);
  return [...new Set([...Object.keys(config.owners), ...config.selfHosted, ...held])].sort();
};

/** Looks at every tenant that the configuration or a key names, for as long as somebody waits. Left: why the store does not say. */
export const tenantsOf = async (
  { dir, config, governor, store, identity }: LocalDeployment,
  operator: string,
  signal?: AbortSignal,
): Promise<E.Either<string, Tenants>> => {
  const names = await namesIn({ dir, config });
  const ledgers = await store.ledgers();
  if (E.isLeft(ledgers)) return E.left(ledgers.left.detail);
  const unnamed = new Set(ledgers.right);
  unnamed.delete(identity.ledger(operator));
  const open: NamedTenant[] = [];
  for (const tenant of names) {
    if (signal?.aborted === true) return E.left('nobody waits for the answer any more');
    if (!unnamed.delete(identity.ledger(tenant))) continue;
    const status = await governor.status(tenant);
    if (E.isLeft(status)) return E.left(`${tenant}: ${status.left.detail}`);
    const owner = Object.hasOwn(config.owners, tenant) ? config.owners[tenant] : undefined;
    if (status.right !== undefined) open.push({ tenant, ...(owner === undefined ? {} : { owner }), ...status.right });
  }
  const opened = new Set(open.map(({ tenant }) => tenant));
  return E.right({ open, notOpen: names.filter((name) => !opened.has(name)), unnamed: unnamed.size });
};
