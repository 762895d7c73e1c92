/** A list that stands for a set names each member once: a repetition is a slip of the pen, and nobody knows what was meant. */

import type { Path } from '../data/issue.ts';
import { MAX_SET, type Type } from '../data/value.ts';
import type { Action } from '../policy/action.ts';
import type { CatalogSource, Pack } from '../policy/catalog-source.ts';
import type { Complaints } from './scope.ts';

/** Complains about every name that stands twice where a set is meant, and about two plans that are sold as one SKU. */
export const checkRepetitions = ({ packs, plans }: CatalogSource, to: Complaints): void => {
  for (const [i, pack] of packs.entries()) checkPack(pack, ['packs', i], to);
  const skus = new Map<string, string>();
  for (const [id, plan] of Object.entries(plans)) {
    once(plan.packs, ['plans', id, 'packs'], to);
    // An event names what it switches on in a set, and a receipt records it.
    if (plan.packs.length > MAX_SET)
      to.add(['plans', id, 'packs'], `at most ${MAX_SET} packs`, String(plan.packs.length));
    once(plan.iam_roles, ['plans', id, 'iam_roles'], to);
    const other = skus.get(plan.sku_id);
    if (other !== undefined) to.add(['plans', id, 'sku_id'], 'a SKU of its own', `that of \`${other}\``);
    skus.set(plan.sku_id, id);
  }
};

const checkPack = (pack: Pack, path: Path, to: Complaints): void => {
  for (const member of ['signals', 'required_iam_roles', 'incompatible_with', 'requires', 'receipt_events'] as const)
    once(pack[member], [...path, member], to);
  for (const [k, tool] of pack.tools.entries()) once(tool.actions, [...path, 'tools', k, 'actions'], to);
  for (const [id, fact] of Object.entries(pack.facts)) {
    checkType(fact.type, [...path, 'facts', id, 'type'], to);
    if (fact.origin === 'observed') once(fact.sources, [...path, 'facts', id, 'sources'], to);
  }
  for (const [id, cell] of Object.entries(pack.cells)) {
    checkType(cell.type, [...path, 'cells', id, 'type'], to);
    once(cell.key, [...path, 'cells', id, 'key'], to);
  }
  for (const [id, action] of Object.entries(pack.actions)) checkAction(action, [...path, 'actions', id], to);
};

const once = (names: readonly string[], path: Path, to: Complaints): void => {
  const seen = new Set<string>();
  for (const [i, name] of names.entries()) {
    if (seen.has(name)) to.add([...path, i], 'each name once', `\`${name}\` again`);
    seen.add(name);
  }
};

const checkType = (type: Type, path: Path, to: Complaints): void => {
  if (type.type === 'enum') once(type.values, [...path, 'values'], to);
  if (type.type === 'set' && type.of !== undefined) once(type.of, [...path, 'of'], to);
  if (type.type !== 'records') return;
  for (const [name, field] of Object.entries(type.fields)) checkType(field, [...path, 'fields', name], to);
};

const checkAction = (action: Action, path: Path, to: Complaints): void => {
  once(action.who, [...path, 'who'], to);
  once(action.roles, [...path, 'roles'], to);
  for (const [name, { type }] of Object.entries(action.arguments))
    checkType(type, [...path, 'arguments', name, 'type'], to);
};
