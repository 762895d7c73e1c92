/** `tai approvals`: what waits for an approver of this deployment, one request as a whole, and the answer to it, signed or not. */
import { resolve } from 'node:path';
import type { Submit } from '@tai-autonomics/core';
import { formatInstant, type ShownRefusal } from '@tai-autonomics/core/engine';
import { isPlainObject } from '@tai-autonomics/core/receipt';
import type { Asked, Caller, Governor, Submitted } from '@tai-autonomics/governor';
import { systemClock } from '@tai-autonomics/governor/node';
import { either as E } from 'fp-ts';
import { type CallerOptions, callerOf } from '../../deployment/local-caller.ts';
import { type ApproverKey, createApproverKey, readApproverKey } from '../../input/approver-key.ts';
import { parseCount } from '../../input/count-option.ts';
import { readJsonFile } from '../../input/read-file.ts';
import { withLocal } from '../../local/open-local.ts';
import { DIR, type Register } from '../../register.ts';
import { complain, EXIT, type ExitCode, type Io, printJson, unreadable } from '../../terminal/io.ts';
import { type Local, tell } from './submit.ts';

/** A request as `pending_approvals` shows it. */
interface Pending {
  readonly receipt: number;
  readonly leaf: string;
  readonly at: string;
  readonly requester: ShownRefusal['requester'];
  readonly catalog: string;
  readonly action: string;
  readonly means: string;
  readonly arguments: ShownRefusal['arguments'];
  readonly resource: string;
  readonly plan: ShownRefusal['plan'];
  readonly codes: readonly string[];
  readonly submit: readonly Submit[];
}
interface Page {
  readonly ledger: string;
  readonly approver: string;
  readonly pending: readonly Pending[];
  readonly next?: number;
}
/** A request, and where and as whom it is shown. */
type Shown = Pending & Pick<Page, 'ledger' | 'approver'>;
interface Options extends Local, CallerOptions {
  readonly limit?: number;
  readonly before?: number;
  readonly minutes?: number;
  readonly key?: string;
  readonly by?: string;
  readonly why?: string;
  readonly finding?: string;
}
type Read = E.Either<Submitted, Page>;

const MINUTE_MS = 60_000;

/** Adds the verbs of approvers. */
export const registerApprovals: Register = (program, io, exit) => {
  const approvals = program.command('approvals').description('what waits for an approver, and the answers');
  const verb = (name: string, means: string) =>
    approvals
      .command(name)
      .description(means)
      .requiredOption('--tenant <tenant>', 'the tenant')
      .requiredOption('--as <type:id>', 'who approves: user:…')
      .option('--scope <roles>', 'the roles that who approves carries at most, with commas')
      .option(...DIR)
      .option('--json', 'the answer as JSON');
  const receipt = ['<receipt>', 'the place of the refusal in the ledger'] as const;
  verb('list', 'list what waits for an approval, the newest first')
    .option('--limit <n>', 'at most so many', parseCount)
    .option('--before <receipt>', 'only refusals before this place', parseCount)
    .action(async (options: Options) => exit(await list(io, options)));
  verb('show', 'show one of them as a whole')
    .argument(...receipt)
    .action(async (place: string, options: Options) => exit(await show(io, place, options)));
  verb('approve', 'approve exactly what one of them refused')
    .argument(...receipt)
    .option('--minutes <n>', 'for how long, a day at most; 60 where absent', parseCount)
    .option('--by <action>', 'which approval, where it takes several')
    .option('--key <file>', 'signs it with your key')
    .action(async (place: string, options: Options) => exit(await approve(io, place, options)));
  approvals
    .command('key')
    .description('make a key that signs approvals, in a file of your own')
    .argument('<file>', 'the file, which must not be there yet')
    .option('--json', 'the public key as JSON')
    .action(async (file: string, options: { readonly json?: boolean }) => exit(await makeKey(io, file, options)));
  verb('register', 'register your key: from then on you sign each approval')
    .requiredOption('--key <file>', 'your key')
    .action(async (options: Options) => exit(await register(io, options)));
  approvals
    .command('sign')
    .description('sign an approval offline, from what show --json printed')
    .argument('<file>', 'what is shown, as JSON')
    .requiredOption('--key <file>', 'your key')
    .option('--minutes <n>', 'for how long, a day at most; 60 where absent', parseCount)
    .option('--by <action>', 'which approval, where it takes several')
    .option('--json', 'the intent to submit as JSON, which it is anyway')
    .action(async (file: string, options: Options) => exit(await sign(io, file, options)));
  verb('deny', 'deny it for a day')
    .argument(...receipt)
    .requiredOption('--why <why>', 'not_needed, not_now, too_risky, wrong_target or needs_change')
    .requiredOption('--finding <text>', 'what was found')
    .action(async (place: string, options: Options) => exit(await deny(io, place, options)));
};

