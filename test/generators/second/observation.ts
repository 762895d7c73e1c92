/** Documents of observations of a catalog of the second generator: anything that its types allow, and now and then less. */
import type { Dice } from '../dice.ts';
import { type Json, NOON } from './catalog.ts';

interface Declared {
  readonly type: Json;
  readonly origin?: string;
}
type Named = Readonly<Record<string, Declared>>;

const SUBJECTS = ['ann', 'bob', 'cy'] as const;
const KEYS = ['ann', 'bob', 'svc', 'fixed', 'amber', 'green', 'this very intent'] as const;

/** A value of a type. */
const anyOf = (d: Dice, type: Json): unknown => {
  switch (type['type']) {
    case 'boolean':
      return d.chance(50);
    case 'integer':
      return d.pick([0, 1, 2, 3, 4, 8, 9]);
    case 'instant':
      return d.pick([
        '2026-01-26T10:59:59.999Z',
        '2026-01-26T11:00:00Z',
        NOON,
        '2026-01-26T12:00:00.001Z',
        '2026-01-26T13:00:00Z',
        '2026-01-27T12:00:00Z',
      ]);
    case 'enum':
      return d.pick(type['values'] as readonly string[]);
    case 'set':
      return d.some((type['of'] as readonly string[] | undefined) ?? SUBJECTS);
    case 'records': {
      const fields = Object.entries(type['fields'] as Readonly<Record<string, Json>>);
      const rows = d.times(d.below(3), () =>
        Object.fromEntries(fields.map(([name, field]) => [name, anyOf(d, field)])),
      );
      return [...new Map(rows.map((row) => [JSON.stringify(row), row])).values()];
    }
    default:
      return d.pick([...SUBJECTS, 'svc', 'x']);
  }
};

/** An observation of an action, as a document. */
export const secondObservation = (d: Dice, source: Json, action: string = 'act'): Json => {
  const [pack] = source['packs'] as readonly [Json];
  const facts = Object.entries(pack['facts'] as Named);
  const cells = Object.entries(
    pack['cells'] as Readonly<Record<string, Declared & { readonly key: readonly string[] }>>,
  );
  const asked = (pack['actions'] as Readonly<Record<string, { readonly arguments: Named }>>)[action];
  const stated = (type: Json): unknown => {
    const value = anyOf(d, type);
    return type['type'] === 'set' || type['type'] === 'records' ? { complete: true, items: value } : value;
  };
  const evidence = facts
    .filter(([, { origin }]) => origin === 'observed')
    .filter(() => d.chance(85))
    .map(([fact, { type }]) => ({
      fact,
      value: stated(type),
      source: d.chance(95) ? 'probe' : 'rumour',
      ...(d.chance(90) ? {} : { observedAt: '2026-01-26T11:58:59.999Z' }),
    }));
  const state = cells
    .filter(() => d.chance(75))
    .map(([cell, { type, key }]) => [
      cell,
      key.length === 0 ? anyOf(d, type) : Object.fromEntries(d.some(KEYS).map((k) => [k, anyOf(d, type)])),
    ]);
  const given = Object.entries(asked?.arguments ?? {}).filter(() => d.chance(95));
  return {
    at: NOON,
    mode: 'eval',
    intent: {
      subject: { type: d.pick(['agent', 'user']), id: d.pick(SUBJECTS) },
      action: {
        id: action,
        arguments: Object.fromEntries([
          ...given.map(([name, { type }]) => [name, anyOf(d, type)] as const),
          ...(d.chance(5) ? [['askd_0', 1] as const] : []),
        ]),
      },
      resource: { id: 'svc' },
      binding: 'this very intent',
    },
    evidence,
    state: Object.fromEntries(state),
  };
};
