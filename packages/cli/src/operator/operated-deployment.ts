/** A deployment of this process as its operator's door changes it. */
import { join } from 'node:path';
import type { OperatedDeployment, OperatedMarketplaces } from '@tai-autonomics/adapter-http/operator';
import { changeCredentialFile, readCredentialFile } from '@tai-autonomics/governor/keys';
import { OPERATOR } from '@tai-autonomics/governor/operator';
import type { LocalDeployment } from '../local/local-deployment.ts';
import { tenantsOf } from '../local/tenants.ts';
import { heldKeys, listSealing, makeNextKey, revokeSealing, ringPathOf, rotateSealing } from './sealing.ts';

/** What the door changes of a deployment: its files and its ledgers. */
export const operatedDeployment = (local: LocalDeployment, marketplaces?: OperatedMarketplaces): OperatedDeployment => {
  const credentials = join(local.dir, 'credentials.json');
  return {
    tenants: (signal) => tenantsOf(local, OPERATOR, signal),
    catalogs: local.catalogStore,
    ...(marketplaces === undefined ? {} : { marketplaces }),
    credentials: {
      read: () => readCredentialFile(credentials),
      change: (change) => changeCredentialFile(credentials, change),
    },
    sealing: {
      list: (signal) => listSealing(local, signal),
      next: () => makeNextKey(ringPathOf(local)),
      held: () => heldKeys(local),
      rotate: (key, repeated) => rotateSealing(local, { key, repeated }),
      revoke: (by) => revokeSealing(local, by),
    },
  };
};
