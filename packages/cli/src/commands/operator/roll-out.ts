/** `tai operator roll-out`: a catalog for a share of the tenants, 5 percent first (D-14, D-31): what prevents, and new versions of recipes. */
import { resolve } from 'node:path';
import { FIRST_ROLLOUT } from '@tai-autonomics/core/author';
import { cohortOf } from '@tai-autonomics/core/engine';
import { isPlainObject } from '@tai-autonomics/core/receipt';
import { type Asked, type Caller, type LoadedCatalog, loadCatalog } from '@tai-autonomics/governor';
import { parseStrictJson } from '@tai-autonomics/governor/json';
import { OPERATOR } from '@tai-autonomics/governor/operator';
import type { Command } from 'commander';
import { either as E } from 'fp-ts';
import { readJsonFile } from '../../input/read-file.ts';
import type { LocalDeployment } from '../../local/local-deployment.ts';
import { withLocal } from '../../local/open-local.ts';
import { type NamedTenant, tenantsOf } from '../../local/tenants.ts';
import { DIR } from '../../register.ts';
import { complain, EXIT, type ExitCode, failed, type Io, printJson, unreadable } from '../../terminal/io.ts';
import type { Local } from '../intents/submit.ts';

interface RollOutOptions extends Local {
  readonly percent: string;
}

/** Adds the verb. */
export const registerRollOut = (operator: Command, io: Io, exit: (code: ExitCode) => void): void => {
  operator
    .command('roll-out')
    .description('let a catalog decide for a share of the tenants')
    .argument('<file>', 'the catalog (JSON, comments allowed)')
    .requiredOption('--percent <n>', 'for how many percent of the tenants, 1 to 100')
    .option(...DIR)
    .option('--json', 'the answer as JSON')
    .action(async (file: string, options: RollOutOptions) => exit(await rollOut(io, file, options)));
};

/** What became of each tenant of the cohort. */
type Fate =
  | 'activated'
  | 'decides already'
  | 'has a policy of its own'
  | 'its catalog cannot be read'
  | `refused: ${string}`
  | `not decided: ${string}`;

const rollOut = async (io: Io, file: string, options: RollOutOptions): Promise<ExitCode> => {
  const percent = /^(?:[1-9][0-9]?|100)$/.test(options.percent) ? Number(options.percent) : undefined;
  if (percent === undefined) return unreadable(io, `--percent: expected 1 to 100, found ${options.percent}`);
  const read = await readJsonFile(io, resolve(io.cwd, file));
  if (E.isLeft(read)) return unreadable(io, read.left);
  const loaded = loadCatalog(read.right.value);
  if (E.isLeft(loaded)) return unreadable(io, ...loaded.left.map(read.right.line));
  return withLocal(io, options.dir, async (local) => {
    const tenants = await tenantsOf(local, OPERATOR);
    if (E.isLeft(tenants)) return failed(io, tenants.left);
    const open = tenants.right.open.filter(({ closed, movedTo }) => !closed && movedTo === undefined);
    const { digest, text } = loaded.right;
    const able = await takersIn(local, digest, open);
    const waiting = percent <= FIRST_ROLLOUT ? [] : without(digest, cohortIn(digest, able, FIRST_ROLLOUT));
    if (waiting.length > 0) {
      complain(io, `${FIRST_ROLLOUT} percent first: it does not decide yet for ${waiting.join(', ')}`);
      return EXIT.failed;
    }
    const kept = await local.catalogStore.write(text);
    if (E.isLeft(kept)) return failed(io, kept.left.detail);
    // Those who keep what they have are asked all the same, and what they answer is said.
    const asked = new Set([...cohortIn(digest, able, percent), ...cohortIn(digest, open, percent)]);
    return carryOut(
      io,
      local,
      loaded.right,
      open.filter((one) => asked.has(one)),
      options,
    );
  });
};

