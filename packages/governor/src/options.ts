/** What a governor is made from. */
import type { Engines } from '@tai-autonomics/core/engine';
import type { ReceiptTerms } from '@tai-autonomics/core/receipt';
import type { ReadStep, TenantId } from './api.ts';
import type { LoadedCatalog } from './catalogs/loaded-catalog.ts';
import type { ExecutorOptions } from './executor/executor.ts';
import type { ShadowOptions } from './policy/shadow.ts';
import type {
  CatalogStore,
  Clock,
  Handler,
  InsuranceMonitor,
  LedgerStore,
  Ms,
  Observer,
  Random,
  ResourceDirectory,
  Signer,
  SnapshotStore,
  SubjectDirectory,
  VerifiedCertificate,
} from './ports.ts';
import type { CheckpointOptions } from './seal/checkpointer.ts';
import type { OnSignal } from './signals/signal.ts';
import type { Answered } from './telemetry/answered.ts';
import type { ScrubPace } from './upkeep/scrub-pace.ts';

/** Eval binds nobody and names its pilot; contractual rests on insurance, and on what else `terms` names. */
export type Standing =
  | { readonly mode: 'eval'; readonly session: string }
  | {
      readonly mode: 'contractual';
      /**
       * What looks at the operator's insurance while the governor runs; it records what it finds by itself. Or a certificate
       * that the host verified: then the host has to record its own checks, as the subject `system`, at least once a day.
       */
      readonly insurance: InsuranceMonitor | VerifiedCertificate;
      readonly terms?: Omit<ReceiptTerms, 'insurance'>;
    };

/** Everything that a governor needs of its host. */
export interface GovernorOptions {
  readonly standing: Standing;
  /** The host part of every origin, `[a-z0-9.-]+`. */
  readonly domain: string;
  /**
   * First the deployment's own, which decides in every ledger that names none; then others that stay in memory. They are
   * written to the catalog store at the start.
   */
  readonly catalogs: readonly [LoadedCatalog, ...LoadedCatalog[]];
  /**
   * The versions of deciding and folding that this deployment has; all of this library where absent. A ledger whose
   * version is missing is answered `not_ready`, and none moves to one that is missing.
   */
  readonly engines?: Engines;
  /** Where the catalogs are that ledgers name. Absent: only those given above. */
  readonly catalogStore?: CatalogStore;
  /** Catalogs out of the store that stay compiled in memory, the ones used last; 32 where absent. */
  readonly catalogsHeldMax?: number;
  readonly store: LedgerStore;
  /**
   * Where snapshots of the ledgers are kept, so that a tenant opens as fast with a million receipts as with a thousand. Absent: a
   * tenant is folded from its first receipt whenever it is opened.
   */
  readonly snapshots?: SnapshotStore;
  /** A snapshot whenever a ledger grew by so many receipts, and by a sixteenth of that when it is put away; 1 024 where absent. */
  readonly snapshotEvery?: number;
  readonly signer: Signer;
  /**
   * The name of this place, among those between which ledgers move. Absent: ledgers can leave it, and none can move here. Whoever runs
   * several gives each its own: two of one name would both go on with a ledger.
   */
  readonly place?: string;
  /** 32 bytes that key pseudonyms and digests. */
  readonly secret: Uint8Array;
  readonly clock: Clock;
  readonly random: Random;
  /** A second catalog that decides beside, on what was recorded. Nothing waits for it, and it changes nothing. */
  readonly shadow?: ShadowOptions;
  /** Which resources each tenant has, and where they are: `resourceDirectory`, `resourceFile`, or `anyResource('production')`. */
  readonly resources: ResourceDirectory;
  /**
   * Which subjects each tenant has: `subjectsOf(credentials)`, or `anySubject` of a host that names subjects by itself. Absent:
   * those who asked for something lately, and those who were registered.
   */
  readonly subjects?: SubjectDirectory;
  readonly observers: readonly Observer[];
  readonly handlers: readonly Handler[];
  readonly executor?: ExecutorOptions;
  /** Read steps beyond the built-in ones, by step name. */
  readonly reads?: Readonly<Record<string, ReadStep>>;
  /** Who owns a tenant that a marketplace event opens. Without an answer the tenant is not opened. */
  readonly ownerOf: (tenant: TenantId) => { readonly type: 'user'; readonly id: string } | undefined;
  readonly checkpoints?: Partial<CheckpointOptions>;
  /**
   * Starts although ledgers have fewer receipts than were signed of them, so that the operator can say so in each
   * (`Governor.acceptRestore`). Such a governor is there for that alone: what is asked of it otherwise is decided on what was lost.
   */
  readonly acceptsRestores?: boolean;
  /**
   * A receipt of its own after so many milliseconds without any, in every ledger that this process has met, so that
   * silence is sealed too. Off where absent. Where it is on, every tenant stays in memory.
   */
  readonly heartbeatMs?: Ms;
  /** Intents that may wait for one tenant; more are answered `overloaded`. */
  readonly waitingMax?: number;
  /**
   * Tenants that stay in memory while nothing happens in them, 5 000 unless told; one beyond is folded again from its ledger
   * when it is next asked for.
   */
  readonly restingMax?: number;
  /**
   * How fast the ledgers of opened tenants are read again from their first receipt, in the background: a minute after the opening,
   * eight receipts a turn, where absent.
   */
  readonly scrub?: Partial<ScrubPace>;
  /** Told what went wrong where nobody waits for an answer (a signer that fails, say), for the host's log. */
  readonly onFault?: (detail: string) => void;
  /** Told of each intent once it is answered, for the host's log and figures. */
  readonly onAnswered?: (answered: Answered) => void;
  /**
   * Told of each signal of a pack that this process writes, once its receipt is durable, in the order of each ledger. Nobody is
   * told again after a restart: `tai serve` delivers by webhook what must not be lost.
   */
  readonly onSignal?: OnSignal;
}
