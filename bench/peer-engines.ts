/**
 * The rules of a rollback for each peer, in the form that its documentation recommends and that gives the most reasons it
 * can give; built once, as `decide`'s catalog is. The peers live in bench/peers and are not installed by the root.
 */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { PeerRequest } from './peer-request.ts';

const here = createRequire(new URL('../../bench/peers/', import.meta.url));

/** Whether it may happen, and the codes that the peer can name; a peer that names none says so in `reasons`. */
export interface PeerAnswer {
  readonly approved: boolean;
  readonly codes: readonly string[];
}

/** One engine, ready to decide. */
export interface Peer {
  readonly name: string;
  /** Which reasons of a refusal it gives. */
  readonly reasons: 'first' | 'all' | 'none';
  readonly decide: (request: PeerRequest) => PeerAnswer | Promise<PeerAnswer>;
}

const DAY_MS = 86_400_000;
/** Every engine knows the rules of twelve actions, as a small deployment has; the shipped catalog knows more. */
const ACTIONS: readonly string[] = ['trigger_rollback', ...Array.from({ length: 11 }, (_, n) => `another_action_${n}`)];
const ROLES = ['read_deployment', 'write_rollback'] as const;

/** Where the peers are, or what brings them. */
export const peersInstalled = (): boolean => {
  try {
    here.resolve('@casl/ability');
    return true;
  } catch {
    return false;
  }
};

interface CaslAbility {
  readonly relevantRuleFor: (action: string, subject: object) => { inverted: boolean; reason?: string } | null;
}
interface CaslBuilder {
  readonly can: (action: string, subject: string) => void;
  readonly cannot: (action: string, subject: string, when: object) => { because: (code: string) => void };
  readonly build: () => CaslAbility;
}

/** The condition under which a rollback is forbidden, as CASL writes it; the last that matches is the one it names. */
const CASL_RULES: readonly (readonly [code: string, when: object])[] = [
  ['rollback_target_version', { targetVersion: { $exists: false } }],
  ['rollback_target_unknown', { targetKnown: { $ne: true } }],
  ['deployment_not_stable', { stable: { $ne: true } }],
  ['approval_expired', { approvalExpiresInMs: { $lte: 0 } }],
  ['rollback_policy_not_approved', { approvedForCaller: { $ne: true } }],
  ['andon_open', { stopped: { $ne: false } }],
  ...ROLES.flatMap((role) => [
    ['insufficient_privilege', { scope: { $nin: [role] } }] as const,
    ['insufficient_privilege', { granted: { $nin: [role] } }] as const,
  ]),
  ['policy_not_in_force', { msaUntilInMs: { $lte: 0 } }],
  ['policy_not_in_force', { msaSinceMs: { $lt: 0 } }],
  ['msa_unsigned', { msaStatus: { $ne: 'signed' } }],
  ['insurance_expired', { insuranceExpiresInMs: { $lte: 0 } }],
  ['insurance_stale', { insuranceAgeMs: { $gt: DAY_MS } }],
  ['insurance_missing', { insuranceStatus: { $ne: 'valid' } }],
  ['expired', { expiresInMs: { $lte: 0 } }],
  ['suspended', { entitlementStatus: { $ne: 'active' } }],
  ['tool_not_found', { packActive: { $ne: true } }],
];

const casl = (): Peer => {
  const { AbilityBuilder, createMongoAbility, subject } = here('@casl/ability') as {
    AbilityBuilder: new (create: unknown) => CaslBuilder;
    createMongoAbility: unknown;
    subject: (type: string, value: object) => object;
  };
  const { can, cannot, build } = new AbilityBuilder(createMongoAbility);
  for (const action of ACTIONS) {
    can(action, 'Request');
    for (const [code, when] of CASL_RULES) cannot(action, 'Request', when).because(code);
  }
  const ability = build();
  return {
    name: 'CASL 7.0.1, prebuilt, `because`',
    reasons: 'first',
    decide: (request) => {
      const rule = ability.relevantRuleFor('trigger_rollback', subject('Request', request));
      return { approved: rule !== null && !rule.inverted, codes: rule?.reason === undefined ? [] : [rule.reason] };
    },
  };
};

