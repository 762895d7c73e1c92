/** `tai submit`, `tai event`, `tai tools`: one intent, one marketplace event, one look at the tools, on a deployment's own ledger. */
import { explain } from '@tai-autonomics/core';
import { readEntitlementEvent } from '@tai-autonomics/core/engine';
import { isPlainObject } from '@tai-autonomics/core/receipt';
import type { Asked, Caller, Submitted } from '@tai-autonomics/governor';
import { parseStrictJson } from '@tai-autonomics/governor/json';
import { nodeSha256 } from '@tai-autonomics/governor/node';
import { OPERATOR } from '@tai-autonomics/governor/operator';
import { either as E } from 'fp-ts';
import { type CallerOptions, callerOf, parseSubject } from '../../deployment/local-caller.ts';
import { readProposal } from '../../input/proposal.ts';
import { readJsonFile } from '../../input/read-file.ts';
import { withLocal } from '../../local/open-local.ts';
import { DIR, type Register } from '../../register.ts';
import { complain, EXIT, type ExitCode, type Io, printJson, unreadable } from '../../terminal/io.ts';

/** What every verb on a deployment of this machine takes. */
export interface Local {
  readonly dir: string;
  readonly json?: boolean;
}
interface SubmitOptions extends Local, CallerOptions {
  readonly about: string;
  readonly arguments: string;
  readonly subject?: string;
  readonly id?: string;
  readonly proposal?: string;
  readonly number: string;
}

/** Tells what was decided, and exits as it was: 0 approve, 3 refuse, 1 not decided. */
export const tell = (io: Io, answer: Submitted, json: boolean): ExitCode => {
  if (json) printJson(io, answer);
  if (!answer.decided) {
    if (!json) complain(io, `not decided: ${answer.why}: ${answer.detail}`);
    return EXIT.failed;
  }
  const { decision, receipt, consequences, outcome, notes = [] } = answer;
  const isApproved = decision.verdict === 'approve';
  if (!json) {
    const [head = '', ...rest] = explain(decision);
    io.out(`${[isApproved ? io.paint.green(head) : io.paint.red(head), ...rest].join('\n')}\n`);
    for (const note of notes) complain(io, note);
    if (outcome !== undefined) io.out(`${outcome.status}: ${JSON.stringify(outcome.result)}\n`);
    for (const { seq, event } of [receipt, ...consequences]) io.out(io.paint.dim(`receipt ${seq}: ${event}\n`));
  }
  return isApproved ? EXIT.ok : EXIT.refused;
};

/** Adds the three verbs. */
export const registerSubmit: Register = (program, io, exit) => {
  program
    .command('submit')
    .description('submit one intent to a deployment on this machine')
    .argument('[action]', 'an action, an alias of one, or a tool; none with --proposal')
    .requiredOption(...TENANT)
    .requiredOption(...AS)
    .option(...SCOPE)
    .option('--about <resource>', 'what it is about', '*')
    .option('--arguments <json>', 'its arguments', '{}')
    .option('--subject <type:id>', 'the argument `subject`: whom it names')
    .option('--id <id>', 'the intent’s id: the same id gets the same answer')
    .option('--proposal <file>', 'ask for what a report on proposals proposes (tai report proposals --json)')
    .option('--number <n>', 'which of its proposals, from 1', '1')
    .option(...DIR)
    .option('--json', 'the answer as JSON')
    .action(async (action: string | undefined, options: SubmitOptions) => exit(await submit(io, action, options)));
  program
    .command('event')
    .description('post a marketplace event to a deployment on this machine')
    .argument('<file>', 'the event (JSON, comments allowed)')
    .option(...DIR)
    .option('--json', 'the answer as JSON')
    .action(async (file: string, options: Local) => exit(await post(io, file, options)));
  program
    .command('tools')
    .description('list the tools that somebody sees')
    .requiredOption(...TENANT)
    .requiredOption(...AS)
    .option(...SCOPE)
    .option(...DIR)
    .option('--json', 'with their actions and arguments, as JSON')
    .action(async (options: Local & CallerOptions) => exit(await look(io, options)));
};

