/** What is found out about catalogs by themselves: errors in a tenant's documents, whether invariants are proved, what differs. */
import { diff, type Invariant, type LintFinding, lint, type Proof, prove } from '@tai-autonomics/core';
import { owns } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { OWN } from '../catalogs/drafts.ts';
import type { LoadedCatalog } from '../catalogs/loaded-catalog.ts';

/** One invariant, and what is known of it. */
export interface Proved {
  readonly action: string;
  readonly verdict: Invariant['verdict'];
  readonly answer: Proof['answer'];
  /** Why it is not decided. */
  readonly why?: string;
  /** The observation that breaks it, as JSON. */
  readonly counterexample?: unknown;
}

/** What the linter says of a place. */
export type Finding = Pick<LintFinding, 'severity' | 'path' | 'message'>;

/** What the linter finds in the tenant's own documents. */
export const ownFindings = (candidate: LoadedCatalog): readonly Finding[] => {
  const { catalog } = candidate;
  return lint(catalog.source, { only: ownActions(candidate) })
    .filter(({ path: [member, place] }) => {
      const document =
        member === 'policies' && typeof place === 'number' ? catalog.source.policies?.[place] : undefined;
      return document?.policy.id.startsWith(OWN) === true;
    })
    .map(({ severity, path, message }) => ({ severity, path, message }));
};

/** Proves invariants of a catalog, or says of each why it can't be. */
export const provedIn = ({ catalog }: LoadedCatalog, invariants: readonly Invariant[]): readonly Proved[] =>
  invariants.map((invariant) => {
    const { action, verdict } = invariant;
    const proof = prove(catalog, invariant);
    if (E.isLeft(proof)) {
      // The catalog does not have what the invariant names.
      const [{ path, expected, found }] = proof.left;
      return { action, verdict, answer: 'not_decided', why: `${path.join('.')}: expected ${expected}, found ${found}` };
    }
    const { right } = proof;
    return {
      action,
      verdict,
      answer: right.answer,
      ...(owns(right, 'why') ? { why: String(right.why) } : {}),
      ...(right.answer === 'broken' ? { counterexample: right.counterexample.json } : {}),
    };
  });

/** The invariants that the documents of a catalog carry, the deployment's ones too. */
export const ownInvariants = ({ catalog }: LoadedCatalog): readonly Invariant[] =>
  (catalog.source.policies ?? []).flatMap(({ invariants = [] }) => invariants);

/** What a simulation needs to know of a candidate before anything else. */
export const examined = (candidate: LoadedCatalog): Examined => ({
  lintErrors: ownFindings(candidate).filter(({ severity }) => severity === 'error').length,
  invariantsBroken: provedIn(candidate, ownInvariants(candidate)).filter(({ answer }) => answer !== 'holds').length,
});

/** Where two catalogs decide otherwise, at most so many places. */
export const differencesOf = (before: LoadedCatalog, after: LoadedCatalog, most: number): Differences => {
  const { answer, differences, truncated } = diff(before.catalog, after.catalog, { most });
  return {
    answer,
    truncated,
    differences: differences.map(({ action, verdict, gained, lost }) => ({ action, verdict, gained, lost })),
  };
};

/** The actions that the tenant's own documents ask something of. */
const ownActions = ({ catalog }: LoadedCatalog): ReadonlySet<string> =>
  new Set(
    [...catalog.actions].flatMap(([id, { requirements }]) =>
      requirements.some(({ code }) => code.startsWith(OWN)) ? [id] : [],
    ),
  );

/** What is known of a candidate for good: it is named by its digest, so it never changes. */
export interface Examined {
  readonly lintErrors: number;
  readonly invariantsBroken: number;
}

type Diff = ReturnType<typeof diff>;

/** A comparison of two catalogs, without its examples. */
export interface Differences extends Pick<Diff, 'answer' | 'truncated'> {
  readonly differences: readonly Pick<Diff['differences'][number], 'action' | 'verdict' | 'gained' | 'lost'>[];
}
