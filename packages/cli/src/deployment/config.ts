/** What a deployment is, as its config.json says. */

import { type CallerLimits, isWebOrigin } from '@tai-autonomics/adapter-http';
import type { Issue } from '@tai-autonomics/core';
import { nameFault, nearestNames } from '@tai-autonomics/core/engine';
import { isPlainObject } from '@tai-autonomics/core/receipt';
import type { GovernorOptions } from '@tai-autonomics/governor';
import {
  isListingPlace,
  isReleasePlace,
  type ListingPlace,
  type Places,
  type ReleasePlace,
} from '@tai-autonomics/governor/local';
import { tenantFault } from '@tai-autonomics/governor/operator';
import {
  type GoogleIamResource,
  isGoogleIamResource,
  isKubernetesPlace,
  type KubernetesPlace,
  type PrometheusQuery,
} from '@tai-autonomics/governor/remote';
import { type IdentityConfig, identityIssues } from '@tai-autonomics/governor/tokens';
import { either as E } from 'fp-ts';
import { type MarketplacePlaces, marketplaceIssues } from '../marketplaces/marketplace-place.ts';
import { type WebhookPlace, webhookIssues } from '../webhooks/webhook-place.ts';
import { type InsurancePlace, insuranceIssues } from './insurance.ts';

interface Common {
  /** The host part of every ledger's origin. */
  readonly domain: string;
  /** A catalog file instead of the shipped one, relative to the folder. */
  readonly catalog?: string;
  /** Packs to put into the catalog: files, relative to the folder. */
  readonly packs: readonly string[];
  /** Tenants that the operator opens on a plan with every pack; after a change of a pack they move to the new catalog. */
  readonly selfHosted: readonly string[];
  /** Modules with observers and handlers of one's own: files, relative to the folder. */
  readonly modules: readonly string[];
  /** The user who owns a tenant that a marketplace opens, by tenant. */
  readonly owners: Readonly<Record<string, string>>;
  /** Git repositories by tenant and resource. */
  readonly repositories: Places<string | RepositoryPlace>;
  /** Deployments of Kubernetes by tenant and resource. */
  readonly deployments: Places<KubernetesPlace>;
  /**
   * Request rates by tenant and resource: a query of a Prometheus, or a file as its `query_range` answers, kept up to date
   * by somebody else.
   */
  readonly metrics: Places<string | PrometheusQuery>;
  /**
   * The store of its ledgers: `postgres://ROLE@HOST:PORT/DATABASE`, without a password, which is in PGPASSWORD or a password
   * file; or `firestore:PROJECT/DATABASE`. Absent: `ledger.db` of the folder.
   */
  readonly store?: string;
  /** Where its oldest receipts go: `folder:PATH`, `s3://BUCKET/PREFIX` or `gs://BUCKET/PREFIX`. Absent: they all stay in the store. */
  readonly segments?: string;
  /** `NAME.ID`: this place, if tenants move between several of this domain. Each has its own name, and each folder a random id. */
  readonly place?: string;
  /** The file of throttle limits, which whatever serves the requests reads. */
  readonly throttle?: string;
  /** The directory of resources, relative to the folder. Absent: every name is a resource, in production. */
  readonly resources?: string;
  /** Allow policies by tenant and resource. */
  readonly iam: Places<PolicyPlace>;
  /** Marketplace listings by tenant and resource. */
  readonly listings: Places<ListingPlace>;
  /** Desired state by tenant and resource: the repository, and the line in it that names the release. */
  readonly releases: Places<ReleasePlace>;
  /** Requests a second that the doors take; `CALLER_LIMITS` where absent. */
  readonly limits?: Partial<CallerLimits>;
  /** Who vouches for callers beside the API keys: issuers of tokens, a push service, a proxy that passes certificates on. */
  readonly identity?: IdentityConfig;
  /** How approved actions are run. */
  readonly executor?: Pick<NonNullable<GovernorOptions['executor']>, 'processesMax'>;
  /** Who is told of the signals of packs, by a name that the operator chooses. */
  readonly webhooks: Readonly<Record<string, WebhookPlace>>;
  /** Origins of pages in browsers that may ask the HTTP door, such as `https://app.example`. */
  readonly origins: readonly string[];
  /** The marketplaces whose own messages are taken, and who is who there. */
  readonly marketplaces?: MarketplacePlaces;
}

