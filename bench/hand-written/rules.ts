/**
 * The rules of a rollback as an engineer would write them by hand for the shipped catalog alone: no policy as data, no
 * compiler. It says exactly what `decide` says, all reasons, next steps and trace; the bench checks that.
 */

import type {
  Approve,
  Decision,
  Evidence,
  GateId,
  GateResult,
  NextStep,
  Observation,
  Reason,
} from '@tai-autonomics/core';
import { cellKey, GATES } from '@tai-autonomics/core/engine';
import {
  approve,
  askAnew,
  buyProfessional,
  clearAndon,
  DAY_MS,
  grantRoles,
  hasRoles,
  letScopeGo,
  notBefore,
  numberIn,
  one,
  PLANS,
  type Plan,
  recordInsurance,
  recordMsa,
  renew,
  restoreRelease,
  setIn,
  wanted,
} from './steps.ts';

const MAX_AGE_MS = 60_000;
const SOURCES = ['git', 'kubernetes'];
const LIMITS = { timeoutMs: 300_000, memoryBytes: 268_435_456, cpuPercent: 25 };

type Why = 'missing' | 'stale' | 'untrusted' | 'conflicting';
interface Seen {
  readonly value?: boolean | string;
  readonly why?: Why;
}

const ID = /^[A-Za-z0-9_-][A-Za-z0-9_.:/+=-]*$/;
const isName = (value: unknown): value is string => typeof value === 'string' && value.length <= 100 && ID.test(value);
const isTruth = (value: unknown): value is boolean => typeof value === 'boolean';

type Is = (value: unknown) => value is boolean | string;

/** What several statements come to: nonsense, old news, two things at once, or a value. */
const judge = (o: Observation, newest: readonly Evidence[], is: Is, otherwise: Why): Seen => {
  let [value, why, isConflicting]: [boolean | string | undefined, Why, boolean] = [undefined, otherwise, false];
  for (const e of newest) {
    if (!is(e.value)) return { why: 'missing' };
    if (o.at - e.observedAt > MAX_AGE_MS) why = 'stale';
    else if (value === undefined) value = e.value;
    else if (value !== e.value) isConflicting = true;
  }
  if (isConflicting) return { why: 'conflicting' };
  return value === undefined ? { why } : { value };
};

/** What both sources said last about the resource; unknown where they said nothing, or nothing to go by. */
const read = (o: Observation, fact: string, is: Is): Seen => {
  let git: Evidence | undefined;
  let kubernetes: Evidence | undefined;
  let others: Evidence[] | undefined;
  let otherwise: Why = 'missing';
  for (const e of o.evidence) {
    if (e.fact !== fact || e.about !== o.intent.resource.id) continue;
    const last = e.source === 'git' ? git : e.source === 'kubernetes' ? kubernetes : e;
    if (last === e) {
      otherwise = 'untrusted';
      continue;
    }
    if (e.observedAt > o.at) return { why: 'untrusted' };
    if (last !== undefined && e.observedAt < last.observedAt) continue;
    if (last !== undefined && e.observedAt === last.observedAt) {
      others ??= [];
      others.push(last);
    }
    if (e.source === 'git') git = e;
    else kubernetes = e;
  }
  if (others !== undefined || (git !== undefined && kubernetes !== undefined)) {
    const ties = (others ?? []).filter((e) => e.observedAt === (e.source === 'git' ? git : kubernetes)?.observedAt);
    return judge(
      o,
      [git, kubernetes, ...ties].filter((e) => e !== undefined),
      is,
      otherwise,
    );
  }
  const e = git ?? kubernetes;
  if (e === undefined) return { why: otherwise };
  if (!is(e.value)) return { why: 'missing' };
  return o.at - e.observedAt > MAX_AGE_MS ? { why: 'stale' } : { value: e.value };
};

const unknown = (fact: string, means: string, why: Why): Reason => ({
  gate: 'precondition',
  code: `evidence_${why}`,
  means: `this is known: ${means}`,
  facts: [fact],
  next: { kind: 'information', fact, why, means, sources: SOURCES, maxAgeMs: MAX_AGE_MS },
});

