/** A desk over a governor with everything around it, and what a tenant has of what it bought. */
import {
  createDesk,
  type Desk,
  type DeskAlarm,
  type DeskTables,
  type ForgottenPurchases,
  type LastSeen,
  type Terms,
  type Vendor,
} from '@tai-autonomics/adapter-http/marketplaces';
import { heldMessages, OPERATOR } from '@tai-autonomics/governor/operator';
import { library } from '@tai-autonomics/packs';
import { clockAt, eventsOf, ledgerOf, right, type Setting, startGovernor, TENANT } from '../governor/kit.ts';

/** A while after everything that the tests’ marketplaces tell of. */
export const NOW = Date.parse('2026-11-25T12:00:00Z');

const termsOf = (plan: string): Terms | undefined => {
  const row = library.plans[plan];
  return row === undefined ? undefined : { plan, sku: row.sku_id, packs: row.packs, roles: row.iam_roles };
};

export interface DeskSetting extends Setting {
  readonly desk: Desk;
  readonly alarms: DeskAlarm[];
  readonly vendor: Vendor;
  tables: DeskTables;
}

export const deskOver = (
  setting: Setting,
  vendor: Vendor,
  tables: DeskTables,
  kept: { readonly forgotten?: ForgottenPurchases; readonly seen?: LastSeen } = {},
): DeskSetting => {
  const alarms: DeskAlarm[] = [];
  const whole = { ...setting, alarms, vendor, tables };
  const desk = createDesk({
    governor: setting.governor,
    vendor,
    tables: () => whole.tables,
    termsOf,
    clock: setting.clock,
    onAlarm: (alarm) => void alarms.push(alarm),
    ...kept,
  });
  return Object.assign(whole, { desk });
};

export const openDesk = async (vendor: Vendor, tables: DeskTables, clock = clockAt(NOW)): Promise<DeskSetting> =>
  deskOver(await startGovernor({ clock }), vendor, tables);

export const bytesOf = (json: unknown): Uint8Array =>
  new Uint8Array(Buffer.from(typeof json === 'string' ? json : JSON.stringify(json)));

/** The kinds of receipts in the operator’s ledger, without those that say which ledger is a tenant’s. */
export const operatorEvents = async (setting: Setting): Promise<readonly string[]> =>
  (await eventsOf(setting, OPERATOR)).filter((event) => event !== 'tenant_registered');

/** What is kept and not released, as a new process would find it. */
export const keptIn = async (setting: Setting): Promise<number> => right(await heldMessages(setting)).length;

/** What a tenant has of what it bought, folded from its receipts: the cells that decide what it may. */
export const entitledTo = async (setting: Setting, tenant = TENANT): Promise<Readonly<Record<string, unknown>>> => {
  const cells: Record<string, unknown> = {};
  for (const { receipt } of await ledgerOf(setting, tenant)) {
    if (receipt.kind !== 'decision' || receipt.verdict !== 'approve') continue;
    for (const write of receipt.writes) {
      if (!CELLS.includes(write.cell)) continue;
      if ('set' in write) cells[write.cell] = write.set;
      else if ('at' in write) cells[write.cell] = write.at;
      else if ('replace' in write) cells[write.cell] = write.replace;
      else if ('add' in write) {
        const before = (cells[write.cell] ?? []) as readonly string[];
        cells[write.cell] = [...new Set([...before, ...write.add])].sort();
      }
    }
  }
  const { entitlement_status: status } = cells;
  // Of what is cancelled nothing else matters: whoever asks has no entitlement.
  return status === 'cancelled' ? { entitlement_status: status } : cells;
};

const CELLS = [
  'entitlement_id',
  'entitlement_status',
  'entitlement_plan',
  'entitlement_sku',
  'entitlement_packs',
  'entitlement_roles',
  'entitlement_expires_at',
];