const read = async (governor: Governor, caller: Caller, before: number, limit: number): Promise<Read> => {
  const answer = await governor.submit(caller, {
    action: 'pending_approvals',
    resource: '*',
    arguments: { before, limit },
  });
  return answer.decided && answer.outcome?.status === 'success'
    ? E.right(answer.outcome.result as Page)
    : E.left(answer);
};

/** What would run, about what, for whom, and why it was refused. */
const linesOf = ({
  receipt,
  at,
  requester,
  action,
  means,
  resource,
  plan,
  codes,
  ...p
}: Pending): readonly string[] => [
  `${receipt}  ${action} about ${resource}: ${means}`,
  `    asked by ${requester.type}:${requester.id} at ${at}; refused for ${codes.join(', ')}`,
  ...(Object.keys(p.arguments).length === 0 ? [] : [`    arguments: ${JSON.stringify(p.arguments)}`]),
  ...plan.map((step) => `    would run: ${step.step} ${JSON.stringify(step.with)}`),
  `    leaf: ${p.leaf}`,
];

/** Does one thing as an approver on a deployment of this machine. */
const asApprover = (
  io: Io,
  options: Options,
  use: (governor: Governor, caller: Caller) => Promise<ExitCode>,
): Promise<ExitCode> => {
  const caller = callerOf(options);
  return E.isLeft(caller)
    ? Promise.resolve(unreadable(io, caller.left))
    : withLocal(io, options.dir, ({ governor }) => use(governor, caller.right));
};

const list = (io: Io, options: Options): Promise<ExitCode> =>
  asApprover(io, options, async (governor, caller) => {
    const page = await read(governor, caller, options.before ?? 0, options.limit ?? 20);
    if (E.isLeft(page)) return tell(io, page.left, options.json === true);
    const { pending, next } = page.right;
    if (options.json === true) printJson(io, page.right);
    else {
      for (const one of pending) io.out(`${linesOf(one).join('\n')}\n`);
      if (pending.length === 0) io.out('nothing waits for an approval\n');
      if (next !== undefined) io.out(io.paint.dim(`older ones: --before ${next}\n`));
    }
    return EXIT.ok;
  });

/** Finds a request by its receipt, and does something about it. */
const about = (
  io: Io,
  receipt: string,
  options: Options,
  use: (governor: Governor, caller: Caller, pending: Shown) => Promise<ExitCode>,
): Promise<ExitCode> => {
  const seq = /^\d{1,15}$/.test(receipt) ? Number(receipt) : undefined;
  if (seq === undefined)
    return Promise.resolve(unreadable(io, `expected the place of a refusal in the ledger, found ${receipt}`));
  return asApprover(io, options, async (governor, caller) => {
    const page = await read(governor, caller, seq + 1, 1);
    if (E.isLeft(page)) return tell(io, page.left, options.json === true);
    const [found] = page.right.pending;
    const { ledger, approver } = page.right;
    if (found?.receipt === seq) return use(governor, caller, { ...found, ledger, approver });
    complain(io, `receipt ${seq} is no refusal that waits for an approval; see tai approvals list`);
    return EXIT.failed;
  });
};

const show = (io: Io, receipt: string, options: Options): Promise<ExitCode> =>
  about(io, receipt, options, (_governor, _caller, pending) => {
    if (options.json === true) printJson(io, pending);
    else io.out(`${linesOf(pending).join('\n')}\n`);
    return Promise.resolve(EXIT.ok);
  });

/** What approves it: the only action that does, or the one that is named. */
const approvalOf = ({ submit }: Pending, by: string | undefined): E.Either<string, Submit> => {
  const fitting = submit.filter(({ action }) => by === undefined || action === by);
  const [first, ...others] = fitting;
  const names = submit.map(({ action }) => action).join(', ');
  if (first === undefined) return E.left(`--by: expected one of ${names}, found ${by}`);
  return others.length === 0 ? E.right(first) : E.left(`it takes several approvals; name one by --by: ${names}`);
};

