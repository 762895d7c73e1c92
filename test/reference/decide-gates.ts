/** The eight gates, restated: what each requires of an action where it stands. For tests only. */

import type { CatalogSource, GateId, Pack } from '@tai-autonomics/core';
import type { Action, ActionId, Condition, Remedy, Requirement, Role, Write } from '@tai-autonomics/core/author';

const DAY_MS = 86_400_000;

/** An action where it stands. */
export interface Place {
  readonly source: CatalogSource;
  readonly pack: Pack;
  readonly id: ActionId;
  readonly action: Action;
}

const changesTheWorld = ({ action }: Place): boolean =>
  action.does.effect === 'external' || action.does.effect === 'contractual';

/** The plan with the fewest packs, then the first by name, that sells the action's pack and allows the roles. */
const smallest = ({ source, pack }: Place, roles: readonly Role[], quota = 0): string | undefined =>
  Object.keys(source.plans)
    .sort()
    .filter((id) => (source.plans[id]?.quota as number) >= quota)
    .filter((id) => pack.always === true || source.plans[id]?.packs.includes(pack.pack_id))
    .filter((id) => roles.every((role) => source.plans[id]?.iam_roles.includes(role)))
    .sort((a, b) => (source.plans[a]?.packs.length as number) - (source.plans[b]?.packs.length as number))[0];

const event = [
  { argument: 'event_id' },
  { argument: 'entitlement_id' },
  { argument: 'occurred_at', from: { fact: 'entitlement_occurred_at', plus: 1 }, to: { fact: 'at' } },
  { argument: 'rank', from: 0 },
  { argument: 'expiry', from: { fact: 'at', plus: 1 } },
] as const;

/** Which entitlement a purchase or a renewal is about, and what it says of itself; a catalog of before doesn't ask. */
const asksWhich = ({ packs }: CatalogSource): boolean =>
  packs.some(({ cells }) => cells['entitlement_purchased_at'] !== undefined);
const buy = (source: CatalogSource, id: string | undefined): Remedy => {
  const plan = id === undefined ? undefined : source.plans[id];
  if (id === undefined || plan === undefined) return { by: 'nobody', why: 'no plan of this catalog sells it' };
  const { sku_id, packs, iam_roles } = plan;
  const record = { status: 'active', plan_id: id, sku_id, enabled_packs: packs, iam_roles };
  const args = asksWhich(source) ? { ...record, change: 'activated' } : record;
  return {
    by: 'authority',
    who: { type: 'marketplace' },
    submit: { action: 'apply_entitlement', arguments: args, choose: event },
  };
};
const buyFor = (at: Place): Remedy => buy(at.source, smallest(at, at.action.roles) ?? smallest(at, []));

const sameAgain = {
  status: 'active',
  plan_id: { fact: 'entitlement_plan' },
  sku_id: { fact: 'entitlement_sku' },
  enabled_packs: { fact: 'entitlement_packs' },
  iam_roles: { fact: 'entitlement_roles' },
};
const renew = ({ source }: Place): Remedy => ({
  by: 'authority',
  who: { type: 'marketplace' },
  submit: asksWhich(source)
    ? {
        action: 'apply_entitlement',
        arguments: { ...sameAgain, change: 'renewed', entitlement_id: { fact: 'entitlement_id' } },
        choose: event.filter(({ argument }) => argument !== 'entitlement_id'),
      }
    : { action: 'apply_entitlement', arguments: sameAgain, choose: event },
});

const one = (code: string, means: string, when: Condition, remedy: Remedy): Requirement => ({
  code,
  means,
  when,
  remedy,
});
const wait = (fact: string): Remedy => ({ by: 'time', notBefore: { fact } });
const credential: Remedy = { by: 'request', argument: 'credential' };
const owner = { type: 'user', relation: 'owner' } as const;

const registry = (at: Place): readonly Requirement[] =>
  at.pack.always === true
    ? []
    : [
        one(
          'tool_not_found',
          'the tool exists for this tenant',
          { fact: 'plan_packs', contains: at.pack.pack_id },
          buyFor(at),
        ),
      ];

