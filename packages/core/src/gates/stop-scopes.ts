/** What else can be stopped than a resource and the whole tenant: the SKU that was bought, and an environment (D-06, D-08). */

import type { Type } from '../data/value.ts';
import type { Requirement } from '../policy/action.ts';
import type { Condition } from '../policy/condition.ts';
import type { FactId, LedgerFact } from '../policy/fact.ts';
import { cellFact } from './gate.ts';

/** What a stop of a scope is kept under: which kind of scope, and its name. */
export const SCOPE_KEY = ['kind', 'name'] as const;

interface Touched {
  readonly scope: 'environment' | 'sku';
  /** The fact that names it. */
  readonly name: FactId;
  readonly called: string;
  /** Where nothing of the kind is touched: what has no name was stopped by nobody, and could not be let go by its name. */
  readonly isNone?: Condition;
}

/** What an action that changes the world touches, beside its resource. */
const TOUCHED: readonly Touched[] = [
  { scope: 'environment', name: 'environment', called: 'the environment of the resource' },
  {
    scope: 'sku',
    name: 'entitlement_sku',
    called: 'the SKU that the tenant bought',
    isNone: { fact: 'entitlement_sku', is: '' },
  },
];

/** What is open for each scope that an action touches. */
export const scopeFacts = (severity: Type): Readonly<Record<FactId, LedgerFact>> =>
  Object.fromEntries(
    TOUCHED.flatMap(({ scope, name, called }): readonly (readonly [FactId, LedgerFact])[] => [
      [
        `andon_of_${scope}`,
        cellFact(`the open Andon of ${called}`, severity, 'scope_andon', 'none', [scope, { fact: name }]),
      ],
      [
        `quarantine_of_${scope}`,
        cellFact(`whether ${called} is in quarantine`, { type: 'boolean' }, 'scope_quarantine', false, [
          scope,
          { fact: name },
        ]),
      ],
    ]),
  );

/** No Andon is open for what is touched, and none of it is in quarantine. `isClear` says how an Andon is passed. */
export const scopeStops = (isClear: (andon: FactId) => Condition): readonly Requirement[] => [
  ...TOUCHED.map(({ scope, name, called, isNone }) => ({
    code: 'andon_open',
    means: `no Andon is open for ${called}`,
    when: unless(isNone, isClear(`andon_of_${scope}`)),
    remedy: byOwner('clear_scope_andon', scope, name),
  })),
  ...TOUCHED.map(({ scope, name, called, isNone }) => ({
    code: 'quarantined',
    means: `${called} is not in quarantine`,
    when: unless(isNone, { fact: `quarantine_of_${scope}`, is: false }),
    remedy: byOwner('release_scope', scope, name),
  })),
];

const unless = (isNone: Condition | undefined, holds: Condition): Condition =>
  isNone === undefined ? holds : { any: [isNone, holds] };

const byOwner = (action: string, scope: string, name: FactId): Requirement['remedy'] => ({
  by: 'authority',
  who: { type: 'user', relation: 'owner' },
  submit: { action, resource: '*', arguments: { scope, name: { fact: name } }, choose: [{ argument: 'finding' }] },
});
