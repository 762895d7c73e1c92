/** Reasons that lie in what the operator asks for. */
import { successor } from './catalogs.ts';
import { shipped } from './kit.ts';
import { given, type Row } from './reason-row.ts';
import type { Stage } from './reason-stage.ts';

const keep = ({ texts }: Stage): void => void texts.set(successor.digest, successor.text);
const activation = { action: 'activate_catalog', resource: successor.digest, arguments: {} };
const byOperator = { by: 'operator', direct: true } as const;

export const OPERATED_ROWS: readonly Row[] = [
  {
    code: 'catalog_unknown',
    note: 'nobody wrote it to the store',
    ...byOperator,
    asks: activation,
    next: 'world',
    mend: keep,
  },
  {
    code: 'catalog_unsound',
    note: 'something else stands under its digest',
    first: ({ texts }) => void texts.set(successor.digest, '{}'),
    ...byOperator,
    asks: activation,
    next: 'world',
    mend: keep,
  },
  {
    code: 'catalog_pinned',
    note: 'the owner keeps the present one',
    first: async (stage) => {
      keep(stage);
      await given(stage, 'owner', { action: 'pin_catalog', resource: '*', arguments: {} });
    },
    ...byOperator,
    asks: activation,
    next: 'authority',
  },
  {
    code: 'catalog_active',
    note: 'it decides already',
    ...byOperator,
    asks: { ...activation, resource: shipped.digest },
    next: 'none',
  },
  {
    code: 'no_previous_catalog',
    note: 'none was activated yet',
    first: keep,
    ...byOperator,
    asks: { ...activation, action: 'roll_back_catalog' },
    next: 'world',
  },
];