const isBought: Condition = { fact: 'entitlement_status', oneOf: ['active', 'suspended'] };
const skuFits: Condition = {
  each: 'plan',
  holds: {
    any: [{ not: { fact: 'entitlement_plan', is: { row: 'id' } } }, { fact: 'entitlement_sku', is: { row: 'sku_id' } }],
  },
};
const entitlement = (at: Place): readonly Requirement[] =>
  at.action.entitlement === 'none'
    ? []
    : [
        one('no_entitlement', 'the tenant has an entitlement', isBought, buyFor(at)),
        one(
          'expired',
          'the entitlement has not expired',
          { any: [{ not: isBought }, { fact: 'entitlement_expires_at', after: { fact: 'at' } }] },
          renew(at),
        ),
        one(
          'suspended',
          'the entitlement is not suspended',
          { not: { fact: 'entitlement_status', is: 'suspended' } },
          renew(at),
        ),
        one('sku_mismatch', 'the SKU is the one under which the plan is sold', skuFits, buyFor(at)),
      ];

const mode = (at: Place): readonly Requirement[] => {
  const { effect } = at.action.does;
  const inContractOr = (other: Condition): Condition => ({ any: [{ fact: 'mode', is: 'contractual' }, other] });
  const until = { argument: 'until', from: { fact: 'at', plus: 1 }, to: { fact: 'pilot_began_at', plus: 90 * DAY_MS } };
  const extend: Remedy = {
    by: 'authority',
    who: { type: 'system' },
    submit: { action: 'extend_pilot', resource: '*', arguments: {}, choose: [until] },
  };
  const required: Requirement[] = [];
  if (effect === 'contractual')
    required.push(
      one(
        'eval_only_refusal',
        'the deployment is contractual',
        { fact: 'mode', is: 'contractual' },
        { by: 'nobody', why: 'the mode is fixed when a deployment is made and is sealed into every receipt' },
      ),
    );
  if (effect === 'contractual' || !knows(at, 'extend_pilot')) return required;
  if (effect === 'external')
    required.push(
      one(
        'eval_only_refusal',
        'the deployment is contractual, or the resource is a sandbox',
        inContractOr({ fact: 'environment', oneOf: ['sandbox', 'unknown'] }),
        { by: 'request', argument: 'resource' },
      ),
    );
  if (at.action.entitlement !== 'none')
    required.push(
      one(
        'pilot_ended',
        'the deployment is contractual, or the pilot has not ended',
        inContractOr({ fact: 'at', before: { fact: 'pilot_ends_at' } }),
        extend,
      ),
    );
  return required;
};

const insurer = ({ source }: Place): 'service' | 'system' =>
  source.packs.some(({ actions }) => actions['record_insurance']?.who.includes('service') === true)
    ? 'service'
    : 'system';
const insure = (at: Place): Remedy => ({
  by: 'authority',
  who: { type: insurer(at) },
  submit: {
    action: 'record_insurance',
    arguments: { status: 'valid' },
    choose: [
      { argument: 'certificate' },
      { argument: 'verified_at', from: { fact: 'at', plus: -DAY_MS }, to: { fact: 'at' } },
      { argument: 'expires_at', from: { fact: 'at', plus: 1 } },
    ],
  },
});
const sign: Remedy = {
  by: 'authority',
  who: owner,
  submit: {
    action: 'record_msa',
    arguments: { status: 'signed' },
    choose: [
      { argument: 'agreement' },
      { argument: 'in_force_from', to: { fact: 'at' } },
      { argument: 'in_force_until', from: { fact: 'at', plus: 1 } },
    ],
  },
};
const uninsured: Condition = { not: { fact: 'insurance_status', is: 'valid' } };
const unsigned: Condition = { not: { fact: 'msa_status', is: 'signed' } };
const inContract = (...any: readonly Condition[]): Condition =>
  any.length === 1 ? { any: [{ fact: 'mode', is: 'eval' }, ...any] } : { any: [{ fact: 'mode', is: 'eval' }, { any }] };