const membersOf = (text: string): E.Either<string, Readonly<Record<string, unknown>>> => {
  const parsed = parseStrictJson(text, { comments: false, maxBytes: 65_536, maxDepth: 16 });
  if (E.isLeft(parsed)) return E.left(`--arguments: expected ${parsed.left.expected}, found ${parsed.left.found}`);
  const { value } = parsed.right;
  return isPlainObject(value) ? E.right(value) : E.left('--arguments: expected an object');
};

const ask = (action: string, options: SubmitOptions): E.Either<string, Asked> => {
  const given = membersOf(options.arguments);
  if (E.isLeft(given)) return given;
  const named = options.subject === undefined ? undefined : parseSubject(options.subject);
  if (named !== undefined && E.isLeft(named)) return E.left(`--subject: ${named.left}`);
  // The governor puts the pseudonym in the place of the name, in every argument that wants one.
  const subject = options.subject === undefined ? {} : { subject: options.subject };
  return E.right({
    action,
    resource: options.about,
    arguments: { ...given.right, ...subject },
    ...(options.id === undefined ? {} : { id: options.id }),
  });
};

/** What a report proposes, as it stands, with what whoever asks chooses (`--arguments`). It is decided as any other intent is. */
const askProposed = async (io: Io, file: string, options: SubmitOptions): Promise<E.Either<string, Asked>> => {
  const proposal = await readProposal(io, file, options.number);
  if (E.isLeft(proposal)) return proposal;
  const { action, resource, arguments: own } = proposal.right;
  const asked = ask(action, { ...options, about: resource });
  if (E.isLeft(asked)) return asked;
  const said = { ...asked.right, arguments: { ...asked.right.arguments, ...own } };
  complain(io, `asks for ${action} about ${resource}: ${JSON.stringify(said.arguments)}`);
  return E.right(said);
};

const submit = async (io: Io, action: string | undefined, options: SubmitOptions): Promise<ExitCode> => {
  const caller = callerOf(options);
  if (E.isLeft(caller)) return unreadable(io, caller.left);
  if ((action === undefined) === (options.proposal === undefined))
    return unreadable(io, 'expected an action, or --proposal, and not both');
  const asked =
    options.proposal === undefined ? ask(action ?? '', options) : await askProposed(io, options.proposal, options);
  if (E.isLeft(asked)) return unreadable(io, asked.left);
  return withLocal(io, options.dir, async (deployment) => {
    return tell(io, await deployment.governor.submit(caller.right, asked.right), options.json === true);
  });
};

const post = async (io: Io, file: string, options: Local): Promise<ExitCode> => {
  const read = await readJsonFile(io, file);
  if (E.isLeft(read)) return unreadable(io, read.left);
  return withLocal(io, options.dir, async ({ governor, aliases }) => {
    const intent = readEntitlementEvent(nodeSha256, read.right.value, aliases);
    if (intent === undefined || intent.tenant === OPERATOR)
      return unreadable(io, `${file}: expected an entitlement event with its id and its tenant`);
    const { tenant, ...asked } = intent;
    const caller: Caller = { tenant, subject: { type: 'marketplace', id: 'command-line' }, scope: [] };
    return tell(io, await governor.submit(caller, asked), options.json === true);
  });
};

const look = async (io: Io, options: Local & CallerOptions): Promise<ExitCode> => {
  const caller = callerOf(options);
  if (E.isLeft(caller)) return unreadable(io, caller.left);
  return withLocal(io, options.dir, async ({ governor }) => {
    const tools = await governor.tools(caller.right);
    if (E.isLeft(tools)) {
      complain(io, `not decided: ${tools.left.why}: ${tools.left.detail}`);
      return EXIT.failed;
    }
    if (options.json === true) printJson(io, tools.right);
    else for (const { tool, pack } of tools.right) io.out(`${tool} ${io.paint.dim(`(${pack})`)}\n`);
    return EXIT.ok;
  });
};

const TENANT = ['--tenant <tenant>', 'the tenant'] as const;
const SCOPE = ['--scope <roles>', 'the roles that who asks carries at most, with commas'] as const;
const AS = ['--as <type:id>', 'who asks: agent:…, user:… or service:…'] as const;
