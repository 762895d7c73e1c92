/** The catalog: packs, plans and gates compiled once into what `decide` runs. */
import { either as E } from 'fp-ts';
import { type CompiledAction, compileAction } from './compile/action.ts';
import { checkPacks } from './compile/check.ts';
import { invariantIssues } from './compile/check-invariant.ts';
import { counted } from './compile/counted.ts';
import { widening, withPackRoles } from './compile/pack-roles.ts';
import { planReader } from './compile/plan.ts';
import type { Template } from './compile/remedy.ts';
import { type Complaints, catalogScope, complaints, type Scope, unfoldedMax } from './compile/scope.ts';
import { parseWith } from './data/codec.ts';
import { frozen } from './data/frozen.ts';
import type { Issue, Path } from './data/issue.ts';
import type { Value } from './data/value.ts';
import { placedActions } from './gates/gate.ts';
import { gates } from './gates/index.ts';
import type { NextStep } from './next-step.ts';
import type { Action, ActionId, Requirement } from './policy/action.ts';
import {
  type CatalogSource,
  CatalogSourceCodec,
  type Pack,
  type PackId,
  type Plan,
  type PlanId,
  type Tool,
  type ToolId,
} from './policy/catalog-source.ts';
import type { Condition } from './policy/condition.ts';
import type { Cell, CellId, Fact, FactId, PlanFact } from './policy/fact.ts';
import { policyCode } from './policy/policy-document.ts';
import type { Reader } from './reading.ts';
import type { State } from './state.ts';

/** A tool where it stands. */
export interface PlacedTool extends Tool {
  readonly pack: PackId;
}

/** A compiled catalog. Made by `compileCatalog` only. */
export interface Catalog {
  /** As it is written; what holds a set of the nine roles holds those of its packs too. */
  readonly source: CatalogSource;
  readonly actions: ReadonlyMap<ActionId, CompiledAction>;
  readonly tools: ReadonlyMap<ToolId, PlacedTool>;
  readonly packs: ReadonlyMap<PackId, Pack>;
  readonly plans: ReadonlyMap<PlanId, Plan>;
  readonly facts: ReadonlyMap<FactId, Fact>;
  readonly cells: ReadonlyMap<CellId, Cell>;
  /** Every reason code that can occur, with what it means. */
  readonly codes: ReadonlyMap<string, string>;
  /** What the plan that a tenant bought gives it, narrowed by what its entitlement names. */
  readonly planOf: (state: State, column: PlanFact['column']) => Value;
  /** Reads a catalog fact (not an argument) of an observation. */
  readonly readerOf: (id: FactId) => Reader;
}

type Row<A> = { readonly id: string; readonly value: A; readonly path: Path };

interface Vocabulary {
  readonly facts: ReadonlyMap<FactId, Fact>;
  readonly cells: ReadonlyMap<CellId, Cell>;
  readonly codes: ReadonlyMap<string, string>;
  readonly actions: ReadonlyMap<ActionId, Action>;
  readonly tools: ReadonlyMap<ToolId, PlacedTool>;
  readonly packs: ReadonlyMap<PackId, Pack>;
}

/**
 * Compiles a catalog as it is written. Ill-typed, unknown, doubled, cyclic: all of it is refused here, with the path of
 * each mistake and the nearest known name, and nothing of it loads (C-27, P-13 to P-17).
 *
 * @example
 * const catalog = compileCatalog(JSON.parse(text)); // Either<[Issue, ...], Catalog>
 */
export const compileCatalog = (json: unknown): E.Either<readonly [Issue, ...Issue[]], Catalog> => {
  const source = parseWith(CatalogSourceCodec, json);
  if (E.isLeft(source)) return source;
  const actions = source.right.packs.reduce((sum, pack) => sum + Object.keys(pack.actions).length, 0);
  const to = complaints(unfoldedMax(actions));
  const catalog = assemble(frozen(withPackRoles(source.right)), to);
  const [first, ...rest] = to.issues;
  return first === undefined ? E.right(catalog) : E.left([first, ...rest]);
};

const assemble = (source: CatalogSource, to: Complaints): Catalog => {
  const v = vocabularyOf(source, to);
  const plans = new Map(Object.entries(source.plans));
  const plan = planReader(plans);
  const paths = factPaths(source);
  const scope = catalogScope(v.facts, plan, (id) => paths.get(id) ?? [`(gate fact ${id})`], to);
  for (const id of v.facts.keys()) scope.reader(id);
  checkPacks(source, v, to);
  const actions = compileActions(source, v, scope, to);
  const planOf: Catalog['planOf'] = (state, column) => {
    const sight = plan(column)({ state });
    return typeof sight === 'symbol' ? [] : sight;
  };
  const catalog: Catalog = {
    source,
    actions,
    tools: v.tools,
    packs: v.packs,
    plans,
    facts: v.facts,
    cells: v.cells,
    codes: v.codes,
    planOf,
    readerOf: scope.reader,
  };
  for (const [k, { invariants = [] }] of (source.policies ?? []).entries())
    for (const [i, invariant] of invariants.entries())
      for (const { path, expected, found } of invariantIssues(catalog, invariant))
        to.add(['policies', k, 'invariants', i, ...path], expected, found);
  return catalog;
};

