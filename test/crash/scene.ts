/** A tenant's day, which a process may not survive: asked again with the same ids, what was recorded is answered again. */
import { watch } from 'node:fs';
import { join } from 'node:path';
import { folderCatalogs, folderSnapshots, openSqliteStore } from '@tai-autonomics/adapter-storage';
import { openPostgresStore } from '@tai-autonomics/adapter-storage/postgres';
import type { CatalogSource } from '@tai-autonomics/core';
import { type Asked, type Caller, createGovernor, type Submitted } from '@tai-autonomics/governor';
import { openKeyFile } from '@tai-autonomics/governor/keys';
import { systemRandom } from '@tai-autonomics/governor/node';
import { library } from '@tai-autonomics/packs';
import { type Deployment, deploymentIn } from '../governor/deployment.ts';
import {
  approvalOf,
  arrange,
  assurance,
  type Clock,
  clockAt,
  decided,
  entitlement,
  loaded,
  named,
  people,
  right,
  rollback,
  type Setting,
  START,
  TENANT,
} from '../governor/kit.ts';
import { die, dyingAt, type Point, type Ports } from './points.ts';

const { agent, approver, operator, owner, shop } = people();

/** After the deadline of everything that was approved at the start, and before any approval ends. */
export const LATER = START + 600_000;

/** The shipped catalog, in which a rollback may not be done twice. */
const once: CatalogSource = {
  ...library,
  packs: library.packs.map((pack) => {
    const action = pack.actions['trigger_rollback'];
    return action === undefined
      ? pack
      : {
          ...pack,
          actions: { ...pack.actions, trigger_rollback: { ...action, does: { ...action.does, idempotent: false } } },
        };
  }) as CatalogSource['packs'],
};

/** Compiled once in a process, however many governors it starts. */
let compiled: ReturnType<typeof loaded> | undefined;

/** The ports of a folder; `url` names a database in place of its ledger file. */
const portsIn = async (folder: string, url: string | undefined): Promise<Ports & { readonly secret: Uint8Array }> => {
  const key = right(await openKeyFile(join(folder, 'ledger.key'), systemRandom));
  const store = url === undefined ? await openSqliteStore(join(folder, 'ledger.db')) : await openPostgresStore(url);
  return {
    LedgerStore: right(store),
    Signer: key.signer,
    SnapshotStore: folderSnapshots(join(folder, 'snapshots')),
    CatalogStore: folderCatalogs(join(folder, 'catalogs')),
    secret: key.secret,
  };
};

export interface Scene extends Setting {
  readonly deployment: Deployment;
}

/** Where a scene is: its folder, the URL of the built handlers, and of a database in place of the folder's ledger file. */
export interface Stage {
  readonly folder: string;
  readonly handlers: string;
  readonly url?: string;
}

/** A governor on a stage, which dies at a point if there is one. */
export const sceneIn = async (
  { folder, handlers, url }: Stage,
  clock: Clock = clockAt(START),
  point?: Point,
  hasSnapshots = true,
): Promise<Scene> => {
  const { secret, ...whole } = await portsIn(folder, url);
  const ports = point === undefined ? whole : dyingAt(whole, point);
  const deployment = deploymentIn(folder);
  if (point?.call === 'Handler') watch(folder, (_, name) => name === 'log' && die());
  compiled ??= loaded(once);
  const handler =
    point?.call === 'Handler' ? deployment.handler('lingers', { delayMs: 3_000 }) : deployment.handler('deploys');
  const arranged = arrange({
    store: ports.LedgerStore,
    signer: ports.Signer,
    catalogStore: ports.CatalogStore,
    ...(hasSnapshots ? { snapshots: ports.SnapshotStore, snapshotEvery: 1 } : {}),
    secret,
    clock,
    catalogs: [compiled],
    observers: [deployment.observer(clock)],
    handlers: [{ ...handler, module: handlers }],
    checkpoints: { every: 1_000_000, withinMs: 1_000_000 },
  });
  return { ...arranged, deployment, governor: right(await createGovernor(arranged.options)) };
};

/** What somebody was told: the place of the receipt, and of which intent. */
export interface Told {
  readonly id: string;
  readonly seq: number;
  readonly leaf: string;
}

/** Plays the day; `told` is called with every answer before the next is asked for. */
export const play = async ({ governor }: Setting, told: (one: Told) => void): Promise<void> => {
  const ask = async (caller: Caller, asked: Asked & { readonly id: string }): Promise<Submitted> => {
    const answer = decided(await governor.submit(caller, asked));
    told({ id: asked.id, seq: answer.receipt.seq, leaf: answer.receipt.leaf });
    return answer;
  };
  const { insurance, msa } = assurance(START);
  const relation = { subject: named(approver), relation: 'approver' };
  const roles = { subject: named(agent), roles: ['read_deployment', 'write_rollback'] };
  const event = entitlement(START);
  await ask(shop, { ...event, id: event.id ?? 'event' });
  await ask(owner, { id: 'relation', action: 'grant_relation', resource: 'people', arguments: relation });
  await ask(owner, { id: 'roles', action: 'grant_role', resource: 'people', arguments: roles });
  await ask(operator, { ...insurance, id: 'insurance' });
  await ask(owner, { ...msa, id: 'msa' });
  const refusal = await ask(agent, { ...rollback, id: 'refused' });
  await ask(approver, { ...approvalOf(refusal, START + 3_600_000), id: 'approval' });
  await ask(agent, { ...rollback, id: 'rollback' });
  right(await governor.seal(TENANT));
  const health: Asked = { action: 'check_health', resource: 'here' };
  for (let n = 0; n < 5; n += 1) await ask(agent, { ...health, id: `health ${n}` });
  const seq = decided(refusal).receipt.seq;
  const purge = { seq, names: ['state/readings'] };
  await ask(owner, { id: 'purge', action: 'purge_disclosures', resource: '*', arguments: purge });
  right(await governor.seal(TENANT));
};
