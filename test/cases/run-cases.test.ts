/** Tables of cases: a scene, what differs, what is expected; and what of the policy no case has seen. */
import { type CaseTable, gapsOf, parseCaseTable, runCases } from '@tai-autonomics/core/testing';
import { library } from '@tai-autonomics/packs';
import fc from 'fast-check';
import { either as E } from 'fp-ts';
import { describe, expect, test } from 'vitest';
import { compiled, type Document, lawful, shipped } from '../fixtures/tenant.ts';
import { runs } from '../runs.ts';

const table = (...cases: CaseTable['cases']): CaseTable => ({ given: lawful['trigger_rollback'] as Document, cases });
const approve = { verdict: 'approve' } as const;

describe('what differs', () => {
  const run = (given: Document, expected: CaseTable['cases'][number]['expect'] = approve) =>
    runCases(shipped, table({ note: 'one', given, expect: expected })).results[0];

  test.for([
    { note: 'nothing', given: {}, wrong: [] },
    {
      note: 'objects merge: the other facts stay',
      given: {
        evidence: [],
        facts: {
          deployment_stable: true,
          deployed_version: 'a',
          rollback_target_known: true,
          rollback_target_version: 'b',
        },
      },
      wrong: [],
    },
    { note: 'lists replace', given: { evidence: [] }, wrong: [/expected approve, found refuse: evidence_missing/] },
    {
      note: 'null takes away',
      given: { state: { approval_requester: null } },
      wrong: [/rollback_policy_not_approved/],
    },
    {
      note: 'a fact that nobody observes',
      given: { facts: { mode: 'eval' } },
      wrong: [/at \$\.facts\.mode: expected an observed fact/],
    },
    { note: 'facts that are no object', given: { facts: [] }, wrong: [/at \$\.facts: expected an object/] },
    { note: 'evidence that is no list', given: { evidence: {}, facts: {} }, wrong: [/at \$\.evidence: /] },
  ])('$note', ({ given, wrong }) => {
    const found = run(given)?.wrong ?? [];
    expect(found).toHaveLength(wrong.length);
    for (const [i, pattern] of wrong.entries()) expect(found[i]).toMatch(pattern);
  });

  test.for([
    { expected: { verdict: 'approve', step: 'rollback', with: { target_version: 'v1.2.3' } }, wrong: [] },
    { expected: { verdict: 'approve', step: 'deploy' }, wrong: ['expected step "deploy", found "rollback"'] },
    {
      expected: { verdict: 'approve', with: { target_version: 'v9' } },
      wrong: ['expected with {"target_version":"v9"}, found {"target_version":"v1.2.3"}'],
    },
    {
      expected: { verdict: 'approve', with: { nothing: 1 } },
      wrong: ['expected with {"nothing":1}, found {"nothing":null}'],
    },
    { expected: { verdict: 'refuse', codes: ['suspended'] }, wrong: ['expected refuse: suspended, found approve'] },
  ] as const)('$expected', ({ expected, wrong }) => expect(run({}, expected)?.wrong).toEqual(wrong));

  test('codes and next steps are compared one by one, in the order of the gates', () => {
    const given = { evidence: [], state: { approval_requester: null, granted_roles: null } };
    const codes = [
      'insufficient_privilege',
      'evidence_missing',
      'evidence_missing',
      'rollback_policy_not_approved',
      'evidence_missing',
    ];
    const right = run(given, { verdict: 'refuse', codes });
    expect(right?.found).toMatchObject({ verdict: 'refuse' });
    const found = right?.found?.verdict === 'refuse' ? right.found : undefined;
    expect(run(given, { verdict: 'refuse', codes: found?.codes ?? [], next: found?.next ?? [] })?.wrong).toEqual([]);
    expect(run(given, { verdict: 'refuse', codes: [...(found?.codes ?? [])].reverse() })?.wrong).toHaveLength(1);
    expect(run(given, { verdict: 'refuse', codes: found?.codes ?? [], next: ['world'] })?.wrong).toHaveLength(1);
  });
});

