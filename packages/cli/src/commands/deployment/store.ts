/** `tai store`: the ledgers as they are kept: checked, copied to another store, and PostgreSQL's tables made. */
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { folderCatalogs } from '@tai-autonomics/adapter-storage';
import type { Answer, CatalogStore } from '@tai-autonomics/governor';
import { type CheckedLedger, type CopiedLedger, checkLedger, copyLedger } from '@tai-autonomics/governor/operator';
import type { Command } from 'commander';
import { either as E } from 'fp-ts';
import type { Config } from '../../deployment/config.ts';
import { readConfig } from '../../deployment/deployment.ts';
import { isFar, isPostgres, openFarCatalogs, openLedgers, postgres } from '../../deployment/storage/storage.ts';
import type { LedgerReader } from '../../local/local-deployment.ts';
import { reach } from '../../local/reach.ts';
import { ofPlace, openPlace } from '../../local/store-place.ts';
import { survey } from '../../local/survey.ts';
import { DIR, type Register } from '../../register.ts';
import { EXIT, type ExitCode, failed, type Io, printJson, unreadable } from '../../terminal/io.ts';
import { watched } from '../../terminal/watched.ts';
import { registerArchive } from './archive.ts';
import { registerBackup } from './backup.ts';
import { registerMove } from './move.ts';
import { registerRemove } from './remove.ts';

interface Options {
  readonly dir: string;
  readonly json?: boolean;
  readonly grant?: string;
}

const PLACES = 'sqlite:FILE, postgres://ROLE@HOST:PORT/DATABASE or firestore:PROJECT/DATABASE';
const JSON_TWIN = ['--json', 'the same as JSON'] as const;

export const registerStore: Register = (program, io, exit) => {
  const store = program.command('store').description('check and copy the ledgers as they are kept');
  const verb = (name: string, means: string): Command => store.command(name).description(means);
  verb('check', 'read every receipt again, and what is kept with it')
    .argument('[store]', `${PLACES}; the deployment’s own where absent`)
    .option(...DIR)
    .option(...JSON_TWIN)
    .action(async (place: string | undefined, options: Options) => exit(await check(io, place, options)));
  verb('copy', 'copy the ledgers to another store, and compare both')
    .argument('<from>', PLACES)
    .argument('<to>', 'the same; a file is made where there is none')
    .option('--dir <dir>', 'the folder whose catalogs/ and segments go along with a store that is no file', '.tai')
    .option(...JSON_TWIN)
    .action(async (from: string, to: string, options: Options) => exit(await copy(io, from, to, options)));
  registerBackup(store, io, exit);
  registerArchive(store, io, exit);
  registerMove(store, io, exit);
  registerRemove(store, io, exit);
  verb('migrate', 'make the tables of a PostgreSQL, or upgrade them')
    .argument('<store>', 'postgres://OWNER@HOST:PORT/DATABASE: the role that shall own the tables')
    .option('--grant <role>', 'let this role decide: it can add receipts, and change or remove none')
    .option(...JSON_TWIN)
    .action(async (place: string, options: Options) => exit(await migrate(io, place, options)));
};

/** What is checked: ledgers, and the catalogs that they name, in the folder or beside them. */
interface Checked {
  readonly store: LedgerReader;
  readonly catalogs: Pick<CatalogStore, 'read'>;
  readonly close: () => Promise<void>;
}

/** Opens the folder's own ledgers where no place is given, or asks the process that holds them. */
const openChecked = async (
  io: Io,
  place: string | undefined,
  dir: string,
): Promise<E.Either<readonly string[], Checked>> => {
  const config: E.Either<readonly string[], Pick<Config, 'store' | 'segments'>> = place === undefined
    ? await readConfig(io, dir)
    : E.right({ store: place });
  if (E.isLeft(config)) return config;
  const { store: where } = config.right;
  const near = folderCatalogs(join(dir, 'catalogs'));
  if (where === undefined)
    return reach<Checked>(
      dir,
      ({ store, close }) => ({ store, catalogs: near, close }),
      async (met) => {
        const own = await openLedgers(dir, config.right);
        if (E.isRight(own)) return E.right({ store: own.right, catalogs: near, close: () => own.right.close() });
        met(own.left);
        return E.left([own.left.detail]);
      },
    );
  const of = place === undefined ? { dir, ...config.right } : await ofPlace(io, where, dir);
  const opened = await openPlace(io, where, false, of);
  if (E.isLeft(opened)) return opened;
  const store = opened.right;
  if (!isFar(where)) return E.right({ store, catalogs: near, close: () => store.close() });
  const far = await openFarCatalogs(where, [dir, io.cwd]);
  if (E.isLeft(far)) {
    await store.close();
    return E.left([far.left.detail]);
  }
  return E.right({
    store,
    catalogs: {
      read: async (digest) => {
        const found = await near.read(digest);
        return E.isRight(found) && found.right === undefined ? far.right.read(digest) : found;
      },
    },
    close: async () => {
      await far.right.close();
      await store.close();
    },
  });
};

