/** The laws of decide. Each test is named with the sentence that it holds decide to. */
import { execFileSync } from 'node:child_process';
import {
  type Catalog,
  type CatalogSource,
  compileCatalog,
  decide,
  type Observation,
  parseObservation,
} from '@tai-autonomics/core';
import { ROLES, type Value } from '@tai-autonomics/core/author';
import { cellKey, evolve, GATES, needsEvidence } from '@tai-autonomics/core/engine';
import { canonicalize } from '@tai-autonomics/core/receipt';
import { platform, receiptVerifier } from '@tai-autonomics/packs';
import fc from 'fast-check';
import { either as E } from 'fp-ts';
import { describe, expect, test } from 'vitest';
import { internal, kept, packAround, requirement, seen } from '../fixtures/made-up.ts';
import {
  commonFacts,
  compiled,
  type Document,
  lawful,
  lawfulReleases,
  merged,
  observed,
  shipped,
  spoilt,
  withPublishing,
} from '../fixtures/tenant.ts';
import { catalogOf, condition, type Names } from '../generators/catalog.ts';
import { type Dice, holds, holdsFor } from '../generators/dice.ts';
import { altered, observationOf } from '../generators/observation.ts';
import { builtFrom } from '../programs/program.ts';
import { placeOf, worldOf } from '../reference/decide.ts';
import { truthOf, unfold } from '../reference/decide-condition.ts';
import { gatesOf } from '../reference/decide-gates.ts';
import { runs, sightings } from '../runs.ts';
import { decided } from './decided.ts';

const documents = { ...lawful, ...lawfulReleases };
const base = Object.values(documents).map((document) => observed(withPublishing, document));
const near = (d: Dice): Observation => altered(d, withPublishing, d.pick(base), 4);

const generated: Catalog[] = [];
holds(24, (d) => void generated.push(compiled(catalogOf(d))));

/** The shipped catalog half of the time, a generated one otherwise. */
const somewhere = (d: Dice): readonly [Catalog, () => Observation] => {
  if (d.chance(50)) return [withPublishing, () => near(d)];
  const catalog = d.pick(generated);
  return [catalog, () => altered(d, catalog, observationOf(d, catalog))];
};

const refuses = (catalog: Catalog, o: Observation): boolean => decide(catalog, o).verdict === 'refuse';

const canonical = (x: unknown): string => {
  const text = canonicalize(x as never);
  return E.isRight(text) ? text.right : '';
};

// --- same observation, same decision

const shuffled = <A>(d: Dice, list: readonly A[]): readonly A[] => {
  const left = [...list];
  return d.times(left.length, () => left.splice(d.below(left.length), 1)[0] as A);
};
const shuffledMap = <A>(d: Dice, map: ReadonlyMap<string, A>): ReadonlyMap<string, A> => new Map(shuffled(d, [...map]));
const shuffledMembers = <A extends object>(d: Dice, x: A): A => Object.fromEntries(shuffled(d, Object.entries(x))) as A;

const reordered = (d: Dice, o: Observation): Observation => {
  const { subject, action, resource } = o.intent;
  const cells = new Map(
    shuffled(
      d,
      [...o.state.cells].map(([id, cell]) => [id, shuffledMap(d, cell)] as const),
    ),
  );
  return shuffledMembers(d, {
    ...o,
    evidence: shuffled(d, o.evidence).map((e) => shuffledMembers(d, e)),
    state: shuffledMembers(d, { ...o.state, cells }),
    intent: shuffledMembers(d, {
      ...o.intent,
      subject: shuffledMembers(d, subject),
      action: shuffledMembers(d, { ...action, arguments: shuffledMembers(d, action.arguments) }),
      resource: shuffledMembers(d, resource),
    }),
  });
};

const reorderedDocument = (d: Dice, x: unknown): unknown => {
  if (Array.isArray(x)) return x.map((item) => reorderedDocument(d, item));
  if (typeof x !== 'object' || x === null) return x;
  return shuffledMembers(
    d,
    Object.fromEntries(Object.entries(x).map(([name, value]) => [name, reorderedDocument(d, value)])),
  );
};

