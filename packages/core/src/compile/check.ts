/** What names refer to: packs, tools, events, codes, aliases, plans; and that following next steps never runs in a circle. */

import { type Path, picture } from '../data/issue.ts';
import { admit, describeType, sameType, type Type, type Value } from '../data/value.ts';
import { isCounted } from '../gates/capacity.ts';
import { type Placed, placedActions } from '../gates/gate.ts';
import { gates } from '../gates/index.ts';
import type { Action, ActionId, EventId } from '../policy/action.ts';
import { STATUSES, TOOL_SURFACE_CHANGED } from '../policy/action.ts';
import type { CatalogSource, Pack, PackId } from '../policy/catalog-source.ts';
import type { Cell, CellId, Fact, FactId, LedgerFact } from '../policy/fact.ts';
import { owns } from '../receipt/encoding/own.ts';
import { checkPolicies, remedyPath } from './check-policies.ts';
import { circles } from './circle.ts';
import { checkRoles } from './pack-roles.ts';
import { checkRepetitions } from './repetition.ts';
import type { Complaints } from './scope.ts';

interface Names {
  readonly facts: ReadonlyMap<FactId, Fact>;
  readonly cells: ReadonlyMap<CellId, Cell>;
  readonly codes: ReadonlyMap<string, string>;
  readonly actions: ReadonlyMap<ActionId, Action>;
  readonly tools: ReadonlyMap<string, unknown>;
  readonly packs: ReadonlyMap<PackId, Pack>;
}

/** Events that every ledger can hold, whatever packs it has. */
const CORE_EVENTS: readonly EventId[] = [
  'entitlement_updated',
  'entitlement_update_refused',
  TOOL_SURFACE_CHANGED,
  'tool_not_found',
  'action_approved',
  'action_begun',
  'action_executed',
  'action_withdrawn',
  'action_refused',
  'eval_only_refusal',
];

/** Everything that no single action can see. */
export const checkPacks = (source: CatalogSource, n: Names, to: Complaints): void => {
  for (const [i, pack] of source.packs.entries()) checkPack(pack, i, n, to);
  checkRoles(source, to);
  checkPlans(source, n, to);
  checkCosts(source, to);
  checkRepetitions(source, to);
  checkPolicies(source, n.actions, to);
  const plans = new Map(Object.entries(source.plans));
  for (const [kind, known] of [
    ['actions', n.actions],
    ['tools', n.tools],
    ['plans', plans],
  ] as const) {
    for (const [alias, id] of Object.entries(source.aliases?.[kind] ?? {})) {
      mustKnow(`one of the catalog’s ${kind}`, id, known, ['aliases', kind, alias], to);
      if (known.has(alias)) to.add(['aliases', kind, alias], `another spelling than a name of ${kind}`, `\`${alias}\``);
    }
  }
  checkCircles(source, n, to);
};

const checkPack = (pack: Pack, i: number, n: Names, to: Complaints): void => {
  const path: Path = ['packs', i];
  for (const [k, other] of pack.requires.entries()) {
    mustKnow('a pack of this catalog', other, n.packs, [...path, 'requires', k], to);
  }
  pack.incompatible_with.forEach((other, k) => {
    mustKnow('a pack of this catalog', other, n.packs, [...path, 'incompatible_with', k], to);
    if (other === pack.pack_id || pack.requires.includes(other))
      to.add([...path, 'incompatible_with', k], 'neither itself nor what it requires', `\`${other}\``);
    if (pack.always === true || n.packs.get(other)?.always === true)
      to.add(
        [...path, 'incompatible_with', k],
        'packs that can be off',
        `\`${other}\`, and one of the two is always on`,
      );
  });
  pack.tools.forEach((tool, k) => {
    tool.actions.forEach((action, a) => {
      if (pack.actions[action] === undefined)
        to.add(
          [...path, 'tools', k, 'actions', a],
          `an action of the pack${to.hint(action, () => Object.keys(pack.actions))}`,
          `\`${action}\``,
        );
    });
  });
  for (const [id, fact] of Object.entries(pack.facts)) {
    if (fact.origin === 'ledger') checkLedgerFact(fact, [...path, 'facts', id], n, to);
  }
  const events = new Set(pack.receipt_events);
  for (const [k, signal] of pack.signals.entries()) {
    mustKnow('a receipt event of the pack', signal, events, [...path, 'signals', k], to);
  }
  for (const [id, action] of Object.entries(pack.actions))
    checkAction(id, action, pack, [...path, 'actions', id], n, to);
};

/** Where one action that changes the world has a price, each has one: nothing is approved past a budget that it does not count in. */
const checkCosts = (source: CatalogSource, to: Complaints): void => {
  const { costs } = source;
  if (costs === undefined) return;
  const counted = new Set(placedActions(source).flatMap((placed) => (isCounted(placed) ? [placed.id] : [])));
  for (const id of counted)
    if (!owns(costs.actions, id)) to.add(['costs', 'actions', id], 'what an approval of it costs', 'nothing');
  for (const id of Object.keys(costs.actions))
    mustKnow('an action whose approvals are counted', id, counted, ['costs', 'actions', id], to);
};