describe('coverage', () => {
  test('of a requirement with several conditions: which of them was never true, never false', () => {
    const source = structuredClone(library) as unknown as {
      packs: { pack_id: string; actions: Record<string, { requires: { code: string; when: unknown }[] }> }[];
    };
    const guard = source.packs.find(({ pack_id }) => pack_id === 'rollback_guard');
    const [first] = guard?.actions['trigger_rollback']?.requires ?? [];
    if (first === undefined) throw new Error('no requirement to change');
    first.when = { any: [{ fact: 'deployment_stable', is: true }, { not: { fact: 'mode', is: 'contractual' } }] };
    const { coverage } = runCases(compiled(source), table({ note: 'holds', expect: approve }));
    const own = coverage.conditions.filter(({ code }) => code === first.code);
    expect(own.map(({ condition, holds, fails }) => [condition, holds, fails])).toEqual([
      ['deployment_stable is true', 1, 0],
      ['mode is contractual', 1, 0],
    ]);
    expect(gapsOf(coverage, 'own')).toContain(
      `never false: trigger_rollback: ${first.code}: deployment_stable is true`,
    );
  });

  const stable = { deployed_version: 'a', rollback_target_known: true, rollback_target_version: 'b' };

  test('counts what was true, false and unknown, where the gate was evaluated', () => {
    const report = runCases(
      shipped,
      table(
        { note: 'holds', expect: approve },
        {
          note: 'fails',
          given: { evidence: [], facts: { ...stable, deployment_stable: false } },
          expect: { verdict: 'refuse', codes: ['deployment_not_stable'] },
        },
        {
          note: 'unknown',
          given: { evidence: [], facts: stable },
          expect: { verdict: 'refuse', codes: ['evidence_missing'] },
        },
        {
          note: 'hidden',
          given: { state: { entitlement_plan: 'base' } },
          expect: { verdict: 'refuse', codes: ['tool_not_found'] },
        },
      ),
    );
    expect(report.results.filter(({ passed }) => !passed)).toEqual([]);
    const { requirements, gates, actions, codes } = report.coverage;
    expect(requirements.find(({ code }) => code === 'deployment_not_stable')).toMatchObject({
      holds: 1,
      fails: 1,
      unknown: 1,
    });
    expect(gates[0]).toEqual({ gate: 'registry', passed: 3, failed: 1, notEvaluated: 0 });
    expect(gates[7]).toEqual({ gate: 'precondition', passed: 1, failed: 2, notEvaluated: 1 });
    expect(actions).toEqual([{ action: 'trigger_rollback', cases: 4 }]);
    expect(codes.find(({ code }) => code === 'tool_not_found')).toEqual({
      code: 'tool_not_found',
      own: false,
      cases: 1,
    });
  });

  test('of a pack it is that of all its actions: one that nobody asked for is a gap', () => {
    const { coverage } = runCases(shipped, { ...table({ note: 'holds', expect: approve }), pack: 'rollback_guard' });
    const gaps = gapsOf(coverage, 'own');
    expect(gaps).toEqual(
      expect.arrayContaining(['never asked: validate_rollback_safety', 'never given: deployment_not_stable']),
    );
    // What is approved was denied by nobody, and is the remedy of no incident whose recipe could be stopped.
    expect(gaps.filter((gap) => gap.startsWith('never true'))).toEqual([
      'never true: trigger_rollback: approval_denied: denied_until is after at',
      ...['recipe_stopped', 'recipe_stopped', 'recipe_quarantined'].flatMap((code) =>
        ['incident_state is checked', 'incident_remedy is action', 'incident_resource is resource_ref'].map(
          (never) => `never true: trigger_rollback: ${code}: ${never}`,
        ),
      ),
    ]);
    expect(gapsOf(coverage, 'all').length).toBeGreaterThan(gaps.length);
  });
});

test('parsing and running are total: anything is a table or a list of issues, and any table runs', () => {
  const any = fc.anything({ withNullPrototype: true, maxDepth: 4 });
  const close = fc.record(
    {
      given: any,
      cases: fc.array(
        fc.record({
          note: fc.string(),
          given: any,
          expect: fc.constantFrom(approve, { verdict: 'refuse', codes: ['x'] }, null),
        }),
      ),
    },
    { requiredKeys: ['cases'] },
  );
  fc.assert(
    fc.property(fc.oneof(any, close), (json) => {
      const parsed = parseCaseTable(json);
      if (E.isLeft(parsed)) expect(parsed.left.length).toBeGreaterThan(0);
      else {
        const { passed, failed } = runCases(shipped, parsed.right);
        expect(passed + failed).toBe(parsed.right.cases.length);
      }
    }),
    { numRuns: runs(300) },
  );
});
