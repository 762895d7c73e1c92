/** What the linter finds, and that the shipped catalog has nothing of the kind. */
import { readFileSync } from 'node:fs';
import { type LintFinding, lint } from '@tai-autonomics/core';
import { RULES, type Rule } from '@tai-autonomics/core/analysis';
import { parseStrictJson } from '@tai-autonomics/governor/json';
import { library } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { describe, expect, test } from 'vitest';
import { catalogOf } from '../generators/catalog.ts';
import { holds } from '../generators/dice.ts';

type Json = { [member: string]: unknown };
const copy = (): Json => structuredClone(library) as unknown as Json;
const at = (value: unknown, ...path: readonly (string | number)[]): Json =>
  path.reduce<unknown>((inner, step) => (inner as Json)[step], value) as Json;
const packNamed = (source: Json, id: string): Json =>
  (source['packs'] as Json[]).find((pack) => pack['pack_id'] === id) as Json;
const rollback = (source: Json): Json => packNamed(source, 'rollback_guard');
const requires = (source: Json): Json[] =>
  at(rollback(source), 'actions', 'trigger_rollback')['requires'] as unknown as Json[];
const found = (findings: readonly LintFinding[], rule: Rule): readonly LintFinding[] =>
  findings.filter((finding) => finding.rule === rule);

describe('the shipped catalog', () => {
  test('has no errors and no warnings', () => {
    expect(lint(library).map(({ rule, severity, path }) => `${severity} ${rule} ${path.join('.')}`)).toEqual([]);
  });
});

test('of the actions that are not asked about, no condition and no next step is looked at', () => {
  const spoilt = copy();
  requires(spoilt)[0] = { ...requires(spoilt)[0], when: { any: [] } };
  const rulesFor = (...ids: readonly string[]): readonly Rule[] =>
    lint(spoilt, { only: new Set(ids) }).map(({ rule }) => rule);
  expect(rulesFor('trigger_rollback')).toContain('condition_never_true');
  expect(rulesFor('check_rollback_status')).not.toContain('condition_never_true');
});

describe('the plans as the founding documents had them', () => {
  const file = new URL('../fixtures/founding-plans.jsonc', import.meta.url);
  const parsed = parseStrictJson(readFileSync(file), { comments: true, maxBytes: 65_536, maxDepth: 16 });
  const plans = E.isRight(parsed) ? (parsed.right.value as Json) : {};
  // What is sold is looked at, and no condition of any action.
  const findings = lint({ ...copy(), plans: { ...(copy()['plans'] as Json), ...plans } }, { only: new Set() });

  test('professional is refused: it sells storm_discipline without the roles of its actions (X-02)', () => {
    const lacking = found(findings, 'plan_lacks_role').filter(({ path }) => path[1] === 'professional');
    expect(lacking.every(({ severity }) => severity === 'error')).toBe(true);
    expect(lacking.map(({ message }) => message).join('\n')).toMatch(/storm_discipline.*write_config/s);
    expect(lacking.some(({ message }) => message.includes('rollback_guard'))).toBe(false);
  });
  test('enterprise is refused: it sells iam_drift_guard without the roles of its actions (X-03)', () => {
    const lacking = found(findings, 'plan_lacks_role').filter(({ path }) => path[1] === 'enterprise');
    expect(lacking.map(({ message }) => message).join('\n')).toMatch(/iam_drift_guard.*(read_iam|write_iam)/s);
  });
  test('enterprise is refused: it sells five packs, so nobody can buy what is in the sixth (X-04)', () => {
    const unsold = found(findings, 'no_plan_sells_action').filter(({ severity }) => severity === 'error');
    expect(unsold.map(({ message }) => message)).toContain(
      'no plan sells `advanced_analytics`, so nobody can reach `show_overview`',
    );
  });
});

