/**
 * A deployment that this process holds for a while. Its ledger stays open while its configuration, its key and its packs
 * are read anew: another governor takes the place of the one before, between two decisions.
 */
import { resolve } from 'node:path';
import type { Governor, LedgerStore, StoreFault } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';
import { followingGovernor } from '../local/following-governor.ts';
import type { Io } from '../terminal/io.ts';
import type { Config } from './config.ts';
import { type Deployment, type OpenOptions, openDeployment, readConfig } from './deployment.ts';

/** Lines for a person: what is wrong, where, and what to do. */
type Trouble = readonly string[];

/** Close it, or the ledger stays held. */
export interface HeldDeployment {
  /** The deployment as it was read last. Its governor is replaced when it is read anew. */
  readonly current: Deployment;
  /** Decides by what was read last; it stays the same object. */
  readonly governor: Governor;
  /**
   * Reads the folder anew. Left: what is wrong; then everything stays as it was. What was asked before is answered by the
   * governor of then, with its packs and handlers.
   */
  reload(): Promise<E.Either<Trouble, void>>;
  close(): Promise<void>;
}

/** How to hold a deployment. */
export interface HoldOptions
  extends Pick<OpenOptions, 'handlersOf' | 'shadow' | 'evaluation' | 'acceptsRestores' | 'onAnswered'> {
  /** Told why the ledger can't be opened. */
  readonly met?: (fault: StoreFault) => void;
  /** Stands before the store for as long as it is held, as a log of receipts does. */
  readonly before?: (store: LedgerStore) => LedgerStore;
}

/** Opens the deployment of a folder and holds it. Nothing is started when anything is wrong. */
export const holdDeployment = async (
  io: Io,
  folder: string,
  { met, before, ...options }: HoldOptions,
): Promise<E.Either<Trouble, HeldDeployment>> => {
  const { storage, release } = oneStore(met, before);
  const open = (): ReturnType<typeof openDeployment> => openDeployment(io, folder, { ...options, storage });
  const first = await open();
  if (E.isRight(first)) return E.right(held(io, resolve(io.cwd, folder), first.right, open, release));
  await release();
  return first;
};

const held = (
  io: Io,
  dir: string,
  first: Deployment,
  open: () => ReturnType<typeof openDeployment>,
  release: () => Promise<void>,
): HeldDeployment => {
  let current = first;
  let last: Promise<unknown> = Promise.resolve();
  let closing: Promise<void> | undefined;
  const { governor, follow, answered, stop } = followingGovernor(first.governor);
  const reload = async (): Promise<E.Either<Trouble, void>> => {
    const config = await readConfig(io, dir);
    if (E.isLeft(config)) return config;
    const fixed = fixedIn(current.config, config.right);
    if (fixed.length > 0)
      return E.left([`config.json: ${fixed.join(', ')}: cannot change while it runs; restart the process for that`]);
    const next = await open();
    if (E.isLeft(next)) return next;
    const before = current;
    current = next.right;
    follow(next.right.governor);
    await answered(before.governor);
    await before.close();
    return E.right(undefined);
  };
  return {
    get current() {
      return current;
    },
    governor,
    reload: () => {
      const next = last.then(reload);
      last = next.catch(() => {});
      return next;
    },
    close: () => {
      closing ??= last.then(async () => {
        stop();
        await current.close();
        await release();
      });
      return closing;
    },
  };
};

/** What names the ledgers: another value of one is another deployment. */
const FIXED = ['mode', 'domain', 'session', 'store', 'segments', 'place'] as const;
const fixedIn = (before: Config, after: Config): readonly string[] => {
  const [own, theirs] = [before, after] as readonly Readonly<Partial<Record<(typeof FIXED)[number], string>>>[];
  return FIXED.filter((name) => own?.[name] !== theirs?.[name]);
};

/** The ledgers of a folder, opened once: a governor that closes leaves them open for the next. */
const oneStore = (
  met: ((fault: StoreFault) => void) | undefined,
  before: (store: LedgerStore) => LedgerStore = (store) => store,
): { readonly storage: NonNullable<OpenOptions['storage']>; readonly release: () => Promise<void> } => {
  let store: LedgerStore | undefined;
  return {
    storage: (named) => ({
      ...named,
      ledgers: async (dir) => {
        const opened = store === undefined ? await named.ledgers(dir) : E.right(store);
        if (E.isLeft(opened)) {
          met?.(opened.left);
          return opened;
        }
        store ??= before(opened.right);
        return E.right({ ...store, close: async () => {} });
      },
    }),
    release: async () => store?.close(),
  };
};