const assurance = (at: Place): readonly Requirement[] =>
  changesTheWorld(at)
    ? [
        one(
          'insurance_missing',
          'the operator is insured',
          inContract({ fact: 'insurance_status', is: 'valid' }),
          insure(at),
        ),
        one(
          'insurance_expired',
          'the insurance has not expired',
          inContract(uninsured, { fact: 'insurance_expires_at', after: { fact: 'at' } }),
          insure(at),
        ),
        one(
          'insurance_stale',
          'the insurance was checked in the last day',
          inContract(uninsured, { fact: 'insurance_verified_at', within: DAY_MS }),
          insure(at),
        ),
        one(
          'msa_unsigned',
          'the master service agreement is signed',
          inContract({ fact: 'msa_status', is: 'signed' }),
          sign,
        ),
        one(
          'policy_not_in_force',
          'the agreement has come into force',
          inContract(unsigned, { fact: 'at', notBefore: { fact: 'msa_from' } }),
          wait('msa_from'),
        ),
        one(
          'policy_not_in_force',
          'the agreement is still in force',
          inContract(unsigned, { fact: 'at', before: { fact: 'msa_until' } }),
          sign,
        ),
      ]
    : [];

const role = (at: Place): readonly Requirement[] => {
  const { action } = at;
  const CODE = 'insufficient_privilege';
  const list = action.roles.join(', ');
  const who = one(
    CODE,
    `it is asked by ${action.who.join(' or ')}`,
    { fact: 'subject_type', oneOf: action.who },
    credential,
  );
  const related = (relation: string, words: string, remedy: Remedy): Requirement =>
    one(CODE, `it is asked by ${words} of the tenant`, { fact: 'subject_relations', contains: relation }, remedy);
  const make = action.relation === 'approver' ? 'an approver' : 'a responder';
  const relation = action.relation ?? '';
  const makeIt = { action: 'grant_relation', arguments: { subject: { fact: 'subject' }, relation } };
  const grant = { action: 'grant_role', arguments: { subject: { fact: 'subject' }, roles: action.roles } };
  return [
    who,
    ...(action.relation === 'owner' ? [related('owner', 'an owner', credential)] : []),
    ...(action.relation === 'approver' || action.relation === 'responder'
      ? [related(action.relation, make, { by: 'authority', who: owner, submit: makeIt })]
      : []),
    ...(action.roles.length === 0
      ? []
      : [
          one(
            CODE,
            `the plan allows ${list}`,
            { fact: 'plan_ceiling', containsAll: action.roles },
            buy(at.source, smallest(at, action.roles)),
          ),
          one(
            CODE,
            `the tenant granted ${list}`,
            { fact: 'granted_roles', containsAll: action.roles },
            { by: 'authority', who: owner, submit: grant },
          ),
          one(CODE, `the credential carries ${list}`, { fact: 'scope', containsAll: action.roles }, credential),
        ]),
  ];
};

const knows = ({ source }: Place, id: string): boolean => source.packs.some(({ actions }) => actions[id] !== undefined);

const noneOrPassed = (at: Place, andon: string): Condition => {
  const none: Condition = { fact: andon, is: 'none' };
  return knows(at, 'break_glass') ? { any: [none, { fact: 'at', before: { fact: 'glass_until' } }] } : none;
};

const stop = (at: Place): readonly Requirement[] => {
  const clear = (resource: Extract<Remedy, { by: 'authority' }>['submit']['resource'] & {}): Remedy => ({
    by: 'authority',
    who: owner,
    submit: { action: 'clear_andon', resource, arguments: {}, choose: [{ argument: 'finding' }] },
  });
  const closed = one(
    'ledger_closed',
    'the ledger is open',
    { fact: 'ledger_status', is: 'open' },
    { by: 'nobody', why: 'a ledger that is closed stays closed; what follows belongs in another one' },
  );
  const suspended = one(
    'tenant_suspended',
    'the operator does not suspend the tenant',
    { fact: 'tenant_suspended', is: false },
    { by: 'authority', who: { type: 'system' }, submit: { action: 'resume_tenant', resource: '*', arguments: {} } },
  );
  const { evenWhenClosed, evenWhenSuspended, does } = at.action;
  const even = [evenWhenClosed, evenWhenSuspended].some((flag) => flag === true);
  const heldBack = knows(at, 'suspend_tenant') && !even && does.effect !== 'read';
  const whoever = [...(evenWhenClosed === true ? [] : [closed]), ...(heldBack ? [suspended] : [])];
  if (!changesTheWorld(at)) return whoever;
  return [
    ...whoever,
    one('andon_open', 'no Andon is open for the resource', noneOrPassed(at, 'andon'), clear({ fact: 'resource' })),
    one('andon_open', 'no Andon is open for the whole tenant', noneOrPassed(at, 'andon_of_tenant'), clear('*')),
    one(
      'quarantined',
      'the resource is not in quarantine',
      { fact: 'quarantined', is: false },
      knows(at, 'release_quarantine')
        ? {
            by: 'authority',
            who: { type: 'user', relation: 'owner' },
            submit: {
              action: 'release_quarantine',
              resource: { fact: 'resource' },
              arguments: {},
              choose: [{ argument: 'finding' }],
            },
          }
        : { by: 'nobody', why: 'no action of this catalog releases a quarantine' },
    ),
    ...(knows(at, 'clear_scope_andon') ? stopsOfScopes(at) : []),
  ];
};

