/**
 * `tai init`: a deployment of one's own, without a marketplace. The operator opens its one tenant on a plan that holds
 * every loaded pack and meters nothing; beside it stands a sample pack with its cases, its observer and its handler.
 */
import { mkdir, open as openFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { printIssue } from '@tai-autonomics/core';
import type { Role } from '@tai-autonomics/core/author';
import { type Caller, formatCredentials, mintCredential } from '@tai-autonomics/governor';
import { systemClock, systemRandom } from '@tai-autonomics/governor/node';
import { either as E } from 'fp-ts';
import { type Config, parseConfig } from '../../deployment/config.ts';
import { type Deployment, openDeployment, standingOf } from '../../deployment/deployment.ts';
import { monitorOf } from '../../deployment/insurance.ts';
import { shippedHandlers } from '../../deployment/shipped-handlers.ts';
import { exists, keptOf } from '../../deployment/storage/kept.ts';
import { papersIn, papersOf } from '../../init/papers.ts';
import { askAll, type Known, OPTION, type Said } from '../../init/questions.ts';
import { SAMPLE_FILES } from '../../init/sample.ts';
import { DIR, type Register } from '../../register.ts';
import { complain, EXIT, type ExitCode, type Io, printJson, unreadable } from '../../terminal/io.ts';

interface InitOptions extends Said {
  readonly dir: string;
  readonly tenant: string;
  readonly contractual?: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

const SAMPLE = 'restart';
const RESOURCES = 'resources.json';
const AGENT_SCOPE: readonly Role[] = ['restart/operate', 'read_audit_trail', 'read_metrics'];

export const registerInit: Register = (program, io, exit) => {
  program
    .command('init')
    .description('make a deployment of your own, with a first gate')
    .option(...DIR)
    .option('--tenant <tenant>', 'the name of its tenant', 'local')
    .option('--mode <mode>', 'eval, which acts on sandboxes alone, or contractual; eval unless it is told')
    .option('--domain <domain>', 'the host part of its ledgers’ names; localhost unless it is told')
    .option('--owner <name>', 'the user who owns the tenant; owner unless it is told')
    .option('--certificate <file>', 'contractual: the certificate of your insurance, which the insurer signed')
    .option('--revocations <place>', 'contractual: the insurer’s list of revoked certificates, a file or an address')
    .option('--insurer-key <key>', 'contractual: the insurer’s public key, base64url of 32 bytes')
    .option('--data-rule <file>', 'contractual: the rule by which data is handled')
    .option('--contractual <file>', 'instead of these: insurance and dataRule, as config.json has them')
    .option('--yes', 'ask nothing: what is not told has its default')
    .option('--json', 'what was made, with the keys, as JSON; asks nothing')
    .action(async (options: InitOptions) => exit(await run(io, options)));
};

/** What is in the way, if anything is. Nothing is ever overwritten. */
const inTheWay = async (io: Io, dir: string, tenant: string): Promise<string | undefined> => {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(tenant))
    return `--tenant: expected letters, digits, “.”, “_” and “-”, found ${JSON.stringify(tenant.slice(0, 80))}`;
  if (await exists(join(dir, 'config.json')))
    return `${join(dir, 'config.json')}: is there already, and stays as it is; name another folder with --dir`;
  const kept = (await keptOf(dir)) ?? ((await exists(join(dir, RESOURCES))) ? RESOURCES : undefined);
  if (kept !== undefined) return `${join(dir, kept)}: is there already; name another folder with --dir`;
  for (const file of Object.keys(SAMPLE_FILES))
    if (await exists(resolve(io.cwd, file))) return `${file}: is there already, and stays as it is`;
  return undefined;
};

/** The configuration, checked before anything is written: files are named from the folder, wherever they were named from. */
const configOf = async (
  io: Io,
  dir: string,
  { contractual, tenant }: InitOptions,
  known: Known,
): Promise<E.Either<readonly string[], object>> => {
  const { domain, owner } = known;
  const here = (file: string): string => relative(dir, resolve(io.cwd, file));
  const papers =
    contractual !== undefined
      ? await papersIn(io, dir, contractual)
      : known.mode === 'contractual'
        ? await papersOf(io, dir, known)
        : E.right(undefined);
  if (E.isLeft(papers)) return papers;
  const config = {
    ...(papers.right === undefined
      ? { mode: 'eval', session: 'first-gate' }
      : { mode: 'contractual', ...papers.right }),
    domain,
    owners: { [tenant]: owner },
    packs: [here(`${SAMPLE}.jsonc`)],
    selfHosted: [tenant],
    modules: [here(`${SAMPLE}.mjs`)],
    resources: RESOURCES,
  };
  const parsed = parseConfig(config);
  if (E.isLeft(parsed)) return E.left(parsed.left.map(printIssue));
  const standing = await standingOf(dir, parsed.right);
  if (E.isLeft(standing)) return standing;
  const why = await uninsured(dir, parsed.right);
  return why === undefined ? E.right(config) : E.left([why]);
};

/** Nothing is written for an operator who is not insured now. */
const uninsured = async (dir: string, config: Config): Promise<string | undefined> => {
  if (config.mode === 'eval') return undefined;
  const found = await monitorOf(dir, config.insurance).look(systemClock());
  return found.seen === 'insured' ? undefined : `a contractual deployment needs insurance: ${found.why}`;
};

/** The operator opens the tenant, and its owner lets the agent use the sample. Each is a decision with a receipt. */
const openTenant = async (
  { governor, openTenant: open }: Deployment,
  tenant: string,
  id: string,
): Promise<readonly string[]> => {
  const wrong = await open(tenant, id);
  if (wrong.length > 0) return wrong;
  const owner: Caller = { tenant, subject: { type: 'user', id }, scope: [] };
  const granted = await governor.submit(owner, {
    action: 'grant_role',
    resource: '*',
    arguments: { subject: 'agent:agent', roles: AGENT_SCOPE },
  });
  if (!granted.decided) return [`not decided: ${granted.why}: ${granted.detail}`];
  const { decision } = granted;
  return decision.verdict === 'approve' ? [] : decision.reasons.map(({ code, means }) => `${code}: ${means}`);
};

/** Writes a deployment; `samples` gets each sample file that is made. Rejects where a file can't be written. */
const writeAll = async (
  io: Io,
  dir: string,
  { tenant }: InitOptions,
  { owner }: Known,
  config: object,
  samples: string[],
): Promise<Readonly<Record<string, string>>> => {
  const held = {
    owner: mintCredential(systemRandom, {
      tenant,
      subject: { type: 'user', id: owner },
      scope: [],
      relations: ['owner'],
    }),
    agent: mintCredential(systemRandom, { tenant, subject: { type: 'agent', id: 'agent' }, scope: AGENT_SCOPE }),
  };
  await mkdir(dir, { recursive: true, mode: 0o700 });
  for (const [file, text] of Object.entries(SAMPLE_FILES)) {
    const sample = await openFile(resolve(io.cwd, file), 'wx', 0o644);
    samples.push(file);
    await sample.writeFile(text).finally(() => sample.close());
  }
  const own = { mode: 0o600, flag: 'wx' } as const;
  await writeFile(join(dir, 'config.json'), `${JSON.stringify(config, null, 2)}\n`, own);
  const resources = {
    format: 'tai-autonomics/resources@1',
    tenants: { [tenant]: { web: { environment: 'sandbox', kind: 'service' } } },
  };
  await writeFile(join(dir, RESOURCES), `${JSON.stringify(resources, null, 2)}\n`, own);
  const credentials = Object.values(held).map(({ credential }) => credential);
  await writeFile(join(dir, 'credentials.json'), formatCredentials(credentials), own);
  return Object.fromEntries(Object.entries(held).map(([holder, { secretText }]) => [holder, secretText]));
};

/** What is not told is asked, where a person is there to be asked. */
const knownOf = (io: Io, options: InitOptions): Promise<E.Either<readonly string[], Known>> => {
  const { ask: _, ...mute } = io;
  const { contractual, yes, json, ...said } = options;
  const quiet = yes === true || json === true ? mute : io;
  if (contractual === undefined) return askAll(quiet, said);
  const strange = (['mode', 'certificate', 'revocations', 'insurerKey', 'dataRule'] as const).find(
    (name) => said[name] !== undefined && said[name] !== 'contractual',
  );
  return strange === undefined
    ? askAll(quiet, { ...said, mode: 'eval' })
    : Promise.resolve(E.left([`${OPTION[strange]}: stands in the file of --contractual`]));
};

/** What was in a folder, and how to take away what came since. */
const keeping = async (dir: string): Promise<() => Promise<void>> => {
  const before = await readdir(dir).catch(() => undefined);
  return async () => {
    const after = await readdir(dir).catch(() => undefined);
    for (const name of after ?? [])
      if (before?.includes(name) !== true) await rm(join(dir, name), { recursive: true, force: true });
    if (before === undefined && after !== undefined) await rm(dir, { recursive: true, force: true });
  };
};

/** Opens what was written, and its tenant in it; why not, one line each. */
const opening = async (io: Io, dir: string, tenant: string, owner: string): Promise<readonly string[]> => {
  const opened = await openDeployment(io, dir, { handlersOf: shippedHandlers });
  if (E.isLeft(opened)) return opened.left;
  try {
    return await openTenant(opened.right, tenant, owner);
  } finally {
    await opened.right.close();
  }
};

const run = async (io: Io, options: InitOptions): Promise<ExitCode> => {
  const dir = resolve(io.cwd, options.dir);
  const wrong = await inTheWay(io, dir, options.tenant);
  if (wrong !== undefined) return unreadable(io, wrong);
  const known = await knownOf(io, options);
  if (E.isLeft(known)) return unreadable(io, ...known.left);
  const config = await configOf(io, dir, options, known.right);
  if (E.isLeft(config)) return unreadable(io, ...config.left);
  const undo = await keeping(dir);
  const samples: string[] = [];
  let keys: Readonly<Record<string, string>> = {};
  let faults: readonly string[];
  try {
    keys = await writeAll(io, dir, options, known.right, config.right, samples);
    faults = await opening(io, dir, options.tenant, known.right.owner);
  } catch (thrown) {
    faults = [thrown instanceof Error ? thrown.message : String(thrown)];
  }
  if (faults.length > 0) {
    for (const fault of faults) complain(io, fault);
    await undo();
    for (const file of samples) await rm(resolve(io.cwd, file), { force: true });
    complain(io, 'nothing was made');
    return EXIT.failed;
  }
  if (options.json === true) {
    printJson(io, { dir, tenant: options.tenant, keys, files: Object.keys(SAMPLE_FILES) });
    return EXIT.ok;
  }
  for (const file of Object.keys(SAMPLE_FILES)) io.out(`wrote ${file}\n`);
  io.out(`made a deployment in ${options.dir}, with the tenant ${options.tenant}; its keys are shown once:\n`);
  for (const [holder, secret] of Object.entries(keys)) io.out(`  ${holder.padEnd(6)} ${secret}\n`);
  io.out(`ask for the first action:
  tai submit restart_service --tenant ${options.tenant} --as agent:agent --scope restart/operate --about web
`);
  return EXIT.ok;
};