const mustKnow = (
  what: string,
  id: string,
  known: { has(id: string): boolean; keys(): Iterable<string> },
  path: Path,
  to: Complaints,
): void => {
  if (!known.has(id)) to.add(path, `${what}${to.hint(id, () => known.keys())}`, `\`${id}\``);
};

const checkLedgerFact = (fact: LedgerFact, path: Path, n: Names, to: Complaints): void => {
  mustBeOf(fact.type, fact.otherwise, [...path, 'otherwise'], to);
  const cell = n.cells.get(fact.cell);
  if (cell === undefined) {
    mustKnow('a known cell', fact.cell, n.cells, [...path, 'cell'], to);
    return;
  }
  if (!sameType(cell.type, fact.type))
    to.add([...path, 'type'], `the type of the cell: ${describeType(cell.type)}`, describeType(fact.type));
  if (cell.key.length !== fact.key.length)
    to.add([...path, 'key'], `${cell.key.length} key parts`, String(fact.key.length));
};

/** A constant that stands in for a value of a type. The empty string stands for a string that was never written. */
const mustBeOf = (type: Type, value: Value, path: Path, to: Complaints): void => {
  if (value === '' && type.type === 'string') return;
  if (admit(type)(value) === undefined) to.add(path, describeType(type), picture(value));
};

const checkAction = (id: ActionId, action: Action, pack: Pack, path: Path, n: Names, to: Complaints): void => {
  const events = new Set<string>([...CORE_EVENTS, ...pack.receipt_events]);
  for (const [at, event] of eventsOf(action))
    mustKnow('an event of the pack or of the core', event, events, [...path, ...at], to);
  for (const [i, r] of action.requires.entries()) {
    mustKnow('a code of a gate or of a pack', r.code, n.codes, [...path, 'requires', i, 'code'], to);
  }
  for (const [name, { type, otherwise }] of Object.entries(action.arguments)) {
    if (otherwise !== undefined) mustBeOf(type, otherwise, [...path, 'arguments', name, 'otherwise'], to);
  }
  if (action.invalid !== undefined)
    mustKnow('a code of a gate or of a pack', action.invalid, n.codes, [...path, 'invalid'], to);
  const changes = action.does.effect === 'external' || action.does.effect === 'contractual';
  if (changes && action.requires.length === 0)
    to.add([...path, 'requires'], `a precondition of \`${id}\`, which changes the world`, 'an empty list');
};

const eventsOf = (action: Action): readonly (readonly [Path, EventId])[] => {
  const { does, emits } = action;
  const own: readonly (readonly [Path, EventId])[] = [
    [['emits', 'approve'], emits.approve],
    [['emits', 'refuse'], emits.refuse],
  ];
  if (!owns(does, 'after')) return own;
  const after = STATUSES.map((status): readonly [Path, EventId] => [
    ['does', 'after', status, 'emits'],
    does.after[status].emits,
  ]);
  return [...own, [['does', 'begins'], does.begins], ...after];
};

const checkPlans = (source: CatalogSource, n: Names, to: Complaints): void => {
  for (const [id, plan] of Object.entries(source.plans)) {
    plan.packs.forEach((name, k) => {
      const path = ['plans', id, 'packs', k];
      mustKnow('a pack of this catalog', name, n.packs, path, to);
      const pack = n.packs.get(name);
      for (const other of pack?.requires ?? []) {
        if (n.packs.get(other)?.always !== true && !plan.packs.includes(other))
          to.add(path, `\`${other}\` too, which \`${name}\` requires`, plan.packs.join(', '));
      }
      for (const other of pack?.incompatible_with ?? []) {
        if (plan.packs.includes(other)) to.add(path, `no \`${other}\` beside \`${name}\``, plan.packs.join(', '));
      }
    });
  }
};

const checkCircles = (source: CatalogSource, n: Names, to: Complaints): void => {
  const prerequisites = circles(new Map([...n.packs].map(([id, pack]) => [id, pack.requires])));
  const places = new Map(source.packs.map((pack, i) => [pack.pack_id, i]));
  for (const [id, way] of prerequisites) {
    to.add(['packs', places.get(id) ?? 0, 'requires'], 'prerequisites without a circle', way.join(' → '));
  }
  const placed = placedActions(source);
  const steps = circles(new Map(placed.map((one) => [one.id, stepsOf(one)])));
  for (const { id, pack, path } of placed) {
    const way = steps.get(id);
    if (way === undefined) continue;
    to.add(
      remedyPath(source, id, pack, way[1] ?? id) ?? path,
      'next steps that do not lead back to the action',
      way.join(' → '),
    );
  }
};

/** L4: action → the action of one of its next steps. */
const stepsOf = (placed: Placed): readonly ActionId[] =>
  gates
    .flatMap((gate) => gate.requires(placed))
    .flatMap(({ remedy: r }) =>
      r.by === 'authority' ? [r.submit.action] : r.by === 'world' && r.action !== undefined ? [r.action] : [],
    );
