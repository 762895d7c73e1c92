/** A deployment's folder, with the event by which the tenant acme buys a plan. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { library } from '@tai-autonomics/packs';

/** The event by which acme buys a plan. */
export const boughtEvent = (plan_id = 'professional'): object => {
  const plan = library.plans[plan_id];
  return {
    event: 'entitlement.activated',
    event_id: 'evt-1',
    entitlement_id: 'ent-1',
    occurred_at: '2026-01-26T09:00:00Z',
    record: {
      tenant_id: 'acme',
      plan_id,
      sku_id: plan?.sku_id,
      enabled_packs: plan?.packs,
      iam_roles: plan?.iam_roles,
      expiry: '2099-01-01T00:00:00Z',
    },
  };
};

/** Writes `.tai` and `event.json` into a folder. `config` is what the configuration says besides. */
export const layOutBought = (dir: string, config: object = {}, plan?: string): void => {
  const write = (file: string, json: unknown): void =>
    writeFileSync(join(dir, file), JSON.stringify(json), { mode: 0o600 });
  mkdirSync(join(dir, '.tai'), { recursive: true });
  write('.tai/config.json', {
    mode: 'eval',
    session: 'test',
    domain: 'localhost',
    owners: { acme: 'olivia' },
    ...config,
  });
  write('.tai/credentials.json', { format: 'tai-autonomics/credentials@1', credentials: [] });
  write('event.json', boughtEvent(plan));
};
