/**
 * The ports of the shell: everything that the governor needs from the outside, one small interface each.
 * Every implementation of a port runs that port's conformance suite.
 */
import type { ActionStep, Evidence, Mode } from '@tai-autonomics/core';
import type { FactId, NamedKind, Value } from '@tai-autonomics/core/author';
import type { either as E } from 'fp-ts';

/** Milliseconds since the Unix epoch, or a duration in milliseconds. */
export type Ms = number;

/** An opaque ledger id, `[a-z0-9._-]+`. It says nothing about the tenant. */
export type LedgerId = string;

/** Reads the host's clock. Milliseconds since the Unix epoch. */
export interface Clock {
  (): Ms;
  /** Why it can't be believed now, in one sentence: then nothing is decided. Absent: it always can. */
  readonly doubt?: () => string | undefined;
}

/** `count` bytes that nobody can guess. */
export type Random = (count: number) => Uint8Array;

/** One disclosure as it is stored: `text` is the base64url string whose SHA-256 the receipt lists. */
export interface StoredDisclosure {
  readonly name: string;
  readonly text: string;
}

/** Where a caller's intent was recorded, so that the same intent id gets the same answer. */
export interface IntentKey {
  /** Keyed hash of the intent id; the receipt's `id`. */
  readonly id: string;
  /** Keyed hash of what was asked; the same id with another digest is a conflict. */
  readonly digest: string;
}

/** One place of a ledger: the receipt's exact bytes, its leaf hash, and what may be disclosed of it. */
export interface Row {
  readonly seq: number;
  readonly leaf: Uint8Array;
  readonly bytes: Uint8Array;
  readonly disclosures: readonly StoredDisclosure[];
  /** Present on the receipt that decides an intent; unique in its ledger. */
  readonly intent?: IntentKey;
}

/** The end of a ledger. An empty ledger has size 0 and the genesis value of its origin as `leaf`. */
export interface Head {
  readonly size: number;
  readonly leaf: Uint8Array;
}

/** Why a store did not answer. Nothing was written, unless `outcome` says that it is not known. */
export interface StoreFault {
  readonly fault: 'unavailable' | 'corrupt' | 'held' | 'full';
  readonly detail: string;
  /** `unknown`: the store may or may not have written; read the head before the next append. */
  readonly outcome: 'not_written' | 'unknown';
}

/** What became of an append. */
export type Appended =
  | { readonly appended: 'ok' }
  /** Somebody else wrote first: reload, decide again. */
  | { readonly appended: 'conflict'; readonly head: Head }
  /** An intent of this group is recorded already, at `seq`. */
  | { readonly appended: 'duplicate'; readonly id: string; readonly seq: number };

/** A checkpoint as it was signed: `note` is the whole signed note, byte for byte. */
export interface StoredCheckpoint {
  readonly size: number;
  readonly note: string;
}

/** What a store answers: a value, or why it did not. */
export type Answer<A> = Promise<E.Either<StoreFault, A>>;

/** What a store can do, as it says of itself. */
export interface StoreCapabilities {
  /** What `append` answered `ok` to survives the machine; `process`: it lasts as long as the process, as for tests and demonstrations. */
  readonly durable: boolean | 'process';
  /** Several processes may hold it and write to it at once; where it is `false`, the second one is refused, or sees nothing of the first. */
  readonly shared: boolean;
  /** Where an acknowledged receipt is kept, by the operator's own names. Absent: not said. */
  readonly regions?: readonly string[];
}

/**
 * Keeps ledgers. One primitive writes: `append`, a compare-and-set on the head that is durable when it answers `ok`.
 * All rows of a call are written, or none. Receipts are never changed; disclosures can be purged.
 */
