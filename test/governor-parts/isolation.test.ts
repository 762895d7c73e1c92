/** The observers and handlers of one machine: two tenants with a resource of one name never meet. */
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { localWorld, parseConfig } from '@tai-autonomics/cli';
import type { ActionStep } from '@tai-autonomics/core';
import { canonicalize, type Json } from '@tai-autonomics/core/receipt';
import type { Handler } from '@tai-autonomics/governor';
import {
  type IsolationWiring,
  isolationCases,
  isolationReport,
  isolationSuite,
} from '@tai-autonomics/governor/testing';
import { library } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { inTheLongRun } from '../runs.ts';
import { makeRepository, openRepository, type Repository } from './repository.ts';
import { scratchFolder } from './scratch.ts';
import { stepOf } from './step.ts';

const TENANTS = ['acme', 'globex'] as const;
const RESOURCE = 'service/payments';

const right = <A>(either: E.Either<unknown, A>): A => {
  if (E.isRight(either)) return either.right;
  throw new Error(JSON.stringify(either.left));
};

const digestOf = (json: unknown): string =>
  createHash('sha256')
    .update(right(canonicalize(json as Json)))
    .digest('base64url');

const series = (now: number): unknown => {
  const values = Array.from({ length: 60 }, (_, n) => [Math.floor(now / 1_000) - 59 + n, '3']);
  return { status: 'success', data: { resultType: 'matrix', result: [{ metric: {}, values }] } };
};

const declaredOf = (tenant: string) => ({
  version: 3,
  bindings: [{ role: 'roles/viewer', members: [`user:${tenant}@example.com`] }],
});

/** Makes a folder with all that one tenant's resource has, under a path of its own. */
const arrangeTenant = (folder: string, tenant: string, n: number): void => {
  mkdirSync(join(folder, tenant));
  const repository = makeRepository(join(folder, tenant));
  mkdirSync(join(repository.path, 'iam'));
  writeFileSync(join(repository.path, 'iam/policy.json'), JSON.stringify(declaredOf(tenant)));
  repository.git('add', '.');
  repository.git('commit', '--quiet', '--message', 'policy');
  repository.release(`${tenant}=1`, 'v1.0.0');
  repository.release(`${tenant}=2`, `v1.1.${n}`);
  writeFileSync(join(folder, tenant, 'policy.json'), JSON.stringify({ version: 1, etag: 'one', bindings: [] }));
  const desired = makeRepository(join(folder, tenant), 'desired');
  desired.release(`${tenant}=v1.0.0`, 'v1.0.0');
  desired.git('tag', 'v1.1.0');
  const listing = { listing_id: 'professional', name: tenant };
  writeFileSync(join(folder, tenant, 'listing.json'), JSON.stringify(listing));
};

/** Both tenants' folders, made once: each test begins with a copy. */
let arranged: string | undefined;
afterAll(() => {
  if (arranged !== undefined) rmSync(arranged, { recursive: true });
});
const arrangedOnce = (): string => {
  if (arranged !== undefined) return arranged;
  arranged = mkdtempSync(join(tmpdir(), 'tai-two-tenants-'));
  for (const [n, tenant] of TENANTS.entries()) arrangeTenant(arranged, tenant, n);
  return arranged;
};

/** What stands in a tenant's folder; its numbers are of now. */
const tenantIn = (folder: string, tenant: string) => {
  const metrics = join(folder, tenant, 'metrics.json');
  writeFileSync(metrics, JSON.stringify(series(Date.now())));
  const listing = {
    listing: 'professional',
    document: join(folder, tenant, 'listing.json'),
    directory: join(folder, 'market'),
  };
  return {
    repository: openRepository(join(folder, tenant, 'payments')),
    declared: declaredOf(tenant),
    policy: join(folder, tenant, 'policy.json'),
    metrics,
    desired: openRepository(join(folder, tenant, 'desired')),
    listing,
  };
};

/** Somebody edits the configuration by hand; exactly that is put aside. */
const restorationIn = (repository: Repository | undefined): ActionStep => {
  const head = repository?.git('rev-parse', 'HEAD') ?? '';
  repository?.edit('edited by hand');
  const blob = repository?.git('hash-object', 'service.conf') ?? '';
  const drift = digestOf({ head, changes: [{ change: ' M service.conf', blob }] });
  return stepOf('restore_configuration', { drift, commit: head });
};

/** What is published is withdrawn last, or nothing would be left to see. */
const listingSteps = (document: string): readonly ActionStep[] => {
  const digest = digestOf(JSON.parse(readFileSync(document, 'utf8')));
  return [stepOf('withdraw_listing', { digest }), stepOf('publish_listing', { digest })];
};
/** Both from one commit: what the first one did is all that the second one asks for. */
const releaseSteps = (desired: Repository | undefined): readonly ActionStep[] => {
  const named = { release: 'v1.1.0', from: desired?.git('rev-parse', 'HEAD') ?? '' };
  return [stepOf('deploy_release', named), stepOf('revert_release', named)];
};
const publishedIn = (folder: string, tenant: string): unknown => {
  try {
    return JSON.parse(readFileSync(join(folder, 'market/index.json'), 'utf8')).listings[tenant];
  } catch {
    return undefined;
  }
};