interface Fact {
  readonly name: string;
  readonly fact: keyof PeerRequest;
  readonly operator: string;
  readonly value: unknown;
}
const holds = (name: string, fact: keyof PeerRequest, operator: string, value: unknown): Fact => ({
  name,
  fact,
  operator,
  value,
});

const JSON_RULES: readonly Fact[] = [
  holds('tool_not_found', 'packActive', 'equal', true),
  holds('suspended', 'entitlementStatus', 'equal', 'active'),
  holds('expired', 'expiresInMs', 'greaterThan', 0),
  holds('insurance_missing', 'insuranceStatus', 'equal', 'valid'),
  holds('insurance_stale', 'insuranceAgeMs', 'lessThanInclusive', DAY_MS),
  holds('insurance_expired', 'insuranceExpiresInMs', 'greaterThan', 0),
  holds('msa_unsigned', 'msaStatus', 'equal', 'signed'),
  holds('policy_not_in_force', 'msaSinceMs', 'greaterThanInclusive', 0),
  holds('policy_not_in_force', 'msaUntilInMs', 'greaterThan', 0),
  ...ROLES.flatMap((role) => [
    holds('insufficient_privilege', 'granted', 'contains', role),
    holds('insufficient_privilege', 'scope', 'contains', role),
  ]),
  holds('andon_open', 'stopped', 'equal', false),
  holds('rollback_policy_not_approved', 'approvedForCaller', 'equal', true),
  holds('approval_expired', 'approvalExpiresInMs', 'greaterThan', 0),
  holds('deployment_not_stable', 'stable', 'equal', true),
  holds('rollback_target_unknown', 'targetKnown', 'equal', true),
  holds('rollback_target_version', 'targetVersion', 'notEqual', undefined),
];

interface JsonRulesRun {
  readonly events: readonly unknown[];
  readonly failureResults: readonly {
    readonly conditions: { readonly all: readonly { readonly name: string; readonly result: boolean }[] };
  }[];
}

const jsonRulesEngine = (): Peer => {
  const { Engine } = here('json-rules-engine') as {
    Engine: new (
      rules: readonly object[],
      options: object,
    ) => { readonly run: (facts: object) => Promise<JsonRulesRun> };
  };
  const event = { type: 'trigger_rollback' };
  const engine = new Engine([{ conditions: { all: JSON_RULES }, event }], { allowUndefinedFacts: true });
  return {
    name: 'json-rules-engine 7.3.1, an engine an action',
    reasons: 'all',
    decide: async (request) => {
      const { events, failureResults } = await engine.run(request);
      const failed = failureResults[0]?.conditions.all.filter(({ result }) => !result) ?? [];
      return { approved: events.length > 0, codes: failed.map(({ name }) => name) };
    },
  };
};

/** Rules as data: the policy holds them, the matcher evaluates them (casbin's ABAC with `eval`). */
const CASBIN_MODEL = `
[request_definition]
r = act, req
[policy_definition]
p = act, rule
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.act == p.act && eval(p.rule)
`;
const CASBIN_RULE = [
  'r.req.packActive == true && r.req.entitlementStatus == "active" && r.req.expiresInMs > 0',
  `r.req.insuranceStatus == "valid" && r.req.insuranceAgeMs <= ${DAY_MS} && r.req.insuranceExpiresInMs > 0`,
  'r.req.msaStatus == "signed" && r.req.msaSinceMs >= 0 && r.req.msaUntilInMs > 0',
  ...ROLES.map((role) => `includes(r.req.granted, "${role}") && includes(r.req.scope, "${role}")`),
  'r.req.stopped == false && r.req.approvedForCaller == true && r.req.approvalExpiresInMs > 0',
  'r.req.stable == true && r.req.targetKnown == true && isText(r.req.targetVersion)',
].join(' && ');

