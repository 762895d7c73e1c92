/** `tai verify`: checks an evidence bundle offline. It needs no ledger, no network and no key file. */
import { stat, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import {
  type Equivocation,
  formatEquivocation,
  parseCheckpoint,
  type VerifyReport,
} from '@tai-autonomics/core/receipt';
import {
  type Bundle,
  type BundleReport,
  printBundleFault,
  readBundle,
  verifyBundle,
} from '@tai-autonomics/governor/bundle';
import { detectors } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { type Auditor, type AuditorOptions, readAuditor } from '../../audit/auditor.ts';
import { type ClaimedReport, type FiguresVerdict, readClaimed, startFigures } from '../../audit/figures.ts';
import { checkFork } from '../../audit/fork.ts';
import { writeRemembered } from '../../audit/remembered.ts';
import type { Register } from '../../register.ts';
import { complain, EXIT, type ExitCode, type Io, printJson } from '../../terminal/io.ts';
import { createProgress } from '../../terminal/progress.ts';
import { formatReport, reportJson } from '../../terminal/report.ts';

interface VerifyOptions extends AuditorOptions {
  readonly rederive: boolean;
  readonly figures?: string;
  readonly json?: boolean;
}

const EXITS: Readonly<Record<VerifyReport['overall'], ExitCode>> = {
  verified: EXIT.ok,
  falsified: EXIT.failed,
  unreadable: EXIT.unreadable,
  incomplete: EXIT.incomplete,
};

export const registerVerify: Register = (program, io, exit) => {
  program
    .command('verify')
    .description('check an evidence bundle offline, and decide again')
    .argument('<bundle>', 'the bundle: a folder or a tar file; or a .json file, the evidence of a fork')
    .option('--trust <file>', 'whom you trust (C2SP tlog-policy); never taken from the bundle')
    .option('--remember <file>', 'the checkpoints that you saw last: that history continues, never that it is complete')
    .option('--checkpoint <file>', 'a checkpoint that reached you by another way than this bundle: complete up to it')
    .option(
      '--revoked <key>',
      'a key that was given up, and the last size that it vouches for: KEYID=SIZE, or a file of them; may be repeated',
      (text: string, before: readonly string[] = []) => [...before, text],
    )
    .option(
      '--at <instant>',
      'your time: how old is the newest thing in it? Only a witness can say; without one exit 4',
    )
    .option('--max-age <time>', 'how old that may be: 30s, 90m, 24h, 7d', '24h')
    .option('--figures <report>', 'a report of tai report --json: each of its figures is computed again')
    .option('--no-rederive', 'check bytes only; decide nothing again')
    .option('--json', 'the report as JSON')
    .action(async (bundle: string, options: VerifyOptions) => exit(await run(io, bundle, options)));
};

const sizeOf = (note: string | undefined): number => {
  const said = note === undefined ? undefined : parseCheckpoint(note);
  return said === undefined || E.isLeft(said) ? -1 : said.right.size;
};

/**
 * Remembers the bundle's checkpoint: only one that a trusted key signed over these receipts, that continues what was
 * seen before, and that is longer. Anything else leaves the memory as it was.
 */
const remember = async (
  { memory }: Auditor,
  bundle: Bundle,
  report: BundleReport,
): Promise<E.Either<string, 'stored' | 'kept'>> => {
  const { origin } = bundle;
  if (memory === undefined || origin === undefined || report.labels.trusted !== 'yes') return E.right('kept');
  const before = memory.remembered.get(origin);
  const continues = report.steps.some(({ step, status }) => step === 'consistency' && status === 'passed');
  const isSound = report.overall === 'verified' || report.overall === 'incomplete';
  if (!isSound || (before !== undefined && !continues)) return E.right('kept');
  if (sizeOf(bundle.checkpoint) <= sizeOf(before)) return E.right('kept');
  const written = await writeRemembered(memory.path, new Map([...memory.remembered, [origin, bundle.checkpoint]]));
  return E.isLeft(written) ? written : E.right('stored');
};

/** Two checkpoints that can't both be honest go into a file of their own: evidence that anybody can check. */
const keepEquivocation = async (
  { memory }: Auditor,
  equivocation: Equivocation | undefined,
): Promise<E.Either<string, string | undefined>> => {
  if (memory === undefined || equivocation === undefined) return E.right(undefined);
  const [, second] = equivocation.notes;
  const text = formatEquivocation(equivocation.notes);
  const path = `${memory.path}.equivocation-${equivocation.origin.split('/').at(-1) ?? ''}-${sizeOf(second)}.json`;
  try {
    if (E.isLeft(text)) return E.left(`${path}: expected ${text.left.expected}`);
    await writeFile(path, text.right);
    return E.right(path);
  } catch {
    return E.left(`${path}: cannot be written`);
  }
};

const unreadable = (io: Io, options: VerifyOptions, line: string): ExitCode => {
  complain(io, line);
  if (options.json === true) printJson(io, { overall: 'unreadable', headline: line });
  return EXIT.unreadable;
};

const verify = async (
  io: Io,
  name: string,
  options: VerifyOptions,
  auditor: Auditor,
  bundle: Bundle,
  claimed: ClaimedReport | undefined,
): Promise<ExitCode> => {
  const figures = claimed === undefined ? undefined : startFigures(claimed);
  const progress = createProgress(io);
  const remembered = bundle.origin === undefined ? undefined : auditor.memory?.remembered.get(bundle.origin);
  const verified = await verifyBundle(bundle, {
    rederive: options.rederive,
    detectors,
    ...(figures === undefined ? {} : { beside: () => figures.beside }),
    ...(auditor.trust === undefined ? {} : { trust: auditor.trust }),
    ...(remembered === undefined ? {} : { remembered }),
    ...(auditor.outside === undefined ? {} : { outside: auditor.outside }),
    ...(auditor.freshness === undefined ? {} : { freshness: auditor.freshness }),
    revocations: auditor.revocationsOf(bundle.origin),
    onProgress: ({ receipts, share }) => progress.show(share, `${receipts.toLocaleString('en')} receipts`),
  });
  progress.end();
  if (E.isLeft(verified)) return unreadable(io, options, printBundleFault(name, verified.left));
  const report = verified.right;
  const said = figures?.verdict();
  const kept = await remember(auditor, bundle, report);
  const equivocation = await keepEquivocation(auditor, report.equivocation);
  if (options.json === true) {
    const memory = auditor.memory === undefined ? {} : { remembered: E.isRight(kept) ? kept.right : 'failed' };
    const fork =
      E.isRight(equivocation) && equivocation.right !== undefined ? { equivocationFile: equivocation.right } : {};
    printJson(io, { ...reportJson(report), ...memory, ...fork, ...(said === undefined ? {} : { figures: said }) });
  } else {
    io.out(formatReport(io, report));
    if (E.isRight(kept) && kept.right === 'stored')
      io.out(`remembered: ${report.checkpoint?.size ?? 0} receipts, for the next time\n`);
    if (E.isRight(equivocation) && equivocation.right !== undefined)
      io.out(`evidence of the fork, for anybody to check with tai verify: ${equivocation.right}\n`);
    if (said !== undefined) tellFigures(io, said);
  }
  for (const failed of [kept, equivocation]) if (E.isLeft(failed)) complain(io, failed.left);
  return (report.overall === 'verified' || report.overall === 'incomplete') &&
    said !== undefined &&
    said.wrong.length > 0
    ? EXIT.failed
    : EXITS[report.overall];
};

const tellFigures = (io: Io, { computed, wrong }: FiguresVerdict): void => {
  for (const line of wrong) io.out(`${io.paint.red('figures')}: ${line}\n`);
  if (wrong.length === 0) io.out(`figures: all ${computed} measures and sentences are what the receipts say\n`);
};

const isFile = async (path: string): Promise<boolean> => {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
};

const run = async (io: Io, name: string, options: VerifyOptions): Promise<ExitCode> => {
  const auditor = await readAuditor(io, name, options);
  if (E.isLeft(auditor)) return unreadable(io, options, auditor.left);
  if (name.endsWith('.json') && (await isFile(resolve(io.cwd, name))))
    return checkFork(io, name, options, auditor.right.trust);
  const claimed = options.figures === undefined ? undefined : await readClaimed(io, options.figures);
  if (claimed !== undefined && E.isLeft(claimed)) return unreadable(io, options, claimed.left);
  if (claimed !== undefined && !options.rederive)
    return unreadable(io, options, '--figures: expected without --no-rederive: figures are computed as decisions are');
  const bundle = await readBundle(resolve(io.cwd, name));
  if (E.isLeft(bundle)) return unreadable(io, options, printBundleFault(name, bundle.left));
  try {
    return await verify(io, name, options, auditor.right, bundle.right, claimed?.right);
  } finally {
    bundle.right.close();
  }
};