interface Row {
  readonly note: string;
  readonly rule: Rule;
  readonly severity?: LintFinding['severity'];
  readonly spoil: (source: Json) => void;
  readonly where: string;
  readonly says: RegExp;
}
const R = 'actions.trigger_rollback';
const rows: readonly Row[] = [
  {
    note: 'a catalog that does not load has its mistakes as findings',
    rule: 'does_not_load',
    spoil: (s) => {
      (requires(s)[0] as Json)['when'] = { fact: 'deployment_stabel', is: true };
    },
    where: `${R}.requires.0.when.fact`,
    says: /deployment_stable/,
  },
  {
    note: 'an action that no plan can reach, for nobody sells its pack',
    rule: 'no_plan_sells_action',
    spoil: (s) => {
      for (const plan of Object.values(s['plans'] as Json) as Json[])
        plan['packs'] = (plan['packs'] as string[]).filter((id) => id !== 'rollback_guard');
    },
    where: R,
    says: /no plan sells `rollback_guard`/,
  },
  {
    note: 'an action that no plan can reach, for no plan allows its roles together',
    rule: 'no_plan_sells_action',
    spoil: (s) => {
      at(rollback(s), 'actions', 'trigger_rollback')['roles'] = ['write_rollback', 'admin_dashboard'];
      (at(s, 'plans', 'enterprise') as Json)['iam_roles'] = ['write_rollback'];
    },
    where: R,
    says: /together/,
  },
  {
    note: 'a plan that sells a pack without the role that the pack itself asks for',
    rule: 'plan_lacks_pack_role',
    severity: 'warning',
    spoil: (s) => {
      at(s, 'plans', 'professional')['iam_roles'] = [
        'read_deployment',
        'write_rollback',
        'write_config',
        'read_metrics',
      ];
    },
    where: 'plans.professional.iam_roles',
    says: /read_audit_trail/,
  },
  {
    note: 'a condition that can never be true, deep inside',
    rule: 'condition_never_true',
    spoil: (s) => {
      (requires(s)[0] as Json)['when'] = {
        any: [
          { fact: 'deployment_stable', is: true },
          {
            all: [
              { fact: 'rollback_status', is: 'none' },
              { fact: 'rollback_status', is: 'failed' },
            ],
          },
        ],
      };
    },
    where: `${R}.requires.0.when.any.1`,
    says: /never true/,
  },
  {
    note: 'instants that exclude each other over a third one',
    rule: 'condition_never_true',
    spoil: (s) => {
      (requires(s)[0] as Json)['when'] = {
        all: [
          { fact: 'approval_expires_at', after: { fact: 'at' } },
          { fact: 'msa_until', notBefore: { fact: 'approval_expires_at' } },
          { fact: 'msa_until', before: { fact: 'at', plus: 1 } },
        ],
      };
    },
    where: `${R}.requires.0.when`,
    says: /never true/,
  },
  {
    note: 'a condition that is always true',
    rule: 'condition_always_true',
    severity: 'warning',
    spoil: (s) => {
      (requires(s)[1] as Json)['when'] = {
        any: [
          { fact: 'rollback_target_known', is: true },
          { fact: 'rollback_target_known', is: false },
        ],
      };
    },
    where: `${R}.requires.1.when`,
    says: /wherever it is known/,
  },
  {
    note: 'two requirements that exclude each other',
    rule: 'action_never_approved',
    spoil: (s) => {
      requires(s).push({
        ...requires(s)[0],
        when: { fact: 'deployment_stable', is: false },
        means: 'it is not stable',
      });
    },
    where: R,
    says: /never approved/,
  },
  {
    note: 'a next step that writes another cell than the one that is wrong',
    rule: 'step_does_not_help',
    spoil: (s) => {
      at(requires(s)[3], 'remedy')['submit'] = { action: 'raise_andon', arguments: { severity: 'low', finding: 'x' } };
      at(requires(s)[3], 'remedy')['who'] = { type: 'user' };
    },
    where: `${R}.requires.3.remedy`,
    says: /still given after `raise_andon`/,
  },
  {
    note: 'a next step that waits for something that time does not bring',
    rule: 'step_does_not_help',
    spoil: (s) => {
      (requires(s)[3] as Json)['remedy'] = { by: 'time', notBefore: { fact: 'approval_expires_at' } };
    },
    where: `${R}.requires.3.remedy`,
    says: /waiting/,
  },
  {
    note: 'an approval that may be given for a time that is over',
    rule: 'step_does_not_help',
    spoil: (s) => {
      at(requires(s)[5], 'remedy', 'submit')['choose'] = [
        { argument: 'expires_at', from: { fact: 'at' }, to: { fact: 'at', plus: 1 } },
      ];
    },
    where: `${R}.requires.5.remedy`,
    says: /still given after `approve_action`/,
  },
  {
    note: 'two next steps of which each brings the other’s reason about',
    rule: 'steps_undo_each_other',
    severity: 'warning',
    spoil: (s) => {
      const step = (action: string): Json => ({
        by: 'authority',
        who: { type: 'user', relation: 'owner' },
        submit: { action, arguments: {} },
      });
      for (const [i, is, action] of [
        [0, true, 'pin_catalog'],
        [1, false, 'unpin_catalog'],
      ] as const) {
        (requires(s)[i] as Json)['when'] = { fact: 'catalog_pinned', is };
        (requires(s)[i] as Json)['remedy'] = step(action);
      }
    },
    where: `${R}.requires.0.remedy`,
    says: /`deployment_not_stable` and `rollback_target_unknown` undo each other/,
  },
  {
    note: 'a next step that says that nothing helps, where something would',
    rule: 'step_would_help',
    severity: 'warning',
    spoil: (s) => {
      (requires(s)[3] as Json)['remedy'] = { by: 'nobody', why: 'too late' };
    },
    where: `${R}.requires.3.remedy`,
    says: /approved_for/,
  },
  {
    note: 'a fact that nothing looks at',
    rule: 'unused_fact',
    severity: 'warning',
    spoil: (s) => {
      at(rollback(s), 'facts')['weather'] = {
        ...at(rollback(s), 'facts', 'deployment_stable'),
        means: 'how the weather is',
      };
    },
    where: 'facts.weather',
    says: /weather/,
  },
  {
    note: 'a cell that nothing reads or writes',
    rule: 'unused_cell',
    severity: 'warning',
    spoil: (s) => {
      at(rollback(s), 'cells')['attic'] = { means: 'nothing', key: [], type: { type: 'boolean' } };
    },
    where: 'cells.attic',
    says: /attic/,
  },
  {
    note: 'a cell that is required and that nothing writes',
    rule: 'cell_never_written',
    severity: 'error',
    spoil: (s) => {
      at(rollback(s), 'cells')['ghost'] = { means: 'nothing', key: [], type: { type: 'boolean' } };
      at(rollback(s), 'facts')['ghost'] = {
        means: 'whether it was seen',
        type: { type: 'boolean' },
        origin: 'ledger',
        cell: 'ghost',
        key: [],
        otherwise: false,
      };
      (at(rollback(s), 'actions', 'trigger_rollback')['requires'] as unknown[]).push({
        code: 'deployment_not_stable',
        means: 'no ghost was seen',
        when: { fact: 'ghost', is: false },
        remedy: { by: 'nobody', why: 'ghosts stay' },
      });
    },
    where: 'facts.ghost.cell',
    says: /no action writes the cell `ghost`/,
  },
  {
    note: 'a cell that is written and that nothing reads',
    rule: 'cell_never_read',
    severity: 'warning',
    spoil: (s) => {
      at(rollback(s), 'cells')['attic'] = { means: 'nothing', key: [], type: { type: 'boolean' } };
      (at(rollback(s), 'actions', 'trigger_rollback')['writes'] as unknown[]).push({
        cell: 'attic',
        key: [],
        change: { set: true },
      });
    },
    where: 'cells.attic',
    says: /no fact reads it/,
  },
  {
    note: 'a code that nothing gives',
    rule: 'unused_code',
    severity: 'warning',
    spoil: (s) => {
      at(rollback(s), 'codes')['moon_is_full'] = 'the moon is full';
    },
    where: 'codes.moon_is_full',
    says: /moon_is_full/,
  },
  {
    note: 'a signal that nothing emits',
    rule: 'unused_event',
    severity: 'warning',
    spoil: (s) => {
      (rollback(s)['receipt_events'] as string[]).push('rollback_dreamt');
      (rollback(s)['signals'] as string[]).push('rollback_dreamt');
    },
    where: 'signals.',
    says: /rollback_dreamt/,
  },
  {
    note: 'an action for agents that no tool offers',
    rule: 'action_without_tool',
    severity: 'warning',
    spoil: (s) => {
      const tools = rollback(s)['tools'] as Json[];
      rollback(s)['tools'] = tools.filter((tool) => !(tool['actions'] as string[]).includes('check_rollback_status'));
    },
    where: 'actions.check_rollback_status',
    says: /no tool/,
  },
  {
    note: 'an argument that may be any text, and would stand in clear in a receipt',
    rule: 'free_text_in_clear',
    severity: 'warning',
    spoil: (s) => {
      const action = at(rollback(s), 'actions', 'trigger_rollback');
      action['arguments'] = {
        ...(action['arguments'] as object),
        ticket: { means: 'the ticket', type: { type: 'string' } },
      };
      at(rollback(s), 'cells')['tickets'] = { means: 'a ticket', key: ['ticket'], type: { type: 'boolean' } };
      (action['writes'] as Json[]).push({
        cell: 'tickets',
        key: [{ fact: 'argument.ticket' }],
        change: { set: true },
      });
    },
    where: 'actions.trigger_rollback.writes',
    says: /argument\.ticket/,
  },
  {
    note: 'an action that rests on the word of whoever asks',
    rule: 'rests_on_request',
    spoil: (s) => {
      const action = at(rollback(s), 'actions', 'trigger_rollback');
      action['arguments'] = {
        ...(action['arguments'] as object),
        safe: { means: 'whether it is safe', type: { type: 'boolean' } },
      };
      action['requires'] = [
        {
          code: 'deployment_not_stable',
          means: 'it is safe',
          when: { fact: 'argument.safe', is: true },
          remedy: { by: 'request', argument: 'safe' },
        },
      ];
    },
    where: `${R}.requires`,
    says: /nobody vouches/,
  },
  {
    note: 'an action that rests on what whoever asks says of each record',
    rule: 'rests_on_request',
    spoil: (s) => {
      const action = at(rollback(s), 'actions', 'trigger_rollback');
      action['arguments'] = {
        ...(action['arguments'] as object),
        safe: { means: 'whether it is safe', type: { type: 'records', fields: { is: { type: 'boolean' } } } },
      };
      action['requires'] = [
        {
          code: 'deployment_not_stable',
          means: 'it is safe',
          when: { fact: 'argument.safe', every: { fact: 'field.is', is: true } },
          remedy: { by: 'request', argument: 'safe' },
        },
      ];
    },
    where: `${R}.requires`,
    says: /nobody vouches/,
  },
  {
    note: 'a text that claims what no software can',
    rule: 'forbidden_claim',
    spoil: (s) => {
      rollback(s)['description'] = 'Makes your rollbacks SOC 2 compliant.';
    },
    where: 'description',
    says: /compliant/,
  },
];

