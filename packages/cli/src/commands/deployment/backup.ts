/** `tai store backup | restore`: a whole deployment as a folder that can be put back. */
import { mkdir, readFile, realpath, rm } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { folderCatalogs } from '@tai-autonomics/adapter-storage';
import { isPlainObject } from '@tai-autonomics/core/receipt';
import { ledgerKeyPath, sameDeployment } from '@tai-autonomics/governor/keys';
import { replaceFile } from '@tai-autonomics/governor/node';
import { checkLedger, copyLedger } from '@tai-autonomics/governor/operator';
import type { Command } from 'commander';
import { either as E } from 'fp-ts';
import { readConfig } from '../../deployment/deployment.ts';
import { exists } from '../../deployment/storage/kept.ts';
import { copyFiles, isMark, keptFiles, readMarks } from '../../deployment/storage/kept-files.ts';
import { openPlace, type WrittenStore } from '../../local/store-place.ts';
import { survey } from '../../local/survey.ts';
import { DIR } from '../../register.ts';
import { complain, EXIT, type ExitCode, failed, type Io, printJson, unreadable } from '../../terminal/io.ts';
import { watched } from '../../terminal/watched.ts';

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
  const wrong = await unfit(dir, backup);
  if (wrong !== undefined) return unreadable(io, wrong);
  const before = await keptFiles(dir, backup);
  if (E.isLeft(before)) return failed(io, before.left);
  const place = config.right.store ?? `sqlite:${join(dir, 'ledger.db')}`;
  const source = await openPlace(io, place, false, { dir, ...config.right });
  if (E.isLeft(source)) return unreadable(io, ...source.left);
  const marks = await readMarks(dir, before.right);
  // Catalogs before what they decided, and all else after it: where this breaks off, the older backup in the folder is still one.
  const catalogs = await copyFiles(dir, backup, before.right.filter(isCatalog), true);
  if (E.isLeft(catalogs)) {
    await source.right.close();
    return failed(io, catalogs.left);
  }
  const ledgers = await copyAll(io, source.right, `sqlite:${join(backup, 'ledger.db')}`, true);
  if (E.isLeft(ledgers)) return failed(io, ledgers.left);
  const paths = await keptFiles(dir, backup);
  if (E.isLeft(paths)) return failed(io, paths.left);
  const copied = await copyFiles(dir, backup, paths.right, true, marks);
  if (E.isLeft(copied)) return failed(io, copied.left);
  const says: Backup = { format: FORMAT, ledgers: ledgers.right };
  // Last: a backup that says nothing of itself was not finished.
  await replaceFile(join(backup, SAYS), `${JSON.stringify(says, null, 2)}\n`, 0o600);
  return tell(io, `${backup}: `, says, options);
};