describe('the same observation gives the same decision, byte for byte', () => {
  test('in any order of its members, its evidence and its cells', () => {
    holds(1_500, (d) => {
      const o = near(d);
      expect(JSON.stringify(decide(withPublishing, reordered(d, o)))).toBe(JSON.stringify(decide(withPublishing, o)));
    });
  });

  test('in another process, time zone, language and century', () => {
    const child = builtFrom(import.meta.resolve('./other-process.ts'));
    const env = { ...process.env, TZ: 'Pacific/Kiritimati', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' };
    const there = execFileSync(process.execPath, [child, '200'], { env, encoding: 'utf8', maxBuffer: 1 << 26 });
    const here = decided(200);
    expect(here.length).toBeGreaterThan(sightings(100));
    expect(JSON.parse(there)).toEqual(here);
  });

  test('however often it is decided, whatever was decided in between', () => {
    const first = base.map((o) => JSON.stringify(decide(withPublishing, o)));
    const again = [...base].reverse().map((o) => JSON.stringify(decide(withPublishing, o)));
    expect(again.reverse()).toEqual(first);
  });

  test('under the same catalog in any order of its members', () => {
    holds(30, (d) => {
      const source = d.chance(50) ? withPublishing.source : catalogOf(d);
      const [one, other] = [compiled(source), compiled(reorderedDocument(d, source))];
      for (let i = 0; i < 20; i++) {
        const o = source === withPublishing.source ? near(d) : altered(d, one, observationOf(d, one));
        expect(canonical(decide(other, o))).toBe(canonical(decide(one, o)));
      }
    });
  });
});

// --- total

test('a decision is exactly one of approve or refuse', () => {
  holds(400, (d) => {
    const [catalog, observe] = somewhere(d);
    const decision = decide(catalog, observe());
    const isApproval = 'actionPlan' in decision && 'writes' in decision;
    const isRefusal = 'reasons' in decision && decision.reasons.length > 0;
    expect([decision.verdict === 'approve', decision.verdict === 'refuse']).toEqual([isApproval, isRefusal]);
    expect(isApproval).not.toBe(isRefusal);
    expect(decision.trace.map(({ gate }) => gate)).toEqual(GATES);
    expect(decision.trace.every(({ result }) => result === 'passed')).toBe(isApproval);
  });
});

const anything = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
  maxDepth: 2,
});
const anyName = fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'toString', ''));
const instants = fc.oneof(fc.constant(1_769_428_800_000), fc.double(), fc.integer());
const anyArguments = fc.dictionary(
  fc.oneof(anyName, fc.constantFrom('roles', 'subject', 'expiry', 'version')),
  anything,
  { maxKeys: 4 },
);
const anyEvidence = fc.array(
  fc.record({
    fact: fc.constantFrom('deployment_stable', 'rollback_target_version', 'checks_green'),
    about: fc.constantFrom('svc', '*'),
    value: anything,
    source: fc.constantFrom('git', 'ci', 'probe', 'somebody'),
    observedAt: instants,
  }),
  { maxLength: 4 },
);
const anyValue: fc.Arbitrary<Value> = fc.oneof(
  fc.boolean(),
  fc.integer(),
  fc.string(),
  fc.array(fc.string(), { maxLength: 3 }),
);
const anyCells = fc.array(
  fc.tuple(
    fc.constantFrom(...withPublishing.cells.keys()),
    fc.constantFrom('', 'sub_bot', 'res_svc', 'bind', '*'),
    anyValue,
  ),
  { maxLength: 6 },
);

describe('no input makes decide throw', () => {
  test('whatever the arguments, the evidence, the cells and the instant are', () => {
    const scene = fc.record({
      o: fc.constantFrom(...base),
      at: instants,
      args: anyArguments,
      evidence: anyEvidence,
      cells: anyCells,
    });
    holdsFor(10_000, scene, ({ o, at, args, evidence, cells }) => {
      const state = new Map(o.state.cells);
      for (const [cell, key, value] of cells) state.set(cell, new Map([[key, value]]));
      const spoiled: Observation = {
        ...o,
        at,
        evidence: [...o.evidence, ...evidence],
        intent: { ...o.intent, action: { ...o.intent.action, arguments: args } },
        state: { ...o.state, cells: state },
      };
      expect(['approve', 'refuse']).toContain(decide(withPublishing, spoiled).verdict);
    });
  });

  const spoil = (d: Dice, document: unknown, json: unknown): unknown => {
    if (typeof document !== 'object' || document === null || d.chance(5)) return json;
    const names = Object.keys(document);
    const name = names.length === 0 || d.chance(10) ? d.pick(['__proto__', 'constructor', 'zz', '0']) : d.pick(names);
    const members = new Map(Object.entries(document));
    members.set(name, spoil(d, members.get(name), json));
    return Array.isArray(document) ? [...members.values()] : Object.fromEntries(members);
  };

  test('whatever JSON stands where an observation should', () => {
    const all = Object.values(documents);
    let read = 0;
    fc.assert(
      fc.property(fc.gen(), fc.jsonValue({ maxDepth: 3 }), (g, json) => {
        const below = (n: number): number => g(fc.nat, { max: Math.max(0, n - 1) });
        const d = {
          below,
          chance: (p: number) => below(100) >= 100 - p,
          pick: (l: readonly unknown[]) => l[below(l.length)],
        } as Dice;
        const parsed = parseObservation(withPublishing, spoil(d, d.pick(all), json));
        if (E.isLeft(parsed)) return;
        read += 1;
        expect(['approve', 'refuse']).toContain(decide(withPublishing, parsed.right).verdict);
      }),
      { numRuns: runs(4_000), seed: 20_261_121 },
    );
    expect(read).toBeGreaterThan(sightings(50));
  });

  test('nor does any JSON make compileCatalog throw', () => {
    fc.assert(
      fc.property(fc.gen(), fc.jsonValue({ maxDepth: 3 }), (g, json) => {
        const below = (n: number): number => g(fc.nat, { max: Math.max(0, n - 1) });
        const d = {
          below,
          chance: (p: number) => below(100) >= 90 + p / 10,
          pick: (l: readonly unknown[]) => l[below(l.length)],
        } as Dice;
        const result = compileCatalog(spoil(d, withPublishing.source, json));
        if (E.isLeft(result)) expect(result.left[0].expected).not.toBe('');
      }),
      { numRuns: runs(250), seed: 20_261_121 },
    );
  });
});