/** What `tai serve` is wired with, over files of two tenants. */
const openWiring = async (): Promise<IsolationWiring> => {
  const folder = scratchFolder({ onTestFinished });
  cpSync(arrangedOnce(), folder, { recursive: true });
  const own = new Map(TENANTS.map((tenant) => [tenant as string, tenantIn(folder, tenant)]));
  const by = (value: (tenant: string) => unknown) =>
    Object.fromEntries(TENANTS.map((tenant) => [tenant, { [RESOURCE]: value(tenant) }]));
  const limits = join(folder, 'limits.json');
  const config = right(
    parseConfig({
      mode: 'eval',
      session: 'pilot',
      domain: 'localhost',
      repositories: by((tenant) => own.get(tenant)?.repository.path),
      metrics: by((tenant) => own.get(tenant)?.metrics),
      iam: by((tenant) => ({
        repository: own.get(tenant)?.repository.path,
        declared: 'iam/policy.json',
        policy: own.get(tenant)?.policy,
      })),
      throttle: limits,
      listings: by((tenant) => own.get(tenant)?.listing),
      releases: by((tenant) => ({
        repository: own.get(tenant)?.desired.path,
        file: 'service.conf',
        line: `${tenant}={release}`,
      })),
    }),
  );
  return {
    ...localWorld(folder, config, library.plans, () => {}),
    resource: RESOURCE,
    tenants: TENANTS,
    steps: async ({ tenant }) => [
      restorationIn(own.get(tenant)?.repository),
      stepOf('rollback', { target_version: 'v1.0.0' }),
      stepOf('set_throttle', { limit: 50 }),
      ...listingSteps(own.get(tenant)?.listing.document ?? ''),
      ...releaseSteps(own.get(tenant)?.desired),
      stepOf('restore_iam_policy', { etag: 'one', declared: digestOf(own.get(tenant)?.declared) }),
    ],
    world: async ({ tenant }) => {
      const { repository, policy, desired } = own.get(tenant) ?? {};
      let limit: unknown;
      try {
        limit = JSON.parse(readFileSync(limits, 'utf8')).limits[tenant];
      } catch {
        limit = undefined;
      }
      return {
        head: repository?.git('rev-parse', 'HEAD'),
        reflog: repository?.git('reflog'),
        stashed: repository?.git('stash', 'list'),
        policy: readFileSync(policy ?? '', 'utf8'),
        limit,
        desired: desired?.git('log', '--format=%s %T'),
        published: publishedIn(folder, tenant),
      };
    },
  };
};

/** The one of every `npm test`. */
const SHORT = 'a step changes the resource of its own tenant, and nothing of the other’s resource of that name';

isolationSuite('the observers and handlers of one machine', openWiring, {
  describe,
  test: (note, run) =>
    test(note, async (context) => {
      if (note !== SHORT) inTheLongRun(context);
      await run();
    }),
});

/** What is looked up by tenant and name elsewhere than in the files of one machine, and which test shows that it is. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  catalog_store: 'the governor’s own: test/governor/two-tenants.test.ts',
  policy_bench: 'the governor’s own: test/governor/two-tenants.test.ts',
  kubernetes: 'takes the same table of tenants and names: test/governor-parts/remote.test.ts',
};

test('every source of a fact and every step that changes something is among these, or is named with its test', async () => {
  const { observers, handlers } = await openWiring();
  const packs = Object.values(library.packs);
  const sources = packs.flatMap(({ facts }) =>
    Object.values(facts).flatMap((fact) => (fact.origin === 'observed' ? fact.sources : [])),
  );
  const tried = new Set([...observers.map(({ source }) => source), ...Object.keys(ELSEWHERE)]);
  expect([...new Set(sources)].sort()).toEqual([...tried].sort());
  const steps = packs.flatMap(({ actions }) =>
    Object.values(actions).flatMap(({ does }) =>
      does.effect === 'external' || does.effect === 'contractual' ? [does.step] : [],
    ),
  );
  expect([...new Set(steps)].sort()).toEqual(handlers.map(({ step }) => step).sort());
});

/** Loses the tenant on the way, as a host's own wiring may: everything is looked up for the first one. */
const forgetful = async (): Promise<IsolationWiring> => {
  const wiring = await openWiring();
  const [, other] = TENANTS;
  const handlers = wiring.handlers.map((handler): Handler => {
    const swapped = (places: unknown): unknown => {
      const tables = places as Readonly<Record<string, unknown>>;
      return Object.fromEntries(
        [...TENANTS, 'a tenant that nobody registered'].map((tenant) => [tenant, tables[other]]),
      );
    };
    const options = Object.entries(handler.options ?? {});
    return {
      ...handler,
      options: Object.fromEntries(options.map(([k, v]) => [k, typeof v === 'object' ? swapped(v) : v])),
    };
  });
  const observers = wiring.observers.map((observer) => ({
    ...observer,
    observe: (about: string, facts: readonly string[], signal: AbortSignal) =>
      observer.observe(about, facts, signal, other),
  }));
  return { ...wiring, handlers, observers };
};

test('a wiring that forgets the tenant is told by every promise but the first', async (context) => {
  inTheLongRun(context);
  const report = await isolationReport(forgetful);
  expect(report.map(({ note }) => note)).toEqual(isolationCases.map(({ note }) => note));
  expect(report.map(({ holds }) => holds)).toEqual([true, false, false, false]);
  for (const { holds, why } of report) expect(typeof why).toBe(holds ? 'undefined' : 'string');
  expect(JSON.parse(JSON.stringify(report))).toEqual(report);
});
