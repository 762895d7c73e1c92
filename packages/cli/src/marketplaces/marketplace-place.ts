/** The marketplaces that a configuration connects. */
import type { DeskTables } from '@tai-autonomics/adapter-http/marketplaces';
import type { Issue } from '@tai-autonomics/core';
import { isPlainObject } from '@tai-autonomics/core/receipt';
import { checkMembers, type Rule } from '@tai-autonomics/governor/json';
import { tenantFault } from '@tai-autonomics/governor/operator';
import { isDocumentUrl } from '@tai-autonomics/governor/remote';

/** What every marketplace is connected by. */
interface CommonPlace extends DeskTables {
  /** The API, where it is another than the marketplace’s own. */
  readonly endpoint?: string;
  /** How often everything is read again, in minutes; 60 where absent. */
  readonly everyMinutes?: number;
}

/** Google Cloud Marketplace. */
export interface GooglePlace extends CommonPlace {
  /** The id of the provider at Google. */
  readonly provider: string;
  /** A file with an access token, relative to the folder, kept fresh by somebody else. */
  readonly tokenFile: string;
  /** The sign-up page: its domain, for which Google signs the tokens of buyers. None is resolved where absent. */
  readonly signUp?: { readonly audience: string; readonly jwks?: string };
  /** What is billed by use: the service’s name at Service Control, and its API where that is another than Google’s. Nothing is reported where absent. */
  readonly usage?: { readonly service: string; readonly endpoint?: string };
}

/** AWS Marketplace. */
export interface AwsPlace extends CommonPlace {
  /** The codes of products with contracts. */
  readonly products: readonly string[];
  /** A file with credentials, as `aws configure export-credentials` writes them, kept fresh by somebody else. */
  readonly credentialsFile: string;
  /** The SNS topics of the products, by ARN; none where events come from EventBridge alone. */
  readonly topics?: readonly string[];
  /** Account ids by older customer identifiers. */
  readonly accounts?: Readonly<Record<string, string>>;
  readonly region?: string;
  /** The metering API, where it is another than the marketplace’s own: buyers are resolved there. */
  readonly metering?: string;
}

/** Microsoft’s marketplace. */
export interface AzurePlace extends CommonPlace {
  /** A file with an access token, relative to the folder, kept fresh by somebody else. */
  readonly tokenFile: string;
  /** The publisher’s directory at Entra, and the offer’s application there: calls then carry Microsoft’s token, and no key. */
  readonly caller?: { readonly directory: string; readonly application: string; readonly jwks?: string };
}

/** Shops of one's own, whose events come signed, by the name under which each is recorded. */
export type OwnShops = Readonly<Record<string, ShopPlace>>;

/** A shop whose events come signed. */
export interface ShopPlace {
  /** A private file of keys, relative to the folder, one a line: `whsec_…`, or `whpk_…`, the public half alone. */
  readonly keysFile: string;
  /** The tenants that its events may name: names, or beginnings of names that end in `*`. Any tenant where absent. */
  readonly tenants?: readonly string[];
}

/** The marketplaces by name. */
export interface MarketplacePlaces {
  readonly own?: OwnShops;
  readonly google?: GooglePlace;
  readonly aws?: AwsPlace;
  readonly azure?: AzurePlace;
}

/** What is wrong with the member `marketplaces` of a configuration. */
export const marketplaceIssues = (x: unknown): readonly Issue[] => {
  if (x === undefined) return [];
  const path = ['marketplaces'];
  if (!isPlainObject(x))
    return [{ path, expected: 'an object from marketplace to its place', found: 'something else' }];
  return Object.entries(x).flatMap(([name, place]) => {
    if (name === 'own') return shopIssues(place, [...path, name]);
    const rules = Object.hasOwn(RULES, name) ? RULES[name as keyof typeof RULES] : undefined;
    const here = [...path, name];
    if (rules === undefined)
      return [{ path: here, expected: `one of own, ${Object.keys(RULES).join(', ')}`, found: 'another name' }];
    return [...checkMembers(place, here, rules), ...tableIssues(place, here)];
  });
};

const shopIssues = (x: unknown, path: Issue['path']): readonly Issue[] =>
  isPlainObject(x)
    ? Object.entries(x).flatMap(([name, place]) => checkMembers(place, [...path, name], SHOP))
    : [{ path, expected: 'an object from the name of a shop to its keys', found: 'something else' }];

