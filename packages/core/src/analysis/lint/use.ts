/** What is declared and used by nothing, what nobody observes, and what rests on the asker's own word. */

import type { Catalog } from '../../catalog.ts';
import type { Path } from '../../data/issue.ts';
import type { Action } from '../../policy/action.ts';
import { STATUSES } from '../../policy/action.ts';
import type { Pack } from '../../policy/catalog-source.ts';
import { FIELD_PREFIX } from '../../policy/condition.ts';
import type { FactId } from '../../policy/fact.ts';
import type { PolicyDocument } from '../../policy/policy-document.ts';
import { requirementsOf } from '../../policy/with-policy.ts';
import { own, owns } from '../../receipt/encoding/own.ts';
import type { Note } from './finding.ts';

/** Which facts each source supplies: what a deployment's observers register. */
export type Observers = Readonly<Record<string, readonly FactId[]>>;

interface Used {
  readonly facts: ReadonlySet<string>;
  readonly cells: ReadonlySet<string>;
  readonly codes: ReadonlySet<string>;
}

/** Notes what nothing uses, what nobody supplies, and what nobody but the asker vouches for. */
export const lintUse = (catalog: Catalog, note: Note, observers: Observers | undefined): void => {
  const used = usedIn(catalog);
  for (const [i, pack] of catalog.source.packs.entries()) lintPack(pack, ['packs', i], used, note);
  lintCells(catalog, note);
  for (const [k, document] of (catalog.source.policies ?? []).entries()) lintPolicy(document, ['policies', k], note);
  if (observers !== undefined) lintObservers(catalog, observers, note);
  lintVouching(catalog, note);
};

const usedIn = (catalog: Catalog): Used => {
  const { packs, policies = [] } = catalog.source;
  const actions = packs.flatMap((pack) => Object.values(pack.actions));
  const facts = [...catalog.facts.values()];
  return {
    facts: new Set([
      ...factsIn([actions, policies]),
      ...factsIn(facts),
      ...[...catalog.actions.values()].flatMap((a) => a.facts),
    ]),
    cells: new Set([...actions.flatMap(writesOf), ...facts.flatMap((f) => (f.origin === 'ledger' ? [f.cell] : []))]),
    codes: new Set(
      actions.flatMap(({ requires, invalid }) => [
        ...requires.map(({ code }) => code),
        ...(invalid === undefined ? [] : [invalid]),
      ]),
    ),
  };
};

/** Every fact that is named anywhere in a value: conditions and terms say `{ "fact": … }`. A record's field is none. */
const factsIn = (value: unknown): readonly FactId[] => {
  if (Array.isArray(value)) return value.flatMap(factsIn);
  if (typeof value !== 'object' || value === null) return [];
  const fact = own(value as { readonly fact?: unknown }, 'fact');
  return [
    ...(typeof fact === 'string' && !fact.startsWith(FIELD_PREFIX) ? [fact] : []),
    ...Object.values(value).flatMap(factsIn),
  ];
};

const writesOf = ({ writes, does }: Action): readonly string[] => [
  ...writes.map(({ cell }) => cell),
  ...(owns(does, 'after') ? STATUSES.flatMap((status) => does.after[status].writes.map(({ cell }) => cell)) : []),
];

const lintPack = (pack: Pack, path: Path, used: Used, note: Note): void => {
  const unused = (member: 'facts' | 'cells' | 'codes', what: string): void => {
    for (const id of Object.keys(pack[member]))
      if (!used[member].has(id) && !(member === 'facts' && isForTenants(pack, id)))
        note(
          `unused_${member.slice(0, -1)}` as 'unused_fact',
          'warning',
          [...path, member, id],
          `no ${what} \`${id}\``,
        );
  };
  unused('facts', 'condition, write or step looks at the fact');
  unused('cells', 'fact reads and no action writes the cell');
  unused('codes', 'requirement of any pack gives the code');
  const events = new Set(Object.values(pack.actions).flatMap(eventsOf));
  pack.signals.forEach((event, k) => {
    if (!events.has(event))
      note('unused_event', 'warning', [...path, 'signals', k], `no action of the pack emits the signal \`${event}\``);
  });
  const offered = new Set(pack.tools.flatMap(({ actions }) => actions));
  for (const id of Object.keys(pack.actions)) {
    if (pack.tools.length > 0 && !offered.has(id) && pack.actions[id]?.who.includes('agent') === true)
      note(
        'action_without_tool',
        'warning',
        [...path, 'actions', id],
        `agents may ask for \`${id}\`, but no tool of the pack offers it`,
      );
  }
};