const STABLE = 'the deployment is stable: exactly a release, without uncommitted changes';
const KNOWN = 'there is a previous release to roll back to';

const preconditions = (o: Observation, target: Seen, reasons: Reason[]): void => {
  const { cells } = o.state;
  const { subject, binding, action, resource } = o.intent;
  for (const name of Object.keys(action.arguments).sort()) {
    const means = `${name}: the action has no such argument`;
    reasons.push({
      gate: 'precondition',
      code: 'arguments_invalid',
      means,
      facts: [],
      next: { kind: 'request', argument: name, means, leaveOut: true },
    });
  }
  const stable = read(o, 'deployment_stable', isTruth);
  if (stable.why !== undefined) {
    const means = 'whether the deployment is exactly a release, without uncommitted changes';
    reasons.push(unknown('deployment_stable', means, stable.why));
  } else if (stable.value !== true) {
    const until = { fact: 'deployment_stable', is: true } as const;
    reasons.push({
      gate: 'precondition',
      code: 'deployment_not_stable',
      means: STABLE,
      facts: ['deployment_stable'],
      next: { kind: 'world', until, means: STABLE, observe: ['deployment_stable'] },
    });
  }
  const known = read(o, 'rollback_target_known', isTruth);
  if (known.why !== undefined) {
    reasons.push(unknown('rollback_target_known', 'whether there is a release before the deployed one', known.why));
  } else if (known.value !== true) {
    const until = { fact: 'rollback_target_known', is: true } as const;
    reasons.push({
      gate: 'precondition',
      code: 'rollback_target_unknown',
      means: KNOWN,
      facts: ['rollback_target_known'],
      next: { kind: 'world', until, means: KNOWN, observe: ['rollback_target_known'] },
    });
  }
  if (target.why !== undefined) {
    reasons.push(unknown('rollback_target_version', 'the release before the deployed one', target.why));
  } else if (cells.get('release_standing')?.get(cellKey([resource.ref, String(target.value)])) === 'withdrawn') {
    reasons.push({
      gate: 'precondition',
      code: 'rollback_target_withdrawn',
      means: 'the release to roll back to was not itself rolled back from, or is good again',
      facts: ['rollback_target_standing'],
      next: restoreRelease(o, String(target.value)),
    });
  }
  if (cells.get('approval_requester')?.get(binding) !== subject.ref) {
    reasons.push({
      gate: 'precondition',
      code: 'rollback_policy_not_approved',
      means: 'somebody else approved exactly this rollback',
      facts: ['approved_for', 'subject'],
      next: approve(o),
    });
  } else if (numberIn(cells, 'approval_expires_at', binding, 0) <= o.at) {
    reasons.push({
      gate: 'precondition',
      code: 'approval_expired',
      means: 'the approval has not expired',
      facts: ['approved_for', 'subject', 'approval_expires_at', 'at'],
      next: approve(o),
    });
  }
  const deniedUntil = numberIn(cells, 'approval_denied_until', binding, 0);
  if (deniedUntil > o.at && cells.get('approval_denied_why')?.get(binding) !== undefined) {
    reasons.push({
      gate: 'precondition',
      code: 'approval_denied',
      means: 'no approver has denied exactly this since yesterday',
      facts: ['denied_until', 'at', 'denied_why'],
      next: notBefore(deniedUntil),
    });
  }
};

