/** `tai status`, `tai tenants`, `tai upgrade-engine`: how a deployment stands, whose ledgers it has, and which meaning they decide by. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Mode } from '@tai-autonomics/core';
import { ENGINE, ENGINES, formatInstant } from '@tai-autonomics/core/engine';
import type { InsuranceSeen } from '@tai-autonomics/governor';
import { type PartStatus, systemClock } from '@tai-autonomics/governor/node';
import { OPERATOR } from '@tai-autonomics/governor/operator';
import { either as E } from 'fp-ts';
import { monitorOf } from '../../deployment/insurance.ts';
import { parseCount } from '../../input/count-option.ts';
import type { LocalDeployment } from '../../local/local-deployment.ts';
import { withLocal } from '../../local/open-local.ts';
import { type NamedTenant, type Tenants, tenantsOf } from '../../local/tenants.ts';
import { DIR, type Register } from '../../register.ts';
import { complain, EXIT, type ExitCode, type Io, printJson, unreadable } from '../../terminal/io.ts';
import { tableLines } from '../../terminal/table.ts';
import { type DeadLetter, hashOfUrl, readDeliveries, type Since } from '../../webhooks/delivery-state.ts';
import { type Local, tell } from '../intents/submit.ts';

interface UpgradeOptions extends Local {
  readonly tenant: string;
  readonly to?: number;
}

/** Adds the three verbs. */
export const registerStatus: Register = (program, io, exit) => {
  const verb = (name: string, means: string) =>
    program
      .command(name)
      .description(means)
      .option(...DIR)
      .option('--json', 'the same as JSON');
  verb('status', 'show how a deployment stands').action(async (options: Local) =>
    exit(await withLocal(io, options.dir, (local) => showStatus(io, local, options))),
  );
  verb('tenants', 'list the tenants of a deployment').action(async (options: Local) =>
    exit(await withLocal(io, options.dir, (local) => showTenants(io, local, options))),
  );
  verb('upgrade-engine', 'move a tenant’s ledger to a newer meaning of deciding')
    .requiredOption('--tenant <tenant>', 'the tenant')
    .option('--to <number>', 'the number of that meaning; the newest of this release where absent', parseCount)
    .action(async (options: UpgradeOptions) =>
      exit(await withLocal(io, options.dir, (local) => upgrade(io, local, options))),
    );
};

/** 0: it can decide now. 1: it can't, and says why. */
const showStatus = async (io: Io, local: LocalDeployment, { json }: Local): Promise<ExitCode> => {
  const { config, dir, holder } = local;
  const tenants = await tenantsOf(local, OPERATOR);
  const insurance = await insuranceOf(local);
  const file = join(dir, 'ledger.db');
  const found = [
    ...(await local.governor.ready()),
    ...(E.isLeft(tenants) ? [tenants.left] : []),
    ...(insurance !== undefined && 'why' in insurance ? [`insurance: ${insurance.why}`] : []),
  ];
  // What is wrong with the store is met by whatever asks it.
  const reasons = [...new Set(found)];
  const webhooks = await webhooksOf(local);
  const operator = await local.governor.status(OPERATOR);
  const kept = E.isRight(operator) ? (operator.right?.held ?? 0) : 0;
  const status = {
    ready: reasons.length === 0,
    reasons,
    mode: config.mode,
    ...(config.mode === 'eval' ? { session: config.session } : {}),
    ...(insurance === undefined ? {} : { insurance }),
    domain: config.domain,
    version: ENGINE.version,
    semantics: [...ENGINES.keys()],
    heldBy: holder ?? null,
    store: config.store === undefined ? { file, bytes: await sizeOf(file) } : { url: config.store },
    parts: await local.parts(),
    tenants: E.isRight(tenants) ? tenants.right : NO_TENANTS,
    ...(webhooks.length === 0 ? {} : { webhooks }),
    ...(kept === 0 ? {} : { kept }),
  };
  if (json === true) printJson(io, status);
  else tellStatus(io, status);
  return status.ready ? EXIT.ok : EXIT.failed;
};

const NO_TENANTS: Tenants = { open: [], notOpen: [], unnamed: 0 };

