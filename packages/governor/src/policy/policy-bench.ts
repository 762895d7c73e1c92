/**
 * The governor's own observer of policy versions: what it states of a candidate is recorded as evidence, so a decision
 * about one is decided again from its receipt, and whoever has the ledger can compute the same numbers.
 */
import type { FactId, Value } from '@tai-autonomics/core/author';
import { either as E } from 'fp-ts';
import type { TenantId } from '../api.ts';
import { createRecentlyUsed } from '../bounds/recently-used.ts';
import type { LoadedCatalog } from '../catalogs/loaded-catalog.ts';
import type { Context } from '../context.ts';
import type { Ms, Observer, Seen } from '../ports.ts';
import type { Tenant, Tenants } from '../tenant.ts';
import type { Walk } from '../walk/walk.ts';
import { analysis } from './analysis-thread.ts';
import { baseOf } from './candidate.ts';
import type { Examined } from './examine.ts';

const TIMEOUT_MS: Ms = 30_000;
const FACTS = [
  'policy_base',
  'policy_lint_errors',
  'policy_invariants_broken',
  'simulated_size',
  'simulated_flips',
  'simulated_undecided',
  'policy_news',
] as const;

/** What one simulation answers. */
const SIMULATED: readonly FactId[] = ['simulated_size', 'simulated_flips', 'simulated_undecided'];

type Stated = ReadonlyMap<FactId, Value>;

/** Observes the candidate that the resource names by its digest. Of what can't be loaded or read it says nothing. */
export const policyBench = (
  context: Pick<Context, 'clock' | 'catalogs' | 'identity'>,
  tenants: Pick<Tenants, 'open'>,
  walk: Walk,
): Observer => {
  const examine = createExaminer();
  const look = async (
    about: string,
    wanted: ReadonlySet<FactId>,
    id: TenantId,
    signal: AbortSignal,
  ): Promise<Stated> => {
    const candidate = await context.catalogs.loadFor(context.identity.ledger(id), about);
    const tenant = await tenants.open(id);
    if (E.isLeft(candidate) || E.isLeft(tenant)) return new Map();
    const found = new Map<FactId, Value>(await ofLedger(walk, tenant.right, candidate.right, wanted, signal));
    if (wanted.has('policy_base')) found.set('policy_base', baseOf(candidate.right));
    if (wanted.has('policy_lint_errors') || wanted.has('policy_invariants_broken')) {
      const known = await examine(id, candidate.right, signal);
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
    observe: async (about, facts, signal, tenant) => {
      const stated = await look(about, new Set(facts), tenant, signal);
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
): ((tenant: TenantId, candidate: LoadedCatalog, signal: AbortSignal) => Promise<E.Either<string, Examined>>) => {
  const known = createRecentlyUsed<Examined>(most);
  return async (tenant, candidate, signal) => {
    const { digest, text } = candidate;
    const before = known.get(digest);
    if (before !== undefined) return E.right(before);
    const found = await analysis(tenant, { ask: 'examined', candidate: { digest, text } }, signal);
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
  walk: Walk,
  tenant: Tenant,
  { digest, text }: LoadedCatalog,
  wanted: ReadonlySet<FactId>,
  signal: AbortSignal,
): Promise<readonly (readonly [FactId, Value])[]> => {
  const { size } = tenant.ledger.head;
  const [place, under] = [
    { tenant: tenant.id, size, signal },
    { digest, text },
  ];
  const found: [FactId, Value][] = [];
  if (SIMULATED.some((fact) => wanted.has(fact))) {
    const simulated = await walk(place, { ask: 'simulated', under });
    if (E.isRight(simulated)) {
      const { size: seen, flips, undecided } = simulated.right;
      found.push(['simulated_size', seen], ['simulated_flips', flips], ['simulated_undecided', undecided]);
    }
  }
  if (wanted.has('policy_news')) {
    const since = await walk(place, { ask: 'news', under, from: simulatedSize(tenant, digest) });
    if (E.isRight(since)) found.push(['policy_news', since.right.news]);
  }
  return found;
};