// --- gates

test('the earliest failing gate determines, and all reasons are listed', () => {
  holds(400, (d) => {
    const [catalog, observe] = somewhere(d);
    const o = observe();
    const decision = decide(catalog, o);
    if (decision.verdict === 'approve') return;
    const failed = decision.trace.filter(({ result }) => result === 'failed').map(({ gate }) => gate);
    const given = decision.reasons.map(({ gate }) => GATES.indexOf(gate));
    expect(decision.reasons[0].gate).toBe(failed[0]);
    expect([...given].sort((a, b) => a - b)).toEqual(given);
    expect([...new Set(decision.reasons.map(({ gate }) => gate))]).toEqual(failed);
    const at = placeOf(catalog.source, o.intent.action.id);
    if (at === undefined) return;
    const hidden = new Set(decision.trace.filter(({ result }) => result === 'not_evaluated').map(({ gate }) => gate));
    for (const [gate, requirements] of gatesOf(at)) {
      const unmet = requirements.filter(({ when }) => truthOf(unfold(at.source, when), worldOf(at, o)) === 'false');
      const told = decision.reasons.filter((r) => r.gate === gate).map(({ means }) => means);
      if (!hidden.has(gate)) expect(told).toEqual(expect.arrayContaining(unmet.map(({ means }) => means)));
    }
  });
});

test('observers are asked exactly if gates 1 to 3 pass, and only for what the action looks at', () => {
  holds(600, (d) => {
    const [catalog, observe] = somewhere(d);
    const o = observe();
    const needed = needsEvidence(catalog, { ...o, evidence: [] });
    const { trace } = decide(catalog, o);
    const observes = catalog.actions.get(o.intent.action.id)?.observes ?? [];
    expect(needed).toEqual(trace[7]?.result === 'not_evaluated' ? [] : observes);
    const heard = o.evidence.filter((e) => needed.includes(e.fact));
    expect(JSON.stringify(decide(catalog, { ...o, evidence: heard }))).toBe(JSON.stringify(decide(catalog, o)));
  });
});

// --- refusals stay refusals