export interface LedgerStore {
  append(ledger: LedgerId, expected: Head, rows: readonly Row[]): Answer<Appended>;
  /** `undefined` for a ledger that has no rows. */
  head(ledger: LedgerId): Answer<Head | undefined>;
  /** Rows `from ≤ seq < to` in order, with their disclosures. */
  read(ledger: LedgerId, from: number, to: number): AsyncIterable<E.Either<StoreFault, Row>>;
  /** The row that decided this intent. */
  find(ledger: LedgerId, intentId: string): Answer<Row | undefined>;
  /** Deletes disclosures of one receipt by name; answers how many were there. */
  purge(ledger: LedgerId, seq: number, names: readonly string[]): Answer<number>;
  /** Inserts by (ledger, size); answers the stored one, which is the older one if there was one. */
  putCheckpoint(ledger: LedgerId, checkpoint: StoredCheckpoint): Answer<StoredCheckpoint>;
  /** The checkpoint with the largest size `≤ atMost`. */
  checkpoint(ledger: LedgerId, atMost?: number): Answer<StoredCheckpoint | undefined>;
  ledgers(): Answer<readonly LedgerId[]>;
  /**
   * Forgets the bytes of the receipts before `to`, which somebody keeps elsewhere: a read answers them with no bytes. Their leaves,
   * intents and disclosures stay, and so does the head. Absent: the store keeps every byte for ever.
   */
  shed?(ledger: LedgerId, to: number): Answer<void>;
  /**
   * Removes a whole ledger that has ended and is archived, with its disclosures and checkpoints, all of it or nothing; `false` where
   * `expected` is not its head. Absent: the store removes no ledger.
   */
  forget?(ledger: LedgerId, expected: Head): Answer<boolean>;
  /**
   * Where packs need what is appended to stay (`storage`), a governor does not start on a store that keeps nothing, and says at the
   * start that one lasts as long as its process. A store that does not declare what it can counts as one that keeps nothing.
   */
  readonly capabilities?: StoreCapabilities;
  /** Writes something that changes nothing, durably: whether an append would be. Where it is absent nobody asks. */
  probe?(): Answer<void>;
  close(): Promise<void>;
}

/**
 * Keeps catalogs by their digest, for as long as a receipt may name one: nothing is ever changed or deleted. The governor
 * takes the digest of what it reads again.
 */
export interface CatalogStore {
  /** The canonical text; `undefined` if there is none of this digest. */
  read(digest: string): Answer<string | undefined>;
  /** Answers the digest. The same text again changes nothing; a text that is not canonical JSON is `corrupt`. */
  write(text: string): Answer<string>;
  /** Where candidates wait that decide nothing yet. Absent: they are written to the store itself, and stay for ever. */
  readonly drafts?: DraftStore;
}

/** Texts for a while, by the digests that a catalog store would give them. One that is gone was never missed by a receipt. */
export interface DraftStore {
  /** The canonical text; `undefined` if there is none of this digest that was written at `since` or later. */
  read(digest: string, since: Ms): Answer<string | undefined>;
  /** Answers the digest. The same text again is as new as the last one. */
  write(text: string, at: Ms): Answer<string>;
  /** Deletes what was written before `before`; how many. */
  remove(before: Ms): Answer<number>;
}

/**
 * Keeps what can be computed again from the ledgers, one value for each ledger and part: it may lose any of it at any time, and
 * nobody believes it. What it keeps is confidential like the ledgers.
 */
export interface SnapshotStore {
  /** `part` is of the form `[a-z0-9-]{1,64}`. */
  read(ledger: LedgerId, part: string): Answer<Uint8Array | undefined>;
  /** Puts it in the place of the one before: a reader gets the whole of the one or of the other. */
  write(ledger: LedgerId, part: string, bytes: Uint8Array): Answer<void>;
  /** Removes it, if it is there. */
  remove(ledger: LedgerId, part: string): Answer<void>;
}

/** The largest checkpoint that a key ever signed for an origin; kept beside the key, outside the store. */
export interface HighWaterMark {
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
}

/** One key that signs. */
export interface SigningKey {
  /** 32 bytes, Ed25519. */
  readonly publicKey: Uint8Array;
  sign(message: Uint8Array): Promise<E.Either<string, Uint8Array>>;
}

/**
 * Signs checkpoints. May be slow and may fail (an HSM, a cloud key service): it is awaited, and a failure is a value.
 * Its own `publicKey` and `sign` are the key that every ledger is to be sealed with: one that was sealed with another is
 * moved to it by a receipt.
 */
export interface Signer extends SigningKey {
  /** Keys that sealed before and are still held: the checkpoint that hands a ledger over carries both signatures. */
  readonly older?: readonly SigningKey[];
  highWaterMark(origin: string): Promise<E.Either<string, HighWaterMark | undefined>>;
  /** The marks of all origins: which ledgers there must be. */
  marks(): Promise<E.Either<string, readonly HighWaterMark[]>>;
  raise(mark: HighWaterMark): Promise<E.Either<string, void>>;
  /**
   * Puts `to` in place of `from`, if that is the mark which stands: only after a receipt of the ledger says that it was restored
   * from an older copy. A signer without it can't go on with such a ledger.
   */
  lower?(from: HighWaterMark, to: HighWaterMark): Promise<E.Either<string, void>>;
}

/** What an insurance certificate says that was verified (M-06, M-07). */
export interface VerifiedCertificate {
  /** The number of the policy. */
  readonly id: string;
  /** SHA-256 of what the insurer signed, base64url. */
  readonly digest: string;
  /** At this very instant it is no longer valid. */
  readonly validUntil: Ms;
}

