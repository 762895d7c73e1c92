/** What an approval writes stands in clear in its receipt, for ever: free text of somebody else's has no place there. */

import type { Catalog } from '../../catalog.ts';
import { afterwards, placed } from '../../compile/range.ts';
import type { Type } from '../../data/value.ts';
import type { Action, Write } from '../../policy/action.ts';
import { type FactId, isFactTerm, type Term } from '../../policy/fact.ts';
import { owns } from '../../receipt/encoding/own.ts';
import type { Note } from './finding.ts';

const ARGUMENT = 'argument.';

/** Notes every write whose text comes from an argument, and may be any text. */
export const lintClear = (catalog: Catalog, note: Note): void => {
  catalog.source.packs.forEach((pack, i) => {
    for (const [id, action] of Object.entries(pack.actions))
      for (const { write, path } of [...placed(action.writes, 'writes'), ...afterwards(action)])
        for (const fact of factsOf(write))
          if (isFree(typeOf(action, fact)))
            note(
              'free_text_in_clear',
              'warning',
              ['packs', i, 'actions', id, ...path],
              `\`${fact}\` may be any text, and would stand in clear in the receipt, where nothing can be erased; give it a \`form\``,
            );
  });
};

const factsOf = ({ key, change }: Write): readonly FactId[] => {
  const terms: readonly Term[] = [
    ...key,
    ...(owns(change, 'set')
      ? [change.set]
      : owns(change, 'add')
        ? [change.add]
        : owns(change, 'remove')
          ? [change.remove]
          : []),
  ];
  return terms.filter(isFactTerm).map(({ fact }) => fact);
};

const typeOf = ({ arguments: args }: Action, fact: FactId): Type | undefined =>
  fact.startsWith(ARGUMENT) ? args[fact.slice(ARGUMENT.length)]?.type : undefined;

const isFree = (type: Type | undefined): boolean =>
  (type?.type === 'string' && type.form === undefined) ||
  (type?.type === 'set' && type.of === undefined && type.form === undefined);
