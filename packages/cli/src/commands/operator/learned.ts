/** `tai operator learned`: counts of a month over the tenants that share them; told once, with a receipt, and the same for ever (X-56). */
import { join } from 'node:path';
import {
  COUNT_LEAST,
  type LearnedMonth,
  learnMonth,
  type MonthCounts,
  startMonth,
  toldOf,
} from '@tai-autonomics/core/analytics';
import { parseInstant } from '@tai-autonomics/core/engine';
import { isPlainObject, parseReceipt } from '@tai-autonomics/core/receipt';
import type { LedgerId } from '@tai-autonomics/governor';
import { parseStrictJson } from '@tai-autonomics/governor/json';
import { readPrivate, replacePrivate, systemClock } from '@tai-autonomics/governor/node';
import { OPERATOR } from '@tai-autonomics/governor/operator';
import type { Command } from 'commander';
import { either as E } from 'fp-ts';
import type { LocalDeployment } from '../../local/local-deployment.ts';
import { withLocal } from '../../local/open-local.ts';
import { recordOperation } from '../../operator/record-operation.ts';
import { DIR } from '../../register.ts';
import { EXIT, type ExitCode, failed, type Io, printJson, unreadable } from '../../terminal/io.ts';
import { createProgress } from '../../terminal/progress.ts';
import type { Local } from '../intents/submit.ts';

/** Adds the verb. */
export const registerLearned = (operator: Command, io: Io, exit: (code: ExitCode) => void): void => {
  operator
    .command('learned')
    .description('count a month over the tenants that share their counts')
    .argument('<month>', 'a month that is over, such as 2026-11')
    .option(...DIR)
    .option('--json', 'the answer as JSON')
    .action(async (month: string, options: Local) => exit(await learned(io, month, options)));
};

/** What was told of each month, and who is behind it: private to the operator, beside the deployment's other files. */
const FILE = 'learned.json';
const FORMAT = 'tai-autonomics/learned@1';
const FILE_BYTES_MAX = 64 * 1_048_576;

const learned = (io: Io, month: string, options: Local): Promise<ExitCode> => {
  const period = periodOf(month);
  if (period === undefined) return Promise.resolve(unreadable(io, `expected a month like 2026-11, found ${month}`));
  if (period.until > systemClock()) return Promise.resolve(unreadable(io, `${month} is not over`));
  return withLocal(io, options.dir, async (deployment) => {
    const path = join(deployment.dir, FILE);
    const read = await readTold(path);
    if (E.isLeft(read)) return unreadable(io, read.left);
    const known = read.right.find((one) => one.month === month);
    if (known !== undefined) return tellMonth(io, known, options);
    const counted = await countMonth(io, deployment, period);
    if (E.isLeft(counted)) return failed(io, counted.left);
    const fresh = learnMonth(month, counted.right, read.right);
    const rows = fresh.rows.length;
    // What is about to be told, and nobody who is behind it.
    const recorded = await recordOperation(deployment, 'tell_learned', { month, rows }, toldOf(fresh));
    if (recorded !== undefined) return failed(io, recorded);
    const kept = await replacePrivate(path, `${JSON.stringify({ format: FORMAT, months: [...read.right, fresh] })}\n`);
    return E.isLeft(kept) ? failed(io, kept.left) : tellMonth(io, fresh, options);
  });
};

const tellMonth = (io: Io, month: LearnedMonth, { json }: Local): ExitCode => {
  const told = toldOf(month);
  if (json === true) printJson(io, told);
  else {
    for (const { item, tenants, count } of told.rows)
      io.out(
        `${item}: ${count === 0 ? `fewer than ${COUNT_LEAST}` : `${count} or more`}, of ${tenants} tenants or more\n`,
      );
    if (told.rows.length === 0) io.out(`nothing can be told of ${month.month}\n`);
  }
  return EXIT.ok;
};

interface Month {
  readonly since: number;
  readonly until: number;
}

const periodOf = (month: string): Month | undefined => {
  const [, year = '', n = ''] = /^(\d{4})-(0[1-9]|1[0-2])$/.exec(month) ?? [];
  if (year === '') return undefined;
  return { since: Date.UTC(Number(year), Number(n) - 1, 1), until: Date.UTC(Number(year), Number(n), 1) };
};

/** Every tenant's month, by its ledger. The operator's own ledger is nobody's. */
const countMonth = async (
  io: Io,
  { store, identity }: LocalDeployment,
  month: Month,
): Promise<E.Either<string, ReadonlyMap<string, MonthCounts>>> => {
  const ledgers = await store.ledgers();
  if (E.isLeft(ledgers)) return E.left(ledgers.left.detail);
  const own = identity.ledger(OPERATOR);
  const tenants = ledgers.right.filter((ledger) => ledger !== own);
  const progress = createProgress(io);
  const found = new Map<string, MonthCounts>();
  try {
    for (const [i, ledger] of tenants.entries()) {
      progress.show(i / tenants.length, `${i} ledgers`);
      const counts = await countOne(store, ledger, month);
      if (E.isLeft(counts)) return counts;
      found.set(ledger, counts.right);
    }
    return E.right(found);
  } finally {
    progress.end();
  }
};

const countOne = async (
  store: LocalDeployment['store'],
  ledger: LedgerId,
  { since, until }: Month,
): Promise<E.Either<string, MonthCounts>> => {
  const run = startMonth(since, until);
  for await (const row of store.read(ledger, 0, Number.MAX_SAFE_INTEGER)) {
    if (E.isLeft(row)) return E.left(row.left.detail);
    const receipt = parseReceipt(row.right.bytes);
    if (E.isLeft(receipt)) return E.left(`receipt ${row.right.seq} cannot be read: expected ${receipt.left.expected}`);
    const at = parseInstant(receipt.right.at) ?? 0;
    if (at >= until) break;
    run.step(receipt.right, at);
  }
  return E.right(run.finish());
};

const readTold = async (path: string): Promise<E.Either<string, readonly LearnedMonth[]>> => {
  const read = await readPrivate(path, 0, FILE_BYTES_MAX);
  if (E.isLeft(read)) return read;
  if (read.right === undefined) return E.right([]);
  const parsed = parseStrictJson(read.right, { comments: false, maxBytes: FILE_BYTES_MAX, maxDepth: 8 });
  const json = E.isRight(parsed) ? parsed.right.value : undefined;
  const months = isPlainObject(json) && json['format'] === FORMAT ? json['months'] : undefined;
  return Array.isArray(months) && months.every(isMonth)
    ? E.right(months as unknown as readonly LearnedMonth[])
    : E.left(`${path}: is not what was told before; nothing is told until it is restored`);
};

const isMonth = (json: unknown): boolean =>
  isPlainObject(json) &&
  typeof json['month'] === 'string' &&
  Array.isArray(json['rows']) &&
  isPlainObject(json['panels']) &&
  Object.values(json['panels']).every((panel) => Array.isArray(panel) && panel.every((one) => typeof one === 'string'));