const stopsOfScopes = (at: Place): readonly Requirement[] => {
  const letGo = (action: string, scope: string, name: string): Remedy => ({
    by: 'authority',
    who: owner,
    submit: { action, resource: '*', arguments: { scope, name: { fact: name } }, choose: [{ argument: 'finding' }] },
  });
  const place = 'the environment of the resource';
  const bought = 'the SKU that the tenant bought';
  const andon = 'clear_scope_andon';
  const nothingBought: Condition = { fact: 'entitlement_sku', is: '' };
  return [
    one(
      'andon_open',
      `no Andon is open for ${place}`,
      noneOrPassed(at, 'andon_of_environment'),
      letGo(andon, 'environment', 'environment'),
    ),
    one(
      'andon_open',
      `no Andon is open for ${bought}`,
      { any: [nothingBought, noneOrPassed(at, 'andon_of_sku')] },
      letGo(andon, 'sku', 'entitlement_sku'),
    ),
    one(
      'quarantined',
      `${place} is not in quarantine`,
      { fact: 'quarantine_of_environment', is: false },
      letGo('release_scope', 'environment', 'environment'),
    ),
    one(
      'quarantined',
      `${bought} is not in quarantine`,
      { any: [nothingBought, { fact: 'quarantine_of_sku', is: false }] },
      letGo('release_scope', 'sku', 'entitlement_sku'),
    ),
  ];
};

const capacity = (at: Place): readonly Requirement[] => {
  if (!changesTheWorld(at) || at.action.entitlement === 'none') return [];
  const over = (resets: string): Condition => ({ fact: 'at', notBefore: { fact: resets } });
  const some: Condition = { fact: 'plan_quota', above: 0 };
  const roomy: Condition = {
    any: [
      { fact: 'plan_quota', is: 0 },
      { fact: 'quota_used', below: { fact: 'plan_quota' } },
      over('quota_resets_at'),
    ],
  };
  const quota = [
    one('quota_exceeded', 'the plan has a quota', some, buy(at.source, smallest(at, at.action.roles, 1))),
    one('quota_exceeded', 'the quota has room', roomy, wait('quota_resets_at')),
  ];
  const before = one(
    'quota_exceeded',
    'the quota has room',
    { any: [{ fact: 'quota_used', below: { fact: 'plan_quota' } }, over('quota_resets_at')] },
    wait('quota_resets_at'),
  );
  const cost = costOf(at);
  const budget: Condition = {
    any: [
      { fact: 'budget_spent', below: cost === 1 ? { fact: 'budget_limit' } : { fact: 'budget_limit', plus: 1 - cost } },
      over('budget_resets_at'),
    ],
  };
  const tooSmall = one(
    'budget_exceeded',
    `the budget is at least what this costs, ${cost} in minor units of ${at.source.costs?.currency}`,
    { fact: 'budget_limit', atLeast: cost },
    {
      by: 'authority',
      who: { type: 'user', relation: 'owner' },
      submit: {
        action: 'set_limits',
        arguments: { open_actions: { fact: 'wip_limit' }, pace: { fact: 'rate_pace' } },
        choose: [{ argument: 'budget', from: cost }],
      },
    },
  );
  const fewOpen: Condition = { fact: 'wip_open', below: { fact: 'wip_limit' } };
  return [
    ...(knows(at, 'set_limits') ? quota : [before]),
    one('rate_limited', 'the last approval is long enough ago', over('rate_next_at'), wait('rate_next_at')),
    one('wip_limit_reached', 'fewer actions are open than may be', fewOpen, { by: 'world' }),
    ...(at.source.costs !== undefined && cost > 0 ? [tooSmall] : []),
    ...(cost > 0 ? [one('budget_exceeded', 'the budget has room', budget, wait('budget_resets_at'))] : []),
  ];
};