/** Why a folder can't take the backup of a deployment; makes it where it is missing. Nothing else is written before. */
const unfit = async (dir: string, backup: string): Promise<string | undefined> => {
  try {
    await mkdir(backup, { recursive: true, mode: 0o700 });
    const [own, to] = [await realpath(dir), await realpath(backup)];
    if (to === own || to.startsWith(`${own}${sep}`))
      return `${backup}: lies in the deployment itself; name another folder`;
  } catch (thrown) {
    return `${backup}: cannot be made: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
  }
  if (!(await exists(join(backup, SAYS))) && (await exists(join(backup, 'config.json'))))
    return `${backup}: holds a deployment, or a backup that was not finished; name another folder`;
  return foreign(dir, backup);
};

/** Why two folders can't be one deployment: their keys are of two. */
const foreign = async (dir: string, backup: string): Promise<string | undefined> => {
  for (const mode of ['eval', 'contractual'] as const) {
    const same = await sameDeployment(ledgerKeyPath(dir, mode), ledgerKeyPath(backup, mode));
    if (E.isLeft(same)) return same.left;
    if (same.right === false) return `${backup}: is a backup of another deployment than ${dir}; nothing was copied`;
  }
  return undefined;
};

const isCatalog = (path: string): boolean => path.startsWith(`catalogs${sep}`);

const restore = async (io: Io, name: string, options: Options): Promise<ExitCode> => {
  const [dir, backup] = [resolve(io.cwd, options.dir), resolve(io.cwd, name)];
  const text = await readFile(join(backup, SAYS), 'utf8').catch(() => '');
  const says = parseBackup(text);
  if (says === undefined)
    return unreadable(io, `${backup}: is no backup that was finished: ${SAYS} is missing or not of ${FORMAT}`);
  // What a process that was killed left beside its file would be read into another one.
  for (const file of ['ledger.db', 'ledger.db-wal'].map((one) => join(dir, one)))
    if (await exists(file)) return unreadable(io, `${file}: is there; move it away before another takes its place`);
  const other = await foreign(dir, backup);
  if (other !== undefined) return unreadable(io, other);
  const sound = await checkAll(io, backup, says);
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
  const { store = `sqlite:${join(dir, 'ledger.db')}` } = config.right;
  const ledgers = await copyAll(io, source.right, store, false);
  if (E.isLeft(ledgers)) {
    // A part of the ledgers would pass for all of them; and it would stand in the way of the next try.
    if (config.right.store === undefined)
      for (const end of ['', '-wal', '-shm']) await rm(join(dir, `ledger.db${end}`), { force: true });
    return failed(io, ledgers.left);
  }
  const code = tell(io, `${dir}: `, { format: FORMAT, ledgers: ledgers.right }, options);
  if (kept.right.some(isMark))
    complain(
      io,
      'the marks that were there stay; a ledger that is shorter than they say goes on after tai operator accept-restore',
    );
  return code;
};

/** Copies every ledger of a store into another, and compares both; closes them. `alone`: the other may hold no ledger but these. */
const copyAll = async (
  io: Io,
  source: WrittenStore,
  to: string,
  alone: boolean,
): Promise<E.Either<string, readonly BackedUp[]>> => {
  const target = await openPlace(io, to, true);
  if (E.isLeft(target)) {
    await source.close();
    return E.left(target.left.join('; '));
  }
  try {
    const surveyed = await survey(source);
    if (E.isLeft(surveyed)) return surveyed;
    const there = alone ? await survey(target.right) : E.right({ ids: [] });
    if (E.isLeft(there)) return there;
    if (there.right.ids.some((id) => !surveyed.right.ids.includes(id)))
      return E.left(`${to}: holds ledgers that are not of this deployment, or that it lost; name another folder`);
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
const checkAll = async (io: Io, backup: string, says: Backup): Promise<E.Either<string, void>> => {
  const opened = await openPlace(io, `sqlite:${join(backup, 'ledger.db')}`, false);
  if (E.isLeft(opened)) return E.left(opened.left.join('; '));
  const store = opened.right;
  try {
    const surveyed = await survey(store);
    if (E.isLeft(surveyed)) return surveyed;
    for (const { ledger, receipts } of says.ledgers) {
      const head = await store.head(ledger);
      if (E.isLeft(head)) return E.left(head.left.detail);
      const size = head.right?.size ?? 0;
      if (size < receipts)
        return E.left(`${ledger}: the backup has ${size} of its ${receipts} receipts; nothing was put back`);
    }
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

const parseBackup = (text: string): Backup | undefined => {
  try {
    const says: unknown = JSON.parse(text);
    if (!isPlainObject(says) || says['format'] !== FORMAT || !Array.isArray(says['ledgers'])) return undefined;
    const ledgers: readonly unknown[] = says['ledgers'];
    return ledgers.every(isBackedUp) ? { format: FORMAT, ledgers } : undefined;
  } catch {
    return undefined;
  }
};

const isBackedUp = (one: unknown): one is BackedUp =>
  isPlainObject(one) && typeof one['ledger'] === 'string' && Number.isSafeInteger(one['receipts']);

const tell = (io: Io, where: string, says: Backup, { json }: Options): ExitCode => {
  const receipts = says.ledgers.reduce((sum, one) => sum + one.receipts, 0);
  if (json === true) printJson(io, says);
  else io.out(`${where}${says.ledgers.length} ledgers with ${receipts} receipts, and the folder’s files\n`);
  return EXIT.ok;
};
