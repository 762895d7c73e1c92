/** The first try: a catalog or a pack as data, an observation as data, one answer. */
import { either as E } from 'fp-ts';
import { compileCatalog } from './catalog.ts';
import type { Issue } from './data/issue.ts';
import { decide } from './decide.ts';
import type { Decision } from './decision.ts';
import { parseObservation } from './observation-codec.ts';
import type { CatalogSource } from './policy/catalog-source.ts';
import { ROLES } from './policy/role.ts';
import { isPlainObject } from './receipt/encoding/json.ts';

/** A decision, or everything that is wrong with the source or, where the source is sound, with the observation. */
export type DecidedJson =
  | { readonly decided: true; readonly decision: Decision }
  | {
      readonly decided: false;
      readonly wrong: 'source' | 'observation';
      readonly issues: readonly [Issue, ...Issue[]];
    };

/**
 * Compiles, parses and decides in one call, all of it from plain JSON values, and never throws. The answer is a tagged
 * result: test `decided`, and the compiler knows the rest. It compiles the source each time; who decides often calls
 * `compileCatalog` once, then `parseObservation` and `decide`, whose answers are the same.
 *
 * The source is a catalog (`{ catalog, packs, plans }`), or a single pack and a catalog to put it `into`, since its next
 * steps lead to actions of the platform. There it replaces a pack of its name, and one more plan sells it with what it
 * requires: `one_pack`, with the SKU `one-pack-1`, every role and a quota of a million.
 *
 * @example
 * const answer = decideJson(JSON.parse(text), { at: '2026-11-21T08:00:00Z', mode: 'eval' });
 * if (!answer.decided) console.log(answer.wrong, answer.issues.map(printIssue));
 * else console.log(answer.decision.verdict);
 */
export const decideJson = (source: unknown, observation: unknown, into?: CatalogSource): DecidedJson => {
  const pack = isPack(source) ? source : undefined;
  if (pack !== undefined && into === undefined) return { decided: false, wrong: 'source', issues: [A_PACK_ALONE] };
  const catalog = compileCatalog(pack === undefined || into === undefined ? source : withPack(into, pack));
  if (E.isLeft(catalog))
    return { decided: false, wrong: 'source', issues: pack === undefined ? catalog.left : ofThePack(catalog.left) };
  const parsed = parseObservation(catalog.right, observation);
  return E.isLeft(parsed)
    ? { decided: false, wrong: 'observation', issues: parsed.left }
    : { decided: true, decision: decide(catalog.right, parsed.right) };
};

interface LoosePack {
  readonly pack_id: unknown;
  readonly requires?: unknown;
  readonly roles?: unknown;
}

const A_PACK_ALONE: Issue = {
  path: [],
  expected: 'a catalog to put a single pack into, as the third argument',
  found: 'a pack alone',
};

const isPack = (source: unknown): source is LoosePack => isPlainObject(source) && Object.hasOwn(source, 'pack_id');

/** The pack stands first, so that its issues are found by their paths. */
const withPack = (into: CatalogSource, pack: LoosePack): unknown => {
  const packs = [pack.pack_id, ...(Array.isArray(pack.requires) ? pack.requires : [])];
  const roles = [...ROLES, ...(isPlainObject(pack.roles) ? Object.keys(pack.roles) : [])];
  return {
    ...into,
    packs: [pack, ...into.packs.filter(({ pack_id }) => pack_id !== pack.pack_id)],
    plans: {
      ...into.plans,
      one_pack: { title: 'One pack', sku_id: 'one-pack-1', packs, iam_roles: roles, quota: 1_000_000 },
    },
  };
};

/** Paths from the pack's own root; what only follows elsewhere in the catalog is told of the whole pack. */
const ofThePack = (issues: readonly [Issue, ...Issue[]]): readonly [Issue, ...Issue[]] => {
  const rebased = (issue: Issue): Issue => {
    const [list, i, ...path] = issue.path;
    return { ...issue, path: list === 'packs' && i === 0 ? path : [] };
  };
  const [first, ...rest] = issues;
  return [rebased(first), ...rest.map(rebased)];
};
