/**
 * A deployment in a folder: configuration, credentials, key and ledger. `tai serve`, `tai mcp`, `tai export` and the
 * demonstration all open the same thing.
 *
 * ```
 * DIR/config.json        what this deployment is (comments allowed)
 * DIR/credentials.json   API keys, hashed
 * DIR/resources.json     which resources each tenant has, and where (if config.json names it)
 * DIR/keys/ledger.key    the signing key and the secret of pseudonyms, 0600; of an evaluation, eval-ledger.key
 * DIR/keys/metrics.key   who may read `/metrics` of `tai serve`, 0600
 * DIR/ledger.db          the ledgers, where `store` of config.json names no other store
 * DIR/catalogs/          every catalog that ever decided here
 * DIR/shadow.jsonl       where a second catalog would have decided otherwise (`tai serve --shadow`)
 * DIR/evidence/          what observers saw, before detectors drew conclusions
 * ```
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Issue } from '@tai-autonomics/core';
import { expectedRole, type Role, rolesOf } from '@tai-autonomics/core/author';
import {
  type Answered,
  anyResource,
  type Clock,
  type CredentialStore,
  type DeploymentStorage,
  type Deployment as EmbeddedDeployment,
  type LoadedCatalog,
  openDeployment as openEmbedded,
  type ResourceDirectory,
  type Standing,
  type TenantResource,
} from '@tai-autonomics/governor';
import { openCredentialFile, readCredentialFile } from '@tai-autonomics/governor/keys';
import { resourceFile } from '@tai-autonomics/governor/local';
import { changeableByOthers, systemClock } from '@tai-autonomics/governor/node';
import type { ShadowOptions } from '@tai-autonomics/governor/operator';
import { either as E } from 'fp-ts';
import { keepRaw } from '../audit/raw-evidence.ts';
import { type AssembledCatalog, assembleCatalog } from '../input/assembled-catalog.ts';
import { readJsonFile } from '../input/read-file.ts';
import { complain, type Io } from '../terminal/io.ts';
import { type Config, parseConfig } from './config.ts';
import type { HandlersOf } from './eval-handlers.ts';
import { dataRuleOf, monitorOf } from './insurance.ts';
import { localObservers } from './local-observers.ts';
import { type LocalWorld, loadModules } from './modules.ts';
import { resolvedPlaces } from './resolved-places.ts';
import { storageOf } from './storage/storage.ts';

/** An open deployment. Close it, or the ledger stays held. */
export interface Deployment extends EmbeddedDeployment {
  readonly dir: string;
  readonly config: Config;
  /** Which resources its tenants have. */
  readonly resources: ResourceDirectory;
}

/** How a deployment is opened. */
export interface OpenOptions {
  /** What it can change is what this makes. */
  readonly handlersOf: HandlersOf;
  /** A second catalog that decides beside its own. */
  readonly shadow?: ShadowOptions;
  /** The process of an evaluation: it serves no contract. */
  readonly evaluation?: boolean;
  /** Starts although ledgers were restored from an older copy, so that the operator can say so in each. */
  readonly acceptsRestores?: boolean;
  /** Uses the storage that the configuration names in its own way. */
  readonly storage?: (named: DeploymentStorage) => DeploymentStorage;
  /** Told of each intent that is answered. */
  readonly onAnswered?: (answered: Answered) => void;
  /** Another clock than the machine's: a story that is about hours is told in seconds. */
  readonly clock?: Clock;
}

/** Lines for a person: what is wrong, where, and what to do. */
type Trouble = readonly string[];

/** In which mode a deployment stands; the insurance of a contractual one is looked at when the governor starts, and from then on. */
export const standingOf = async (dir: string, config: Config): Promise<E.Either<Trouble, Standing>> => {
  if (config.mode === 'eval') return E.right({ mode: 'eval', session: config.session });
  const policy = await dataRuleOf(dir, config.dataRule);
  return E.isLeft(policy)
    ? E.left([policy.left])
    : E.right({ mode: 'contractual', insurance: monitorOf(dir, config.insurance), terms: { policy: policy.right } });
};

