/** A contractual tenant with everything bought, over real files in a folder that goes away: metrics, limits, policies. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { memoryCatalogs } from '@tai-autonomics/adapter-storage';
import type { Pack } from '@tai-autonomics/core';
import type { Role } from '@tai-autonomics/core/author';
import { formatInstant } from '@tai-autonomics/core/engine';
import type { Asked, Caller, Decided, Handler, LoadedCatalog, Observer } from '@tai-autonomics/governor';
import {
  declaredPolicy,
  documentObserver,
  fileIamService,
  type IamPolicyPlace,
  iamObserver,
  iamPolicyHandler,
  readJsonFile,
  throttleFileHandler,
  throttleFileObserver,
} from '@tai-autonomics/governor/local';
import { iamDrift, storm } from '@tai-autonomics/packs';
import {
  approved,
  assurance,
  clockAt,
  codes,
  decided,
  entitlement,
  eventsOf,
  named,
  type PLANS,
  people,
  SERVICE,
  type Setting,
  START,
  startGovernor,
  TENANT,
} from '../governor/kit.ts';
import { scratchFolder } from '../governor-parts/scratch.ts';

const TIMEOUT_MS = 20_000;
const { shop, owner, operator } = people();

/** A caller whose credential carries roles. */
export const bearing = (type: 'agent' | 'user', id: string, ...scope: readonly Role[]): Caller => ({
  tenant: TENANT,
  subject: { type, id },
  scope,
});

export interface Guarded {
  readonly setting: Setting;
  readonly folder: string;
  readonly limits: string;
  readonly place: IamPolicyPlace;
  /** Codes of a refusal; `approve` for an approval. */
  ask(caller: Caller, action: string, args?: Readonly<Record<string, unknown>>): Promise<readonly string[] | 'approve'>;
  submit(caller: Caller, action: string, args?: Readonly<Record<string, unknown>>): Promise<Decided>;
  /** The events of the ledger after the ones that were told already. */
  events(): Promise<readonly string[]>;
  /** A request rate that was calm for an hour, then these samples, the last one now. */
  measure(...latest: readonly number[]): void;
  /** What is declared, committed; and what is in force. */
  declare(policy: unknown): void;
  enforce(policy: unknown): void;
  inForce(): Readonly<Record<string, unknown>>;
  /** The raw evidence that was looked at: canonical JSON by its digest. */
  readonly raw: ReadonlyMap<string, string>;
}

export interface GuardedOptions {
  readonly catalog?: LoadedCatalog;
  /** What the tenant bought; `enterprise` where absent. */
  readonly plan?: keyof typeof PLANS;
  /** In place of the real ones. */
  readonly handlers?: readonly Handler[];
  /** Beside the others: what else the tenant runs, in the folder that is lent. */
  readonly also?: (
    folder: string,
    clock: () => number,
  ) => { readonly observers: readonly Observer[]; readonly handlers: readonly Handler[] };
}

const seriesOf = (now: number, latest: readonly number[]): unknown => {
  const rates = [...Array.from({ length: 60 }, () => 10), ...latest];
  const values = rates.map((rate, i) => [now / 1_000 - 15 * (rates.length - 1 - i), String(rate)]);
  return { status: 'success', data: { resultType: 'matrix', result: [{ metric: {}, values }] } };
};

/** Runs git in a repository, as nobody in particular. */
const git = (folder: string, ...args: readonly string[]): void => {
  const who = ['-c', 'user.name=t', '-c', 'user.email=t@acme.example', '-c', 'commit.gpgsign=false'];
  execFileSync('git', [...who, '-C', folder, ...args], { stdio: 'pipe' });
};

const produced = new Set<string>();
const noted = (answer: Decided): Decided => {
  produced.add(answer.receipt.event);
  if (answer.outcome !== undefined) produced.add(answer.outcome.receipt.event);
  for (const code of codes(answer)) produced.add(code);
  return answer;
};

