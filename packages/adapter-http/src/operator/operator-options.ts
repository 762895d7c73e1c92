/** What the operator's door is made of. */
import type { CatalogStore, Clock, Credential, Governor, Random, TenantStatus } from '@tai-autonomics/governor';
import type { OperatorKeyStore } from '@tai-autonomics/governor/keys';
import type { either as E } from 'fp-ts';
import type { ResolveBuyer } from '../marketplaces/buyers.ts';
import type { MarketplaceName } from '../marketplaces/purchase.ts';
import type { HttpFault, HttpLimits } from '../options.ts';

/** Lines for a person: what is wrong, and what to do. */
export type Trouble = readonly string[];

/** A tenant by its name, and how its ledger stands. */
export interface OperatedTenant extends TenantStatus {
  readonly tenant: string;
  readonly owner?: string;
}

/** The tenants of a deployment: a ledger itself names nobody. */
export interface OperatedTenants {
  readonly open: readonly OperatedTenant[];
  /** Names without a ledger. */
  readonly notOpen: readonly string[];
  /** Ledgers whose tenant nobody names here. */
  readonly unnamed: number;
}

/** The keys that a deployment holds: public parts alone, base64url. */
export interface HeldKeys {
  readonly active: string;
  /** Waits to take over. */
  readonly next?: string;
  readonly older: readonly string[];
}

/** The keys that seal ledgers, and what each ledger says of its own. */
export interface SealingKeys extends HeldKeys {
  readonly tenants: readonly ({ readonly tenant: string; readonly vkey: string } & TenantStatus['keys'])[];
}

/** What came of a rotation. */
export interface RotatedKeys {
  readonly moved: number;
  readonly left: number;
  readonly vkeys: readonly { readonly tenant: string; readonly vkey: string }[];
}

/** What is to be said of an old key, and who says so. */
export interface Revoking {
  readonly operator: string;
  readonly keyId: string;
  readonly tenant: string;
  /** The largest size that the key signed where absent. */
  readonly lastGood?: number;
  /** The id under which it was asked. */
  readonly id?: string;
}

/** What a key vouches for from now on. */
export interface RevokedKey {
  readonly revoked: string;
  readonly lastGoodSize: number;
  readonly origin: string;
  readonly seq: number;
  /** The line that auditors put into their trust file. */
  readonly line: string;
}

/** A message of a marketplace that is kept and not done. */
export interface KeptMessage {
  readonly digest: string;
  readonly marketplace: string;
}

/** The marketplaces that a deployment is connected to. */
export interface OperatedMarketplaces {
  /** How buyers are resolved, by marketplace, as it is now. */
  readonly buyers: () => Readonly<Partial<Record<MarketplaceName, ResolveBuyer>>>;
  /** Binds an account or a purchase to a tenant, and reads the marketplace again. */
  bind(marketplace: MarketplaceName, account: string, tenant: string): Promise<E.Either<string, void>>;
  /** Messages that are kept, in the order in which they came. */
  kept(signal?: AbortSignal): Promise<E.Either<string, readonly KeptMessage[]>>;
  /** Whether a message of this digest was kept once, and was released. */
  wasReleased(digest: string, signal?: AbortSignal): Promise<E.Either<string, boolean>>;
  /** Told that a message is worked on no more. */
  forget(digest: string): void;
}

/**
 * The deployment behind the door, as its operator may change it. Left: what is in the way, one line each; nothing was changed. A list of
 * many ledgers is given up where its `signal` aborts: nobody waits for it any more.
 */
export interface OperatedDeployment {
  tenants(signal?: AbortSignal): Promise<E.Either<string, OperatedTenants>>;
  readonly catalogs: Pick<CatalogStore, 'read' | 'write'>;
  readonly credentials: {
    read(): Promise<E.Either<Trouble, readonly Credential[]>>;
    change(
      change: (all: readonly Credential[]) => E.Either<string, readonly Credential[]>,
    ): Promise<E.Either<Trouble, readonly Credential[]>>;
  };
  /** None is connected where absent. */
  readonly marketplaces?: OperatedMarketplaces;
  readonly sealing: {
    list(signal?: AbortSignal): Promise<E.Either<Trouble, SealingKeys>>;
    /** The public parts, without a look at any ledger. */
    held(): Promise<E.Either<Trouble, HeldKeys>>;
    next(): Promise<E.Either<Trouble, string>>;
    /** Lets the waiting key take over if it is this one, or finishes what it began; where it is `repeated`, one that took over is fine too. */
    rotate(key: string, repeated: boolean): Promise<E.Either<Trouble, RotatedKeys>>;
    /** Says it once for each `id`. */
    revoke(by: Revoking): Promise<E.Either<Trouble, RevokedKey>>;
  };
}

/** What the operator's door stands before. */
export interface OperatorDoorOptions {
  readonly governor: Governor;
  /** The operators' keys: another kind than those of tenants, which count nothing here. */
  readonly keys: OperatorKeyStore;
  readonly deployment: OperatedDeployment;
  readonly random: Random;
  readonly clock: Clock;
  readonly limits?: Partial<HttpLimits>;
  /** Told of every 500. A reporter that throws is not heard. */
  readonly onFault?: (fault: HttpFault) => void;
}

/** The options with everything filled in, as the routes see them. */
export interface OperatorDoor extends Omit<OperatorDoorOptions, 'limits' | 'onFault'> {
  readonly limits: HttpLimits;
}
