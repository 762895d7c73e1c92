/** What is found out about a candidate by itself: errors in the tenant's documents, and whether its invariants are proved. */
import { type Invariant, type LintFinding, lint, type Proof, prove } from '@tai-autonomics/core';
import { either as E } from 'fp-ts';
import { OWN } from '../catalogs/drafts.ts';
import type { LoadedCatalog } from '../catalogs/loaded-catalog.ts';
import { createRecentlyUsed } from '../recently-used.ts';

/** One invariant, and what is known of it. */
export interface Proved {
  readonly invariant: Invariant;
  /** A left side says that the catalog does not have what the invariant names. */
  readonly proof: Proof | { readonly answer: 'not_decided'; readonly why: string };
}

/** What the linter finds in the tenant's own documents. */
export const ownFindings = (candidate: LoadedCatalog): readonly LintFinding[] => {
  const { catalog } = candidate;
  return lint(catalog.source, { only: ownActions(candidate) }).filter(({ path: [member, place] }) => {
    const document = member === 'policies' && typeof place === 'number' ? catalog.source.policies?.[place] : undefined;
    return document?.policy.id.startsWith(OWN) === true;
  });
};

/** Proves an invariant of a catalog, or says why it can't be. */
export const provedOf = ({ catalog }: LoadedCatalog, invariant: Invariant): Proved => {
  const proof = prove(catalog, invariant);
  if (E.isRight(proof)) return { invariant, proof: proof.right };
  const [{ path, expected, found }] = proof.left;
  return {
    invariant,
    proof: { answer: 'not_decided', why: `${path.join('.')}: expected ${expected}, found ${found}` },
  };
};

/** The invariants that the documents of a catalog carry, the deployment's ones too. */
export const ownInvariants = ({ catalog }: LoadedCatalog): readonly Invariant[] =>
  (catalog.source.policies ?? []).flatMap(({ invariants = [] }) => invariants);

/** Examines candidates, each once. It takes the time of a linter run, on the governor's own thread. */
export const createExaminer = (most = 64): ((candidate: LoadedCatalog) => Examined) => {
  const known = createRecentlyUsed<Examined>(most);
  return (candidate) => {
    const before = known.get(candidate.digest);
    if (before !== undefined) return before;
    const found: Examined = {
      lintErrors: ownFindings(candidate).filter(({ severity }) => severity === 'error').length,
      invariantsBroken: ownInvariants(candidate).filter((one) => provedOf(candidate, one).proof.answer !== 'holds')
        .length,
    };
    known.set(candidate.digest, found);
    return found;
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