/** What an approval costs: as the catalog says, else one approval. */
const costOf = ({ id, source: { costs } }: Place): number => (costs === undefined ? 1 : (costs.actions[id] ?? 0));

/** What is written beside an action's own writes: on its approval, then on any outcome. */
export const countedBy = (at: Place): { readonly approval: readonly Write[]; readonly outcome: readonly Write[] } => {
  if (!changesTheWorld(at) || at.action.entitlement === 'none' || !knows(at, 'set_limits'))
    return { approval: [], outcome: [] };
  const window = (used: string, resets: string, key: Write['key'], count = 1): readonly Write[] => {
    const over: Condition = { fact: 'at', notBefore: { fact: resets } };
    return [
      { cell: used, key, change: { set: count }, when: over },
      { cell: used, key, change: { plus: count }, when: { not: over } },
      { cell: resets, key, change: { set: { fact: 'at', plus: 30 * DAY_MS } }, when: over },
    ];
  };
  const quota = window('quota_used', 'quota_resets_at', [{ fact: 'action' }]);
  const paces = [
    ['second', 1_000],
    ['minute', 60_000],
    ['hour', 3_600_000],
    ['day', DAY_MS],
  ] as const;
  return {
    approval: [
      ...quota,
      ...(costOf(at) === 0 ? [] : window('budget_spent', 'budget_resets_at', [], costOf(at))),
      ...paces.map(
        ([pace, plus]): Write => ({
          cell: 'rate_next_at',
          key: [{ fact: 'action' }],
          change: { set: { fact: 'at', plus } },
          when: { fact: 'rate_pace', is: pace },
        }),
      ),
      { cell: 'wip_open', key: [], change: { plus: 1 } },
    ],
    outcome: [{ cell: 'wip_open', key: [], change: { plus: -1 } }],
  };
};

const knownResource = (at: Place): readonly Requirement[] =>
  changesTheWorld(at)
    ? [
        one(
          'resource_unknown',
          'the resource is one of the tenant’s',
          { not: { fact: 'environment', is: 'unknown' } },
          { by: 'request', argument: 'resource' },
        ),
      ]
    : [];

/** What policy documents add to an action: in the order of the documents' names, then as they are written. */
const added = ({ source, id, action, pack }: Place): readonly Requirement[] => {
  const isOurs = action.who.includes('agent') || action.who.includes('user') || action.who.includes('service');
  const named = ['*external', `pack:${pack.pack_id}`, id];
  const meant = named.filter(
    (name) => name === id || (isOurs && (name !== '*external' || changesTheWorld({ source, id, action, pack }))),
  );
  const documents = new Map((source.policies ?? []).map((document) => [document.policy.id, document]));
  return [...documents.keys()]
    .sort()
    .flatMap((policy) =>
      (documents.get(policy)?.requirements ?? [])
        .filter(({ actions }) => actions.some((name) => meant.includes(name)))
        .map(({ code, when, remedy, means }) => ({ code: `${policy}__${code}`, when, remedy, means })),
    );
};

/** The gates in their order, with what each requires. */
export const gatesOf = (at: Place): readonly (readonly [GateId, readonly Requirement[]])[] => [
  ['registry', registry(at)],
  ['entitlement', entitlement(at)],
  ['mode', mode(at)],
  ['assurance', assurance(at)],
  ['role', role(at)],
  ['stop', stop(at)],
  ['capacity', capacity(at)],
  ['precondition', [...knownResource(at), ...at.action.requires, ...added(at)]],
];
