/** `tai operator`: what the operator of a deployment does about its tenants: suspend, resume, pilots, catalogs, events that were kept. */
import { resolve } from 'node:path';
import { conversionOf, type Pilot, pilotOf } from '@tai-autonomics/core/analytics';
import { parseReceipt, type Receipt } from '@tai-autonomics/core/receipt';
import { type Asked, type LedgerId, loadCatalog } from '@tai-autonomics/governor';
import { NO_TENANT, OPERATOR } from '@tai-autonomics/governor/operator';
import { either as E } from 'fp-ts';
import { readJsonFile } from '../../input/read-file.ts';
import type { LocalDeployment } from '../../local/local-deployment.ts';
import { withLocal } from '../../local/open-local.ts';
import { DIR, type Register } from '../../register.ts';
import { EXIT, type ExitCode, failed, type Io, printJson, unreadable } from '../../terminal/io.ts';
import { type Local, tell } from '../intents/submit.ts';
import { registerAccepts } from './accepts.ts';
import { registerLearned } from './learned.ts';
import { registerOperatorKeys } from './operator-keys.ts';
import { registerRollOut } from './roll-out.ts';

interface OperatorOptions extends Local {
  readonly tenant: string;
  readonly why?: string;
  readonly finding?: string;
  readonly until?: string;
  readonly owner?: string;
  readonly live?: string;
}

/** Adds the verbs of the operator. */
export const registerOperator: Register = (program, io, exit) => {
  const operator = program.command('operator').description('what an operator does about tenants');
  const verb = (name: string, means: string) =>
    operator
      .command(name)
      .description(means)
      .requiredOption('--tenant <tenant>', 'the tenant')
      .option(...DIR)
      .option(...JSON_ANSWER);
  verb('suspend', 'suspend a tenant: it may read, and no more')
    .requiredOption('--why <why>', 'payment, security, abuse or request')
    .requiredOption('--finding <text>', 'what was found')
    .action(async (options: OperatorOptions) => {
      const { why, finding } = options;
      exit(await ask(io, options, { action: 'suspend_tenant', resource: '*', arguments: { why, finding } }));
    });
  verb('resume', 'end the suspension of a tenant').action(async (options: OperatorOptions) =>
    exit(await ask(io, options, { action: 'resume_tenant', resource: '*' })),
  );
  verb('extend-pilot', 'extend a pilot, once, to 90 days after its beginning at most')
    .requiredOption('--until <instant>', 'when it ends from now on (RFC 3339)')
    .action(async (options: OperatorOptions) => {
      const { until } = options;
      exit(await ask(io, options, { action: 'extend_pilot', resource: '*', arguments: { until } }));
    });
  verb('convert-pilot', 'end an evaluation; its tenant goes on under a contract')
    .requiredOption('--live <dir>', 'the folder of the contractual deployment')
    .action(async (options: OperatorOptions) => exit(await convert(io, options)));
  verb('restore-owner', 'make a user an owner of a tenant whose owners are gone')
    .requiredOption('--owner <user:id>', 'who becomes an owner')
    .requiredOption('--why <why>', 'access_lost, owner_left or named_wrongly')
    .requiredOption('--finding <text>', 'how you made sure of who asks')
    .action(async (options: OperatorOptions) => {
      const { owner, why, finding } = options;
      exit(
        await ask(io, options, { action: 'restore_owner', resource: '*', arguments: { subject: owner, why, finding } }),
      );
    });
  verb('activate', 'let a catalog decide for a tenant')
    .argument('<file>', 'the catalog (JSON, comments allowed)')
    .action(async (file: string, options: OperatorOptions) => exit(await activate(io, file, options)));
  verb('rollback', 'let the catalog before the present one decide').action(async (options: OperatorOptions) =>
    exit(await ask(io, options, { action: 'roll_back_catalog', resource: '*' })),
  );
  operator
    .command('conversion')
    .description('show how many pilots of an evaluation went on under a contract')
    .option(...DIR)
    .option(...JSON_ANSWER)
    .action(async (options: Local) => exit(await conversion(io, options)));
  registerAccepts(operator, io, exit);
  registerOperatorKeys(operator, io, exit);
  registerLearned(operator, io, exit);
  registerRollOut(operator, io, exit);
  operator
    .command('replay')
    .description('take events that waited for an owner')
    .option(...DIR)
    .option(...JSON_ANSWER)
    .action(async (options: Local) => exit(await replay(io, options)));
};

/**
 * Whoever can read the deployment's folder holds its keys, and is its operator. Its own ledger is no tenant: suspended, it would record
 * nothing more. Its catalog alone goes back.
 */
const ask = async (io: Io, options: OperatorOptions, asked: Asked): Promise<ExitCode> => {
  if (options.tenant === OPERATOR && asked.action !== 'roll_back_catalog')
    return unreadable(io, `--tenant: ${NO_TENANT}`);
  return withLocal(io, options.dir, async ({ governor }) => {
    const caller = { tenant: options.tenant, subject: { type: 'system', id: 'operator' }, scope: [] } as const;
    return tell(io, await governor.submit(caller, asked), options.json === true);
  });
};

/** What the contractual ledger says of itself, with the receipt by which it does. */
interface Live {
  readonly ledger: string;
  readonly receipt: number;
  readonly leaf: string;
  readonly insurance: unknown;
  readonly agreement: unknown;
}

