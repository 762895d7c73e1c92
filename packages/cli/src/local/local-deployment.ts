/**
 * A deployment of this machine as a verb reaches it: open in this process, or open in another one that is asked through
 * its socket. A verb is written once, and does not know which way it went.
 */
import type { CatalogSource } from '@tai-autonomics/core';
import type { CatalogStore, Governor, LedgerStore } from '@tai-autonomics/governor';
import type { Identity } from '@tai-autonomics/governor/keys';
import type { PartStatus } from '@tai-autonomics/governor/node';
import type { Replayed } from '@tai-autonomics/governor/operator';
import type { either as E } from 'fp-ts';
import type { Config } from '../deployment/config.ts';

/** What a verb may read of the ledgers. Only the governor writes them. */
export type LedgerReader = Pick<LedgerStore, 'head' | 'read' | 'checkpoint' | 'ledgers'>;

/** Close it, or the ledger stays held. */
export interface LocalDeployment {
  /** The folder, absolute. */
  readonly dir: string;
  /** The process that holds it, where that is another one. */
  readonly holder?: number;
  /** The configuration that counts: that of the process that holds the ledger. */
  readonly config: Config;
  readonly governor: Governor;
  readonly identity: Identity;
  /** The key that seals its ledgers. */
  readonly publicKey: Uint8Array;
  /** Other spellings that marketplace events may use. */
  readonly aliases: CatalogSource['aliases'];
  readonly store: LedgerReader;
  readonly catalogStore: CatalogStore;
  /** Takes the events that waited for an owner. */
  replayHeldEvents(): Promise<E.Either<string, Replayed>>;
  /** Reads configuration, key and packs anew. Left: what is wrong; then everything stays as it was. */
  reload(): Promise<E.Either<readonly string[], void>>;
  /** How the threads, processes and doors stand of the process that holds it. */
  parts(): Promise<readonly PartStatus[]>;
  /** Resolves when another process held it and has ended; never for one that is open in this process. */
  untilGone(): Promise<void>;
  close(): Promise<void>;
}
