/** What the governor takes and answers: the one interface that every door speaks. */
import type { ActionStep, Catalog, Decision, Mode, State } from '@tai-autonomics/core';
import type { OutcomeStatus, ResultSchema, Role, SubjectType } from '@tai-autonomics/core/author';
import type { Audience } from '@tai-autonomics/core/engine';
import type { Json, NodeReader, Receipt } from '@tai-autonomics/core/receipt';
import type { either as E } from 'fp-ts';
import type { LoadedCatalog } from './catalogs/loaded-catalog.ts';
import type { Ms, Row, StoreFault } from './ports.ts';

/** A tenant's name at the doors. It never reaches a receipt; the ledger has an opaque id. */
export type TenantId = string;

/** Who asks, as the credential says. A door fills this in from the credential and from nothing else. */
export interface Caller {
  readonly tenant: TenantId;
  readonly subject: { readonly type: SubjectType; readonly id: string };
  /** The roles that the credential carries at most. */
  readonly scope: readonly Role[];
}

/** What is asked. `id` makes it safe to ask twice: the same id and the same request give the recorded answer. */
export interface Asked {
  /** From the caller (Idempotency-Key, MCP `_meta`), 1 to 200 characters; minted by the governor where absent. */
  readonly id?: string;
  /** An action id, or one of the catalog's aliases. */
  readonly action: string;
  readonly resource: string;
  /** A plain JSON object. */
  readonly arguments?: Readonly<Record<string, unknown>>;
  readonly incident?: string;
  /** W3C trace id, 32 hex digits. */
  readonly trace?: string;
}

/** Where a receipt stands. */
export interface ReceiptPlace {
  readonly origin: string;
  readonly seq: number;
  /** base64url of the receipt's leaf hash. */
  readonly leaf: string;
  readonly event: string;
}

/** How an approved action ended. */
export interface Outcome {
  readonly status: OutcomeStatus;
  /** What the handler returned, or why it did not. */
  readonly result: unknown;
  readonly receipt: ReceiptPlace;
}

/** Decided, and durable. */
export interface Decided {
  readonly decided: true;
  /** The outward answer: a pure projection of the inner decision for this caller. */
  readonly decision: Decision;
  readonly receipt: ReceiptPlace;
  /** Receipts that followed from this decision (a changed tool surface), in order. */
  readonly consequences: readonly ReceiptPlace[];
  /** The incident that its receipts name; absent where there is none. */
  readonly incident?: string;
  /** Present when something ran, or a read was answered. A read has no receipt of its own: it has the decision's. */
  readonly outcome?: Outcome;
  /** What the answer should not be read without, one sentence each: a stop for a resource that nobody knows, when a place is free again. Absent where there is nothing. */
  readonly notes?: readonly string[];
  /** Whether this decision was recorded earlier under the same intent id. What a read finds is looked up anew. */
  readonly repeated: boolean;
}

/**
 * Not decided: no receipt, no effect. Asking again later with the same id is safe. `purged` alone is about the past: the
 * intent was decided earlier, as `receipt` shows, and what was decided has been erased since; it stays so. `moved`: the tenant's ledger
 * goes on in another place, which `detail` names.
 */
export interface NotDecided {
  readonly decided: false;
  readonly why:
    | 'store_unavailable'
    | 'overloaded'
    | 'clock_skew'
    | 'not_ready'
    | 'malformed'
    | 'intent_conflict'
    | 'purged'
    | 'unknown_tenant'
    | 'moved';
  readonly detail: string;
  /** Nothing is wrong with what was asked, but with the deployment: worth keeping until that is mended. */
  readonly keep?: true;
  /** With `purged`: the receipt of then. */
  readonly receipt?: ReceiptPlace;
  readonly retryAfterMs?: Ms;
}

/** How an approved step ended that its caller carried out (`by_caller`). Integers all. */
export type Reported = { readonly wallMs: Ms } & (
  | { readonly status: 'success'; readonly result: unknown }
  | { readonly status: 'timeout'; readonly limitMs: Ms }
  /** `unknown`: it began, and nobody can say how far it came. */
  | { readonly status: 'failed' | 'unknown'; readonly detail: string }
);

