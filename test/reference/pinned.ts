/** One observation, said as a condition: so that what is proved where it holds can be compared with what is decided there. */
import type { Catalog, Observation } from '@tai-autonomics/core';
import { type Condition, express, type Type, type Value } from '@tai-autonomics/core/author';
import type { CompiledAction } from '@tai-autonomics/core/engine';

/** A condition that holds where every fact that the action looks at is what it is here; nothing if one is not known. */
export const pinned = (catalog: Catalog, action: CompiledAction, o: Observation): Condition | undefined => {
  if (action.invalidArguments(o).length > 0) return undefined;
  const sights = action.readers.map((reader) => reader(o));
  if (sights.some((sight) => typeof sight === 'symbol')) return undefined;
  const typeOf = (id: string): Type =>
    catalog.facts.get(id)?.type ?? action.action.arguments[id.slice('argument.'.length)]?.type ?? { type: 'string' };
  return {
    all: action.facts.map((fact, i): Condition => {
      const value = express(typeOf(fact), sights[i] as Value);
      return typeOf(fact).type === 'records'
        ? sameRecords(fact, value as readonly Readonly<Record<string, Value>>[])
        : { fact, is: value as Value };
    }),
  };
};

/** A list is another one if each of its records is one of the other's, and the other way round. */
const sameRecords = (fact: string, list: readonly Readonly<Record<string, Value>>[]): Condition => {
  const isRecord = (record: Readonly<Record<string, Value>>): Condition => ({
    all: Object.entries(record).map(([name, is]): Condition => ({ fact: `field.${name}`, is })),
  });
  return {
    all: [{ fact, every: { any: list.map(isRecord) } }, ...list.map((record) => ({ fact, some: isRecord(record) }))],
  };
};
