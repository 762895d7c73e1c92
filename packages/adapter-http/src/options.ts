/** What the door is made of. */

import type { CatalogSource } from '@tai-autonomics/core';
import type { CredentialStore, Governor, Ms, ResourceDirectory, Row, SubjectDirectory } from '@tai-autonomics/governor';
import { subjectsOf } from '@tai-autonomics/governor/door';
import type { ProtectedResource, Verified } from '@tai-autonomics/governor/tokens';
import type { either as E } from 'fp-ts';
import type { SnsReader } from './marketplaces/aws/sns.ts';
import type { Desk } from './marketplaces/desk.ts';
import type { MarketplaceName } from './marketplaces/purchase.ts';
import { byKeys } from './request/by-keys.ts';

/** Who pushed an event, as a verifier of the push found it: the marketplace's name. */
export interface PushIdentity {
  readonly id: string;
  /** The tenants that its events may name: names, or beginnings of names that end in `*`. Any tenant where absent. */
  readonly tenants?: readonly string[];
}

/** The desk of each marketplace that is connected. */
export type MarketplaceDesks = Readonly<Partial<Record<MarketplaceName, Pick<Desk, 'take'>>>>;

/** How large what comes in may be. */
export interface HttpLimits {
  /** Bytes of a request body, and of one event. */
  readonly bodyBytes: number;
  /**
   * Bytes of a Pub/Sub push, its attributes included. More than a push service can send should fit; an event in it that is
   * above `bodyBytes` is recorded as rejected and answered with 413.
   */
  readonly pushBytes: number;
  /** Bytes of a catalog, at the operator's door alone. */
  readonly catalogBytes: number;
  /** How many objects and lists may be open at once. */
  readonly depth: number;
}

/** 64 KiB a body; 14 MiB a push, above the 10 MB of a Pub/Sub message in base64; 16 MiB a catalog; 32 levels. */
export const HTTP_LIMITS: HttpLimits = {
  bodyBytes: 65_536,
  pushBytes: 14_680_064,
  catalogBytes: 16_777_216,
  depth: 32,
};

/** A request that was answered with 500 and should not have been. It names the route, and nothing that was sent. */
export interface HttpFault {
  readonly method: string;
  readonly route: string;
  /** What was thrown. It comes from the governor or from a port: the door itself puts no input in there. */
  readonly cause: unknown;
}

/** What the AuthZEN routes know beside the governor. */
export interface AuthzenOptions {
  /**
   * The identifier of the policy decision point: the origin by which enforcement points reach the door, `https://pdp.example`.
   * It is never taken from a request. Its metadata is answered with 404 where this is absent.
   */
  readonly pdp?: string;
  /** The governor’s own, so that types of resources are checked and resources are searched; neither where absent. */
  readonly resources?: ResourceDirectory;
  /** Who is known. Whoever has a key where absent. */
  readonly subjects?: SubjectDirectory;
  /** `always`: each answer of an evaluation has a receipt of its own. Those that ask for it by `context.record` where absent. */
  readonly record?: 'always';
}

/** Reads the receipts of a tenant. It decides nothing: who may see what is the door's. */
export interface ReceiptFeed {
  /** The receipts `from ≤ seq < to`; ends at the first one that can't be read. */
  read(tenant: string, from: number, to: number): AsyncIterable<E.Either<unknown, Row>>;
  /** Between two signs of life, at each of which the credential is looked at again; 15 seconds where absent. */
  readonly keepAliveMs?: number;
}

/** Makes bundles while they are read. Who may have one is decided before it is asked. */
export interface ExportStreams {
  /** A tar file of what the selection means. Left: why there is none. It waits for whoever reads, and ends when they are gone. */
  stream(tenant: string, selection: ExportSelection): Promise<E.Either<string, ReadableStream<Uint8Array>>>;
}

/** Which receipts; all where nothing is said. Instants are milliseconds since the Unix epoch. */
export interface ExportSelection {
  readonly from?: { readonly at: Ms };
  readonly to?: { readonly at: Ms };
  readonly incident?: string;
  readonly withhold?: readonly string[];
}