describe('a refusal stays a refusal', () => {
  test('removing all evidence of a fact never turns a refusal into an approval', () => {
    holds(400, (d) => {
      const [catalog, observe] = somewhere(d);
      for (let i = 0; i < 4; i++) {
        const o = observe();
        if (!refuses(catalog, o)) continue;
        for (const fact of new Set(o.evidence.map((e) => e.fact))) {
          expect(refuses(catalog, { ...o, evidence: o.evidence.filter((e) => e.fact !== fact) }), fact).toBe(true);
        }
      }
    });
  });

  test('adding a requirement to an action never turns a refusal into an approval', () => {
    const bare = compiled({ ...shipped.source, packs: [platform, receiptVerifier], plans: {}, aliases: {} });
    const names: Names = {
      facts: new Map(commonFacts(bare).map(([id, { type }]) => [id, type])),
      observed: new Map(),
      cells: new Map(),
      actions: new Map(),
      tables: true,
    };
    holds(60, (d) => {
      const source = catalogOf(d) as unknown as CatalogSource;
      const catalog = compiled(source);
      const o = altered(d, catalog, observationOf(d, catalog));
      const more = {
        code: 'approval_expired',
        means: 'more',
        when: condition(d, names),
        remedy: { by: 'nobody', why: 'because' },
      };
      const packs = source.packs.map((pack) => {
        const action = Object.hasOwn(pack.actions, o.intent.action.id) ? pack.actions[o.intent.action.id] : undefined;
        if (action === undefined) return pack;
        const requires = d.chance(50) ? [...action.requires, more] : [more, ...action.requires];
        return { ...pack, actions: { ...pack.actions, [o.intent.action.id]: { ...action, requires } } };
      });
      const stricter = compiled({ ...source, packs });
      if (refuses(catalog, o)) expect(refuses(stricter, o)).toBe(true);
      if (!refuses(stricter, o)) expect(refuses(catalog, o)).toBe(false);
    });
  });

  const without = (o: Observation, cell: string, item: string): Observation => {
    const values = [...(o.state.cells.get(cell) ?? [])].map(([key, value]): readonly [string, Value] => [
      key,
      typeof value === 'object' ? value.filter((other) => other !== item) : value,
    ]);
    return { ...o, state: { ...o.state, cells: new Map(o.state.cells).set(cell, new Map(values)) } };
  };

  test('removing a role from the plan, the grant or the credential never turns a refusal into an approval', () => {
    let lost = 0;
    holds(1_500, (d) => {
      const o = near(d);
      const role = d.pick(ROLES);
      const { subject } = o.intent;
      const scope = subject.scope.filter((other) => other !== role);
      const less = d.pick([
        without(o, 'granted_roles', role),
        without(o, 'entitlement_roles', role),
        { ...o, intent: { ...o.intent, subject: { ...subject, scope } } },
      ]);
      if (refuses(withPublishing, o)) expect(refuses(withPublishing, less)).toBe(true);
      else if (refuses(withPublishing, less)) lost += 1;
    });
    expect(lost).toBeGreaterThan(sightings(10));
  });

  test('removing a pack from the entitlement never turns a refusal into an approval', () => {
    holds(1_000, (d) => {
      const o = near(d);
      const less = without(o, 'entitlement_packs', d.pick([...withPublishing.packs.keys()]));
      if (refuses(withPublishing, o)) expect(refuses(withPublishing, less)).toBe(true);
    });
  });
});

// --- entitlements and modes

test('a purchase alone never adds an effective role', () => {
  const granted = (o: Observation): readonly string[] => {
    const value = o.state.cells.get('granted_roles')?.get('sub_bot');
    return typeof value === 'object' ? value : [];
  };
  const effective = (o: Observation): readonly string[] => {
    const ceiling = withPublishing.planOf(o.state, 'ceiling');
    return granted(o).filter(
      (role) => typeof ceiling === 'object' && ceiling.includes(role) && (ROLES as readonly string[]).includes(role),
    );
  };
  let bought = 0;
  holds(500, (d) => {
    const plan = d.pick([...withPublishing.plans]);
    const args = {
      plan_id: plan[0],
      sku_id: plan[1].sku_id,
      enabled_packs: d.some(plan[1].packs),
      iam_roles: d.chance(50) ? plan[1].iam_roles : d.some(plan[1].iam_roles),
    };
    const start = spoilt(withPublishing, 'apply_entitlement', { intent: { action: { arguments: args } } });
    const none = new Map(start.state.cells);
    if (d.chance(50)) none.delete('granted_roles');
    const o = altered(d, withPublishing, { ...start, state: { ...start.state, cells: none } }, 2);
    const decision = decide(withPublishing, o);
    if (decision.verdict === 'refuse' || o.intent.action.id !== 'apply_entitlement') return;
    bought += 1;
    expect(decision.writes.map(({ cell }) => cell).filter((cell) => !/^(entitlement|purchase)_/.test(cell))).toEqual(
      [],
    );
    const after = {
      ...o,
      state: evolve(o.state, { kind: 'decision', seq: 1, verdict: 'approve', writes: decision.writes }),
    };
    expect(granted(after)).toEqual(granted(o));
    expect(granted(o)).toEqual(expect.arrayContaining([...effective(after)]));
    if (granted(o).length === 0) expect(effective(after)).toEqual([]);
  });
  expect(bought).toBeGreaterThan(sightings(100));
});