/** Asks the contractual deployment how it is: its own receipt shows that it is insured, and that the tenant agreed. */
const lookLive = async ({ governor }: LocalDeployment, tenant: string): Promise<E.Either<string, Live>> => {
  const caller = { tenant, subject: { type: 'service', id: 'operator' }, scope: [] } as const;
  const answer = await governor.submit(caller, { action: 'check_health', resource: '*' });
  if (!answer.decided) return E.left(`not decided: ${answer.why}: ${answer.detail}`);
  const found = answer.outcome?.result as Readonly<Record<string, unknown>> | undefined;
  const { mode, insurance, agreement } = found ?? {};
  if (mode !== 'contractual') return E.left('it is not contractual');
  if (insurance !== 'valid' || agreement !== 'signed')
    return E.left(`its insurance is ${String(insurance)}, and its agreement is ${String(agreement)}`);
  const { origin: ledger, seq: receipt, leaf } = answer.receipt;
  return E.right({ ledger, receipt, leaf, insurance, agreement });
};

/** One receipt in the evaluation's ledger: from then on the tenant goes on in the other one. */
const convert = async (io: Io, options: OperatorOptions): Promise<ExitCode> => {
  const { live = '', tenant } = options;
  const found: Live[] = [];
  const asked = await withLocal(io, live, async (deployment) => {
    const looked = await lookLive(deployment, tenant);
    if (E.isLeft(looked)) return unreadable(io, `${live}: ${looked.left}`);
    found.push(looked.right);
    return EXIT.ok;
  });
  const [shown] = found;
  return shown === undefined
    ? asked
    : ask(io, options, { action: 'convert_pilot', resource: '*', arguments: { ...shown } });
};

/** Writes the catalog to the deployment's store, where it stays, and lets it decide. */
const activate = async (io: Io, file: string, options: OperatorOptions): Promise<ExitCode> => {
  const read = await readJsonFile(io, resolve(io.cwd, file));
  if (E.isLeft(read)) return unreadable(io, read.left);
  const loaded = loadCatalog(read.right.value);
  if (E.isLeft(loaded)) return unreadable(io, ...loaded.left.map(read.right.line));
  const { digest, text } = loaded.right;
  return withLocal(io, options.dir, async ({ governor, catalogStore }) => {
    const kept = await catalogStore.write(text);
    if (E.isLeft(kept)) return unreadable(io, kept.left.detail);
    const caller = { tenant: options.tenant, subject: { type: 'system', id: 'operator' }, scope: [] } as const;
    const answer = await governor.submit(caller, { action: 'activate_catalog', resource: digest });
    return tell(io, answer, options.json === true);
  });
};

/** The rate is what the receipts of all ledgers say; a ledger that is no evaluation's is no pilot. */
const conversion = (io: Io, options: Local): Promise<ExitCode> =>
  withLocal(io, options.dir, async ({ store, config }) => {
    if (config.mode !== 'eval') return unreadable(io, `${options.dir}: is contractual, and has no pilots`);
    const ledgers = await store.ledgers();
    if (E.isLeft(ledgers)) return failed(io, ledgers.left.detail);
    const pilots: Pilot[] = [];
    for (const ledger of ledgers.right) {
      const read = await pilotIn(store, ledger);
      if (E.isLeft(read)) return failed(io, read.left);
      if (read.right !== undefined) pilots.push(read.right);
    }
    const found = conversionOf(pilots);
    const { rateBasisPoints: rate, medianDays: days } = found;
    if (options.json === true) printJson(io, found);
    else {
      io.out(`pilots: ${found.pilots}, extended ${found.extended}, converted ${found.converted}\n`);
      if (rate !== undefined)
        io.out(`conversion rate: ${Math.floor(rate / 100)}.${String(rate % 100).padStart(2, '0')} %\n`);
      if (days !== undefined) io.out(`median days to a contract: ${days}\n`);
    }
    return EXIT.ok;
  });

const pilotIn = async (
  store: LocalDeployment['store'],
  ledger: LedgerId,
): Promise<E.Either<string, Pilot | undefined>> => {
  const receipts: Receipt[] = [];
  for await (const row of store.read(ledger, 0, Number.MAX_SAFE_INTEGER)) {
    if (E.isLeft(row)) return E.left(row.left.detail);
    const receipt = parseReceipt(row.right.bytes);
    if (E.isLeft(receipt)) return E.left(`receipt ${row.right.seq} cannot be read: expected ${receipt.left.expected}`);
    receipts.push(receipt.right);
    if (receipt.right.mode !== 'eval') break;
  }
  return E.right(pilotOf(receipts));
};

const replay = (io: Io, options: Local): Promise<ExitCode> =>
  withLocal(io, options.dir, async (deployment) => {
    const replayed = await deployment.replayHeldEvents();
    if (E.isLeft(replayed)) return failed(io, replayed.left);
    const { decided, left } = replayed.right;
    if (options.json === true) printJson(io, replayed.right);
    else io.out(`events that were kept: ${decided} taken, ${left} left\n`);
    return EXIT.ok;
  });

const JSON_ANSWER = ['--json', 'the answer as JSON'] as const;