/** What a door stands before, and how it is set. Only the governor and the keys have no default. */
export interface HttpDoorOptions {
  readonly governor: Governor;
  /** The API keys. */
  readonly credentials: CredentialStore;
  /** Knows callers by more than keys: `createAuthenticator` of `governor/tokens`. Must not read the body. The keys alone where absent. */
  readonly authenticate?: (request: Request) => Promise<Verified>;
  /** The door as a resource of OAuth: then 401 says where its metadata is, and a token that lacks a scope is told which. */
  readonly resource?: ProtectedResource;
  readonly marketplace?: {
    /**
     * Verifies a push by its headers (a JWT of the push service, say) in place of an API key; it must not read the
     * body. `undefined` is 401; a rejection is 503.
     */
    readonly verifyPush?: (request: Request) => Promise<PushIdentity | undefined>;
    /** The desks that take the marketplaces’ own messages (`@tai-autonomics/adapter-http/marketplaces`). None where absent. */
    readonly desks?: MarketplaceDesks;
    /** Reads what SNS posts for AWS Marketplace. Its route answers 404 where absent. */
    readonly sns?: SnsReader;
    /** Verifies a call of Microsoft’s marketplace by its headers, as `verifyPush` does a push. A marketplace’s key counts where absent. */
    readonly verifyWebhook?: (request: Request) => Promise<PushIdentity | undefined>;
    /**
     * Verifies an event of ours that comes signed in place of a key (`webhook-signature` of Standard Webhooks), by its headers and the
     * bytes of its body. `undefined` is 401; a rejection is 503. Only keys count where absent.
     */
    readonly verifyEvent?: (headers: Headers, body: Uint8Array) => Promise<PushIdentity | undefined>;
  };
  /** What the AuthZEN routes know beside the governor. */
  readonly authzen?: AuthzenOptions;
  /** Reads the receipts that `GET /v1/events` streams; the route answers with 404 where absent. */
  readonly feed?: ReceiptFeed;
  /** Makes the bundles of `GET /v1/export` while they are read, of any size; where absent one is made first, and has to fit an answer. */
  readonly exports?: ExportStreams;
  readonly limits?: Partial<HttpLimits>;
  /** The catalog's other spellings of plans, for marketplace events. */
  readonly aliases?: CatalogSource['aliases'];
  /** Counts what a request asks beside itself, as the questions of a batch; answers 429 where that is too much. Nothing counts where absent. */
  readonly spend?: (request: Request, count: number) => Promise<Response | undefined>;
  /** Origins of pages in browsers that may ask, such as `https://app.example`; none where absent. */
  readonly origins?: readonly string[];
  /** Told of every 500. A reporter that throws is not heard. */
  readonly onFault?: (fault: HttpFault) => void;
}

/** The options with everything filled in, as the routes see them. */
export interface Door {
  readonly governor: Governor;
  readonly credentials: CredentialStore;
  readonly authenticate: (request: Request) => Promise<Verified>;
  readonly resource: ProtectedResource | undefined;
  readonly verifyPush: ((request: Request) => Promise<PushIdentity | undefined>) | undefined;
  readonly desks: MarketplaceDesks;
  readonly sns: SnsReader | undefined;
  readonly verifyWebhook: ((request: Request) => Promise<PushIdentity | undefined>) | undefined;
  readonly verifyEvent: ((headers: Headers, body: Uint8Array) => Promise<PushIdentity | undefined>) | undefined;
  readonly authzen: Required<Pick<AuthzenOptions, 'subjects'>> & Omit<AuthzenOptions, 'subjects'>;
  readonly feed: ReceiptFeed | undefined;
  readonly exports: ExportStreams | undefined;
  readonly spend: (request: Request, count: number) => Promise<Response | undefined>;
  readonly limits: HttpLimits;
  readonly aliases: CatalogSource['aliases'];
}

/** Fills in the defaults. */
export const buildDoor = ({
  governor,
  credentials,
  authenticate = byKeys(credentials),
  resource,
  marketplace,
  authzen,
  feed,
  exports,
  spend = async () => undefined,
  limits,
  aliases,
}: HttpDoorOptions): Door => ({
  governor,
  credentials,
  authenticate,
  resource,
  verifyPush: marketplace?.verifyPush,
  desks: marketplace?.desks ?? {},
  sns: marketplace?.sns,
  verifyWebhook: marketplace?.verifyWebhook,
  verifyEvent: marketplace?.verifyEvent,
  authzen: { subjects: subjectsOf(credentials), ...authzen },
  feed,
  exports,
  spend,
  limits: { ...HTTP_LIMITS, ...limits },
  aliases,
});