describe('in eval mode no contractual effect is approved', () => {
  const isContractual = (catalog: Catalog, o: Observation): boolean =>
    catalog.actions.get(o.intent.action.id)?.action.does.effect === 'contractual';

  test.for(['publish', 'deploy'])('%s, for which nothing else is wanting (M-02, M-03)', (action) => {
    expect(decide(withPublishing, spoilt(withPublishing, action)).verdict).toBe('approve');
    const decision = decide(withPublishing, spoilt(withPublishing, action, { mode: 'eval' }));
    expect(decision).toMatchObject({
      verdict: 'refuse',
      reasons: [{ gate: 'mode', code: 'eval_only_refusal', next: { kind: 'none' } }],
    });
  });

  test('whatever else holds', () => {
    let seen = 0;
    holds(400, (d) => {
      const [catalog, observe] = somewhere(d);
      for (let i = 0; i < 4; i++) {
        const o: Observation = { ...observe(), mode: 'eval' };
        if (!isContractual(catalog, o)) continue;
        seen += 1;
        expect(refuses(catalog, o)).toBe(true);
      }
    });
    expect(seen).toBeGreaterThan(sightings(50));
  });
});

// --- nothing is changed

const frozen = <A>(x: A): A => {
  if (typeof x === 'object' && x !== null && !Object.isFrozen(x)) {
    Object.freeze(x);
    for (const member of Object.values(x)) frozen(member);
  }
  return x;
};
const snapshot = (o: Observation): string =>
  JSON.stringify({ ...o, state: [...o.state.cells].map(([id, cell]) => [id, [...cell]]), open: [...o.state.open] });

test('the input is never mutated', () => {
  holds(500, (d) => {
    const o = frozen(near(d));
    const before = snapshot(o);
    const decision = decide(withPublishing, o);
    evolve(o.state, {
      kind: 'decision',
      seq: 0,
      verdict: decision.verdict,
      writes: decision.verdict === 'approve' ? decision.writes : [],
    });
    expect(snapshot(o)).toBe(before);
  });
  const source = frozen(structuredClone(withPublishing.source));
  expect(E.isRight(compileCatalog(source))).toBe(true);
  const document = frozen(structuredClone(lawful['trigger_rollback']));
  expect(E.isRight(parseObservation(shipped, document))).toBe(true);
});

test('what a decision shares with its catalog cannot be changed', () => {
  const isHard = (x: unknown): boolean =>
    typeof x !== 'object' || x === null || (Object.isFrozen(x) && Object.values(x).every(isHard));
  expect(isHard(shipped.source)).toBe(true);
  const refusal = decide(
    shipped,
    spoilt(shipped, 'trigger_rollback', { evidence: [], intent: { action: { arguments: { zz: 1 } } } }),
  );
  const before = JSON.stringify(refusal);
  const change = (x: unknown): void => {
    if (typeof x !== 'object' || x === null) return;
    for (const name of Object.keys(x)) {
      change((x as Record<string, unknown>)[name]);
      try {
        (x as Record<string, unknown>)[name] = 'changed';
      } catch {
        // Frozen: that is the point.
      }
    }
  };
  change(refusal);
  const again = decide(
    shipped,
    spoilt(shipped, 'trigger_rollback', { evidence: [], intent: { action: { arguments: { zz: 1 } } } }),
  );
  expect(JSON.stringify(again)).toBe(before);
});

test('a fact keyed by what is not observed is asked for, and never passed over', () => {
  const pack = packAround({
    facts: {
      image: seen({ type: 'string' }),
      is_blocked: kept('blocked', { type: 'boolean' }, false, [{ fact: 'image' }]),
    },
    cells: { blocked: { means: 'whether an image is blocked', key: ['image'], type: { type: 'boolean' } } },
    actions: {
      start: internal({
        who: ['agent'],
        requires: [requirement('blocked_image', { fact: 'is_blocked', is: false }, { by: 'world' })],
      }),
    },
    codes: { blocked_image: 'the image is blocked' },
  });
  const catalog = compiled({ ...shipped.source, packs: [...shipped.source.packs, pack] });
  const ask = (over: Document): Observation =>
    observed(catalog, merged(merged(lawful['check_health'], { intent: { action: { id: 'start' } } }), over));
  const image = (value: string): Document => ({ evidence: [{ fact: 'image', value, source: 's' }] });
  const state = { blocked: { [cellKey(['bad'])]: true } };
  expect(decide(catalog, ask({ state }))).toMatchObject({
    reasons: [{ code: 'evidence_missing', next: { kind: 'information', fact: 'image' } }],
  });
  expect(decide(catalog, ask({}))).toMatchObject({ reasons: [{ code: 'evidence_missing' }] });
  expect(decide(catalog, ask({ ...image('bad'), state }))).toMatchObject({ reasons: [{ code: 'blocked_image' }] });
  expect(decide(catalog, ask({ ...image('good'), state })).verdict).toBe('approve');
  expect(catalog.actions.get('start')?.observes).toEqual(['image']);
});
