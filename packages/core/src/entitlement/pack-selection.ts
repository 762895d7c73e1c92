/** Selections of packs: which packs a request switches on, or why it is unlawful (P-14, P-15, P-17, P-45, P-46, X-05, X-35). */
import { either as E } from 'fp-ts';
import { picture, suggestion } from '../data/issue.ts';
import type { CatalogSource, Pack, PackId } from '../policy/catalog-source.ts';

/** What was done to a request to make it the selection that it means. */
export interface SelectionNote {
  readonly note: 'added' | 'repeated';
  readonly pack: PackId;
  readonly why: string;
}

/** What a request switches on: sorted, each pack once, with what is always on. */
export interface PackSelection {
  readonly packs: readonly PackId[];
  readonly notes: readonly SelectionNote[];
}

/** Why a request is unlawful, with the code that an entitlement event would be refused with. */
export interface SelectionProblem {
  readonly code: 'unknown_pack' | 'pack_not_in_plan' | 'pack_prerequisite_missing' | 'pack_conflict';
  /** The place in the request, from 0. */
  readonly position: number;
  readonly pack: PackId;
  readonly why: string;
}

type Shelf = Pick<CatalogSource, 'packs' | 'plans'>;

/**
 * What a request for packs comes to. What is always on is added with a note, whether or not it was asked for; a
 * repetition is noted and counts once. A prerequisite that is missing is never added in silence: that is a problem, like
 * an unknown pack and two that exclude each other. Every problem is listed, with its place in the request.
 */
export const normaliseSelection = (
  shelf: Shelf,
  requested: readonly unknown[],
): E.Either<readonly [SelectionProblem, ...SelectionProblem[]], PackSelection> => {
  const [first, ...rest] = problemsOf(shelf, requested);
  if (first !== undefined) return E.left([first, ...rest]);
  const names = requested as readonly PackId[];
  const always = shelf.packs.filter((pack) => pack.always === true && isSold(shelf, pack)).map((pack) => pack.pack_id);
  const added = always.filter((id) => !names.includes(id));
  const repeated = names.filter((name, i) => names.indexOf(name) !== i);
  return E.right({
    packs: [...new Set([...always, ...names])].sort(),
    notes: [
      ...added.map((pack): SelectionNote => ({ note: 'added', pack, why: 'it is always on' })),
      ...repeated.map((pack): SelectionNote => ({ note: 'repeated', pack, why: 'once is enough' })),
    ],
  });
};

const problemsOf = (shelf: Shelf, requested: readonly unknown[]): readonly SelectionProblem[] => {
  const known = new Map(shelf.packs.map((pack) => [pack.pack_id, pack]));
  const on = new Set<unknown>([...requested, ...shelf.packs.filter((p) => p.always === true).map((p) => p.pack_id)]);
  return requested.flatMap((name, position): readonly SelectionProblem[] => {
    const pack = typeof name === 'string' ? known.get(name) : undefined;
    if (pack === undefined) {
      const hint = typeof name === 'string' ? suggestion(name, known.keys()) : '';
      const shown = typeof name === 'string' ? name.slice(0, 64) : picture(name);
      return [{ code: 'unknown_pack', position, pack: shown, why: `no pack of this catalog${hint}` }];
    }
    const here = { position, pack: pack.pack_id };
    if (!isSold(shelf, pack))
      return [{ ...here, code: 'pack_not_in_plan', why: 'it is always on, and bought by nobody' }];
    const missing = pack.requires.filter((other) => !on.has(other));
    // Exclusion holds both ways, whichever of the two says it.
    const excluded = shelf.packs.filter(
      (other) =>
        other !== pack &&
        on.has(other.pack_id) &&
        (pack.incompatible_with.includes(other.pack_id) || other.incompatible_with.includes(pack.pack_id)),
    );
    return [
      ...missing.map(
        (other): SelectionProblem => ({
          ...here,
          code: 'pack_prerequisite_missing',
          why: `it requires \`${other}\`, which is not in the selection`,
        }),
      ),
      ...excluded.map(
        (other): SelectionProblem => ({
          ...here,
          code: 'pack_conflict',
          why: `it cannot be on together with \`${other.pack_id}\``,
        }),
      ),
    ];
  });
};

/** What is always on and sold as well: some plan names it, or some pack builds on it. The platform is neither. */
const isSold = ({ packs, plans }: Shelf, { pack_id: id, always }: Pack): boolean =>
  always !== true ||
  packs.some(({ requires }) => requires.includes(id)) ||
  Object.values(plans).some((plan) => plan.packs.includes(id));
