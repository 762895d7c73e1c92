/** `tai store archive`: sealed receipts move out of the store into segments; whoever reads the ledger sees no difference. */
import { resolve } from 'node:path';
import type { ArchivedLedger } from '@tai-autonomics/adapter-storage/objects';
import type { Command } from 'commander';
import { either as E } from 'fp-ts';
import { readConfig } from '../../deployment/deployment.ts';
import { openSegments } from '../../deployment/storage/segments.ts';
import { openLedgers } from '../../deployment/storage/storage.ts';
import { survey } from '../../local/survey.ts';
import { DIR } from '../../register.ts';
import { EXIT, type ExitCode, failed, type Io, printJson, unreadable } from '../../terminal/io.ts';
import { watched } from '../../terminal/watched.ts';

interface Options {
  readonly dir: string;
  readonly keep: string;
  readonly perSegment: string;
  readonly json?: boolean;
}

/** Adds the verb to those of the store. */
export const registerArchive = (store: Command, io: Io, exit: (code: ExitCode) => void): void => {
  store
    .command('archive')
    .description('move sealed receipts into segments, which config.json names')
    .option(...DIR)
    .option('--keep <receipts>', 'the newest of each ledger stay', '4096')
    .option('--per-segment <receipts>', 'so many in each; what is left over stays', '4096')
    .option('--json', 'the same as JSON')
    .action(async (options: Options) => exit(await archive(io, options)));
};

const archive = async (io: Io, options: Options): Promise<ExitCode> => {
  const dir = resolve(io.cwd, options.dir);
  const [keep, perSegment] = [countOf(options.keep), countOf(options.perSegment)];
  if (keep === undefined) return unreadable(io, `--keep: expected a number of receipts, found ${options.keep}`);
  if (perSegment === undefined || perSegment < 1 || perSegment > 100_000)
    return unreadable(io, `--per-segment: expected 1 to 100000 receipts, found ${options.perSegment}`);
  const config = await readConfig(io, dir);
  if (E.isLeft(config)) return unreadable(io, ...config.left);
  const { segments, store } = config.right;
  if (segments === undefined)
    return unreadable(io, `${dir}/config.json: names no segments; add "segments": "folder:segments" or a bucket`);
  const objects = await openSegments(dir, segments);
  if (E.isLeft(objects)) return unreadable(io, `${dir}/config.json: segments: ${objects.left}`);
  // The store itself: what was moved already has no bytes here.
  const opened = await openLedgers(dir, store === undefined ? {} : { store });
  if (E.isLeft(opened)) return unreadable(io, opened.left.detail);
  try {
    const surveyed = await survey(opened.right);
    if (E.isLeft(surveyed)) return failed(io, surveyed.left);
    const { ids, all } = surveyed.right;
    const { archiveLedger } = await import('@tai-autonomics/adapter-storage/objects');
    const archived: ArchivedLedger[] = [];
    const broke = await watched(io, 1, all, async ({ onRead, isStopped }) => {
      for (const id of ids) {
        const one = await archiveLedger(opened.right, objects.right, id, {
          keep,
          perSegment,
          onMoved: onRead,
          isStopped,
        });
        if (E.isLeft(one)) return one.left;
        archived.push(one.right);
        if (isStopped()) return 'stopped; run it again to go on from there';
      }
      return undefined;
    });
    if (options.json === true) printJson(io, archived);
    else tell(io, archived);
    return broke === undefined ? EXIT.ok : failed(io, broke);
  } finally {
    await opened.right.close();
  }
};

const countOf = (text: string): number | undefined => (/^\d{1,9}$/.test(text) ? Number(text) : undefined);

const tell = (io: Io, archived: readonly ArchivedLedger[]): void => {
  for (const { ledger, archived: moved, segments, shed } of archived) {
    const kept = shed < moved ? '; this store forgets nothing, so they are there twice' : '';
    io.out(`${ledger}: ${moved} receipts are in segments, ${segments} of these are new${kept}\n`);
  }
  io.out(`${archived.length} ledgers\n`);
};