/** Tenants of the tables have names in one spelling, as everywhere. */
const tableIssues = (place: unknown, path: Issue['path']): readonly Issue[] => {
  const tenants = isPlainObject(place) ? place['tenants'] : undefined;
  if (!isPlainObject(tenants)) return [];
  return Object.entries(tenants).flatMap(([id, tenant]): readonly Issue[] => {
    const fault = typeof tenant === 'string' ? tenantFault(tenant) : undefined;
    return fault === undefined
      ? []
      : [{ path: [...path, 'tenants', id.slice(0, 80)], expected: 'a name in its one spelling', found: fault }];
  });
};

const isText = (x: unknown): x is string => typeof x === 'string' && /^[^\p{Cc}]{1,500}$/u.test(x);
const isEndpoint = (x: unknown): boolean =>
  isText(x) && isDocumentUrl(`${x}/`) && URL.canParse(x) && new URL(x).username === '';
const TABLE = (expected: string): Rule => ({
  expected,
  holds: (x) => isPlainObject(x) && Object.entries(x).every(([name, value]) => isText(name) && isText(value)),
});
const FILE: Rule = { expected: 'a file', holds: isText };

const LIST = (expected: string, form: RegExp): Rule => ({
  expected,
  holds: (x) => Array.isArray(x) && x.length > 0 && x.every((one) => isText(one) && form.test(one)),
});
const CALLER: Rule = {
  expected: '{ directory, application }, ids of Entra',
  holds: (x) =>
    isPlainObject(x) &&
    ['directory', 'application'].every((name) => /^[0-9a-fA-F-]{36}$/.test(String(x[name]))) &&
    (x['jwks'] === undefined || (isText(x['jwks']) && isDocumentUrl(x['jwks']))) &&
    Object.keys(x).every((name) => ['directory', 'application', 'jwks'].includes(name)),
  isOptional: true,
};

const SIGN_UP: Rule = {
  expected: '{ audience }, the domain of the sign-up page',
  holds: (x) =>
    isPlainObject(x) &&
    isText(x['audience']) &&
    (x['jwks'] === undefined || (isText(x['jwks']) && isDocumentUrl(x['jwks']))) &&
    Object.keys(x).every((name) => ['audience', 'jwks'].includes(name)),
  isOptional: true,
};

const USAGE: Rule = {
  expected: '{ service }, the name of the service at Service Control',
  holds: (x) =>
    isPlainObject(x) &&
    isText(x['service']) &&
    /^[A-Za-z0-9][A-Za-z0-9.-]{0,199}$/.test(x['service']) &&
    (x['endpoint'] === undefined || isEndpoint(x['endpoint'])) &&
    Object.keys(x).every((name) => ['service', 'endpoint'].includes(name)),
  isOptional: true,
};

const COMMON = {
  tenants: TABLE('an object from id of an account or purchase to tenant'),
  plans: TABLE('an object from plan of the marketplace to plan of the catalog'),
  endpoint: {
    expected: 'an address that begins with https://',
    holds: isEndpoint,
    isOptional: true,
  },
  everyMinutes: {
    expected: 'minutes, from 1 to 1440',
    holds: (x) => Number.isSafeInteger(x) && Number(x) >= 1 && Number(x) <= 1_440,
    isOptional: true,
  },
} satisfies Readonly<Record<string, Rule>>;

const RULES: Readonly<Record<Exclude<keyof MarketplacePlaces, 'own'>, Readonly<Record<string, Rule>>>> = {
  google: {
    ...COMMON,
    provider: { expected: 'the id of the provider', holds: (x) => isText(x) && /^[A-Za-z0-9_.-]+$/.test(x) },
    tokenFile: FILE,
    signUp: SIGN_UP,
    usage: USAGE,
  } satisfies Readonly<Record<keyof GooglePlace, Rule>>,
  aws: {
    ...COMMON,
    products: LIST('a list of product codes', /^[A-Za-z0-9-]{1,100}$/),
    credentialsFile: FILE,
    topics: {
      ...LIST('a list of ARNs of SNS topics', /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_.-]+$/),
      isOptional: true,
    },
    accounts: { ...TABLE('an object from customer identifier to account id'), isOptional: true },
    metering: COMMON.endpoint,
    region: { expected: 'a region', holds: (x) => isText(x) && /^[a-z0-9-]{1,40}$/.test(x), isOptional: true },
  } satisfies Readonly<Record<keyof AwsPlace, Rule>>,
  azure: { ...COMMON, tokenFile: FILE, caller: CALLER } satisfies Readonly<Record<keyof AzurePlace, Rule>>,
};

const SHOP: Readonly<Record<keyof ShopPlace, Rule>> = {
  keysFile: FILE,
  tenants: { ...LIST('a list of names of tenants', /./), isOptional: true },
};
