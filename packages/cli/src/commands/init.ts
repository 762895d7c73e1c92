/**
 * `tai init`: a deployment of one's own, without a marketplace. The operator opens its one tenant on a plan that holds
 * every loaded pack and meters nothing; beside it stands a sample pack with its cases, its observer and its handler.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { printIssue } from '@tai-autonomics/core';
import type { Role } from '@tai-autonomics/core/author';
import { type Caller, formatCredentials, mintCredential } from '@tai-autonomics/governor';
import { systemClock, systemRandom } from '@tai-autonomics/governor/node';
import { isDocumentUrl } from '@tai-autonomics/governor/remote';
import { either as E } from 'fp-ts';
import { type Config, parseConfig } from '../deployment/config.ts';
import { type Deployment, openDeployment, standingOf } from '../deployment/deployment.ts';
import { type InsurancePlace, insuranceIssues, monitorOf } from '../deployment/insurance.ts';
import { exists, keptOf } from '../deployment/kept.ts';
import { SAMPLE_FILES } from '../init/sample.ts';
import { readJsonFile } from '../input/read-file.ts';
import { DIR, type Register } from '../register.ts';
import { complain, EXIT, type ExitCode, type Io, printJson, unreadable } from '../terminal/io.ts';

interface InitOptions {
  readonly dir: string;
  readonly tenant: string;
  readonly domain: string;
  readonly contractual?: string;
  readonly json?: boolean;
}

const SAMPLE = 'restart';
const AGENT_SCOPE: readonly Role[] = ['restart/operate', 'read_audit_trail', 'read_metrics'];

export const registerInit: Register = (program, io, exit) => {
  program
    .command('init')
    .description('make a deployment of your own, with a first gate')
    .option(...DIR)
    .option('--tenant <tenant>', 'the name of its tenant', 'local')
    .option('--domain <domain>', 'the host part of its ledgers’ names', 'localhost')
    .option(
      '--contractual <file>',
      'insurance and dataRule, as config.json has them: the deployment is contractual, not an evaluation',
    )
    .option('--json', 'what was made, with the keys, as JSON')
    .action(async (options: InitOptions) => exit(await run(io, options)));
};

/** What is in the way, if anything is. Nothing is ever overwritten. */
const inTheWay = async (io: Io, dir: string, tenant: string): Promise<string | undefined> => {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(tenant))
    return `--tenant: expected letters, digits, “.”, “_” and “-”, found ${JSON.stringify(tenant.slice(0, 80))}`;
  if (await exists(join(dir, 'config.json')))
    return `${join(dir, 'config.json')}: is there already, and stays as it is; name another folder with --dir`;
  const kept = await keptOf(dir);
  if (kept !== undefined) return `${join(dir, kept)}: is there already; name another folder with --dir`;
  for (const file of Object.keys(SAMPLE_FILES))
    if (await exists(resolve(io.cwd, file))) return `${file}: is there already, and stays as it is`;
  return undefined;
};

