/**
 * What is stopped beside resources: an SKU, an environment, a recipe (D-06, D-08). An owner, a responder or the operator stops a scope
 * of the tenant, and an owner lets it go again once its cause is recorded and its end is confirmed, as with resources.
 */
import type {
  Action,
  Argument,
  Cell,
  Condition,
  LedgerFact,
  Recipe,
  Requirement,
  Term,
  Write,
} from '@tai-autonomics/core/author';
import { internal, opaqueId, string, words } from '../platform/action.ts';
import { lettingGo } from '../platform/letting-go.ts';
import { ANDON_SEVERITIES } from '../platform/severities.ts';
import { mayQuarantine } from '../platform/stops.ts';

/** The kinds of scope, beside resources and the whole tenant. */
const SCOPES = ['sku', 'environment', 'recipe'] as const;

/** A recipe that failed too often is a scope of its own: nobody stops it by hand, and it touches no Andon that somebody raised. */
const FAILING = 'failing_recipe';
const LET_GO = [...SCOPES, FAILING] as const;

const ENVIRONMENTS = ['production', 'sandbox'] as const;
const BY_SCOPE = [{ fact: 'argument.scope' }, { fact: 'argument.name' }] as const;
const NAMED = { scope: { fact: 'argument.scope' }, name: { fact: 'argument.name' } } as const;

const ofScope = lettingGo({
  prefix: 'scope',
  key: BY_SCOPE,
  parts: ['kind', 'name'],
  andon: 'scope_andon',
  andonFact: 'named_andon',
  isQuarantined: 'named_quarantine',
  submit: (what, argument) => ({
    action: { cause: 'record_scope_cause', recovery: 'confirm_scope_recovery' }[what],
    resource: '*',
    arguments: NAMED,
    choose: [{ argument }],
  }),
});

/** The recipe of the incident may be carried out, where this is its remedy. */
export const recipeRuns = (isItsRemedy: Condition): readonly Requirement[] =>
  running('recipe', 'incident_recipe_id', isItsRemedy);

/**
 * A recipe failed too often: an Andon of its failures, of which nothing is shown yet. An outcome writes what was settled when its
 * action was approved, so it says nothing of what was raised meanwhile, and cannot lower it.
 */
export const recipeFailed = (when: Condition): readonly Write[] => [
  { cell: 'scope_andon', key: FAILING_OF_INCIDENT, change: { set: 'high' }, when },
  ...ofScope.anew(FAILING_OF_INCIDENT, when),
];

/** What stops a scope and lets it go again, over the recipes that can be selected. */
export const scopeActions = (recipes: readonly Recipe[]): Readonly<Record<string, Action>> => ({
  raise_scope_andon: internal({
    means: 'stops the line for an SKU, an environment or a recipe',
    who: ['user', 'service', 'system'],
    arguments: { ...finding('what was seen'), severity: words('how bad it is', ...ANDON_SEVERITIES) },
    requires: [mayQuarantine, ...isKnown(recipes)],
    emits: { approve: 'scope_andon_raised', refuse: 'action_refused' },
    writes: ofScope.raising,
    evenWhenSuspended: true,
  }),
  quarantine_scope: internal({
    means: 'puts an SKU, an environment or a recipe into quarantine',
    who: ['user', 'system'],
    arguments: finding('what was seen'),
    requires: [mayQuarantine, ...isKnown(recipes)],
    emits: { approve: 'scope_quarantined', refuse: 'action_refused' },
    writes: [set('scope_quarantine', { set: true }), ...ofScope.anew()],
  }),
  record_scope_cause: internal({
    means: 'records why an SKU, an environment or a recipe was stopped',
    who: ['user', 'service', 'system'],
    arguments: finding('the cause', LET_GO),
    requires: [],
    emits: { approve: 'scope_cause_recorded', refuse: 'action_refused' },
    writes: ofScope.causeRecorded,
  }),
  confirm_scope_recovery: internal({
    means: 'confirms that what a scope was stopped for is over, by the digest of what shows it',
    who: ['user', 'service', 'system'],
    arguments: { ...scoped(LET_GO), evidence: opaqueId('SHA-256 of what shows it, base64url') },
    requires: [],
    emits: { approve: 'scope_recovery_confirmed', refuse: 'action_refused' },
    writes: ofScope.recoveryConfirmed,
  }),
  clear_scope_andon: internal({
    means: 'starts the line again for an SKU, an environment or a recipe',
    who: ['user'],
    relation: 'owner',
    arguments: finding('what was found and done', LET_GO),
    requires: ofScope.clearing,
    emits: { approve: 'scope_andon_cleared', refuse: 'action_refused' },
    writes: [set('scope_andon', { clear: true })],
  }),
  release_scope: internal({
    means: 'releases an SKU, an environment or a recipe from quarantine',
    who: ['user'],
    relation: 'owner',
    arguments: finding('what was found and done'),
    requires: ofScope.releasing,
    emits: { approve: 'scope_released', refuse: 'action_refused' },
    writes: [set('scope_quarantine', { clear: true })],
  }),
});