/** Reads a deployment's configuration; one line for each thing that is wrong. */
export const readConfig = async (io: Io, dir: string): Promise<E.Either<Trouble, Config>> => {
  const path = join(dir, 'config.json');
  const exposed = await changeableByOthers(path);
  if (exposed !== undefined) return E.left([exposed]);
  const read = await readJsonFile(io, path);
  if (E.isLeft(read)) return E.left([existsSync(path) ? read.left : `${read.left}; tai init makes a deployment`]);
  return E.mapLeft((issues: readonly Issue[]) => issues.map(read.right.line))(parseConfig(read.right.value));
};

/** Opens the deployment of a folder. Nothing is started when anything is wrong. */
export const openDeployment = async (
  io: Io,
  folder: string,
  options: OpenOptions,
): Promise<E.Either<Trouble, Deployment>> => {
  const dir = resolve(io.cwd, folder);
  const config = await readConfig(io, dir);
  if (E.isLeft(config)) return config;
  if (options.evaluation === true && config.right.mode !== 'eval')
    return E.left([`${join(dir, 'config.json')}: is contractual; the process of an evaluation does not serve it`]);
  const catalog = await catalogOf(io, dir, config.right);
  if (E.isLeft(catalog)) return catalog;
  const standing = await standingOf(dir, config.right);
  if (E.isLeft(standing)) return standing;
  const credentials = await credentialsOf(io, dir, rolesOf(catalog.right.catalog.source));
  if (E.isLeft(credentials)) return credentials;
  const own = await loadModules(config.right.modules.map((path) => resolve(dir, path)));
  if (E.isLeft(own)) return own;
  return assemble(io, dir, config.right, standing.right, catalog.right, credentials.right, own.right, options);
};

/** The roles of a deployment's catalog: the nine, and those that its packs declare. */
export const readRoles = async (io: Io, folder: string): Promise<E.Either<Trouble, readonly Role[]>> => {
  const dir = resolve(io.cwd, folder);
  const config = await readConfig(io, dir);
  if (E.isLeft(config)) return config;
  return E.map(({ catalog }: LoadedCatalog) => rolesOf(catalog.source))(await catalogOf(io, dir, config.right));
};

/** The catalog that the configuration puts together: the shipped one or a file, with its packs and plans. */
const catalogOf = async (io: Io, dir: string, config: Config): Promise<E.Either<Trouble, LoadedCatalog>> => {
  const assembled = await assembleCatalog(
    { ...io, cwd: dir },
    {
      ...(config.catalog === undefined ? {} : { catalog: config.catalog }),
      pack: config.packs,
      selfHosted: config.selfHosted.length > 0,
    },
  );
  return E.map(({ loaded }: AssembledCatalog) => loaded)(assembled);
};

/** The keys of a deployment, as the file says at each request. Nothing is served while it can't be read at the start. */
const credentialsOf = async (
  io: Io,
  dir: string,
  roles: readonly Role[],
): Promise<E.Either<Trouble, CredentialStore>> => {
  const path = join(dir, 'credentials.json');
  const read = await readCredentialFile(path);
  if (E.isLeft(read)) return read;
  for (const { keyId, scope } of read.right)
    for (const role of scope)
      if (!roles.includes(role))
        complain(
          io,
          `${path}: key ${keyId} carries ${role}, which grants nothing: expected ${expectedRole(roles, role)}`,
        );
  return openCredentialFile(path, (lines) => {
    for (const line of lines) complain(io, `${line}; the keys that were read before still count`);
    if (lines.length === 0) complain(io, `${path}: can be read again, and counts`);
  });
};