/** The answer to an intent: decided and durable, or not decided at all. */
export type Submitted = Decided | NotDecided;

/** A tool as one caller sees it now. */
export interface VisibleTool {
  readonly tool: string;
  readonly title: string;
  readonly description: string;
  /** The pack it belongs to. */
  readonly pack: string;
  /** Other names by which it can be called; absent where there are none. */
  readonly aliases?: readonly string[];
  readonly actions: readonly VisibleAction[];
}
/** An action behind a tool: what its arguments are and what it does. */
export interface VisibleAction {
  readonly action: string;
  readonly means: string;
  readonly arguments: Catalog['source']['packs'][number]['actions'][string]['arguments'];
  readonly effect: 'internal' | 'read' | 'external' | 'contractual';
  readonly idempotent: boolean;
  /** What a success answers with, as JSON Schema. */
  readonly returns?: ResultSchema;
}

/** The end of a tenant's ledger. */
export interface LedgerPlace {
  readonly origin: string;
  readonly size: number;
  /** base64url of the last leaf. */
  readonly leaf: string;
}

/** How a tenant's ledger stands. Plain JSON; instants in milliseconds since the Unix epoch. */
export interface TenantStatus {
  readonly origin: string;
  readonly size: number;
  /** When its last receipt was written. */
  readonly lastAt: Ms;
  /** The clock is behind that instant: nothing is decided in it before then. Absent where it isn't. */
  readonly waitsUntil?: Ms;
  /** The clock is behind that instant, and the operator let it go on: until then its receipts have it. Absent where it isn't. */
  readonly standsUntil?: Ms;
  /** Receipts that the newest checkpoint covers; 0 without one. */
  readonly sealed: number;
  /** When the first receipt was written that no checkpoint covers; absent where all are covered. */
  readonly unsealedSince?: Ms;
  /** What waits for the next append. */
  readonly waiting: number;
  /** Actions that this process runs now. */
  readonly running: number;
  /** Approved actions whose outcome isn't recorded yet, by the place of their approval. */
  readonly open: readonly { readonly seq: number; readonly deadline: Ms; readonly begun: boolean }[];
  /** Actions whose outcome stayed unknown, the last one last, at most 32: `seq` says so of the approval `of`. */
  readonly unknown: readonly { readonly seq: number; readonly of: number; readonly at: string }[];
  /**
   * What was found when the ledger was last read again from its first receipt, while nobody waited: of so many receipts, at that
   * instant, one sentence each. Absent until then.
   */
  readonly checked?: { readonly at: Ms; readonly receipts: number; readonly faults: readonly string[] };
  /** The digest of the catalog that decides. */
  readonly catalog: string;
  /** The meaning of deciding and folding, by its number. */
  readonly semantics: number;
  /** What it says of the keys that seal it. */
  readonly keys: {
    /** In their order, each with the place of its receipt; the last one seals. Empty: the key that the ledger began with still seals. */
    readonly named: readonly { readonly seq: number; readonly vkey: string }[];
    /** Up to which size an old key vouches, by its id (8 hex digits). */
    readonly revoked: readonly { readonly key: string; readonly size: number }[];
  };
  readonly closed: boolean;
  /** Events and messages of marketplaces that it keeps and that were not taken yet: in the operator's ledger alone. */
  readonly held: number;
  /** The place where it goes on, as it says itself: nothing is decided in it here. Absent where it goes on here. */
  readonly movedTo?: string;
}

