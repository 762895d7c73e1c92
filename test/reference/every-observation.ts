/** Every observation of a small catalog, one after the other: the slow, obvious way to answer what the analysis proves. */
import type { Evidence, Observation } from '@tai-autonomics/core';
import type { Value } from '@tai-autonomics/core/author';
import {
  ASKED,
  cellOf,
  KEPT,
  OBSERVED,
  SMALL_AT,
  type SmallCatalog,
  STAMPED,
  TEXTS,
} from '../generators/small-catalog.ts';

/** An observation, and how many things it has: evidence, contents of cells, arguments. */
export interface Sized {
  readonly observation: Observation;
  readonly size: number;
}

type Fill = (o: Draft) => number;
interface Draft {
  at: number;
  subject: string;
  subjectType: string;
  readonly evidence: (Omit<Evidence, 'observedAt' | 'about'> & { readonly ageMs: number })[];
  readonly args: Record<string, unknown>;
  readonly cells: Map<string, Map<string, Value>>;
}

const inside = (type: string, value: unknown): Value =>
  type === 'instant' ? Date.parse(String(value)) : Array.isArray(value) ? [...value].sort() : (value as Value);

const observedFills = (id: string): readonly Fill[] => {
  const kind = OBSERVED.find((k) => k.id === id);
  if (kind === undefined) return [];
  const wire = (value: unknown): unknown => (Array.isArray(value) ? { complete: true, items: value } : value);
  const say =
    (value: unknown, ageMs: number): Fill =>
    (o) => {
      o.evidence.push({ fact: id, value: wire(value), source: 's', ageMs });
      return 1;
    };
  return [() => 0, say(kind.values[0], 1_001), ...kind.values.map((value) => say(value, 0))];
};

const keptFills = (id: string): readonly Fill[] => {
  const kind = KEPT.find((k) => k.id === id);
  if (kind === undefined || id === 'own') return [];
  const put =
    (value: unknown): Fill =>
    (o) => {
      const cell = o.cells.get(cellOf(id)) ?? new Map<string, Value>();
      cell.set(kind.key.length === 0 ? '' : String(kind.key[0]), inside(kind.type.type, value));
      o.cells.set(cellOf(id), cell);
      return 1;
    };
  return [() => 0, ...kind.values.map(put)];
};

/** The cell that is keyed by the subject: what it holds for the subject of the observation, whoever that is. */
const ownFills: readonly Fill[] = [
  () => 0,
  ...[0, 1, 2].map(
    (value): Fill =>
      (o) => {
        const held = o.cells.get('held') ?? new Map<string, Value>();
        // The other fact of the cell already said what stands there.
        if (held.has(o.subject)) return held.get(o.subject) === value ? 0 : Number.NaN;
        held.set(o.subject, value);
        o.cells.set('held', held);
        return 1;
      },
  ),
];

const askedFills = (id: string): readonly Fill[] => {
  const kind = ASKED.find((k) => k.id === id);
  if (kind === undefined) return [];
  const give =
    (value: unknown): Fill =>
    (o) => {
      o.args[id.slice(9)] = value;
      return 1;
    };
  return [() => 0, give(null), ...kind.values.map(give)];
};

const stampedFills = (id: string): readonly Fill[] => {
  const kind = STAMPED.find((k) => k.id === id);
  return (kind?.values ?? []).map(
    (value): Fill =>
      (o) => {
        if (id === 'at') o.at = Date.parse(String(value));
        else if (id === 'subject') o.subject = String(value);
        else o.subjectType = String(value);
        return 0;
      },
  );
};

const finished = (o: Draft): Observation => ({
  id: 'o',
  at: o.at,
  mode: 'eval',
  intent: {
    subject: { type: o.subjectType as 'agent', id: o.subject, ref: o.subject, scope: [] },
    action: { id: 'act', arguments: o.args },
    resource: { id: 'r', ref: 'r' },
    binding: 'b',
  },
  evidence: o.evidence.map(({ ageMs, ...e }) => ({ ...e, about: 'r', observedAt: o.at - ageMs })),
  state: { cells: o.cells, open: new Map() },
});

/** Whether the values of these facts can't all be tried: too many of them together. */
export const isTooLarge = (catalog: SmallCatalog, most = 6_000): boolean =>
  choicesOf(catalog).reduce((product, fills) => product * fills.length, 1) > most;

const choicesOf = ({ facts }: SmallCatalog): readonly (readonly Fill[])[] => {
  const ids = facts.map(({ id }) => id);
  // The subject before what is keyed by it, and the fixed key before both.
  const order = ['subject', 'subject_type', 'at', 'of_a', ...ids];
  const sorted = [...new Set(ids)].sort((a, b) => order.indexOf(a) - order.indexOf(b));
  const needsSubject = ids.includes('own') && !ids.includes('subject') ? ['subject', ...sorted] : sorted;
  const needsType = ids.includes('subject_type') ? needsSubject : ['subject_type', ...needsSubject];
  return needsType.map((id) => [
    ...observedFills(id),
    ...(id === 'own' ? ownFills : keptFills(id)),
    ...askedFills(id),
    ...stampedFills(id),
  ]);
};

/** All of them. */
export const everyObservation = (catalog: SmallCatalog): readonly Sized[] => {
  const choices = choicesOf(catalog);
  const all: Sized[] = [];
  const chosen: Fill[] = [];
  const walk = (depth: number): void => {
    const fills = choices[depth];
    if (fills !== undefined) {
      for (const fill of fills) {
        chosen[depth] = fill;
        walk(depth + 1);
      }
      return;
    }
    const draft: Draft = {
      at: SMALL_AT,
      subject: TEXTS[2],
      subjectType: 'agent',
      evidence: [],
      args: {},
      cells: new Map(),
    };
    const size = chosen.reduce((sum, fill) => sum + fill(draft), 0);
    if (!Number.isNaN(size)) all.push({ observation: finished(draft), size });
  };
  walk(0);
  return all;
};