const casbin = async (): Promise<Peer> => {
  const { newEnforcer, newModelFromString } = here('casbin') as {
    newModelFromString: (text: string) => unknown;
    newEnforcer: (model: unknown) => Promise<{
      readonly addFunction: (name: string, is: (...args: readonly unknown[]) => boolean) => Promise<void>;
      readonly addPolicy: (...policy: readonly string[]) => Promise<boolean>;
      readonly enforceSync: (...request: readonly unknown[]) => boolean;
    }>;
  };
  const enforcer = await newEnforcer(newModelFromString(CASBIN_MODEL));
  await enforcer.addFunction('includes', (list, name) => Array.isArray(list) && list.includes(name));
  await enforcer.addFunction('isText', (value) => typeof value === 'string');
  for (const action of ACTIONS) await enforcer.addPolicy(action, CASBIN_RULE);
  return {
    name: 'casbin 5.51.1, `enforceSync`',
    reasons: 'none',
    decide: (request) => ({ approved: enforcer.enforceSync('trigger_rollback', request), codes: [] }),
  };
};

/** What Cedar forbids, one policy a condition, so that every reason is named. It skips a policy that errs: hence `has`. */
const CEDAR_FORBIDS: readonly (readonly [code: string, unless: string])[] = [
  ['tool_not_found', 'context.packActive'],
  ['suspended', 'context.entitlementStatus == "active"'],
  ['expired', 'context.expiresInMs > 0'],
  ['insurance_missing', 'context.insuranceStatus == "valid"'],
  ['insurance_stale', `context.insuranceAgeMs <= ${DAY_MS}`],
  ['insurance_expired', 'context.insuranceExpiresInMs > 0'],
  ['msa_unsigned', 'context.msaStatus == "signed"'],
  ['policy_not_in_force', 'context.msaSinceMs >= 0 && context.msaUntilInMs > 0'],
  ...ROLES.map(
    (role) =>
      ['insufficient_privilege', `context.granted.contains("${role}") && context.scope.contains("${role}")`] as const,
  ),
  ['andon_open', '!context.stopped'],
  ['rollback_policy_not_approved', 'context.approvedForCaller'],
  ['approval_expired', 'context.approvalExpiresInMs > 0'],
  ['deployment_not_stable', 'context has stable && context.stable'],
  ['rollback_target_unknown', 'context has targetKnown && context.targetKnown'],
  ['rollback_target_version', 'context has targetVersion'],
];

interface CedarAnswer {
  readonly type: string;
  readonly response?: { readonly decision: string; readonly diagnostics: { readonly reason: readonly string[] } };
}

const cedar = (): Peer => {
  const { preparsePolicySet, statefulIsAuthorized } = here('@cedar-policy/cedar-wasm/nodejs') as {
    preparsePolicySet: (id: string, policies: object) => { readonly type: string };
    statefulIsAuthorized: (call: object) => CedarAnswer;
  };
  const policies = ACTIONS.flatMap((action) => [
    [`allowed/${action}`, `permit(principal, action == Action::"${action}", resource);`],
    ...CEDAR_FORBIDS.map(([code, unless], n) => [
      `${code}/${n}/${action}`,
      `forbid(principal, action == Action::"${action}", resource) unless { ${unless} };`,
    ]),
  ]);
  const staticPolicies = Object.fromEntries(policies);
  if (preparsePolicySet('rollback', { staticPolicies }).type !== 'success')
    throw new Error('Cedar refused its policies');
  const call = {
    principal: { type: 'Agent', id: 'a' },
    action: { type: 'Action', id: 'trigger_rollback' },
    resource: { type: 'Service', id: 's' },
    preparsedPolicySetId: 'rollback',
    entities: [],
  };
  return {
    name: 'cedar-wasm 4.13.0, preparsed, a `forbid` a condition',
    reasons: 'all',
    decide: (context) => {
      const { response } = statefulIsAuthorized({ ...call, context });
      const reasons = response?.diagnostics.reason ?? [];
      return {
        approved: response?.decision === 'allow',
        codes: reasons.map((id) => id.slice(0, id.indexOf('/'))).filter((code) => code !== 'allowed'),
      };
    },
  };
};

/** Every peer, built. */
export const buildPeers = async (): Promise<readonly Peer[]> => [casl(), jsonRulesEngine(), await casbin(), cedar()];

/** Where this file expects the peers, for a message. */
export const PEERS_FOLDER: string = fileURLToPath(new URL('../../bench/peers/', import.meta.url));