/** The file and its log. */
const sizeOf = async (file: string): Promise<number> => {
  const found = await Promise.all([file, `${file}-wal`].map((name) => stat(name).catch(() => undefined)));
  return found.reduce((sum, one) => sum + (one?.size ?? 0), 0);
};

type Insurance =
  | { readonly seen: 'insured'; readonly id: string; readonly validUntil: string }
  | Exclude<InsuranceSeen, { readonly seen: 'insured' }>;

/** The insurance as it looks now; none of an evaluation. */
const insuranceOf = async ({ dir, config }: LocalDeployment): Promise<Insurance | undefined> => {
  if (config.mode === 'eval') return undefined;
  const seen = await monitorOf(dir, config.insurance).look(systemClock());
  if (seen.seen !== 'insured') return seen;
  const { id, validUntil } = seen.certificate;
  return { seen: 'insured', id, validUntil: formatInstant(validUntil) };
};

/** How a webhook stands. `gone`: its receiver wants no more. `dead`: what was given up, ever, and the last of it. */
interface WebhookStatus {
  readonly webhook: string;
  readonly stands: 'sends' | 'waits' | 'gone';
  readonly failing?: Since;
  readonly dead?: { readonly count: number; readonly last: readonly DeadLetter[] };
}

/** The webhooks of the configuration, as their sender wrote down last. */
const webhooksOf = async ({ dir, config }: LocalDeployment): Promise<readonly WebhookStatus[]> => {
  const read = await readDeliveries(dir);
  const known = E.isRight(read) ? read.right : {};
  return Object.entries(config.webhooks).map(([webhook, { url }]): WebhookStatus => {
    const { gone, unread, waiting = {}, deadCount = 0, dead = [] } = known[webhook] ?? {};
    const failing = Object.values(waiting).toSorted((a, b) => a.since.localeCompare(b.since))[0] ?? unread;
    const given = deadCount === 0 ? {} : { dead: { count: deadCount, last: dead } };
    if (gone === hashOfUrl(url)) return { webhook, stands: 'gone', ...given };
    return failing === undefined
      ? { webhook, stands: 'sends', ...given }
      : { webhook, stands: 'waits', failing, ...given };
  });
};

interface Status {
  readonly ready: boolean;
  readonly reasons: readonly string[];
  readonly mode: Mode;
  readonly session?: string;
  readonly insurance?: Insurance;
  readonly domain: string;
  readonly version: string;
  readonly heldBy: number | null;
  readonly store: { readonly file: string; readonly bytes: number } | { readonly url: string };
  readonly parts: readonly PartStatus[];
  readonly tenants: Tenants;
  readonly webhooks?: readonly WebhookStatus[];
  /** Events and messages of marketplaces that are kept in the operator’s ledger, and not taken yet; absent where there is none. */
  readonly kept?: number;
}

const tellStatus = (io: Io, status: Status): void => {
  const { ready, reasons, mode, session, insurance, domain, version, heldBy, store, webhooks = [], kept = 0 } = status;
  const named = mode === 'eval' ? `an evaluation, ${session} (NON-CONTRACTUAL)` : 'contractual';
  io.out(`${ready ? io.paint.green('ready') : io.paint.red('not ready')}: ${named}, ${domain}\n`);
  for (const reason of reasons) io.out(`  ${io.paint.red(reason)}\n`);
  if (insurance?.seen === 'insured') io.out(`insurance ${insurance.id}, valid until ${insurance.validUntil}\n`);
  io.out(`version ${version}, held by ${heldBy === null ? 'nobody' : `process ${heldBy}`}\n`);
  io.out('url' in store ? `${store.url}\n` : `${store.file}: ${store.bytes} bytes\n`);
  for (const { name, state, restarts, why } of status.parts)
    if (state === 'failed' || restarts > 0)
      io.out(`${state === 'failed' ? io.paint.red(state) : state}: ${name}, started again ${restarts} times: ${why}\n`);
  for (const { webhook, stands, failing, dead } of webhooks) {
    io.out(`webhook ${webhook} ${stands}${failing === undefined ? '' : ` since ${failing.since}: ${failing.why}`}\n`);
    if (dead !== undefined) tellDead(io, webhook, dead);
  }
  if (kept > 0)
    io.out(
      `${io.paint.red('kept')}: ${kept} of marketplaces, paid for and not taken yet: see tai marketplace kept and tai operator replay\n`,
    );
  tellTenants(io, status.tenants);
};