const entitlement = (o: Observation, plan: Plan | undefined, reasons: Reason[]): void => {
  const { cells } = o.state;
  const gate = 'entitlement';
  const status = one(cells, 'entitlement_status');
  const isThere = status === 'active' || status === 'suspended';
  if (!isThere) {
    const means = 'the tenant has an entitlement';
    reasons.push({ gate, code: 'no_entitlement', means, facts: ['entitlement_status'], next: buyProfessional(o) });
  } else if (numberIn(cells, 'entitlement_expires_at', '', 0) <= o.at) {
    const facts = ['entitlement_status', 'entitlement_expires_at', 'at'];
    reasons.push({ gate, code: 'expired', means: 'the entitlement has not expired', facts, next: renew(o) });
  }
  if (status === 'suspended') {
    const means = 'the entitlement is not suspended';
    reasons.push({ gate, code: 'suspended', means, facts: ['entitlement_status'], next: renew(o) });
  }
  if (plan !== undefined && one(cells, 'entitlement_sku') !== plan.sku) {
    const means = 'the SKU is the one under which the plan is sold';
    const facts = ['entitlement_plan', 'entitlement_sku'];
    reasons.push({ gate, code: 'sku_mismatch', means, facts, next: buyProfessional(o) });
  }
};

const assurance = (o: Observation, reasons: Reason[]): void => {
  if (o.mode === 'eval') return;
  const { cells } = o.state;
  const gate = 'assurance';
  const add = (code: string, means: string, facts: readonly string[], next: NextStep): void =>
    void reasons.push({ gate, code, means, facts, next });
  if (one(cells, 'insurance_status') !== 'valid') {
    add('insurance_missing', 'the operator is insured', ['mode', 'insurance_status'], recordInsurance(o));
  } else {
    if (numberIn(cells, 'insurance_expires_at', '', 0) <= o.at) {
      const facts = ['mode', 'insurance_status', 'insurance_expires_at', 'at'];
      add('insurance_expired', 'the insurance has not expired', facts, recordInsurance(o));
    }
    const age = o.at - numberIn(cells, 'insurance_verified_at', '', 0);
    if (age < 0 || age > DAY_MS) {
      const facts = ['mode', 'insurance_status', 'insurance_verified_at', 'at'];
      add('insurance_stale', 'the insurance was checked in the last day', facts, recordInsurance(o));
    }
  }
  if (one(cells, 'msa_status') !== 'signed') {
    add('msa_unsigned', 'the master service agreement is signed', ['mode', 'msa_status'], recordMsa(o));
    return;
  }
  const from = numberIn(cells, 'msa_from', '', 0);
  if (o.at < from) {
    const facts = ['mode', 'msa_status', 'at', 'msa_from'];
    add('policy_not_in_force', 'the agreement has come into force', facts, notBefore(from));
  }
  if (o.at >= numberIn(cells, 'msa_until', '', 0)) {
    const facts = ['mode', 'msa_status', 'at', 'msa_until'];
    add('policy_not_in_force', 'the agreement is still in force', facts, recordMsa(o));
  }
};

const role = (o: Observation, plan: Plan, reasons: Reason[]): void => {
  const { cells } = o.state;
  const { subject } = o.intent;
  const add = (means: string, fact: string, next: NextStep, have?: readonly string[]): void => {
    const reason = { gate: 'role', code: 'insufficient_privilege', means, facts: [fact], next } as const;
    reasons.push(have === undefined ? reason : { ...reason, roles: wanted(have) });
  };
  if (subject.type !== 'agent' && subject.type !== 'service') {
    add('it is asked by agent or service', 'subject_type', askAnew('credential', 'it is asked by agent or service'));
  }
  const bought = setIn(one(cells, 'entitlement_roles'));
  const ceiling = plan.roles.filter((name) => bought.includes(name));
  if (!hasRoles(ceiling)) {
    add('the plan allows read_deployment, write_rollback', 'plan_ceiling', buyProfessional(o), ceiling);
  }
  const granted = setIn(cells.get('granted_roles')?.get(subject.ref));
  if (!hasRoles(granted)) {
    const next = grantRoles(o, wanted(granted).missing);
    add('the tenant granted read_deployment, write_rollback', 'granted_roles', next, granted);
  }
  if (!hasRoles(subject.scope)) {
    const means = 'the credential carries read_deployment, write_rollback';
    add(means, 'scope', askAnew('credential', means), subject.scope);
  }
};