/** The configuration, checked before anything is written: files are named from the folder, wherever they were named from. */
const configOf = async (io: Io, dir: string, options: InitOptions): Promise<E.Either<readonly string[], object>> => {
  const { contractual, tenant, domain } = options;
  const here = (file: string): string => relative(dir, resolve(io.cwd, file));
  const papers = contractual === undefined ? E.right(undefined) : await papersIn(io, dir, contractual);
  if (E.isLeft(papers)) return papers;
  const config = {
    ...(papers.right === undefined
      ? { mode: 'eval', session: 'first-gate' }
      : { mode: 'contractual', ...papers.right }),
    domain,
    owners: { [tenant]: 'owner' },
    packs: [here(`${SAMPLE}.jsonc`)],
    selfHosted: [tenant],
    modules: [here(`${SAMPLE}.mjs`)],
    resources: 'resources.json',
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

/** The papers of a contractual deployment: the members `insurance` and `dataRule` in a file, with places relative to it. */
const papersIn = async (io: Io, dir: string, file: string): Promise<E.Either<readonly string[], object>> => {
  const path = resolve(io.cwd, file);
  const read = await readJsonFile(io, path);
  if (E.isLeft(read)) return E.left([read.left]);
  const { insurance, dataRule, ...others } = (read.right.value ?? {}) as Readonly<Record<string, unknown>>;
  const [other] = Object.keys(others);
  if (other !== undefined) return E.left([`${file}: at $.${other}: expected insurance and dataRule, and nothing else`]);
  const issues = insuranceIssues(insurance);
  if (issues.length > 0) return E.left(issues.map(read.right.line));
  const from = (place: string): string => (isDocumentUrl(place) ? place : relative(dir, resolve(dirname(path), place)));
  const { certificate, revocations, ...rest } = insurance as InsurancePlace;
  return E.right({
    insurance: { certificate: from(certificate), revocations: from(revocations), ...rest },
    ...(typeof dataRule === 'string' ? { dataRule: from(dataRule) } : {}),
  });
};

/** The operator opens the tenant, and its owner lets the agent use the sample. Each is a decision with a receipt. */
const openTenant = async ({ governor, openTenant: open }: Deployment, tenant: string): Promise<readonly string[]> => {
  const wrong = await open(tenant, 'owner');
  if (wrong.length > 0) return wrong;
  const owner: Caller = { tenant, subject: { type: 'user', id: 'owner' }, scope: [] };
  const granted = await governor.submit(owner, {
    action: 'grant_role',
    resource: '*',
    arguments: { subject: 'agent:agent', roles: AGENT_SCOPE },
  });
  if (!granted.decided) return [`not decided: ${granted.why}: ${granted.detail}`];
  const { decision } = granted;
  return decision.verdict === 'approve' ? [] : decision.reasons.map(({ code, means }) => `${code}: ${means}`);
};

const writeAll = async (
  io: Io,
  dir: string,
  { tenant }: InitOptions,
  config: object,
): Promise<Readonly<Record<string, string>>> => {
  const held = {
    owner: mintCredential(systemRandom, {
      tenant,
      subject: { type: 'user', id: 'owner' },
      scope: [],
      relations: ['owner'],
    }),
    agent: mintCredential(systemRandom, { tenant, subject: { type: 'agent', id: 'agent' }, scope: AGENT_SCOPE }),
  };
  await mkdir(dir, { recursive: true, mode: 0o700 });
  for (const [file, text] of Object.entries(SAMPLE_FILES))
    await writeFile(resolve(io.cwd, file), text, { flag: 'wx', mode: 0o644 });
  const own = { mode: 0o600, flag: 'wx' } as const;
  await writeFile(join(dir, 'config.json'), `${JSON.stringify(config, null, 2)}\n`, own);
  const resources = {
    format: 'tai-autonomics/resources@1',
    tenants: { [tenant]: { web: { environment: 'sandbox', kind: 'service' } } },
  };
  await writeFile(join(dir, 'resources.json'), `${JSON.stringify(resources, null, 2)}\n`, own);
  const credentials = Object.values(held).map(({ credential }) => credential);
  await writeFile(join(dir, 'credentials.json'), formatCredentials(credentials), own);
  return Object.fromEntries(Object.entries(held).map(([holder, { secretText }]) => [holder, secretText]));
};

const run = async (io: Io, options: InitOptions): Promise<ExitCode> => {
  const dir = resolve(io.cwd, options.dir);
  const wrong = await inTheWay(io, dir, options.tenant);
  if (wrong !== undefined) return unreadable(io, wrong);
  const config = await configOf(io, dir, options);
  if (E.isLeft(config)) return unreadable(io, ...config.left);
  const keys = await writeAll(io, dir, options, config.right);
  const opened = await openDeployment(io, dir);
  if (E.isLeft(opened)) return unreadable(io, ...opened.left);
  try {
    const faults = await openTenant(opened.right, options.tenant);
    for (const fault of faults) complain(io, fault);
    if (faults.length > 0) return EXIT.failed;
  } finally {
    await opened.right.close();
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