/** The events and codes of a pack that no answer of this test file had so far. */
export const unproduced = ({ receipt_events, codes: own }: Pack): readonly string[] =>
  [...receipt_events, ...Object.keys(own)].filter((name) => !produced.has(name));

/** Starts it. Grants are the test's to make. */
export const startGuarded = async (
  context: Parameters<typeof scratchFolder>[0],
  { catalog, handlers, also, plan = 'enterprise' }: GuardedOptions = {},
): Promise<Guarded> => {
  const folder = scratchFolder(context);
  const [metrics, limits, repository] = [join(folder, 'metrics'), join(folder, 'limits'), join(folder, 'repository')];
  const place: IamPolicyPlace = { repository, declared: 'policy.json', policy: join(folder, 'policy') };
  const clock = clockAt(START);
  const raw = new Map<string, string>();
  const looking = {
    timeoutMs: TIMEOUT_MS,
    clock,
    onRaw: (digest: string, canonical: string) => void raw.set(digest, canonical),
  };
  const more = also?.(folder, clock) ?? { observers: [], handlers: [] };
  mkdirSync(repository);
  git(repository, 'init', '--quiet');
  const setting = await startGovernor({
    clock,
    ...(catalog === undefined ? {} : { catalogs: [catalog] }),
    catalogStore: memoryCatalogs(),
    observers: [
      documentObserver({
        ...looking,
        source: 'metrics',
        detector: storm,
        read: (_of, signal) => readJsonFile(metrics, signal),
      }),
      throttleFileObserver({ ...looking, source: 'throttle', file: limits }),
      iamObserver({
        ...looking,
        source: 'iam',
        detector: iamDrift,
        declared: (_of, signal) => declaredPolicy(place, TIMEOUT_MS, signal),
        service: () => fileIamService(place.policy, TIMEOUT_MS),
      }),
      ...more.observers,
    ],
    handlers: handlers ?? [
      throttleFileHandler('set_throttle', limits),
      iamPolicyHandler('restore_iam_policy', { [TENANT]: { [SERVICE]: place } }),
      ...more.handlers,
    ],
  });
  const { governor } = setting;
  const asked = (action: string, args: Readonly<Record<string, unknown>> = {}): Asked => ({
    action,
    resource: SERVICE,
    arguments: args,
  });
  approved(await governor.submit(shop, entitlement(clock.now, plan)));
  approved(await governor.submit(operator, assurance(clock.now).insurance));
  approved(await governor.submit(owner, assurance(clock.now).msa));
  let told = (await eventsOf(setting)).length;
  return {
    setting,
    folder,
    limits,
    place,
    ask: async (caller, action, args) => {
      const answer = noted(decided(await governor.submit(caller, asked(action, args))));
      return answer.decision.verdict === 'approve' ? 'approve' : codes(answer);
    },
    submit: async (caller, action, args) => noted(decided(await governor.submit(caller, asked(action, args)))),
    events: async () => {
      const all = await eventsOf(setting);
      const fresh = all.slice(told);
      told = all.length;
      return fresh;
    },
    measure: (...latest) => writeFileSync(metrics, JSON.stringify(seriesOf(clock.now, latest))),
    declare: (policy) => {
      writeFileSync(join(repository, 'policy.json'), JSON.stringify(policy));
      git(repository, 'add', 'policy.json');
      git(repository, 'commit', '--quiet', '--message', 'policy');
    },
    enforce: (policy) => writeFileSync(place.policy, JSON.stringify(policy)),
    raw,
    inForce: () => JSON.parse(readFileSync(place.policy, 'utf8')) as Readonly<Record<string, unknown>>,
  };
};

/** The owner grants roles to somebody. */
export const grant = async ({ submit }: Guarded, caller: Caller): Promise<void> => {
  const subject = named(caller);
  const { decision } = await submit(owner, 'grant_role', { subject, roles: caller.scope });
  if (decision.verdict !== 'approve') throw new Error('the grant was refused');
};

/** So many milliseconds from now, as a wire says it. */
export const later = ({ setting }: Guarded, ms: number): string => formatInstant(setting.clock.now + ms);