/** The intent that approves what is shown, signed where there is a key. */
const approvalIntent = (shown: Shown, options: Options, key: ApproverKey | undefined): E.Either<string, Asked> => {
  const approval = approvalOf(shown, options.by);
  if (E.isLeft(approval)) return approval;
  const { action, resource, arguments: given } = approval.right;
  const expires_at = formatInstant(systemClock() + (options.minutes ?? 60) * MINUTE_MS);
  const { ledger, approver, receipt, leaf, requester, plan, catalog, ...rest } = shown;
  const seen = { receipt, leaf, requester, plan, catalog };
  const signed = key?.sign(
    { ledger, approver, by: action, expiresAt: expires_at },
    { ...seen, action: rest.action, arguments: rest.arguments, resource: rest.resource },
  );
  return E.right({ action, resource, arguments: { ...given, expires_at, ...signed } });
};

const keyIn = (io: Io, options: Options): Promise<E.Either<string, ApproverKey | undefined>> =>
  options.key === undefined ? Promise.resolve(E.right(undefined)) : readApproverKey(resolve(io.cwd, options.key));

const approve = async (io: Io, receipt: string, options: Options): Promise<ExitCode> => {
  const key = await keyIn(io, options);
  if (E.isLeft(key)) return unreadable(io, key.left);
  return about(io, receipt, options, async (governor, caller, shown) => {
    const asked = approvalIntent(shown, options, key.right);
    if (E.isLeft(asked)) return unreadable(io, asked.left);
    return tell(io, await governor.submit(caller, asked.right), options.json === true);
  });
};

const makeKey = async (io: Io, file: string, { json }: { readonly json?: boolean }): Promise<ExitCode> => {
  const made = await createApproverKey(resolve(io.cwd, file));
  if (E.isLeft(made)) return unreadable(io, made.left);
  if (json === true) printJson(io, { key: made.right.key });
  else io.out(`${made.right.key}\n`);
  return EXIT.ok;
};

const register = async (io: Io, options: Options): Promise<ExitCode> => {
  const key = await keyIn(io, options);
  if (E.isLeft(key) || key.right === undefined) return unreadable(io, E.isLeft(key) ? key.left : '--key: is missing');
  const { key: publicKey, proof } = key.right;
  return asApprover(io, options, async (governor, caller) => {
    const page = await read(governor, caller, 0, 1);
    if (E.isLeft(page)) return tell(io, page.left, options.json === true);
    const { ledger, approver } = page.right;
    const asked: Asked = {
      action: 'register_approver_key',
      resource: '*',
      arguments: { key: publicKey, signature: proof(ledger, approver) },
    };
    return tell(io, await governor.submit(caller, asked), options.json === true);
  });
};

/** Says on stderr what is signed, and on stdout the intent to submit: both halves need nothing but the two files. */
const sign = async (io: Io, file: string, options: Options): Promise<ExitCode> => {
  const key = await keyIn(io, options);
  if (E.isLeft(key)) return unreadable(io, key.left);
  const shown = await readJsonFile(io, resolve(io.cwd, file));
  if (E.isLeft(shown)) return unreadable(io, shown.left);
  const { value } = shown.right;
  if (!isShown(value)) return unreadable(io, `${file}: expected what tai approvals show --json shows`);
  const asked = approvalIntent(value, options, key.right);
  if (E.isLeft(asked)) return unreadable(io, asked.left);
  io.err(`${[`in the ledger ${value.ledger}, as ${value.approver}:`, ...linesOf(value)].join('\n')}\n`);
  printJson(io, asked.right);
  return EXIT.ok;
};

const isShown = (x: unknown): x is Shown => {
  if (!isPlainObject(x)) return false;
  const texts = ['ledger', 'approver', 'leaf', 'action', 'resource', 'catalog', 'at', 'means'];
  return (
    texts.every((name) => typeof x[name] === 'string') &&
    typeof x['receipt'] === 'number' &&
    ['requester', 'arguments'].every((name) => isPlainObject(x[name])) &&
    ['plan', 'codes', 'submit'].every((name) => Array.isArray(x[name]))
  );
};

const deny = (io: Io, receipt: string, options: Options): Promise<ExitCode> =>
  about(io, receipt, options, async (governor, caller, { leaf, receipt: seq, resource }) => {
    const { why, finding } = options;
    const asked: Asked = { action: 'deny_action', resource, arguments: { receipt: seq, leaf, why, finding } };
    return tell(io, await governor.submit(caller, asked), options.json === true);
  });
