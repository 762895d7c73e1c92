/**
 * A deployment in a folder, with every default of one machine: what a service embeds in ten lines.
 *
 * ```
 * DIR/keys/ledger.key    the signing key and the secret of pseudonyms, 0600; of an evaluation, eval-ledger.key
 * DIR/credentials.json   API keys, hashed; none where the file is absent
 * DIR/ledger.db          the ledgers, where the storage is SQLite
 * DIR/catalogs/          every catalog that ever decided here
 * DIR/snapshots/         what was computed of the ledgers; can be emptied at any time
 * ```
 */

import { access, mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type CatalogSource, type Issue, type Mode, type Pack, printIssue } from '@tai-autonomics/core';
import { owns } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { Asked, Caller, Governor, Submitted, TenantId } from '../api.ts';
import { messageOf } from '../bounds/bounded-text.ts';
import { type LoadedCatalog, loadCatalog } from '../catalogs/loaded-catalog.ts';
import { openCredentialFile } from '../credentials/credential-store.ts';
import { type CredentialStore, memoryCredentials } from '../credentials/credentials.ts';
import { createGovernor } from '../governor.ts';
import { keyOf } from '../intent/record-decision.ts';
import { createIdentity, type Identity } from '../ledger/identity.ts';
import { systemClock, systemRandom } from '../node/system.ts';
import type { GovernorOptions, Standing } from '../options.ts';
import type { Answer, CatalogStore, LedgerStore, ResourceDirectory, Signer, SnapshotStore } from '../ports.ts';
import { anyResource } from '../resources/directory.ts';
import { openKeyFile } from '../seal/key-file.ts';
import { subjectsOf } from '../subjects/subject-directory.ts';
import { selfHostedActivation, withSelfHosted } from './self-hosted.ts';

/** Where a deployment's ledgers and catalogs are kept: `sqliteStorage` of `@tai-autonomics/adapter-storage`, say. */
export interface DeploymentStorage {
  /** Opens the ledgers of a folder, which exists. */
  ledgers(dir: string): Answer<LedgerStore>;
  catalogs(dir: string): CatalogStore;
  /** Where snapshots of the ledgers are kept; absent: none are. */
  snapshots?(dir: string): SnapshotStore;
}

/** What a deployment is made from. All but the first three have a default. */
export interface DeploymentOptions
  extends Partial<
    Pick<
      GovernorOptions,
      | 'observers'
      | 'handlers'
      | 'clock'
      | 'executor'
      | 'reads'
      | 'shadow'
      | 'subjects'
      | 'checkpoints'
      | 'acceptsRestores'
      | 'place'
      | 'heartbeatMs'
      | 'onFault'
      | 'onAnswered'
      | 'onSignal'
      | 'ownerOf'
    >
  > {
  /** The folder, made where it is absent. One process at a time holds it. */
  readonly dir: string;
  readonly storage: DeploymentStorage;
  /**
   * The packs and plans: `library` of `@tai-autonomics/packs`, say, to which `packs` and the plan `self_hosted` are added.
   * A loaded catalog decides as it is.
   */
  readonly catalog: CatalogSource | LoadedCatalog;
  /** Packs of one's own, each in the place of one of its name. */
  readonly packs?: readonly Pack[];
  /** An evaluation named `self-hosted` where absent: nothing contractual is approved. */
  readonly standing?: Standing;
  /** The host part of every origin; `localhost` where absent. It is in every receipt, so it stays what it was first. */
  readonly domain?: string;
  /** Instead of the folder's `credentials.json`, which is read again whenever it changes. */
  readonly credentials?: CredentialStore;
  /** Any resource of any tenant where absent, each in production. */
  readonly resources?: ResourceDirectory;
}

