/** `tai replay`: which decisions of a ledger another catalog would have made otherwise, and why. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Catalog } from '@tai-autonomics/core';
import type { ReplayCounts, Replayed } from '@tai-autonomics/core/analysis';
import {
  type BundleReport,
  printBundleFault,
  readBundle,
  replayBundle,
  replayLedger,
} from '@tai-autonomics/governor/bundle';
import { detectors } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { openEvidence } from '../../audit/evidence.ts';
import { parseCount } from '../../input/count-option.ts';
import { type PolicyOptions, withPolicyOption } from '../../input/written-catalog.ts';
import { DIR, type Register } from '../../register.ts';
import { aspects, paintVerdict, plural, saidOf } from '../../terminal/difference.ts';
import { EXIT, type ExitCode, type Io, printJson, unreadable } from '../../terminal/io.ts';
import { createProgress, type Progress } from '../../terminal/progress.ts';
import { catalogOf, SHIPPED } from './decide.ts';

interface ReplayCommandOptions extends PolicyOptions {
  readonly dir: string;
  readonly tenant?: string;
  readonly trust?: string;
  readonly most?: number;
  readonly json?: boolean;
}

const MOST = 64;

/** What was found so far: counts, and the first differences; a long ledger is not kept. */
interface Told {
  readonly list: Replayed[];
  more: number;
}

/** A ledger's decisions under another catalog, and what was verified of the ledger. */
interface Finished {
  readonly counts: ReplayCounts;
  readonly report?: BundleReport;
}

export const registerReplay: Register = (program, io, exit) => {
  withPolicyOption(program.command('replay'))
    .description('decide what a ledger recorded again, under another catalog')
    .argument(
      '<files...>',
      `a bundle (a folder or a tar file) and a catalog, or \`${SHIPPED}\`; with --tenant a catalog`,
    )
    .option('--tenant <tenant>', 'a tenant of the deployment, instead of a bundle')
    .option(...DIR)
    .option('--trust <file>', 'whom you trust, as in verify')
    .option('--most <count>', `how many differences are listed; ${MOST} where absent`, parseCount)
    .option('--json', 'the differences as JSON')
    .action(async (files: readonly string[], options: ReplayCommandOptions) => exit(await run(io, files, options)));
};

const placeOf = ({ seq, at, action, resource }: Replayed): string =>
  [`receipt ${seq}`, at, action, resource].filter((part) => part !== undefined).join(' ');

const print = (io: Io, replayed: Replayed): void => {
  if (replayed.answer === 'same') return;
  if (replayed.answer === 'not_decided') {
    const named = [...replayed.unread, ...replayed.withheld].join(', ');
    const { why } = replayed;
    io.out(`${placeOf(replayed)}: ${io.paint.yellow('not decided')}: ${why}${named === '' ? '' : `: ${named}`}\n`);
    return;
  }
  const verdict = paintVerdict(io, replayed.verdict);
  if ('unread' in replayed) {
    io.out(`${placeOf(replayed)}: ${verdict} ${replayed.gained.map((code) => `+${code}`).join(' ')}\n`);
    io.out(`  whatever was not read: ${replayed.unread.join(', ')}\n`);
    return;
  }
  io.out(`${placeOf(replayed)}: ${verdict} ${aspects(replayed)}\n`);
  io.out(`  before  ${saidOf(replayed.before, replayed)}\n`);
  io.out(`  after   ${saidOf(replayed.after, replayed)}\n`);
};

const summary = ({ decisions, same, changed, approved, refused, notDecided }: ReplayCounts): string =>
  [
    `${plural(decisions, 'decision')}: ${same} the same`,
    `${refused} approve → refuse`,
    `${approved} refuse → approve`,
    `${changed} with other reasons, steps or plans`,
    `${notDecided} not decided`,
  ].join(', ');

const exitOf = ({ counts, report }: Finished): ExitCode => {
  if (report?.overall === 'unreadable') return EXIT.unreadable;
  if (report?.overall === 'falsified' || counts.changed + counts.approved + counts.refused > 0) return EXIT.failed;
  return counts.notDecided > 0 ? EXIT.incomplete : EXIT.ok;
};

