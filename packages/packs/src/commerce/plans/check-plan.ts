/** Checks a plan against a catalog: any lawful selection is accepted, an unlawful one is explained (P-43, P-45, X-02, X-49). */

import { type CatalogSource, compileCatalog, type Issue } from '@tai-autonomics/core';
import { normaliseSelection, type PackId, type Plan, type Role, type SelectionNote } from '@tai-autonomics/core/author';
import { isPlainObject } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';

/** A plan that can be sold. */
export interface LawfulPlan {
  readonly id: string;
  readonly plan: Plan;
  /** What it switches on, with what is always on. */
  readonly packs: readonly PackId[];
  readonly notes: readonly SelectionNote[];
  /** What is lawful and perhaps not meant: a pack's role that the plan leaves out, though no action needs it. */
  readonly warnings: readonly Issue[];
}

/**
 * Checks one plan as it is written, `{ "plan_id", "title", "sku_id", "packs", "iam_roles", "quota" }`: its form, that its
 * packs are a lawful selection, that nobody else has its SKU, and that its roles reach every action of every pack that it sells.
 * Everything that is wrong is listed with its place in the document. A plan of the catalog with that id is replaced.
 */
export const checkPlan = (source: CatalogSource, json: unknown): E.Either<readonly [Issue, ...Issue[]], LawfulPlan> => {
  if (!isPlainObject(json)) return E.left([{ path: [], expected: 'an object (a plan)', found: 'something else' }]);
  const { plan_id: id, ...row } = json;
  if (typeof id !== 'string' || !/^[a-z][a-z0-9_]{0,63}$/.test(id))
    return E.left([{ path: ['plan_id'], expected: 'a snake_case name', found: typeof id }]);
  const wrong = nonEmpty(formIssues(source, id, row));
  if (wrong !== undefined) return wrong;
  const plan = row as unknown as Plan;
  const selection = normaliseSelection(source, plan.packs);
  const closed = nonEmpty(unreachable(source, plan));
  if (closed !== undefined) return closed;
  return E.right({
    id,
    plan,
    packs: E.isRight(selection) ? selection.right.packs : plan.packs,
    notes: E.isRight(selection) ? selection.right.notes : [],
    warnings: unneeded(source, plan),
  });
};

/** The actions of a plan's packs that no holder of the plan's roles can ever perform. */
const unreachable = (source: CatalogSource, plan: Plan): readonly Issue[] =>
  source.packs.flatMap((pack) => {
    const place = plan.packs.indexOf(pack.pack_id);
    if (place < 0) return [];
    return Object.entries(pack.actions).flatMap(([id, { roles }]): readonly Issue[] => {
      const missing = roles.filter((role) => !plan.iam_roles.includes(role));
      if (missing.length === 0) return [];
      const expected = `${missing.map((role) => `\`${role}\``).join(' and ')} too, without which \`${id}\` of \`${pack.pack_id}\` can never be performed`;
      return [{ path: ['iam_roles'], expected, found: plan.iam_roles.join(', ') }];
    });
  });

const unneeded = (source: CatalogSource, plan: Plan): readonly Issue[] =>
  source.packs
    .filter((pack) => plan.packs.includes(pack.pack_id))
    .flatMap((pack) => {
      const needed = new Set<Role>(Object.values(pack.actions).flatMap(({ roles }) => roles));
      const missing = pack.required_iam_roles.filter((role) => !plan.iam_roles.includes(role) && !needed.has(role));
      return missing.map(
        (role): Issue => ({
          path: ['iam_roles'],
          expected: `\`${role}\`, which \`${pack.pack_id}\` names though none of its actions needs it`,
          found: plan.iam_roles.join(', '),
        }),
      );
    });

/** What is wrong with the packs alone, in the words of a selection. */
const mixIssues = (source: CatalogSource, packs: readonly unknown[]): readonly Issue[] => {
  const selection = normaliseSelection(source, packs);
  if (E.isRight(selection)) return [];
  return selection.left.map(({ code, position, pack, why }) => ({
    path: ['packs', position],
    expected: `a lawful selection (${code}): ${why}`,
    found: `\`${pack}\``,
  }));
};

/** The issues of a catalog that stand in one of its plans, as issues of the plan's own document. */
const ofPlan = (issues: readonly Issue[], id: string): readonly Issue[] =>
  issues
    .filter(({ path }) => path[0] === 'plans' && path[1] === id)
    .map((issue) => ({ ...issue, path: issue.path.slice(2) }));

const nonEmpty = (issues: readonly Issue[]): E.Either<readonly [Issue, ...Issue[]], never> | undefined => {
  const [first, ...rest] = issues;
  return first === undefined ? undefined : E.left([first, ...rest]);
};

/** A plan's own form, and what it names. A pack is spoken of once, by whoever says most about it. */
const formIssues = (source: CatalogSource, id: string, plan: Readonly<Record<string, unknown>>): readonly Issue[] => {
  const { [id]: _replaced, ...others } = source.plans;
  const compiled = compileCatalog({ ...source, plans: { ...others, [id]: plan } });
  const own = E.isLeft(compiled) ? ofPlan(compiled.left, id) : [];
  const packs = plan['packs'];
  const mixed = Array.isArray(packs) && packs.every((name) => typeof name === 'string') ? mixIssues(source, packs) : [];
  const explained = new Set(mixed.map(({ path }) => path.join('.')));
  return [...own.filter(({ path }) => !explained.has(path.join('.'))), ...mixed];
};