describe('the linter finds', () => {
  test.for(rows)('$note', ({ rule, severity = 'error', spoil, where, says }) => {
    const source = copy();
    spoil(source);
    // What is spoilt is about the actions of one pack: of those alone are conditions and next steps looked at.
    const only = new Set(Object.keys(at(rollback(source), 'actions')));
    const findings = found(lint(source, { only }), rule);
    expect(findings.map(({ path }) => path.join('.')).join('\n')).toContain(where);
    expect(findings.map(({ message }) => message).join('\n')).toMatch(says);
    expect(new Set(findings.map((finding) => finding.severity))).toEqual(new Set([severity]));
  });

  test('a fact that no observer of the deployment supplies', () => {
    const observers = { git: ['deployment_stable', 'rollback_target_known', 'deployed_version'] };
    const missing = found(lint(library, { observers, only: new Set() }), 'fact_without_observer').map(
      ({ path }) => path[3],
    );
    expect(missing).toContain('rollback_target_version');
    expect(missing).not.toContain('deployment_stable');
  });

  test('that its budget was not enough, and guesses nothing', () => {
    const only = new Set(Object.keys(at(rollback(copy()), 'actions')));
    const findings = lint(library, { only, budget: { nodes: 40 } });
    expect(found(findings, 'not_decided').length).toBeGreaterThan(0);
    for (const rule of [
      'condition_never_true',
      'condition_always_true',
      'action_never_approved',
      'step_does_not_help',
    ] as const)
      expect(found(findings, rule), rule).toEqual([]);
  });

  test('something by every rule', () => {
    const rules = new Set<Rule>([
      ...rows.map(({ rule }) => rule),
      'fact_without_observer',
      'not_decided',
      'unused_role',
      'plan_lacks_role',
    ]);
    expect(RULES.filter((rule) => !rules.has(rule))).toEqual([]);
  });
});

describe('on generated catalogs', () => {
  test('the linter ends, and names a place for everything that it finds', () => {
    holds(8, (d) => {
      const source = catalogOf(d) as unknown as Json;
      for (const { path, rule } of lint(source)) {
        expect(rule).not.toBe('does_not_load');
        expect(at(source, ...path.slice(0, -1))).toBeDefined();
      }
    });
  });
});

test('each rule has its line in the page, and no other', () => {
  const page = readFileSync('docs/pack-v1.md', 'utf8');
  const table = page.slice(page.indexOf('### What the linter finds')).split('\n## ')[0] ?? '';
  const named = table
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .flatMap((line) => [...(line.split('|')[1] ?? '').matchAll(/`([a-z_]+)`/g)].map(([, rule]) => rule));
  expect([...named].sort()).toEqual([...RULES].sort());
});