/** What a look at the operator's insurance found. `unseen` says nothing about it: what was found before still counts. */
export type InsuranceSeen =
  | { readonly seen: 'insured'; readonly certificate: VerifiedCertificate }
  /** One sentence says why the operator is not insured. */
  | { readonly seen: 'uninsured'; readonly why: string }
  /** One sentence says why it could not be looked at. */
  | { readonly seen: 'unseen'; readonly why: string };

/**
 * Looks at the operator's insurance, wherever it is: `insuranceMonitor` over a file or an address. The governor asks it again
 * and again and records what it found; nobody else can (M-08).
 */
export interface InsuranceMonitor {
  /** Never rejects. A look that takes longer than `lookWithinMs` counts as one that saw nothing. */
  look(at: Ms): Promise<InsuranceSeen>;
  /** How long a look counts at most, on the governor's clock; a minute where absent. */
  readonly lookEveryMs?: Ms;
  /** How long decisions wait for a look; ten seconds where absent. */
  readonly lookWithinMs?: Ms;
}

/** A resource and whose it is. Two tenants may each have a resource of one name: those are two resources. */
export interface TenantResource {
  /** The tenant's name at the doors. */
  readonly tenant: string;
  readonly resource: string;
}

/** What a directory says of a resource. */
export interface KnownResource {
  /** Its one name. In NFC, without invisible characters. */
  readonly name: string;
  /** What it is: `service`, `listing`; the host's own word. */
  readonly kind: string;
  readonly environment: 'sandbox' | 'production';
  /** Other names that callers may use for it; what is decided and recorded is always about `name`. */
  readonly aliases?: readonly string[];
}

/**
 * Knows each tenant's resources. What it doesn't know is refused with `resource_unknown`, and counts as production.
 * The resource `*` is the whole tenant, and is never asked for.
 */
export interface ResourceDirectory {
  /** The resource of this name or alias; `undefined` where the tenant has none. */
  find(of: TenantResource): KnownResource | undefined;
  /** All names of the tenant's resources, from which the nearest to a misspelt one are told. */
  names(tenant: string): readonly string[];
}

/** A subject by its name, as its credential has it. */
export interface NamedSubject {
  readonly type: NamedKind;
  readonly id: string;
  /** The id of the user who stands behind it; where absent, the user of its own name. */
  readonly person?: string;
}

/**
 * Knows which subjects a tenant has. Whoever asked for something lately, as the ledger shows, is known without it, and so is whom
 * `register_subject` introduced; anybody else whom an intent names is refused with `subject_unknown`.
 */
export interface SubjectDirectory {
  /** The tenant's subjects; `any` of a host that names subjects by itself. Rejects if it can't answer now. */
  of(tenant: string): Promise<'any' | readonly NamedSubject[]>;
}

/** Looks at the world and says what it saw. The governor stamps `source` and gives up after `timeoutMs`. */
export interface Observer {
  readonly source: string;
  readonly facts: readonly FactId[];
  readonly timeoutMs: Ms;
  /**
   * `about` is a resource of `tenant` (its name at the doors): resources of two tenants may have one name. `recall` says what
   * the tenant's ledger remembers of the resource; absent where nobody looks for a decision.
   */
  observe(
    about: string,
    facts: readonly FactId[],
    signal: AbortSignal,
    tenant: string,
    recall?: Recall,
  ): Promise<readonly Seen[]>;
}

/**
 * What the ledger says: a fact of the ledger about the resource, if these observed facts were so. `undefined` where the active
 * catalog has no such fact, or it can't be read from these.
 */
export type Recall = (fact: FactId, given?: Readonly<Record<FactId, unknown>>) => Value | undefined;

/** What an observer saw: a fact's value, when, and where the raw input can be found. */
export interface Seen {
  readonly fact: FactId;
  readonly value: unknown;
  readonly observedAt: Ms;
  readonly ref?: NonNullable<Evidence['ref']>;
}

/** Names the code that carries a step out. It is loaded in a process of its own, never in the governor's. */
export interface Handler {
  readonly step: string;
  /** A file URL or a package specifier. */
  readonly module: string;
  readonly export: string;
  /** Fixed configuration of this registration (paths, endpoints); never a secret. */
  readonly options?: Readonly<Record<string, unknown>>;
}

/** What a handler is called with: the approved step, about which resource of which tenant, and nothing else. */
export interface HandlerCall extends TenantResource {
  readonly step: ActionStep;
  readonly mode: Mode;
  readonly options: Readonly<Record<string, unknown>>;
  readonly signal: AbortSignal;
}