/** A git repository, relative to the folder, and what its release tags look like (`release-{version}`). */
export interface RepositoryPlace {
  readonly path: string;
  readonly releaseTags?: readonly string[];
}

/** A declared policy in a repository, at HEAD, and the policy in force. */
export interface PolicyPlace {
  readonly repository: string;
  readonly declared: string;
  /** The file that is the policy in force; or the resource of Google Cloud that has it. */
  readonly policy?: string;
  readonly google?: GoogleIamResource;
}
export type Config =
  | (Common & { readonly mode: 'eval'; readonly session: string })
  | (Common & {
      readonly mode: 'contractual';
      readonly insurance: InsurancePlace;
      /** The rule by which data is handled, a file relative to the folder; every receipt cites it. */
      readonly dataRule: string;
    });

type Members = Readonly<Record<string, unknown>>;

/** Parses a configuration; lists everything that is wrong with it. */
export const parseConfig = (json: unknown): E.Either<readonly [Issue, ...Issue[]], Config> => {
  if (!isPlainObject(json)) return E.left([{ path: [], expected: 'an object', found: found(json) }]);
  const { mode } = json;
  const known = mode === 'eval' || mode === 'contractual' ? KNOWN[mode] : undefined;
  if (known === undefined) return E.left([{ path: ['mode'], expected: 'eval or contractual', found: found(mode) }]);
  const issues: Issue[] = Object.keys(json)
    .filter((name) => !known.includes(name))
    .map((name) => {
      const [near] = nearestNames(name, known, 1);
      const found = near === undefined ? 'another member' : `another member (did you mean \`${near}\`?)`;
      return { path: [name], expected: `one of ${known.join(', ')}`, found };
    });
  text(json, 'domain', 'a host name in lower case', /^[a-z0-9.-]{1,100}$/, issues);
  for (const [name, { expected, pattern }] of Object.entries(OPTIONAL))
    if (json[name] !== undefined) text(json, name, expected, pattern, issues);
  const [packs, selfHosted, modules] = [
    list(json['packs'], 'packs', issues),
    list(json['selfHosted'], 'selfHosted', issues),
    list(json['modules'], 'modules', issues),
  ];
  const owners = names(json['owners'], 'owners', issues);
  const repositories = places<string | RepositoryPlace>(json['repositories'], 'repositories', REPOSITORY, issues);
  const deployments = places<KubernetesPlace>(json['deployments'], 'deployments', KUBERNETES, issues);
  const metrics = places<string | PrometheusQuery>(json['metrics'], 'metrics', RATES, issues);
  const iam = places<PolicyPlace>(json['iam'], 'iam', POLICY, issues);
  const listings = places<ListingPlace>(json['listings'], 'listings', LISTING, issues);
  const releases = places<ReleasePlace>(json['releases'], 'releases', RELEASE, issues);
  rates(json['limits'], issues);
  processes(json['executor'], issues);
  issues.push(...outsideIssues(json));
  for (const [n, tenant] of selfHosted.entries()) misnamed(tenant, ['selfHosted', n], issues, tenantFault);
  for (const [tenant, owner] of Object.entries(owners)) {
    misnamed(tenant, ['owners', tenant], issues, tenantFault);
    misnamed(owner, ['owners', tenant], issues);
  }
  if (mode === 'eval')
    text(
      json,
      'session',
      'the id of the pilot: letters, digits and _.:-',
      /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}$/,
      issues,
    );
  else {
    issues.push(...insuranceIssues(json['insurance']));
    text(json, 'dataRule', 'a file with the rule by which data is handled', /./, issues);
  }
  const [first, ...rest] = issues;
  return first === undefined
    ? E.right({
        ...json,
        packs,
        selfHosted,
        modules,
        owners,
        repositories,
        deployments,
        metrics,
        iam,
        listings,
        releases,
        webhooks: json['webhooks'] ?? {},
        origins: json['origins'] ?? [],
      } as unknown as Config)
    : E.left([first, ...rest]);
};

/** What is wrong with whom it meets outside: receivers, callers, marketplaces. */
const outsideIssues = (json: Members): readonly Issue[] => [
  ...webhookIssues(json['webhooks']),
  ...identityIssues(json['identity']),
  ...marketplaceIssues(json['marketplaces']),
  ...originIssues(json['origins']),
];

