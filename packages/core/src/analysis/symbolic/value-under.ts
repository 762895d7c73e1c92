/** What an assignment makes of an expression. */
import { recordText } from '../../data/record-list.ts';
import type { Value } from '../../data/value.ts';
import { crowdOf, manyRecords, mostOf, presenceOf, unknownFields } from './rows.ts';
import type { Assignment, Expression, Rows } from './unknown.ts';

/** The value that an expression has under an assignment. */
export const valueUnder = (e: Expression, a: Assignment): Value => {
  switch (e.kind) {
    case 'constant':
      return e.value;
    case 'choice':
      return a.choice(e.choice);
    case 'quantity':
      return a.quantity(e.quantity) + e.plus;
    case 'word':
      return a.word(e.word);
    case 'collection': {
      const held = a.collection(e.collection);
      const { within, added = [], removed = [] } = e;
      const kept = held.filter((text) => within?.includes(text) !== false && !removed.includes(text));
      return added.length === 0 ? kept : [...new Set([...kept, ...added])].sort();
    }
    case 'rows':
      return listUnder(e.rows, a);
  }
};

const listUnder = (rows: Rows, a: Assignment): Value => {
  const texts = new Set<string>();
  for (let place = 0; place < mostOf(rows); place++) {
    if (a.choice(presenceOf(rows, place)) !== 'present') continue;
    const fields = [...unknownFields(rows, place)];
    texts.add(recordText(Object.fromEntries(fields.map(([name, { value }]) => [name, scalar(valueUnder(value, a))]))));
  }
  // Any others: whether they may stand there is what deciding the example tells.
  if (a.choice(crowdOf(rows)) === 'many')
    for (const text of manyRecords(rows.type)) if (texts.size < mostOf(rows)) texts.add(text);
  return [...texts].sort();
};
const scalar = (value: Value): boolean | number | string => (typeof value === 'object' ? '' : value);