const andon = (means: string, key: LedgerFact['key']): LedgerFact => ({
  means,
  type: { type: 'enum', values: ['none', ...ANDON_SEVERITIES] },
  origin: 'ledger',
  cell: 'scope_andon',
  key,
  otherwise: 'none',
});
const quarantine = (means: string, key: LedgerFact['key']): LedgerFact => ({
  means,
  type: { type: 'boolean' },
  origin: 'ledger',
  cell: 'scope_quarantine',
  key,
  otherwise: false,
});
const OF_INCIDENT = ['recipe', { fact: 'incident_recipe_id' }] as const;
const OF_CHECK = ['recipe', { fact: 'argument.recipe' }] as const;
const FAILING_OF_INCIDENT = [FAILING, { fact: 'incident_recipe_id' }] as const;

export const scopeCells: Readonly<Record<string, Cell>> = ofScope.cells;
export const scopeFacts: Readonly<Record<string, LedgerFact>> = {
  ...ofScope.facts,
  named_andon: andon('the open Andon of the scope that is named', BY_SCOPE),
  named_quarantine: quarantine('whether the scope that is named is in quarantine', BY_SCOPE),
  andon_of_recipe: andon('the open Andon of the recipe of the incident', OF_INCIDENT),
  quarantine_of_recipe: quarantine('whether the recipe of the incident is in quarantine', OF_INCIDENT),
  andon_of_asked_recipe: andon('the open Andon of the recipe that is asked for', OF_CHECK),
  quarantine_of_asked_recipe: quarantine('whether the recipe that is asked for is in quarantine', OF_CHECK),
  failures_of_recipe: andon('the open Andon of the failures of the recipe of the incident', FAILING_OF_INCIDENT),
  failures_of_asked_recipe: andon('the open Andon of the failures of the recipe that is asked for', [
    FAILING,
    { fact: 'argument.recipe' },
  ]),
};

/** No Andon is open for a recipe, and it is not in quarantine; where it is carried out at all. */
const running = (facts: 'recipe' | 'asked_recipe', name: string, when?: Condition): readonly Requirement[] =>
  stoppedBy(facts, { fact: name }, (holds) =>
    // An incident that was checked under a catalog of before says no recipe that could be stopped.
    when === undefined ? holds : { any: [{ not: when }, { fact: name, is: '' }, holds] },
  );

/** The facts `andon_of_…`, `failures_of_…` and `quarantine_of_…` say that this recipe is not stopped, where it matters. */
const stoppedBy = (facts: string, name: Term, may: (holds: Condition) => Condition): readonly Requirement[] => {
  const letGo = (action: string, scope: string): Requirement['remedy'] => ({
    by: 'authority',
    who: { type: 'user', relation: 'owner' },
    submit: {
      action,
      resource: '*',
      arguments: { scope, name },
      choose: [{ argument: 'finding' }],
    },
  });
  return [
    {
      code: 'recipe_stopped',
      means: 'no Andon is open for the recipe',
      when: may({ fact: `andon_of_${facts}`, is: 'none' }),
      remedy: letGo('clear_scope_andon', 'recipe'),
    },
    {
      code: 'recipe_stopped',
      means: 'no Andon is open for failures of the recipe',
      when: may({ fact: `failures_of_${facts}`, is: 'none' }),
      remedy: letGo('clear_scope_andon', FAILING),
    },
    {
      code: 'recipe_quarantined',
      means: 'the recipe is not in quarantine',
      when: may({ fact: `quarantine_of_${facts}`, is: false }),
      remedy: letGo('release_scope', 'recipe'),
    },
  ];
};

/** The recipe that is asked for may be carried out. */
export const recipeMayRun: readonly Requirement[] = running('asked_recipe', 'argument.recipe');

/** A stop of what is misspelt would stop nothing, and nobody would know. */
const isKnown = (recipes: readonly Recipe[]): readonly Requirement[] => {
  const known: Readonly<Record<(typeof SCOPES)[number], readonly [string, Condition]>> = {
    sku: [
      'a plan sells the SKU',
      { not: { each: 'plan', holds: { not: { fact: 'argument.name', is: { row: 'sku_id' } } } } },
    ],
    environment: ['the environment is production or sandbox', { fact: 'argument.name', oneOf: ENVIRONMENTS }],
    recipe: [
      'the recipe can be selected',
      recipes.length === 0 ? { any: [] } : { fact: 'argument.name', oneOf: recipes.map(({ recipe_id }) => recipe_id) },
    ],
  };
  return SCOPES.map((scope) => ({
    code: 'scope_unknown',
    means: known[scope][0],
    when: { any: [{ not: { fact: 'argument.scope', is: scope } }, known[scope][1]] },
    remedy: { by: 'request', argument: scope === 'recipe' && recipes.length === 0 ? 'scope' : 'name' },
  }));
};

const scoped = (scopes: typeof SCOPES | typeof LET_GO): Readonly<Record<string, Argument>> => ({
  scope: words('which kind of scope', ...scopes),
  name: opaqueId('its name'),
});
const finding = (
  means: string,
  scopes: typeof SCOPES | typeof LET_GO = SCOPES,
): Readonly<Record<string, Argument>> => ({ ...scoped(scopes), finding: string(means) });
const set = (cell: string, change: Write['change']): Write => ({ cell, key: BY_SCOPE, change });