const originIssues = (x: unknown): readonly Issue[] => {
  const issues: Issue[] = [];
  for (const [n, origin] of list(x, 'origins', issues).entries())
    if (!isWebOrigin(origin))
      issues.push({ path: ['origins', n], expected: 'an origin such as https://app.example', found: 'another string' });
  return issues;
};

/** Tenants, their owners and resources have names in one spelling: what is registered under another one is never found. */
const misnamed = (name: unknown, path: Issue['path'], issues: Issue[], faultOf: typeof nameFault = nameFault): void => {
  const fault = typeof name === 'string' ? faultOf(name) : undefined;
  if (fault !== undefined) issues.push({ path, expected: 'a name in its one spelling', found: fault });
};

/** A password would be read by whoever reads the file, and shown by whoever shows it. */
export const STORE: { readonly expected: string; readonly pattern: RegExp } = {
  expected: 'postgres://ROLE@HOST:PORT/DATABASE, without a password, or firestore:PROJECT/DATABASE',
  pattern: /^(?:postgres(?:ql)?:\/\/[^:@/?#]+@[^@]*|firestore:[^@?#\s]+)$/,
};

/** Keys come from the environment. */
const SEGMENTS = {
  expected: 'folder:PATH, s3://BUCKET/PREFIX or gs://BUCKET/PREFIX',
  pattern: /^(?:folder:[^\p{Cc}]+|(?:s3|gs):\/\/[^\p{Cc}@]+)$/u,
};

const FILE = { expected: 'a file', pattern: /./ };
const PLACE = {
  expected: 'a name: letters, digits, _ and -; behind it, where a tenant moved here, a dot and the id of the folder',
  pattern: /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}(?:\.[A-Za-z0-9_-]{22})?$/,
};
const OPTIONAL = { store: STORE, segments: SEGMENTS, place: PLACE, catalog: FILE, throttle: FILE, resources: FILE };

const isName = (x: unknown): x is string => typeof x === 'string' && /^[^\p{Cc}]{1,500}$/u.test(x);

const found = (x: unknown): string =>
  x === undefined ? 'nothing' : typeof x === 'string' ? 'another string' : Array.isArray(x) ? 'a list' : typeof x;

const COMMON = [
  'mode',
  'domain',
  'catalog',
  'packs',
  'selfHosted',
  'modules',
  'owners',
  'repositories',
  'deployments',
  'metrics',
  'throttle',
  'iam',
  'listings',
  'releases',
  'resources',
  'limits',
  'identity',
  'executor',
  'webhooks',
  'marketplaces',
  'origins',
  'store',
  'segments',
  'place',
];
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  eval: [...COMMON, 'session'],
  contractual: [...COMMON, 'insurance', 'dataRule'],
};

const names = (x: unknown, path: string, issues: Issue[]): Readonly<Record<string, string>> => {
  if (x === undefined) return {};
  if (!isPlainObject(x)) {
    issues.push({ path: [path], expected: 'an object from name to string', found: found(x) });
    return {};
  }
  for (const [name, value] of Object.entries(x))
    if (!isName(value)) issues.push({ path: [path, name], expected: 'a string', found: found(value) });
  return x as Readonly<Record<string, string>>;
};

/** Reads a list of names; none where it is absent. */
const list = (x: unknown, path: string, issues: Issue[]): readonly string[] => {
  if (x === undefined) return [];
  if (Array.isArray(x) && x.every(isName)) return x;
  issues.push({ path: [path], expected: 'a list of strings', found: found(x) });
  return [];
};

/** Reads the limits of callers: requests a second. */
const rates = (x: unknown, issues: Issue[]): void => {
  if (x === undefined) return;
  if (!isPlainObject(x)) issues.push({ path: ['limits'], expected: 'an object: perKey, perTenant', found: found(x) });
  else
    for (const [name, value] of Object.entries(x))
      if (!['perKey', 'perTenant'].includes(name))
        issues.push({ path: ['limits', name], expected: 'one of perKey, perTenant', found: 'another member' });
      else if (typeof value !== 'number' || !(value > 0 && value <= 1_000_000))
        issues.push({ path: ['limits', name], expected: 'requests a second, above 0', found: found(value) });
};