/** An open deployment. Close it, or its folder stays held. */
export interface Deployment {
  readonly governor: Governor;
  /** What the doors ask who calls. */
  readonly credentials: CredentialStore;
  readonly store: LedgerStore;
  readonly signer: Signer;
  readonly identity: Identity;
  /** The deployment's own. */
  readonly catalogs: readonly [LoadedCatalog];
  readonly catalogStore: CatalogStore;
  /**
   * Opens a tenant on the plan `self_hosted`, owned by a user. One that is open moves to the deployment's catalog, once
   * under each, and gets the packs that its plan sells by now. Answers why not, one line each; nothing if it is open.
   */
  openTenant(tenant: TenantId, owner: string): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** An open deployment, or everything that is wrong, one line each. */
export type OpenedDeployment =
  | { readonly opened: true; readonly deployment: Deployment }
  | { readonly opened: false; readonly wrong: readonly string[] };

type Trouble = readonly string[];

/** The key file of a deployment's ledgers. Evaluations have one of their own: roles never share a key. */
export const ledgerKeyPath = (dir: string, mode: Mode): string =>
  join(dir, 'keys', mode === 'eval' ? 'eval-ledger.key' : 'ledger.key');

/**
 * Opens the deployment of a folder: `createGovernor` with the key file, the clock and the randomness of this machine.
 * Nothing is started when anything is wrong. Its faults go to standard error unless `onFault` takes them.
 *
 * @example
 * import { sqliteStorage } from '@tai-autonomics/adapter-storage';
 * import { openDeployment } from '@tai-autonomics/governor';
 *
 * const opened = await openDeployment({ dir: '.tai', storage: sqliteStorage, catalog: library });
 * if (!opened.opened) throw new Error(opened.wrong.join('\n'));
 * const { governor, close } = opened.deployment;
 */
export const openDeployment = async (options: DeploymentOptions): Promise<OpenedDeployment> => {
  const opened = await open({ ...options, dir: resolve(options.dir) });
  return E.isLeft(opened) ? { opened: false, wrong: opened.left } : { opened: true, deployment: opened.right };
};

const open = async (options: DeploymentOptions): Promise<E.Either<Trouble, Deployment>> => {
  const { dir, storage, standing = EVALUATION, domain = 'localhost' } = options;
  const catalog = catalogOf(options);
  if (E.isLeft(catalog)) return catalog;
  const credentials = await credentialsOf(options);
  if (E.isLeft(credentials)) return credentials;
  const made = await makeFolder(dir);
  if (E.isLeft(made)) return made;
  const key = await openKeyFile(ledgerKeyPath(dir, standing.mode), systemRandom);
  if (E.isLeft(key)) return E.left([key.left]);
  const store = await storage.ledgers(dir);
  if (E.isLeft(store)) return E.left([store.left.detail]);
  const { signer, secret } = key.right;
  const catalogs = [catalog.right] as const;
  const catalogStore = storage.catalogs(dir);
  const owners = new Map<TenantId, string>();
  const governor = await createGovernor({
    subjects: subjectsOf(credentials.right),
    ...portsOf(options),
    standing,
    domain,
    catalogs,
    catalogStore,
    store: store.right,
    ...(storage.snapshots === undefined ? {} : { snapshots: storage.snapshots(dir) }),
    signer,
    secret,
    ownerOf: (tenant) => {
      const id = owners.get(tenant);
      return id === undefined ? options.ownerOf?.(tenant) : { type: 'user', id };
    },
  });
  if (E.isLeft(governor)) {
    await store.right.close();
    return governor;
  }
  const session = standing.mode === 'eval' ? { session: standing.session } : {};
  const identity = createIdentity({ secret, domain, mode: standing.mode, ...session });
  return E.right({
    governor: governor.right,
    credentials: credentials.right,
    store: store.right,
    signer,
    identity,
    catalogs,
    catalogStore,
    openTenant: (tenant, owner) => {
      owners.set(tenant, owner);
      return openTenant({ governor: governor.right, store: store.right, identity }, catalog.right, tenant);
    },
    close: () => governor.right.close(),
  });
};

const toStandardError = (detail: string): void => void process.stderr.write(`tai: ${detail}\n`);

const EVALUATION: Standing = { mode: 'eval', session: 'self-hosted' };

const portsOf = ({
  observers = [],
  handlers = [],
  onFault = toStandardError,
  resources = anyResource('production'),
  clock = systemClock,
  ...options
}: DeploymentOptions): Pick<
  GovernorOptions,
  'observers' | 'handlers' | 'resources' | 'onFault' | 'clock' | 'random'
> => {
  const { executor, reads, shadow, subjects, checkpoints, acceptsRestores, place, heartbeatMs, onAnswered, onSignal } =
    options;
  return {
    observers,
    handlers,
    resources,
    onFault,
    clock,
    random: systemRandom,
    ...(executor === undefined ? {} : { executor }),
    ...(reads === undefined ? {} : { reads }),
    ...(shadow === undefined ? {} : { shadow }),
    ...(subjects === undefined ? {} : { subjects }),
    ...(checkpoints === undefined ? {} : { checkpoints }),
    ...(acceptsRestores === undefined ? {} : { acceptsRestores }),
    ...(place === undefined ? {} : { place }),
    ...(onAnswered === undefined ? {} : { onAnswered }),
    ...(onSignal === undefined ? {} : { onSignal }),
    ...(heartbeatMs === undefined ? {} : { heartbeatMs }),
  };
};

const catalogOf = ({ catalog, packs = [] }: DeploymentOptions): E.Either<Trouble, LoadedCatalog> =>
  owns(catalog, 'digest')
    ? E.right(catalog)
    : E.mapLeft((issues: readonly Issue[]) => issues.map((issue) => `the catalog: ${printIssue(issue)}`))(
        loadCatalog(withSelfHosted(catalog, packs)),
      );

/** The keys of the folder, as its file says at each request; none where there is no file at the start. */
const credentialsOf = async ({
  dir,
  credentials,
  onFault = toStandardError,
}: DeploymentOptions): Promise<E.Either<Trouble, CredentialStore>> => {
  if (credentials !== undefined) return E.right(credentials);
  const path = join(dir, 'credentials.json');
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  return isThere ? openCredentialFile(path, (lines) => lines.forEach(onFault)) : E.right(memoryCredentials([]));
};

const makeFolder = async (dir: string): Promise<E.Either<Trouble, void>> => {
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    return E.right(undefined);
  } catch (thrown) {
    return E.left([`${dir}: cannot be made: ${messageOf(thrown)}`]);
  }
};