const check = async (io: Io, place: string | undefined, options: Options): Promise<ExitCode> => {
  const opened = await openChecked(io, place, resolve(io.cwd, options.dir));
  if (E.isLeft(opened)) return unreadable(io, ...opened.left);
  const { store, catalogs, close } = opened.right;
  try {
    const surveyed = await survey(store);
    if (E.isLeft(surveyed)) return failed(io, surveyed.left);
    const { ids, all } = surveyed.right;
    const checked: CheckedLedger[] = [];
    const broke = await watched(io, 1, all, async (watch) => {
      for (const id of ids) {
        const one = await checkLedger(store, id, { ...watch, catalogs });
        if (E.isLeft(one)) return one.left.detail;
        checked.push(one.right);
        if (watch.isStopped()) return 'stopped before everything was read';
      }
      return undefined;
    });
    if (options.json === true) printJson(io, checked);
    else tellChecked(io, checked);
    if (broke !== undefined) return failed(io, broke);
    return checked.some(({ faults }) => faults.length > 0) ? EXIT.failed : EXIT.ok;
  } finally {
    await close();
  }
};

const tellChecked = (io: Io, checked: readonly CheckedLedger[]): void => {
  for (const {
    ledger,
    origin = ledger,
    receipts,
    disclosures,
    checkpoints,
    sealed,
    faults,
    missingCatalogs,
  } of checked) {
    const verdict = faults.length === 0 ? io.paint.green('sound') : io.paint.red('NOT SOUND');
    io.out(
      `${verdict} ${origin}: ${receipts} receipts, ${disclosures} disclosures, ${checkpoints} checkpoints up to ${sealed}\n`,
    );
    for (const fault of faults) io.out(`  ${fault}\n`);
    for (const digest of missingCatalogs) io.out(`  ${io.paint.yellow(`the catalog ${digest} is not kept here`)}\n`);
  }
  io.out(`${checked.length} ledgers\n`);
};

const copy = async (io: Io, from: string, to: string, options: Options): Promise<ExitCode> => {
  const source = await openPlace(io, from, false, await ofPlace(io, from, resolve(io.cwd, options.dir)));
  if (E.isLeft(source)) return unreadable(io, ...source.left);
  const target = await openPlace(io, to, true);
  if (E.isLeft(target)) {
    await source.right.close();
    return unreadable(io, ...target.left);
  }
  try {
    const surveyed = await survey(source.right);
    if (E.isLeft(surveyed)) return failed(io, surveyed.left);
    const { ids, all } = surveyed.right;
    const copied: CopiedLedger[] = [];
    const broke = await watched(io, 2, all, async (watch) => {
      for (const id of ids) {
        const one = await copyLedger(source.right, target.right, id, watch);
        if (E.isLeft(one)) return one.left;
        copied.push(one.right);
      }
      return undefined;
    });
    const catalogs = broke === undefined ? await copyCatalogs(io, resolve(io.cwd, options.dir), to) : E.right(0);
    if (options.json === true) printJson(io, copied);
    else tellCopied(io, copied);
    const why = broke ?? (E.isLeft(catalogs) ? catalogs.left : undefined);
    return why === undefined ? EXIT.ok : failed(io, why);
  } finally {
    await source.right.close();
    await target.right.close();
  }
};

/** Drafts, in a folder beside them, are not copied. */
const CATALOG = /^[A-Za-z0-9_-]{43}\.json$/;

/** The catalogs of a folder, into a store that is no file: a process on another machine has no such folder. */
const copyCatalogs = async (io: Io, dir: string, to: string): Promise<E.Either<string, number>> => {
  if (!isFar(to)) return E.right(0);
  const folder = join(dir, 'catalogs');
  const names = (await readdir(folder).catch((): string[] => [])).filter((name) => CATALOG.test(name));
  const opened = await openFarCatalogs(to, [dir, io.cwd]);
  if (E.isLeft(opened)) return E.left(opened.left.detail);
  const { write, close } = opened.right;
  try {
    for (const name of names) {
      const written: Awaited<Answer<string>> = await write(await readFile(join(folder, name), 'utf8'));
      if (E.isLeft(written)) return E.left(`${join(folder, name)}: ${written.left.detail}`);
    }
    return E.right(names.length);
  } finally {
    await close();
  }
};

const tellCopied = (io: Io, copied: readonly CopiedLedger[]): void => {
  for (const { ledger, receipts, copied: fresh, checkpoints, erased } of copied) {
    const gone = erased === 0 ? '' : `, ${erased} disclosures erased that were erased in the first`;
    io.out(
      `${ledger}: ${receipts} receipts are the same in both, ${fresh} of them new; ${checkpoints} checkpoints${gone}\n`,
    );
  }
  io.out(`${copied.length} ledgers\n`);
};

const migrate = async (io: Io, place: string, { grant, json }: Options): Promise<ExitCode> => {
  if (!isPostgres(place)) return unreadable(io, `expected postgres://OWNER@HOST:PORT/DATABASE, found ${place}`);
  const migrated = await (await postgres()).migratePostgres(place, grant === undefined ? {} : { grant });
  if (E.isLeft(migrated)) return failed(io, migrated.left.detail);
  const { store, from, to } = migrated.right;
  if (json === true) printJson(io, migrated.right);
  else
    io.out(
      from === to
        ? `${store}: its tables have version ${to} already\n`
        : `${store}: its tables have version ${to} now\n`,
    );
  if (grant !== undefined && json !== true) io.out(`the role ${grant} can decide there\n`);
  return EXIT.ok;
};