/** One receipt as a read sees it. */
export interface ReadRow {
  readonly row: Row;
  readonly receipt: Receipt;
  /** By name; empty if one of the disclosures is not the receipt's own. */
  readonly disclosed: ReadonlyMap<string, Json>;
}
/** The caller's ledger as it was before the read's own receipt: asked again, a read finds the same. */
export interface ReadLedger {
  readonly origin: string;
  /** Receipts before the read's own. */
  readonly size: number;
  /** Nodes of the tree over the whole ledger, as far as they are held: `loadProof` says which are. */
  readonly nodes: NodeReader;
  /** Holds the nodes that proofs about these receipts, and about the trees that end with them, are made of. Left: they can't be read. */
  loadProof(...seqs: readonly number[]): Promise<E.Either<string, void>>;
  /** The receipts `from ≤ seq < to`; ends at the first one that can't be read, with the reason. */
  rows(from: number, to: number): AsyncIterable<E.Either<string, ReadRow>>;
  /** The catalogs that decided in it, as far as they can be had. */
  catalogs(): Promise<readonly LoadedCatalog[]>;
  /** Signs a checkpoint of all that is durable, the read's own receipt included; the signed note. */
  seal(): Promise<E.Either<string, string>>;
}
/** What a read step may look at. It never writes. */
export interface ReadView {
  readonly caller: Caller;
  readonly resource: string;
  readonly mode: Mode;
  readonly state: State;
  readonly catalog: Catalog;
  readonly at: Ms;
  readonly ledger: ReadLedger;
  /** Aborts when nobody waits for the answer any more: what it finds is then given up. */
  readonly signal: AbortSignal;
}
/** What a read finds: plain JSON, or in one sentence why it could not look. */
export type ReadAnswer = E.Either<string, unknown>;
/** Answers a read step. */
export type ReadStep = (step: ActionStep, view: ReadView) => Promise<ReadAnswer>;

/** The policy enforcement point: one queue a tenant; nothing is answered or done before its receipt is durable. */
export interface Governor {
  readonly mode: Mode;
  /**
   * Decides, records, and on approval runs; answers when the outcome is recorded too. `signal` aborts when whoever asked is
   * gone: what a read looks up for them is then given up. What was asked is decided and recorded all the same, and what runs,
   * runs to its end.
   */
  submit(caller: Caller, asked: Asked, signal?: AbortSignal): Promise<Submitted>;
  /** Decides without recording. A preview can't be executed. */
  preview(caller: Caller, asked: Asked, audience?: Audience): Promise<E.Either<NotDecided, Decision>>;
  /**
   * Records how an approved step ended that its caller carries out, once, before its deadline and a grace; else it is recorded as
   * unknown. Only whoever asked for it can say so. Left: nothing of theirs is open there.
   */
  report(caller: Caller, of: Pick<ReceiptPlace, 'seq' | 'leaf'>, how: Reported): Promise<E.Either<NotDecided, Outcome>>;
  /** The caller's tools now, sorted by name. Empty for a tenant without a ledger. */
  tools(caller: Caller): Promise<E.Either<NotDecided, readonly VisibleTool[]>>;
  /** Calls back after the tool surface of a tenant changed and its receipt is durable. Answers how to stop. */
  onToolsChanged(tenant: TenantId, changed: () => void): () => void;
  /** Calls back after receipts of a tenant that this process wrote are durable. Answers how to stop. */
  onRecorded(tenant: TenantId, recorded: () => void): () => void;
  /** The end of a tenant's ledger. */
  head(tenant: TenantId): Promise<E.Either<NotDecided, LedgerPlace | undefined>>;
  /** How a tenant's ledger stands, for the operator; `undefined` for a tenant without one. */
  status(tenant: TenantId): Promise<E.Either<NotDecided, TenantStatus | undefined>>;
  /** The pseudonym of a subject: what a grant names. */
  refOf(tenant: TenantId, subject: { readonly type: SubjectType; readonly id: string }): string;
  /** Whether the tenant has a ledger. */
  knows(tenant: TenantId): Promise<E.Either<StoreFault, boolean>>;
  /** Signs a checkpoint of everything durable now; the signed note. */
  seal(tenant: TenantId): Promise<E.Either<NotDecided, string>>;
  /**
   * Says by a receipt in the tenant's ledger that it was restored from a copy with fewer receipts than were sealed, and what was
   * lost; then lowers the mark beside the key, and the ledger goes on. `declared`: the receipt was there already. `undefined`:
   * nothing is missing. Absent but where the governor was made with `acceptsRestores`.
   */
  acceptRestore?(tenant: TenantId, finding: string): Promise<E.Either<NotDecided, Decided | 'declared' | undefined>>;
  /** Ready to decide: started, self-tested, store reachable. The reasons if not. */
  ready(): Promise<readonly string[]>;
  /** Seals what is open and stops. */
  close(): Promise<void>;
}