const stop = (o: Observation, reasons: Reason[]): void => {
  const { cells } = o.state;
  const { subject, action, resource } = o.intent;
  const andon = cells.get('andon');
  const gate = 'stop';
  const code = 'andon_open';
  const mayPass = (): boolean => {
    const until = cells.get('glass_until')?.get(cellKey([subject.ref, action.id, resource.ref]));
    return typeof until === 'number' && o.at < until;
  };
  if ((andon?.get(resource.ref) ?? 'none') !== 'none' && !mayPass()) {
    const means = 'no Andon is open for the resource';
    reasons.push({ gate, code, means, facts: ['andon', 'at', 'glass_until'], next: clearAndon(resource.id) });
  }
  if ((andon?.get('*') ?? 'none') !== 'none' && !mayPass()) {
    const means = 'no Andon is open for the whole tenant';
    reasons.push({ gate, code, means, facts: ['andon_of_tenant', 'at', 'glass_until'], next: clearAndon('*') });
  }
  if (cells.get('quarantine')?.get(resource.ref) === true) {
    const next: NextStep = { kind: 'none', why: 'no action of this catalog releases a quarantine' };
    const means = 'the resource is not in quarantine';
    reasons.push({ gate, code: 'quarantined', means, facts: ['quarantined'], next });
  }
  stopOfScope(o, 'environment', resource.environment ?? 'production', reasons);
  stopOfScope(o, 'sku', String(cells.get('entitlement_sku')?.get('') ?? ''), reasons);
};

/** An Andon or a quarantine of what else an action touches than its resource. */
const stopOfScope = ({ state: { cells } }: Observation, scope: string, name: string, reasons: Reason[]): void => {
  const key = cellKey([scope, name]);
  const called = scope === 'sku' ? 'the SKU that the tenant bought' : 'the environment of the resource';
  const gate = 'stop';
  if ((cells.get('scope_andon')?.get(key) ?? 'none') !== 'none') {
    const facts = [`andon_of_${scope}`, 'at', 'glass_until'];
    const next = letScopeGo('clear_scope_andon', scope, name);
    reasons.push({ gate, code: 'andon_open', means: `no Andon is open for ${called}`, facts, next });
  }
  if (cells.get('scope_quarantine')?.get(key) === true) {
    const next = letScopeGo('release_scope', scope, name);
    const facts = [`quarantine_of_${scope}`];
    reasons.push({ gate, code: 'quarantined', means: `${called} is not in quarantine`, facts, next });
  }
};

const FEWER = 'fewer actions are open than may be';

const capacity = (o: Observation, plan: Plan, reasons: Reason[]): void => {
  const { cells } = o.state;
  const action = o.intent.action.id;
  const add = (code: string, means: string, facts: readonly string[], next: NextStep): void =>
    void reasons.push({ gate: 'capacity', code, means, facts, next });
  const resetsAt = numberIn(cells, 'quota_resets_at', action, 0);
  if (numberIn(cells, 'quota_used', action, 0) >= plan.quota && o.at < resetsAt) {
    const facts = ['quota_used', 'plan_quota', 'at', 'quota_resets_at'];
    add('quota_exceeded', 'the quota has room', facts, notBefore(resetsAt));
  }
  const nextAt = numberIn(cells, 'rate_next_at', action, 0);
  if (o.at < nextAt) {
    add('rate_limited', 'the last approval is long enough ago', ['at', 'rate_next_at'], notBefore(nextAt));
  }
  if (numberIn(cells, 'wip_open', '', 0) >= numberIn(cells, 'wip_limit', '', Number.MAX_SAFE_INTEGER)) {
    const until = { fact: 'wip_open', below: { fact: 'wip_limit' } } as const;
    const next: NextStep = { kind: 'world', until, means: FEWER, observe: [] };
    add('wip_limit_reached', FEWER, ['wip_open', 'wip_limit'], next);
  }
  const budgetResetsAt = numberIn(cells, 'budget_resets_at', '', 0);
  const limit = numberIn(cells, 'budget_limit', '', Number.MAX_SAFE_INTEGER);
  if (numberIn(cells, 'budget_spent', '', 0) >= limit && o.at < budgetResetsAt) {
    const facts = ['budget_spent', 'budget_limit', 'at', 'budget_resets_at'];
    add('budget_exceeded', 'the budget has room', facts, notBefore(budgetResetsAt));
  }
};