const vocabularyOf = (
  source: CatalogSource,
  to: Complaints,
  { packs } = source,
  widen = widening(source),
): Vocabulary => ({
  facts: gather<Fact>(
    'fact',
    [...platformRows<Fact>((gate) => widen(gate.facts)), ...rowsOf<Fact>(packs, 'facts', (pack) => pack.facts)],
    to,
  ),
  cells: gather(
    'cell',
    [...platformRows((gate) => widen(gate.cells)), ...rowsOf(packs, 'cells', (pack) => pack.cells)],
    to,
  ),
  codes: gather(
    'code',
    [...platformRows((gate) => gate.codes), ...rowsOf(packs, 'codes', (pack) => pack.codes), ...policyRows(source)],
    to,
  ),
  actions: gather(
    'action',
    rowsOf(packs, 'actions', (pack) => pack.actions),
    to,
  ),
  tools: gather(
    'tool',
    packs.flatMap((pack, i) =>
      pack.tools.map((tool, k) => ({
        id: tool.tool,
        value: { ...tool, pack: pack.pack_id },
        path: ['packs', i, 'tools', k],
      })),
    ),
    to,
  ),
  packs: gather(
    'pack',
    packs.map((pack, i) => ({ id: pack.pack_id, value: pack, path: ['packs', i] })),
    to,
  ),
});

const gather = <A>(what: string, rows: readonly Row<A>[], to: Complaints): ReadonlyMap<string, A> => {
  const all = new Map<string, A>();
  for (const { id, value, path } of rows) {
    if (all.has(id)) to.add(path, `a ${what} that no other pack declares`, `\`${id}\` again`);
    else all.set(id, value);
  }
  return all;
};

const platformRows = <A>(of: (gate: (typeof gates)[number]) => Readonly<Record<string, A>>): readonly Row<A>[] =>
  gates.flatMap((gate) =>
    Object.entries(of(gate)).map(([id, value]) => ({ id, value, path: [`(gate ${gate.gate})`, id] })),
  );

const rowsOf = <A>(
  packs: readonly Pack[],
  member: string,
  of: (pack: Pack) => Readonly<Record<string, A>>,
): readonly Row<A>[] =>
  packs.flatMap((pack, i) =>
    Object.entries(of(pack)).map(([id, value]) => ({ id, value, path: ['packs', i, member, id] })),
  );

/** The documents' codes, by the names that reasons give them. */
const policyRows = ({ policies = [] }: CatalogSource): readonly Row<string>[] =>
  policies.flatMap(({ policy, codes }, k) =>
    Object.entries(codes).map(([code, value]) => ({
      id: policyCode(policy.id, code),
      value,
      path: ['policies', k, 'codes', code],
    })),
  );

const factPaths = (source: CatalogSource): ReadonlyMap<FactId, Path> =>
  new Map(
    source.packs.flatMap((pack, i) =>
      Object.keys(pack.facts).map((id): [FactId, Path] => [id, ['packs', i, 'facts', id]]),
    ),
  );

const compileActions = (
  source: CatalogSource,
  v: Vocabulary,
  scope: Scope,
  to: Complaints,
): ReadonlyMap<ActionId, CompiledAction> => {
  const drawer = { action: (id: string) => v.actions.get(id), actions: () => v.actions.keys(), to };
  const unfolded = madeOnce<Condition, Condition>(to);
  const remedied = madeOnce<Requirement, Template | NextStep>(to);
  return new Map(
    placedActions(source).map((placed): [ActionId, CompiledAction] => [
      placed.id,
      compileAction({ ...placed, placed, action: counted(placed), scope, cells: v.cells, drawer, unfolded, remedied }),
    ]),
  );
};

/** Keeps what was made without a complaint; one with a mistake complains at each of its places. */
const madeOnce = <A, B extends {}>({ issues }: Complaints): ((of: A, make: () => B) => B) => {
  const known = new Map<A, B>();
  return (of, make) => {
    const before = known.get(of);
    if (before !== undefined) return before;
    const complaints = issues.length;
    const made = make();
    if (issues.length === complaints) known.set(of, made);
    return made;
  };
};
