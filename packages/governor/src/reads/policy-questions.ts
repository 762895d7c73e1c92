/** Questions about policy: flips of a candidate, an action in words, differences, proofs. */

import { type Invariant, parseInvariants } from '@tai-autonomics/core';
import { describeCondition } from '@tai-autonomics/core/author';
import { activePacks, GATES } from '@tai-autonomics/core/engine';
import { isPlainObject } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { Governor, ReadStep, ReadView } from '../api.ts';
import type { LoadedCatalog } from '../catalogs/loaded-catalog.ts';
import type { Context } from '../context.ts';
import { actionOf } from '../intent/admit.ts';
import { parseStrictJson, printFault } from '../json/strict-json.ts';
import { analysis } from '../policy/analysis-thread.ts';
import type { Walk } from '../walk/walk.ts';
import type { WalkAnswers } from '../walk/walk-question.ts';
import { integerOf, placeOf, textOf } from './step-arguments.ts';

type Catalogs = Pick<Context, 'catalogs' | 'identity'>;
type Sought = E.Either<string, LoadedCatalog>;

const DIFFERENCES_MAX = 32;
const LIMITS = { comments: false, maxBytes: 65_536, maxDepth: 32 } as const;

/** The read step `policy_flips`. */
export const policyFlips =
  (context: Catalogs, walk: Walk): ReadStep =>
  async (step, view) => {
    const candidate = await candidateIn(context, view);
    if (E.isLeft(candidate)) return candidate;
    const limit = integerOf(step, 'limit');
    const found = await walk(placeOf(view), { ask: 'flips', under: keptOf(candidate.right), limit });
    return E.map((answer: WalkAnswers['flips']) => ({ ...answer, size: view.ledger.size }))(found);
  };

/** The read step `policy_explain`: of an action that does not exist for the tenant nothing is said. */
export const policyExplain =
  (preview: Governor['preview']): ReadStep =>
  async (step, { caller, resource, catalog, state }) => {
    const id = actionOf(catalog, textOf(step, 'action'));
    const action = catalog.actions.get(id);
    if (action === undefined || !activePacks(catalog, state).includes(action.pack))
      return E.left(`there is no action \`${id}\` for this tenant`);
    const now = await preview(caller, { action: id, resource });
    return E.right({
      action: id,
      means: action.action.means,
      requires: action.requirements.map(({ gate, code, means, when }) => ({
        gate: GATES[gate],
        code,
        means,
        when: describeCondition(when),
      })),
      ...(E.isLeft(now) ? {} : { now: { verdict: now.right.verdict, codes: codesIn(now.right) } }),
    });
  };

/** The read step `policy_diff`. */
export const policyDiff =
  (context: Catalogs): ReadStep =>
  async (_step, view) => {
    const candidate = await candidateIn(context, view);
    const active = await activeOf(context, view);
    if (E.isLeft(candidate)) return candidate;
    if (E.isLeft(active)) return active;
    return analysis(
      view.caller.tenant,
      {
        ask: 'differences',
        before: keptOf(active.right),
        after: keptOf(candidate.right),
        most: DIFFERENCES_MAX,
      },
      view.signal,
    );
  };

/** The read step `policy_prove`: of the catalog that decides for the resource `*`, else of a candidate. */
export const policyProve =
  (context: Catalogs): ReadStep =>
  async (step, view) => {
    const about = view.resource === '*' ? await activeOf(context, view) : await candidateIn(context, view);
    if (E.isLeft(about)) return about;
    const invariants = invariantsIn(textOf(step, 'invariant'));
    if (E.isLeft(invariants)) return invariants;
    const proofs = await analysis(
      view.caller.tenant,
      {
        ask: 'proofs',
        candidate: keptOf(about.right),
        ...(invariants.right === undefined ? {} : { invariants: invariants.right }),
      },
      view.signal,
    );
    return E.isLeft(proofs) ? proofs : E.right({ proofs: proofs.right });
  };

const keptOf = ({ digest, text }: LoadedCatalog): Pick<LoadedCatalog, 'digest' | 'text'> => ({ digest, text });

const activeOf = async ({ catalogs }: Pick<Catalogs, 'catalogs'>, { state }: ReadView): Promise<Sought> =>
  E.mapLeft(({ detail }: { readonly detail: string }) => detail)(await catalogs.loadIn(state));

/** The candidate that the resource names. */
const candidateIn = async ({ catalogs, identity }: Catalogs, { caller, resource }: ReadView): Promise<Sought> =>
  E.mapLeft(() => 'no catalog of this digest is kept; draft the policy again')(
    await catalogs.loadFor(identity.ledger(caller.tenant), resource),
  );

type Previewed = Extract<Awaited<ReturnType<Governor['preview']>>, { readonly _tag: 'Right' }>['right'];
const codesIn = (decision: Previewed): readonly string[] =>
  decision.verdict === 'approve' ? [] : [...new Set(decision.reasons.map(({ code }) => code))];

/** The invariant that is asked about; none named: those that the catalog carries. */
const invariantsIn = (text: string): E.Either<string, readonly Invariant[] | undefined> => {
  const json = parseStrictJson(text, LIMITS);
  if (E.isLeft(json)) return E.left(printFault('invariant', json.left));
  const { value } = json.right;
  if (isPlainObject(value) && Object.keys(value).length === 0) return E.right(undefined);
  const parsed = parseInvariants({ invariants: [value] });
  if (E.isRight(parsed)) return parsed;
  const [{ path, expected, found }] = parsed.left;
  return E.left(`invariant: ${path.slice(2).join('.')}: expected ${expected}, found ${found}`);
};