/** Those for whom it decides, or could: no share waits for a tenant whose own decision is against it. */
const takersIn = async (
  local: LocalDeployment,
  digest: string,
  open: readonly NamedTenant[],
): Promise<readonly NamedTenant[]> => {
  const takers: NamedTenant[] = [];
  for (const one of open) if (one.catalog === digest || (await couldTake(local, digest, one))) takers.push(one);
  return takers;
};

/** What is wrong with the catalog itself is wrong for everybody, and nobody's own decision. */
const OF_THE_CATALOG: readonly string[] = ['catalog_unknown', 'catalog_unsound'];

const couldTake = async (
  local: LocalDeployment,
  digest: string,
  { tenant, catalog }: NamedTenant,
): Promise<boolean> => {
  if ((await ownPolicies(local, catalog)) !== undefined) return false;
  const answer = await local.governor.preview(callerOf(tenant), activationOf(digest));
  if (E.isLeft(answer) || answer.right.verdict === 'approve') return true;
  return answer.right.reasons.every(({ code }) => OF_THE_CATALOG.includes(code));
};

const cohortIn = (digest: string, open: readonly NamedTenant[], percent: number): readonly NamedTenant[] => {
  const names = open.map(({ tenant }) => tenant);
  const cohort = new Set(cohortOf(digest, names, percent));
  return open.filter(({ tenant }) => cohort.has(tenant));
};

const without = (digest: string, tenants: readonly NamedTenant[]): readonly string[] =>
  tenants.filter(({ catalog }) => catalog !== digest).map(({ tenant }) => tenant);

/** One intent a tenant, each decided like any other: a tenant that pinned its catalog keeps it. */
const carryOut = async (
  io: Io,
  local: LocalDeployment,
  { digest }: LoadedCatalog,
  cohort: readonly NamedTenant[],
  { json }: RollOutOptions,
): Promise<ExitCode> => {
  const fates: { readonly tenant: string; readonly fate: Fate }[] = [];
  for (const one of cohort) fates.push({ tenant: one.tenant, fate: await fateOf(local, digest, one) });
  if (json === true) printJson(io, { catalog: digest, tenants: fates });
  else for (const { tenant, fate } of fates) io.out(`${tenant}: ${fate}\n`);
  if (fates.length === 0 && json !== true) io.out('no tenant is open\n');
  const isDone = fates.every(({ fate }) => fate === 'activated' || fate === 'decides already');
  return isDone ? EXIT.ok : EXIT.refused;
};

const fateOf = async (local: LocalDeployment, digest: string, { tenant, catalog }: NamedTenant): Promise<Fate> => {
  if (catalog === digest) return 'decides already';
  const kept = await ownPolicies(local, catalog);
  if (kept !== undefined) return kept;
  const answer = await local.governor.submit(callerOf(tenant), activationOf(digest));
  if (!answer.decided) return `not decided: ${answer.why}`;
  const { decision } = answer;
  return decision.verdict === 'approve'
    ? 'activated'
    : `refused: ${decision.reasons.map(({ code }) => code).join(', ')}`;
};

const callerOf = (tenant: string): Caller => ({ tenant, subject: { type: 'system', id: 'operator' }, scope: [] });
const activationOf = (digest: string): Asked => ({ action: 'activate_catalog', resource: digest });

/**
 * The catalog that decides holds policy documents, which the new one would end: its owner drafts them anew first. One that cannot be
 * read may hold some. One that was never kept is the deployment's own, and holds none.
 */
const ownPolicies = async ({ catalogStore }: LocalDeployment, digest: string): Promise<Fate | undefined> => {
  const text = await catalogStore.read(digest);
  if (E.isLeft(text)) return 'its catalog cannot be read';
  if (text.right === undefined) return undefined;
  const read = parseStrictJson(text.right, KEPT);
  if (E.isLeft(read) || !isPlainObject(read.right.value)) return 'its catalog cannot be read';
  const { policies = [] } = read.right.value;
  return Array.isArray(policies) && policies.length === 0 ? undefined : 'has a policy of its own';
};

const KEPT = { comments: false, maxBytes: 67_108_864, maxDepth: 64 } as const;