type Telling = (replayed: Replayed) => void;
type Replaying = (under: Catalog, tell: Telling, progress: Progress) => Promise<E.Either<readonly string[], Finished>>;

const fromBundle =
  (io: Io, name: string, trustFile: string | undefined): Replaying =>
  async (under, onReplayed, progress) => {
    let trust: string | undefined;
    try {
      trust = trustFile === undefined ? undefined : await readFile(resolve(io.cwd, trustFile), 'utf8');
    } catch {
      return E.left([`${trustFile}: the trust file cannot be read`]);
    }
    const bundle = await readBundle(resolve(io.cwd, name));
    if (E.isLeft(bundle)) return E.left([printBundleFault(name, bundle.left)]);
    const replayed = await replayBundle(bundle.right, {
      under,
      onReplayed,
      detectors,
      ...(trust === undefined ? {} : { trust }),
      onProgress: ({ receipts, share }) => progress.show(share, `${receipts.toLocaleString('en')} receipts`),
    });
    bundle.right.close();
    return E.isLeft(replayed) ? E.left([printBundleFault(name, replayed.left)]) : replayed;
  };

const fromStore =
  (io: Io, dir: string, tenant: string): Replaying =>
  async (under, onReplayed, progress) => {
    const evidence = await openEvidence(io, dir);
    if (E.isLeft(evidence)) return evidence;
    try {
      const source = await evidence.right.sourceOf(tenant);
      if (E.isLeft(source)) return E.left([source.left]);
      if (source.right === undefined) return E.left([`${dir}: no tenant ${tenant}`]);
      const counts = await replayLedger(source.right, {
        under,
        onReplayed,
        onProgress: ({ receipts, share }) => progress.show(share, `${receipts.toLocaleString('en')} receipts`),
      });
      return E.isLeft(counts) ? E.left([counts.left]) : E.right({ counts: counts.right });
    } finally {
      await evidence.right.close();
    }
  };

const tellEnd = (io: Io, { counts, report }: Finished, more: number): void => {
  if (more > 0) io.out(`… and ${more} more (--most)\n`);
  io.out(`${summary(counts)}\n`);
  io.out('each decision was replayed alone, from its own record; knock-on effects are not simulated\n');
  if (report === undefined) return;
  const line = `the ledger: ${report.headline}`;
  io.out(`${report.overall === 'falsified' ? io.paint.red(line) : line}\n`);
};

const run = async (io: Io, files: readonly string[], options: ReplayCommandOptions): Promise<ExitCode> => {
  const { tenant, dir, trust, json = false } = options;
  const [bundle, file] = tenant === undefined ? files : [undefined, files[0]];
  if (file === undefined || files.length !== (tenant === undefined ? 2 : 1)) {
    return unreadable(io, 'replay: expected a bundle and a catalog, or --tenant and a catalog');
  }
  const catalog = await catalogOf(io, file, options.policy);
  if (E.isLeft(catalog)) return catalog.left;
  const replaying = bundle === undefined ? fromStore(io, dir, tenant ?? '') : fromBundle(io, bundle, trust);
  const most = options.most ?? MOST;
  const told: Told = { list: [], more: 0 };
  const progress = createProgress(io);
  const done = await replaying(
    catalog.right,
    (replayed) => {
      if (replayed.answer === 'same') return;
      if (told.list.length >= most) told.more += 1;
      else told.list.push(replayed);
    },
    progress,
  );
  progress.end();
  if (E.isLeft(done)) return unreadable(io, ...done.left);
  const { counts, report } = done.right;
  if (json) {
    const ledger = report === undefined ? {} : { ledger: { overall: report.overall, headline: report.headline } };
    printJson(io, { counts, ...ledger, differences: told.list, truncated: told.more > 0 });
  } else {
    for (const replayed of told.list) print(io, replayed);
    tellEnd(io, done.right, told.more);
  }
  return exitOf(done.right);
};
