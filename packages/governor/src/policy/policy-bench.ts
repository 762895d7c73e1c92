/**
 * The governor's own observer of policy versions: what it states of a candidate is recorded as evidence, so a decision
 * about one is decided again from its receipt, and whoever has the ledger can compute the same numbers.
 */
import type { FactId, Value } from '@tai-autonomics/core/author';
import { either as E } from 'fp-ts';
import type { TenantId } from '../api.ts';
import type { LoadedCatalog } from '../catalogs/loaded-catalog.ts';
import type { Context } from '../context.ts';
import type { Ms, Observer, Seen } from '../ports.ts';
import { readLedger } from '../reads/read-ledger.ts';
import { createRecentlyUsed } from '../recently-used.ts';
import type { Tenant, Tenants } from '../tenant.ts';
import { analysis } from './analysis-thread.ts';
import { baseOf } from './candidate.ts';
import type { Examined } from './examine.ts';
import { createSimulator, newsSince } from './simulation.ts';

const TIMEOUT_MS: Ms = 30_000;
const FACTS = [
  'policy_base',
  'policy_lint_errors',
  'policy_invariants_broken',
  'simulated_size',
  'simulated_flips',
  'policy_news',
] as const;

type Stated = ReadonlyMap<FactId, Value>;

/** Observes the candidate that the resource names by its digest. Of what can't be loaded or read it says nothing. */
export const policyBench = (
  context: Pick<Context, 'store' | 'clock' | 'catalogs' | 'identity' | 'sealing'>,
  tenants: Pick<Tenants, 'open'>,
): Observer => {
  const examine = createExaminer();
  const simulate = createSimulator(context.sealing.engines);
  const look = async (about: string, wanted: ReadonlySet<FactId>, id: TenantId): Promise<Stated> => {
    const candidate = await context.catalogs.loadFor(context.identity.ledger(id), about);
    const tenant = await tenants.open(id);
    if (E.isLeft(candidate) || E.isLeft(tenant)) return new Map();
    const found = new Map<FactId, Value>(await ofLedger(context, tenant.right, candidate.right, wanted, simulate));
    if (wanted.has('policy_base')) found.set('policy_base', baseOf(candidate.right));
    if (wanted.has('policy_lint_errors') || wanted.has('policy_invariants_broken')) {
      const known = await examine(id, candidate.right);
      if (E.isRight(known)) {
        const { lintErrors, invariantsBroken } = known.right;
        found.set('policy_lint_errors', lintErrors).set('policy_invariants_broken', invariantsBroken);
      }
    }
    return found;
  };
  return {
    source: 'policy_bench',
    facts: FACTS,
    timeoutMs: TIMEOUT_MS,
    observe: async (about, facts, _signal, tenant) => {
      const stated = await look(about, new Set(facts), tenant);
      const observedAt = context.clock();
      return facts.flatMap((fact): readonly Seen[] => {
        const value = stated.get(fact);
        return value === undefined ? [] : [{ fact, value, observedAt }];
      });
    },
  };
};

/** Examines candidates, each once. */
const createExaminer = (
  most = 64,
): ((tenant: TenantId, candidate: LoadedCatalog) => Promise<E.Either<string, Examined>>) => {
  const known = createRecentlyUsed<Examined>(most);
  return async (tenant, candidate) => {
    const { digest, text } = candidate;
    const before = known.get(digest);
    if (before !== undefined) return E.right(before);
    const found = await analysis(tenant, { ask: 'examined', candidate: { digest, text } });
    if (E.isRight(found)) known.set(digest, found.right);
    return found;
  };
};

const simulatedSize = ({ ledger }: Tenant, digest: string): number => {
  const size = ledger.state.cells.get('policy_simulated_size')?.get(digest);
  return typeof size === 'number' ? size : 0;
};

/** What has to be looked up in the ledger. */
const ofLedger = async (
  context: Pick<Context, 'store' | 'catalogs'>,
  tenant: Tenant,
  candidate: LoadedCatalog,
  wanted: ReadonlySet<FactId>,
  simulate: ReturnType<typeof createSimulator>,
): Promise<readonly (readonly [FactId, Value])[]> => {
  const ledger = readLedger(context, tenant, tenant.ledger.head.size);
  const found: [FactId, Value][] = [];
  if (wanted.has('simulated_size') || wanted.has('simulated_flips')) {
    const simulated = await simulate(ledger, candidate);
    if (E.isRight(simulated))
      found.push(['simulated_size', simulated.right.size], ['simulated_flips', simulated.right.flips]);
  }
  if (wanted.has('policy_news')) {
    const news = await newsSince(ledger, simulatedSize(tenant, candidate.digest));
    if (E.isRight(news)) found.push(['policy_news', news.right]);
  }
  return found;
};
