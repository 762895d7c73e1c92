/** `tai store backup | restore`: a whole deployment as a folder that can be put back. */
import { mkdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { folderCatalogs } from '@tai-autonomics/adapter-storage';
import { isPlainObject } from '@tai-autonomics/core/receipt';
import { replaceFile } from '@tai-autonomics/governor/node';
import { checkLedger, copyLedger } from '@tai-autonomics/governor/operator';
import type { Command } from 'commander';
import { either as E } from 'fp-ts';
import { readConfig } from '../deployment/deployment.ts';
import { exists } from '../deployment/kept.ts';
import { copyFiles, isMark, keptFiles } from '../deployment/kept-files.ts';
import { openPlace, type WrittenStore } from '../local/store-place.ts';
import { survey } from '../local/survey.ts';
import { DIR } from '../register.ts';
import { complain, EXIT, type ExitCode, type Io, printJson, unreadable } from '../terminal/io.ts';
import { watched } from '../terminal/watched.ts';

interface Options {
  readonly dir: string;
  readonly json?: boolean;
}

/** What a finished backup says of itself. */
interface Backup {
  readonly format: typeof FORMAT;
  readonly ledgers: readonly BackedUp[];
}
interface BackedUp {
  readonly ledger: string;
  readonly receipts: number;
}

const FORMAT = 'tai-autonomics/backup@1';
const SAYS = 'backup.json';

/** Adds the verbs to those of the store. */
export const registerBackup = (store: Command, io: Io, exit: (code: ExitCode) => void): void => {
  store
    .command('backup')
    .description('copy a whole deployment to a folder, beside whatever runs')
    .argument('<backup>', 'the folder; one that holds an older backup of it is brought up to date')
    .option(...DIR)
    .option(...JSON_TWIN)
    .action(async (backup: string, options: Options) => exit(await back(io, backup, options)));
  store
    .command('restore')
    .description('put a backup back, where something is missing')
    .argument('<backup>', 'the folder that tai store backup made')
    .option(...DIR)
    .option(...JSON_TWIN)
    .action(async (backup: string, options: Options) => exit(await restore(io, backup, options)));
};

const JSON_TWIN = ['--json', 'the same as JSON'] as const;

const back = async (io: Io, name: string, options: Options): Promise<ExitCode> => {
  const [dir, backup] = [resolve(io.cwd, options.dir), resolve(io.cwd, name)];
  const config = await readConfig(io, dir);
  if (E.isLeft(config)) return unreadable(io, ...config.left);
  if ((await exists(backup)) && !(await exists(join(backup, SAYS))) && (await exists(join(backup, 'config.json'))))
    return unreadable(io, `${backup}: holds a deployment, or a backup that was not finished; name another folder`);
  await mkdir(backup, { recursive: true, mode: 0o700 });
  const paths = await keptFiles(dir);
  if (E.isLeft(paths)) return failed(io, paths.left);
  const copied = await copyFiles(dir, backup, paths.right, true);
  if (E.isLeft(copied)) return failed(io, copied.left);
  const source = await openPlace(io, config.right.store ?? `sqlite:${join(dir, 'ledger.db')}`, false);
  if (E.isLeft(source)) return unreadable(io, ...source.left);
  const ledgers = await copyAll(io, source.right, `sqlite:${join(backup, 'ledger.db')}`);
  if (E.isLeft(ledgers)) return failed(io, ledgers.left);
  const says: Backup = { format: FORMAT, ledgers: ledgers.right };
  // Last: a backup that says nothing of itself was not finished.
  await replaceFile(join(backup, SAYS), `${JSON.stringify(says, null, 2)}\n`, 0o600);
  return tell(io, `${backup}: `, says, options);
};

const restore = async (io: Io, name: string, options: Options): Promise<ExitCode> => {
  const [dir, backup] = [resolve(io.cwd, options.dir), resolve(io.cwd, name)];
  const says = await readFile(join(backup, SAYS), 'utf8').catch(() => undefined);
  if (says === undefined || !isBackup(says))
    return unreadable(io, `${backup}: is no backup that was finished: ${SAYS} is missing or not of ${FORMAT}`);
  if (await exists(join(dir, 'ledger.db')))
    return unreadable(io, `${join(dir, 'ledger.db')}: is there; move it away before another takes its place`);
  const sound = await checkAll(io, backup);
  if (E.isLeft(sound)) return failed(io, sound.left);
  const paths = await keptFiles(backup);
  if (E.isLeft(paths)) return failed(io, paths.left);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  // What is there is newer than the backup: above all the marks, without which nobody would see what is missing.
  const kept = await copyFiles(
    backup,
    dir,
    paths.right.filter((path) => path !== SAYS),
    false,
  );
  if (E.isLeft(kept)) return failed(io, kept.left);
  const config = await readConfig(io, dir);
  if (E.isLeft(config)) return unreadable(io, ...config.left);
  const source = await openPlace(io, `sqlite:${join(backup, 'ledger.db')}`, false);
  if (E.isLeft(source)) return unreadable(io, ...source.left);
  const ledgers = await copyAll(io, source.right, config.right.store ?? `sqlite:${join(dir, 'ledger.db')}`);
  if (E.isLeft(ledgers)) return failed(io, ledgers.left);
  const code = tell(io, `${dir}: `, { format: FORMAT, ledgers: ledgers.right }, options);
  if (kept.right.some(isMark))
    complain(
      io,
      'the marks that were there stay; a ledger that is shorter than they say goes on after tai operator accept-restore',
    );
  return code;
};

/** Copies every ledger of a store into another, and compares both; closes them. */
const copyAll = async (io: Io, source: WrittenStore, to: string): Promise<E.Either<string, readonly BackedUp[]>> => {
  const target = await openPlace(io, to, true);
  if (E.isLeft(target)) {
    await source.close();
    return E.left(target.left.join('; '));
  }
  try {
    const surveyed = await survey(source);
    if (E.isLeft(surveyed)) return surveyed;
    const copied: BackedUp[] = [];
    const broke = await watched(io, 2, surveyed.right.all, async (watch) => {
      for (const id of surveyed.right.ids) {
        const one = await copyLedger(source, target.right, id, watch);
        if (E.isLeft(one)) return one.left;
        copied.push({ ledger: id, receipts: one.right.receipts });
      }
      return undefined;
    });
    return broke === undefined ? E.right(copied) : E.left(broke);
  } finally {
    await source.close();
    await target.right.close();
  }
};

/** Nothing is put back of a backup in which anything is wrong. */
const checkAll = async (io: Io, backup: string): Promise<E.Either<string, void>> => {
  const opened = await openPlace(io, `sqlite:${join(backup, 'ledger.db')}`, false);
  if (E.isLeft(opened)) return E.left(opened.left.join('; '));
  const store = opened.right;
  try {
    const surveyed = await survey(store);
    if (E.isLeft(surveyed)) return surveyed;
    const catalogs = folderCatalogs(join(backup, 'catalogs'));
    const wrong = await watched(io, 1, surveyed.right.all, async (watch) => {
      for (const id of surveyed.right.ids) {
        const checked = await checkLedger(store, id, { ...watch, catalogs });
        if (E.isLeft(checked)) return checked.left.detail;
        if (watch.isStopped()) return 'stopped before everything was read; nothing was put back';
        const [fault] = checked.right.faults;
        if (fault !== undefined) return `${checked.right.origin ?? id}: ${fault}; nothing was put back`;
      }
      return undefined;
    });
    return wrong === undefined ? E.right(undefined) : E.left(wrong);
  } finally {
    await store.close();
  }
};

const isBackup = (text: string): boolean => {
  try {
    const says: unknown = JSON.parse(text);
    return isPlainObject(says) && says['format'] === FORMAT;
  } catch {
    return false;
  }
};

const tell = (io: Io, where: string, says: Backup, { json }: Options): ExitCode => {
  const receipts = says.ledgers.reduce((sum, one) => sum + one.receipts, 0);
  if (json === true) printJson(io, says);
  else io.out(`${where}${says.ledgers.length} ledgers with ${receipts} receipts, and the folder’s files\n`);
  return EXIT.ok;
};

const failed = (io: Io, line: string): ExitCode => {
  complain(io, line);
  return EXIT.failed;
};