const tellDead = (io: Io, webhook: string, { count, last }: NonNullable<WebhookStatus['dead']>): void => {
  io.out(`${io.paint.yellow('given up')}: ${count} of webhook ${webhook}, the last of them:\n`);
  for (const { ledger, seq, event, at, why } of last.slice(-DEAD_SHOWN))
    io.out(`  receipt ${seq} of ledger ${ledger} (${event}), ${at}: ${why}\n`);
};

const DEAD_SHOWN = 5;

const showTenants = async (io: Io, local: LocalDeployment, { json }: Local): Promise<ExitCode> => {
  const tenants = await tenantsOf(local, OPERATOR);
  if (E.isLeft(tenants)) {
    complain(io, tenants.left);
    return EXIT.failed;
  }
  if (json === true) printJson(io, tenants.right);
  else tellTenants(io, tenants.right);
  return EXIT.ok;
};

const tellTenants = (io: Io, { open, notOpen, unnamed }: Tenants): void => {
  const head = ['tenant', 'owner', 'receipts', 'sealed', 'waiting', 'running', 'open', 'semantics', 'catalog'];
  const at = systemClock();
  if (open.length > 0)
    for (const line of tableLines(
      io.paint,
      head,
      open.map((one) => rowOf(one, at)),
    ))
      io.out(`${line}\n`);
  for (const { tenant, waitsUntil } of open)
    if (waitsUntil !== undefined)
      io.out(
        `${io.paint.red('waits')}: ${tenant}: its last receipt is of ${formatInstant(waitsUntil)}, so nothing is decided before\n`,
      );
  for (const { tenant, checked } of open)
    for (const fault of checked?.faults ?? []) io.out(`${io.paint.red('changed')}: ${tenant}: ${fault}\n`);
  for (const { tenant, standsUntil } of open)
    if (standsUntil !== undefined)
      io.out(
        `${io.paint.yellow('stands')}: ${tenant}: its receipts are of ${formatInstant(standsUntil)} until the clock has caught up; the operator accepted that\n`,
      );
  for (const one of open)
    for (const { seq, of, at: when } of one.unknown)
      io.out(
        `${io.paint.yellow('unknown')}: ${one.tenant}: how the action of receipt ${of} ended (receipt ${seq}, ${when})\n`,
      );
  if (notOpen.length > 0) io.out(`not open yet: ${notOpen.join(', ')}\n`);
  if (unnamed > 0) io.out(`${unnamed} more, of tenants whose names are not kept here\n`);
};

const rowOf = (one: NamedTenant, now: number): readonly string[] => [
  one.tenant,
  one.owner ?? '-',
  String(one.size),
  one.unsealedSince === undefined ? 'all' : `${one.sealed}, since ${Math.max(0, now - one.unsealedSince)} ms`,
  String(one.waiting),
  String(one.running),
  String(one.open.length),
  one.movedTo !== undefined ? `moved to ${one.movedTo}` : one.closed ? 'closed' : String(one.semantics),
  one.catalog.slice(0, 12),
];

/** Whoever can read the deployment's folder is its operator. */
const upgrade = async (io: Io, { governor }: LocalDeployment, options: UpgradeOptions): Promise<ExitCode> => {
  const known = [...ENGINES.keys()].sort((one, other) => one - other);
  const semantics = options.to ?? known.at(-1) ?? ENGINE.semantics;
  if (!known.includes(semantics))
    return unreadable(io, `--to: expected one of ${known.join(', ')}, found ${semantics}; a newer release may know it`);
  const status = await governor.status(options.tenant);
  if (E.isRight(status) && status.right?.semantics === semantics) {
    if (options.json === true) printJson(io, { tenant: options.tenant, semantics, moved: false });
    else io.out(`${options.tenant} decides by ${semantics} already\n`);
    return EXIT.ok;
  }
  const caller = { tenant: options.tenant, subject: { type: 'system', id: 'operator' }, scope: [] } as const;
  const answer = await governor.submit(caller, { action: 'upgrade_engine', resource: '*', arguments: { semantics } });
  return tell(io, answer, options.json === true);
};