/** Reads how many processes approved actions may take at once. */
const processes = (x: unknown, issues: Issue[]): void => {
  if (x === undefined) return;
  const expected = 'an object: processesMax';
  if (!isPlainObject(x)) issues.push({ path: ['executor'], expected, found: found(x) });
  else
    for (const [name, value] of Object.entries(x))
      if (name !== 'processesMax') issues.push({ path: ['executor', name], expected, found: 'another member' });
      else if (!(Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= 1_000))
        issues.push({ path: ['executor', name], expected: 'processes at once, 1 to 1000', found: found(value) });
};

const isPolicyPlace = (x: unknown): boolean =>
  isPlainObject(x) &&
  isName(x['repository']) &&
  isName(x['declared']) &&
  (isName(x['policy']) || isGoogleIamResource(x['google'])) &&
  Object.keys(x).length === 3;

/** Reads what is registered for resources, each of them a tenant's. */
const places = <A>(
  x: unknown,
  path: string,
  { expected, is }: { readonly expected: string; readonly is: (place: unknown) => boolean },
  issues: Issue[],
): Places<A> => {
  if (x === undefined) return {};
  if (!isPlainObject(x)) {
    issues.push({ path: [path], expected: 'an object from tenant to its resources', found: found(x) });
    return {};
  }
  for (const [tenant, own] of Object.entries(x)) {
    misnamed(tenant, [path, tenant], issues, tenantFault);
    if (!isPlainObject(own)) {
      issues.push({ path: [path, tenant], expected: `an object from resource to ${expected}`, found: found(own) });
      continue;
    }
    for (const [resource, place] of Object.entries(own)) {
      misnamed(resource, [path, tenant, resource], issues);
      if (!is(place)) issues.push({ path: [path, tenant, resource], expected, found: found(place) });
    }
  }
  return x as Places<A>;
};
const isReleaseTag = (x: unknown): boolean => isName(x) && x.split('{version}').length === 2;
const isReleaseTags = (x: unknown): boolean => Array.isArray(x) && x.length > 0 && x.every(isReleaseTag);
const isRepositoryPlace = (x: unknown): boolean =>
  isPlainObject(x) &&
  isName(x['path']) &&
  (x['releaseTags'] === undefined || isReleaseTags(x['releaseTags'])) &&
  Object.keys(x).every((name) => name === 'path' || name === 'releaseTags');
const REPOSITORY = {
  expected: 'a path, or { path, releaseTags }, each of them a text with one {version}',
  is: (x: unknown) => isName(x) || isRepositoryPlace(x),
};
const isSpan = (x: unknown): boolean => Number.isSafeInteger(x) && (x as number) >= 1_000;
const isQuery = (x: unknown): boolean =>
  isPlainObject(x) &&
  isName(x['url']) &&
  /^https?:\/\//.test(x['url']) &&
  typeof x['query'] === 'string' &&
  x['query'] !== '' &&
  isSpan(x['windowMs']) &&
  isSpan(x['stepMs']) &&
  Object.keys(x).length === 4;
const RATES = {
  expected: 'a path, or { url, query, windowMs, stepMs } of a Prometheus',
  is: (x: unknown) => isName(x) || isQuery(x),
};
const KUBERNETES = {
  expected: '{ namespace, deployment, context?, kubeconfig?, kubectl? }',
  is: (x: unknown) =>
    isKubernetesPlace(x) &&
    Object.keys(x).every((name) => ['namespace', 'deployment', 'context', 'kubeconfig', 'kubectl'].includes(name)),
};
const hasOnly = (x: object, names: readonly string[]): boolean => Object.keys(x).every((name) => names.includes(name));
const LISTING = {
  expected: '{ listing, document, directory }',
  is: (x: unknown) => isListingPlace(x) && hasOnly(x, ['listing', 'document', 'directory']),
};
const RELEASE = {
  expected:
    '{ repository, file, line, tags?, releaseTags? }: a file inside the repository, a line with one {release}, patterns with one {version}',
  is: (x: unknown) =>
    isReleasePlace(x) &&
    (x.releaseTags === undefined || isReleaseTags(x.releaseTags)) &&
    hasOnly(x, ['repository', 'file', 'line', 'tags', 'releaseTags']),
};
const POLICY = {
  expected: '{ repository, declared, policy }, or { repository, declared, google: { resource, tokenFile, endpoint? } }',
  is: isPolicyPlace,
};

const text = (x: Members, name: string, expected: string, form: RegExp, issues: Issue[]): void => {
  const value = x[name];
  if (typeof value !== 'string' || !form.test(value)) issues.push({ path: [name], expected, found: found(value) });
};