const openTenant = async (
  { governor, store, identity }: Pick<Deployment, 'governor' | 'store' | 'identity'>,
  catalog: LoadedCatalog,
  tenant: TenantId,
): Promise<Trouble> => {
  const activation = selfHostedActivation(catalog, tenant, systemClock());
  if (activation === undefined)
    return [`${JSON.stringify(tenant)} cannot be opened: the catalog has no plan self_hosted`];
  const moved = await moveTo(governor, catalog.digest, tenant);
  if (moved.length > 0) return moved;
  const { caller, asked } = activation;
  const given = await store.find(identity.ledger(tenant), keyOf(identity, caller, asked).id);
  if (E.isLeft(given)) return [given.left.detail];
  if (given.right !== undefined) return [];
  const answer = await governor.submit(caller, asked);
  // The same id with another instant: somebody else gave it in between.
  return !answer.decided && answer.why === 'intent_conflict' ? [] : troubleOf(answer);
};

/**
 * A tenant that is open is moved to the deployment's catalog once: whoever chose another one since, a policy version of
 * its own or an earlier catalog, keeps it.
 */
const moveTo = async (governor: Governor, digest: string, tenant: TenantId): Promise<Trouble> => {
  const known = await governor.knows(tenant);
  if (E.isLeft(known)) return [known.left.detail];
  if (!known.right) return [];
  const operator: Caller = { tenant, subject: { type: 'system', id: 'operator' }, scope: [] };
  const asked: Asked = { id: `self-hosted ${digest}`, action: 'activate_catalog', resource: digest };
  // A preview leaves no receipt: most often the catalog decides already, of a suspended tenant too.
  const preview = await governor.preview(operator, asked);
  if (E.isLeft(preview)) return [preview.left.detail];
  const decides =
    preview.right.verdict === 'refuse' && preview.right.reasons.some(({ code }) => code === 'catalog_active');
  return decides ? [] : troubleOf(await governor.submit(operator, asked));
};

const troubleOf = (answer: Submitted): Trouble => {
  if (!answer.decided) return [`${answer.why}: ${answer.detail}`];
  const { decision } = answer;
  return decision.verdict === 'approve' ? [] : decision.reasons.map(({ code }) => `refused: ${code}`);
};
