/** Which plan sells which pack, which action of it, to which role: the whole of a catalog in one table (P-54). */
import type { CatalogSource, Pack } from '@tai-autonomics/core';
import type { PackId, Plan, PlanId, Role } from '@tai-autonomics/core/author';

/** What a plan is to an action: `yes`, it can be granted; `no`, its pack is not sold; else the roles that the plan lacks. */
export type Sale = 'yes' | 'no' | { readonly lacks: readonly Role[] };

/** One action, and what each plan is to it. */
export interface MatrixRow {
  readonly pack: PackId;
  readonly always: boolean;
  readonly tools: readonly string[];
  readonly action: string;
  readonly effect: 'internal' | 'read' | 'external' | 'contractual';
  readonly who: readonly string[];
  /** All of them are needed. */
  readonly roles: readonly Role[];
  readonly plans: Readonly<Record<PlanId, Sale>>;
}

/** Plans in the order of the catalog, and a row for each action of each pack in its order. */
export interface Matrix {
  readonly catalog: { readonly id: string; readonly version: string };
  readonly plans: readonly PlanId[];
  readonly rows: readonly MatrixRow[];
}

/** The matrix of a catalog: plan × pack × action × role. */
export const buildMatrix = ({ catalog, packs, plans }: CatalogSource): Matrix => ({
  catalog,
  plans: Object.keys(plans),
  rows: packs.flatMap((pack) =>
    Object.entries(pack.actions).map(
      ([action, { who, roles, does }]): MatrixRow => ({
        pack: pack.pack_id,
        always: pack.always === true,
        tools: pack.tools.filter(({ actions }) => actions.includes(action)).map(({ tool }) => tool),
        action,
        effect: does.effect,
        who,
        roles,
        plans: Object.fromEntries(Object.entries(plans).map(([id, plan]) => [id, saleOf(plan, pack, roles)])),
      }),
    ),
  ),
});

/** The rows of one pack as cells of text: action, effect, roles, then one cell a plan. */
export const matrixCells = ({ plans, rows }: Matrix, pack: PackId): readonly (readonly string[])[] =>
  rows
    .filter((row) => row.pack === pack)
    .map((row) => [
      row.action,
      row.effect,
      row.roles.length === 0 ? '(none)' : row.roles.join(', '),
      ...plans.map((plan) => saleText(row.plans[plan])),
    ]);

/** The head of those cells. */
export const matrixHead = ({ plans }: Matrix): readonly string[] => ['action', 'effect', 'roles', ...plans];

/** The matrix as Markdown, one table a pack. */
export const matrixMarkdown = (matrix: Matrix): string => {
  const { catalog, rows } = matrix;
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const head = matrixHead(matrix);
  const tables = [...new Set(rows.map(({ pack }) => pack))].map((pack) => {
    const always = rows.some((row) => row.pack === pack && row.always) ? ' (always on)' : '';
    const cells = matrixCells(matrix, pack);
    return [`## ${pack}${always}`, '', line(head), line(head.map(() => '---')), ...cells.map(line), ''].join('\n');
  });
  return [`# What each plan of ${catalog.id} ${catalog.version} sells`, '', ...tables].join('\n');
};

const saleOf = (plan: Plan, pack: Pack, roles: readonly Role[]): Sale => {
  if (pack.always !== true && !plan.packs.includes(pack.pack_id)) return 'no';
  const lacks = roles.filter((role) => !plan.iam_roles.includes(role));
  return lacks.length === 0 ? 'yes' : { lacks };
};

/** A sale in a table's cell. */
const saleText = (sale: Sale | undefined): string =>
  sale === undefined || sale === 'no' ? '–' : sale === 'yes' ? 'yes' : `lacks ${sale.lacks.join(', ')}`;
