/** `tai marketplace usage`: what was used of what a tenant bought, hour by hour, and reports of it. */
import {
  type MarketplaceName,
  reconcileUsage,
  reportUsage,
  type UsageAnswer,
  type UsageReporter,
} from '@tai-autonomics/adapter-http/marketplaces';
import { systemClock } from '@tai-autonomics/governor/node';
import { Option } from 'commander';
import { either as E } from 'fp-ts';
import type { LocalDeployment } from '../../local/local-deployment.ts';
import { withLocal } from '../../local/open-local.ts';
import { type Counts, countUsage, openUsageLog } from '../../marketplaces/usage.ts';
import { reportersOf } from '../../marketplaces/vendors.ts';
import { DIR, type Register } from '../../register.ts';
import { EXIT, type ExitCode, failed, type Io, printJson, unreadable } from '../../terminal/io.ts';
import { tableLines } from '../../terminal/table.ts';

interface Options {
  readonly dir: string;
  readonly json?: boolean;
  readonly at: MarketplaceName;
  readonly tenant: string;
  readonly count: string;
  readonly report?: boolean;
}

/** What may still come of an hour that has ended. */
const SETTLED_MS = 300_000;

/** Adds the verb to those of marketplaces. */
export const registerMarketplaceUsage: Register = (marketplace, io, exit) => {
  marketplace
    .command('usage')
    .description('count what was used from the receipts, and report it')
    .addOption(
      new Option('--at <marketplace>', 'google, aws or azure')
        .choices(['google', 'aws', 'azure'])
        .makeOptionMandatory(true),
    )
    .requiredOption('--tenant <tenant>', 'whose use')
    .requiredOption('--count <actions>', 'what is billed, with commas: ACTION=DIMENSION')
    .option('--report', 'report what is not accepted yet; a record counts once, however often it is reported')
    .option(...DIR)
    .option('--json', 'the same as JSON')
    .action(async (options: Options) => exit(await usage(io, options)));
};

const usage = async (io: Io, options: Options): Promise<ExitCode> => {
  const counts = countsIn(options.count);
  if (counts === undefined) return unreadable(io, '--count: expected ACTION=DIMENSION, with commas');
  return withLocal(io, options.dir, async (local) => {
    const metered = await countUsage(local, options.tenant, options.at, counts, systemClock() - SETTLED_MS);
    if (E.isLeft(metered)) return failed(io, metered.left);
    const { records, unattributed } = metered.right;
    const log = await openUsageLog(local.dir);
    if (E.isLeft(log)) return failed(io, log.left);
    const faults: string[] = [];
    const reporters = reportersOf(local.dir, local.config.marketplaces ?? {})[options.at] ?? [];
    if (options.report === true) {
      const lacking = wrongToReport(local, options.at, reporters);
      if (lacking !== undefined) return unreadable(io, lacking);
      for (const reporter of reporters) {
        const report = await reportUsage(records, reporter, log.right, systemClock());
        faults.push(...report.faults.map(({ detail }) => detail));
      }
    }
    const known = await log.right.answers();
    const ageMs = Math.min(...reporters.map((one) => one.ageMs), AGE_MOST_MS);
    const { unknown: _, ...stands } = reconcileUsage(records, known, { ageMs }, systemClock());
    if (options.json === true) printJson(io, { ...stands, unattributed, faults });
    else show(io, stands, known, unattributed);
    for (const fault of faults) io.err(`tai: ${fault}\n`);
    return faults.length === 0 ? EXIT.ok : EXIT.failed;
  });
};

/** Google takes a day, which is the most. */
const AGE_MOST_MS = 86_400_000;

const wrongToReport = (
  { config }: LocalDeployment,
  at: MarketplaceName,
  reporters: readonly UsageReporter[],
): string | undefined => {
  if (config.mode === 'eval') return 'an evaluation reports nothing: nothing of it is billed';
  return reporters.length === 0 ? `config.json, marketplaces.${at}: nothing can be reported there` : undefined;
};

const countsIn = (text: string): Counts | undefined => {
  const pairs = text.split(',').map((pair) => /^([a-z][a-z0-9_]{0,63})=([\x21-\x7e]{1,100})$/.exec(pair.trim()));
  return pairs.some((pair) => pair === null)
    ? undefined
    : Object.fromEntries(pairs.map((pair) => [pair?.[1] ?? '', pair?.[2] ?? '']));
};

const show = (
  io: Io,
  stands: Omit<ReturnType<typeof reconcileUsage>, 'unknown'>,
  known: ReadonlyMap<string, UsageAnswer>,
  unattributed: readonly number[],
): void => {
  const rows = Object.entries(stands).flatMap(([stand, records]) =>
    records.map(({ id, from, purchase, dimension, quantity }) => [
      from,
      purchase,
      dimension,
      String(quantity),
      stand,
      known.get(id)?.said ?? '-',
    ]),
  );
  io.out(`${tableLines(io.paint, ['hour', 'purchase', 'dimension', 'used', 'stands', 'said'], rows).join('\n')}\n`);
  if (unattributed.length > 0)
    io.out(`of no purchase, or of an action that is not disclosed any more: receipts ${unattributed.join(', ')}\n`);
};