const said = (result: GateResult['result']): Readonly<Record<string, GateResult>> =>
  Object.fromEntries(GATES.map((gate) => [gate, { gate, result }]));
const PASSED = said('passed');
const FAILED = said('failed');
const SKIPPED = said('not_evaluated');

/** A gate failed exactly if it gave a reason. */
const traceOf = (reasons: readonly Reason[], isSkipped: (gate: GateId) => boolean): readonly GateResult[] => {
  const failed = new Set<string>();
  for (const { gate } of reasons) failed.add(gate);
  return GATES.map((gate) => {
    const results = failed.has(gate) ? FAILED : isSkipped(gate) ? SKIPPED : PASSED;
    return results[gate] as GateResult;
  });
};
const ALL_PASSED = traceOf([], () => false);

/** One more in the window, or the first of the next one. */
const counted = (o: Observation, count: string, resetsAt: string, key: readonly string[]): Approve['writes'] =>
  o.at < numberIn(o.state.cells, resetsAt, key[0] ?? '', 0)
    ? [{ cell: count, key, change: { plus: 1 } }]
    : [
        { cell: count, key, change: { set: 1 } },
        { cell: resetsAt, key, change: { at: o.at + 30 * DAY_MS } },
      ];

const approval = (o: Observation, target: Seen): Decision => ({
  verdict: 'approve',
  writes: [
    { cell: 'approval_requester', key: [o.intent.binding], change: { clear: true } },
    { cell: 'approval_expires_at', key: [o.intent.binding], change: { clear: true } },
    { cell: 'approval_approvers', key: [o.intent.binding], change: { clear: true } },
    { cell: 'approval_persons', key: [o.intent.binding], change: { clear: true } },
    { cell: 'approval_count', key: [o.intent.binding], change: { clear: true } },
    { cell: 'rollback_status', key: [o.intent.resource.ref], change: { set: 'running' } },
    ...counted(o, 'quota_used', 'quota_resets_at', [o.intent.action.id]),
    ...counted(o, 'budget_spent', 'budget_resets_at', []),
    { cell: 'wip_open', key: [], change: { plus: 1 } },
  ],
  actionPlan: [{ step: 'rollback', with: { target_version: target.value ?? '' }, limits: LIMITS }],
  trace: ALL_PASSED,
});

/** Decides `trigger_rollback`, and nothing else. */
export const decideRollback = (o: Observation): Decision => {
  const { cells } = o.state;
  const plan = PLANS.get(one(cells, 'entitlement_plan'));
  const isSold = plan?.packs.includes('rollback_guard') === true;
  if (!isSold || !setIn(one(cells, 'entitlement_packs')).includes('rollback_guard')) {
    const means = 'the tool exists for this tenant';
    const next = buyProfessional(o);
    const reason: Reason = { gate: 'registry', code: 'tool_not_found', means, facts: ['plan_packs'], next };
    return { verdict: 'refuse', reasons: [reason], trace: traceOf([reason], (gate) => gate !== 'registry') };
  }
  const reasons: Reason[] = [];
  entitlement(o, plan, reasons);
  const isEntitled = reasons.length === 0;
  assurance(o, reasons);
  role(o, plan, reasons);
  stop(o, reasons);
  capacity(o, plan, reasons);
  const target = isEntitled ? read(o, 'rollback_target_version', isName) : {};
  if (isEntitled) preconditions(o, target, reasons);
  const [first, ...rest] = reasons;
  if (first === undefined) return approval(o, target);
  const trace = traceOf(reasons, (gate) => gate === 'precondition' && !isEntitled);
  return { verdict: 'refuse', reasons: [first, ...rest], trace };
};