const resourcesOf = (io: Io, dir: string, config: Config): E.Either<Trouble, ResourceDirectory> => {
  const { resources: file } = config;
  if (file === undefined) return E.right(anyResource('production', registeredIn(config)));
  const opened = resourceFile(resolve(dir, file), (detail) => complain(io, `${file}: ${detail}`));
  return E.mapLeft((why: string): Trouble => [`${file}: ${why}`])(opened);
};

/** The resources of a tenant for which the configuration names a place. */
const registeredIn =
  ({ repositories, deployments, metrics, iam, listings, releases }: Config): ResourceDirectory['names'] =>
  (tenant) => [
    ...new Set(
      [repositories, deployments, metrics, iam, listings, releases].flatMap((places) =>
        Object.hasOwn(places, tenant) ? Object.keys(places[tenant] ?? {}) : [],
      ),
    ),
  ];

const isSandboxOf =
  (resources: ResourceDirectory) =>
  (of: TenantResource): boolean =>
    resources.find(of)?.environment === 'sandbox';

const assemble = async (
  io: Io,
  dir: string,
  config: Config,
  standing: Standing,
  catalog: LoadedCatalog,
  credentials: CredentialStore,
  own: LocalWorld,
  { shadow, storage = (named) => named, clock = systemClock, handlersOf, acceptsRestores, onAnswered }: OpenOptions,
): Promise<E.Either<Trouble, Deployment>> => {
  const resources = resourcesOf(io, dir, config);
  if (E.isLeft(resources)) return resources;
  const places = resolvedPlaces(dir, config);
  const observers = localObservers(
    config,
    places,
    catalog.catalog.source.plans,
    (digest, text) => keepRaw(dir, digest, text),
    ({ tenant, resource }, detail) => io.err(`tai: ${tenant} ${resource} was not seen: ${detail}\n`),
    clock,
  );
  const opened = await openEmbedded({
    dir,
    clock,
    storage: storage(await storageOf(io, dir, config)),
    catalog,
    standing,
    credentials,
    domain: config.domain,
    ...(config.place === undefined ? {} : { place: config.place }),
    resources: resources.right,
    ...(config.executor === undefined ? {} : { executor: config.executor }),
    ...(shadow === undefined ? {} : { shadow }),
    ...(acceptsRestores === undefined ? {} : { acceptsRestores }),
    ...(onAnswered === undefined ? {} : { onAnswered }),
    observers: [...observers, ...own.observers],
    handlers: [...(await handlersOf(config.mode, places, isSandboxOf(resources.right))), ...own.handlers],
    onFault: (detail) => complain(io, detail),
    ownerOf: (tenant) => {
      const id = Object.hasOwn(config.owners, tenant) ? config.owners[tenant] : undefined;
      return id === undefined ? undefined : { type: 'user', id };
    },
  });
  if (!opened.opened) return E.left(opened.wrong);
  const { deployment } = opened;
  for (const tenant of config.selfHosted) {
    const owner = Object.hasOwn(config.owners, tenant) ? config.owners[tenant] : undefined;
    const wrong =
      owner === undefined ? ['config.json names no owner of it'] : await deployment.openTenant(tenant, owner);
    for (const why of wrong) complain(io, `the tenant ${tenant} stays as it is: ${why}`);
    if (wrong.length === 0 && !(await decidesBy(deployment, tenant)))
      complain(
        io,
        `the tenant ${tenant} decides by another catalog than this deployment’s, which it had before; tai operator activate puts it in force again`,
      );
  }
  return E.right({ ...deployment, dir, config, resources: resources.right });
};

/** Whether a tenant decides by the deployment's own catalog; asked without a receipt. */
const decidesBy = async (
  { governor, catalogs: [{ digest }] }: EmbeddedDeployment,
  tenant: string,
): Promise<boolean> => {
  const operator = { tenant, subject: { type: 'system', id: 'operator' }, scope: [] } as const;
  const preview = await governor.preview(operator, { action: 'activate_catalog', resource: digest });
  return E.isLeft(preview) || preview.right.verdict === 'refuse';
};