/** A cell that is required and that nothing brings about, or that is kept and that nothing looks at. */
const lintCells = (catalog: Catalog, note: Note): void => {
  const actions = [...catalog.actions.values()];
  const written = new Set(actions.flatMap(({ action }) => writesOf(action)));
  const looked = new Set(actions.flatMap(({ facts }) => facts));
  const read = new Set([...catalog.facts].flatMap(([, fact]) => (fact.origin === 'ledger' ? [fact.cell] : [])));
  for (const [i, pack] of catalog.source.packs.entries()) {
    for (const [id, fact] of Object.entries(pack.facts))
      if (fact.origin === 'ledger' && looked.has(id) && Object.hasOwn(pack.cells, fact.cell) && !written.has(fact.cell))
        note(
          'cell_never_written',
          'error',
          ['packs', i, 'facts', id, 'cell'],
          `an action looks at \`${id}\`, but no action writes the cell \`${fact.cell}\`: it always reads as at the beginning`,
        );
    // What is always on is read by the engine and the doors too.
    if (pack.always === true) continue;
    for (const id of Object.keys(pack.cells))
      if (written.has(id) && !read.has(id))
        note(
          'cell_never_read',
          'warning',
          ['packs', i, 'cells', id],
          `the cell \`${id}\` is written, and no fact reads it`,
        );
  }
};

/** What an action writes and everybody has: policy documents may look at it, even if no pack does. */
const isForTenants = (pack: Pack, id: FactId): boolean => {
  const fact = pack.facts[id];
  if (pack.always !== true || fact?.origin !== 'ledger') return false;
  return Object.values(pack.actions).some((action) => writesOf(action).includes(fact.cell));
};

const eventsOf = ({ emits, does }: Action): readonly string[] => [
  emits.approve,
  emits.refuse,
  ...(owns(does, 'after') ? [does.begins, ...STATUSES.map((status) => does.after[status].emits)] : []),
];

const lintPolicy = ({ requirements, codes }: PolicyDocument, path: Path, note: Note): void => {
  for (const code of Object.keys(codes))
    if (!requirements.some((requirement) => requirement.code === code))
      note(
        'unused_code',
        'warning',
        [...path, 'codes', code],
        `no requirement of the document gives the code \`${code}\``,
      );
};

const lintObservers = (catalog: Catalog, observers: Observers, note: Note): void => {
  const needed = new Set([...catalog.actions.values()].flatMap(({ observes, verifies }) => [...observes, ...verifies]));
  catalog.source.packs.forEach((pack, i) => {
    for (const [id, fact] of Object.entries(pack.facts)) {
      if (fact.origin !== 'observed' || !needed.has(id)) continue;
      if (fact.sources.some((source) => observers[source]?.includes(id) === true)) continue;
      note(
        'fact_without_observer',
        'error',
        ['packs', i, 'facts', id, 'sources'],
        `an action needs \`${id}\`, but no observer supplies it as ${fact.sources.join(' or ')}`,
      );
    }
  });
};

/** Requirements of what changes the world that look at nothing but the asker's own arguments. */
const lintVouching = (catalog: Catalog, note: Note): void => {
  catalog.source.packs.forEach((pack, i) => {
    for (const [id, action] of Object.entries(pack.actions)) {
      if (action.does.effect !== 'external' && action.does.effect !== 'contractual') continue;
      const path: Path = ['packs', i, 'actions', id, 'requires'];
      const own = requirementsOf(catalog.source, id, { action, pack, path: ['packs', i, 'actions', id] }).map(
        ({ requirement, path: at }) => ({
          at,
          facts: factsIn(requirement.when).filter((fact) => catalog.facts.get(fact)?.origin !== 'context'),
        }),
      );
      const isWord = (facts: readonly FactId[]): boolean =>
        facts.length > 0 && facts.every((fact) => fact.startsWith('argument.'));
      if (own.slice(0, action.requires.length).every(({ facts }) => facts.length === 0 || isWord(facts)))
        note(
          'rests_on_request',
          'error',
          path,
          `all that \`${id}\` requires is said by whoever asks for it: nobody vouches for it`,
        );
      else
        for (const { at, facts } of own)
          if (isWord(facts))
            note(
              'rests_on_request',
              'warning',
              [...at, 'when'],
              `whoever asks vouches for this alone: ${[...new Set(facts)].join(', ')}`,
            );
    }
  });
};
