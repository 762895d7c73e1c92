/**
 * Observations of one agent that asks for a rollback, seeded: half of them have to be approved, half refused. Of a refused
 * one 1 to 4 things are wrong, drawn from sixteen; a quarter of all carry older statements and statements about other services too.
 */
import { type Catalog, type Observation, parseObservation } from '@tai-autonomics/core';
import { formatInstant } from '@tai-autonomics/core/engine';
import { either as E } from 'fp-ts';

type Draw = (below: number) => number;

/** Mulberry32: the same numbers for the same seed, everywhere. */
const drawsOf = (seed: number): Draw => {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let x = Math.imul(state ^ (state >>> 15), 1 | state);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return Math.floor((((x ^ (x >>> 14)) >>> 0) / 2 ** 32) * below);
  };
};

const HOUR_MS = 3_600_000;
const START = Date.UTC(2026, 10, 21, 8);

interface Scene {
  readonly at: number;
  readonly service: string;
  readonly agent: string;
  readonly facts: Record<string, unknown>;
  readonly ages: Record<string, number>;
  readonly state: Record<string, unknown>;
}

const sceneOf = (draw: Draw, n: number): Scene => {
  const at = START + draw(1_000_000_000);
  const [agent, service, minor] = [`agent-${draw(50)}`, `service/${draw(400)}`, draw(90)];
  const ago = (most: number): string => formatInstant(at - HOUR_MS - draw(most));
  const ahead = (most: number): string => formatInstant(at + HOUR_MS + draw(most));
  const others = Array.from({ length: draw(8) }, (_, k) => [`other-${k}`, ['read_deployment']] as const);
  return {
    at,
    service,
    agent,
    facts: {
      deployment_stable: true,
      deployed_version: `v1.${minor + 1}.0`,
      rollback_target_known: true,
      rollback_target_version: `v1.${minor}.0`,
    },
    ages: {},
    state: {
      entitlement_status: 'active',
      entitlement_plan: 'professional',
      entitlement_sku: 'rollback-guard-professional',
      entitlement_packs: ['receipt_verifier', 'rollback_guard'],
      entitlement_roles: ['read_audit_trail', 'read_deployment', 'write_rollback'],
      entitlement_expires_at: ahead(1_000 * HOUR_MS),
      entitlement_occurred_at: ago(5_000 * HOUR_MS),
      entitlement_rank: draw(2 ** 31),
      insurance_status: 'valid',
      insurance_verified_at: ago(20 * HOUR_MS),
      insurance_expires_at: ahead(5_000 * HOUR_MS),
      msa_status: 'signed',
      msa_from: ago(5_000 * HOUR_MS),
      msa_until: ahead(5_000 * HOUR_MS),
      granted_roles: Object.fromEntries([...others, [agent, ['read_deployment', 'write_rollback']]]),
      approval_requester: { [`binding-${n}`]: agent },
      approval_expires_at: { [`binding-${n}`]: ahead(20 * HOUR_MS) },
    },
  };
};

type Fault = readonly [name: string, strike: (scene: Scene, n: number) => void];
const cell =
  (name: string, value: (scene: Scene, n: number) => unknown): Fault[1] =>
  (scene, n) => {
    scene.state[name] = value(scene, n);
  };
const fact =
  (name: string, value: unknown): Fault[1] =>
  ({ facts }) => {
    facts[name] = value;
  };

const FAULTS: readonly Fault[] = [
  ['plan without the pack', cell('entitlement_plan', () => 'base')],
  ['suspended', cell('entitlement_status', () => 'suspended')],
  ['expired', cell('entitlement_expires_at', ({ at }) => formatInstant(at))],
  ['insurance checked days ago', cell('insurance_verified_at', ({ at }) => formatInstant(at - 60 * HOUR_MS))],
  ['agreement not signed', cell('msa_status', () => 'none')],
  ['nothing granted', cell('granted_roles', () => ({}))],
  ['Andon on the service', cell('andon', ({ service }) => ({ [service]: 'high' }))],
  ['Andon on the tenant', cell('andon', () => ({ '*': 'critical' }))],
  ['edited in place', fact('deployment_stable', false)],
  ['no earlier release', fact('rollback_target_known', false)],
  ['nothing said of the release', fact('rollback_target_version', undefined)],
  ['an ill-typed statement', fact('deployment_stable', 'yes')],
  [
    'an old statement',
    ({ ages }) => {
      ages['rollback_target_version'] = 120_000;
    },
  ],
  [
    'a release that was rolled back from',
    cell('release_standing', ({ service, facts }) => ({
      [service]: { [String(facts['rollback_target_version'])]: 'withdrawn' },
    })),
  ],
  ['not approved', cell('approval_requester', () => ({}))],
  ['approval expired', cell('approval_expires_at', ({ at }, n) => ({ [`binding-${n}`]: formatInstant(at - 1) }))],
];

const evidenceOf = ({ at, facts, ages, service }: Scene, draw: Draw): readonly object[] => {
  const said = Object.entries(facts).flatMap(([name, value]) =>
    value === undefined
      ? []
      : [{ fact: name, value, source: 'git', observedAt: formatInstant(at - (ages[name] ?? draw(50_000))) }],
  );
  if (draw(4) > 0) return said;
  const older = { fact: 'deployment_stable', value: false, source: 'git', observedAt: formatInstant(at - 55_000) };
  const elsewhere = { ...older, about: `${service}/other` };
  return [older, elsewhere, ...said];
};

/** What the observations are made of, to be said beside the figures. */
export interface Workload {
  readonly observations: readonly Observation[];
  /** How often each fault was drawn. */
  readonly faults: ReadonlyMap<string, number>;
}

/** As many observations as asked for, approvals and refusals in turn. The same seed gives the same ones. */
export const rollbackWorkload = (catalog: Catalog, count: number, seed: number): Workload => {
  const draw = drawsOf(seed);
  const faults = new Map<string, number>();
  const observations = Array.from({ length: count }, (_, n): Observation => {
    const scene = sceneOf(draw, n);
    for (let wrong = n % 2 === 0 ? 0 : 1 + draw(4); wrong > 0; wrong -= 1) {
      const [name, strike] = FAULTS[draw(FAULTS.length)] as Fault;
      strike(scene, n);
      faults.set(name, (faults.get(name) ?? 0) + 1);
    }
    const parsed = parseObservation(catalog, {
      id: `observation-${n}`,
      at: formatInstant(scene.at),
      mode: 'contractual',
      intent: {
        subject: { type: 'agent', id: scene.agent, scope: ['read_deployment', 'write_rollback'] },
        action: { id: 'trigger_rollback' },
        resource: { id: scene.service },
        binding: `binding-${n}`,
      },
      evidence: evidenceOf(scene, draw),
      state: scene.state,
    });
    if (E.isLeft(parsed)) throw new Error(JSON.stringify(parsed.left));
    return parsed.right;
  });
  return { observations, faults };
};
