/** A marketplace in front of the real governor, over a memory store; and the state that a ledger folds to. */

import type { State } from '@tai-autonomics/core';
import { ROLES, type Role } from '@tai-autonomics/core/author';
import { createFold, entryOf, formatInstant, readEntitlementEvent } from '@tai-autonomics/core/engine';
import type { Caller, Submitted } from '@tai-autonomics/governor';
import { nodeSha256 } from '@tai-autonomics/governor/node';
import { DAY_MS, type Entry, ledgerOf, loaded, type Setting, START, startGovernor } from '../governor/kit.ts';
import { type EventParts, eventOf } from './apply.ts';
import { sixSource } from './six.ts';

export const MINUTE_MS = 60_000;
/** An instant so many minutes after the start. */
export const minute = (count: number): string => formatInstant(START + count * MINUTE_MS);
export const EXPIRY: string = formatInstant(START + 365 * DAY_MS);

const market = (tenant: string): Caller => ({
  tenant,
  subject: { type: 'marketplace', id: 'market' },
  scope: [],
});
export const robot = (tenant: string, ...scope: readonly Role[]): Caller => ({
  tenant,
  subject: { type: 'agent', id: 'robot' },
  scope,
});
export const olivia = (tenant: string): Caller => ({ tenant, subject: { type: 'user', id: 'olivia' }, scope: [] });

export interface Shop extends Setting {
  /** Posts an event as the door would read it. */
  readonly post: (tenant: string, parts: EventParts) => Promise<Submitted>;
  /** The names of the tools that an agent sees. */
  readonly tools: (tenant: string) => Promise<readonly string[]>;
  readonly ledger: (tenant: string) => Promise<readonly Entry[]>;
}

/** A shop over the catalog of six packs, half an hour after the start. */
export const openShop = async (): Promise<Shop> => {
  const setting = await startGovernor({ catalogs: [loaded(sixSource)] });
  setting.clock.now = START + 30 * MINUTE_MS;
  const { governor } = setting;
  return {
    ...setting,
    post: (tenant, parts) => {
      const event = eventOf({
        occurred_at: minute(0),
        ...parts,
        record: { expiry: EXPIRY, ...parts.record, tenant_id: tenant },
      });
      const intent = readEntitlementEvent(nodeSha256, event, sixSource.aliases);
      if (intent === undefined) throw new Error('this is no event of ours');
      const { tenant: named, ...asked } = intent;
      return governor.submit(market(named), asked);
    },
    tools: async (tenant) => {
      const tools = await governor.tools(robot(tenant, ...ROLES));
      return tools._tag === 'Right' ? tools.right.map(({ tool }) => tool) : [];
    },
    ledger: (tenant) => ledgerOf(setting, tenant),
  };
};

/** The state after a ledger's first receipts; all of them unless it is said how many. */
export const stateAfter = (entries: readonly Entry[], count = entries.length): State => {
  const fold = createFold();
  for (const { receipt } of entries.slice(0, count)) fold.apply(entryOf(receipt));
  return fold.state;
};

/** A state without who the tenant's people are: pseudonyms differ from tenant to tenant. */
export const impersonal = ({ cells, open }: State): State => ({
  cells: new Map([...cells].filter(([cell]) => cell !== 'relations' && cell !== 'subject_kinds')),
  open,
});
