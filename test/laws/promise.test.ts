/** What an account is promised: what its ledger says it bought, by the catalog that decides, and never what somebody asks for. */
import { compileCatalog, decide } from '@tai-autonomics/core';
import { promisedTo } from '@tai-autonomics/core/engine';
import { library, SEVERITIES, supportTerms, withEditions } from '@tai-autonomics/packs';
import fc from 'fast-check';
import { either as E } from 'fp-ts';
import { expect, test } from 'vitest';
import { lawful, merged, observed, shipped } from '../fixtures/tenant.ts';
import { runs } from '../runs.ts';

const MINUTE_MS = 60_000;
const NOW = Date.parse('2026-11-21T08:00:00Z');

interface Account {
  readonly plan: string;
  readonly status: string;
  readonly expiresAfter: number;
  readonly mode: 'eval' | 'contractual';
}

const accounts: fc.Arbitrary<Account> = fc.record({
  plan: fc.constantFrom(...Object.keys(library.plans), 'no_such_plan', ''),
  status: fc.constantFrom('none', 'active', 'suspended', 'cancelled'),
  expiresAfter: fc.constantFrom(-1, 0, 1, 86_400_000),
  mode: fc.constantFrom('eval', 'contractual'),
});

const promisedIn = ({ plan, status, expiresAfter, mode }: Account) =>
  promisedTo(
    shipped,
    {
      cells: new Map<string, ReadonlyMap<string, string | number>>([
        ['entitlement_plan', new Map([['', plan]])],
        ['entitlement_status', new Map([['', status]])],
        ['entitlement_expires_at', new Map([['', NOW + expiresAfter]])],
      ]),
      open: new Map(),
    },
    NOW,
    mode,
  );

test('an account is promised the terms of its plan exactly while that is in force, outside of an evaluation', () => {
  fc.assert(
    fc.property(accounts, (account) => {
      const terms = library.plans[account.plan]?.support;
      const inForce = account.mode === 'contractual' && account.status === 'active' && account.expiresAfter > 0;
      const answer = promisedIn(account);
      expect(answer.promised).toBe(inForce && terms !== undefined);
      if (answer.promised) expect(answer).toEqual({ promised: true, plan: account.plan, terms });
    }),
    { numRuns: runs(300) },
  );
});

test.for([
  { note: 'an evaluation', change: { mode: 'eval' }, because: 'evaluation' },
  { note: 'nothing bought', change: { status: 'none' }, because: 'no_entitlement' },
  { note: 'cancelled', change: { status: 'cancelled' }, because: 'no_entitlement' },
  { note: 'suspended', change: { status: 'suspended' }, because: 'suspended' },
  { note: 'the very instant of the expiry', change: { expiresAfter: 0 }, because: 'expired' },
  { note: 'a plan that the catalog does not have', change: { plan: 'no_such_plan' }, because: 'plan_without_terms' },
] as const)('$note promises nothing: $because', ({ change, because }) => {
  const bought: Account = { plan: 'enterprise', status: 'active', expiresAfter: 1, mode: 'contractual' };
  expect(promisedIn(bought).promised).toBe(true);
  expect(promisedIn({ ...bought, ...change })).toEqual({ promised: false, because });
});

test('a ledger that says nothing is promised nothing', () => {
  expect(promisedTo(shipped, { cells: new Map(), open: new Map() }, NOW, 'contractual')).toEqual({
    promised: false,
    because: 'no_entitlement',
  });
});

test.for(SEVERITIES)('the clock of %s runs for exactly the minutes that are promised', (severity) => {
  const asked = { intent: { action: { arguments: { severity } } } };
  const observation = observed(shipped, merged(lawful['report_alert'], asked));
  const decision = decide(shipped, observation);
  if (decision.verdict !== 'approve') throw new Error(JSON.stringify(decision.reasons));
  const due = decision.writes.find(({ cell }) => cell === 'incident_due_at')?.change;
  expect(due).toEqual({ at: observation.at + supportTerms.decision_minutes[severity] * MINUTE_MS });
  expect(shipped.source.support).toEqual(supportTerms);
});

test('every plan and every edition that ships promises something, a report at least', () => {
  for (const [plan, { support }] of Object.entries(withEditions(library).plans)) {
    expect(support?.reports.length, plan).toBeGreaterThan(0);
  }
});

/** The shipped catalog with other terms of one plan. */
const changed = (support: unknown): unknown => ({
  ...library,
  plans: { ...library.plans, base: { ...library.plans['base'], support } },
});

test.for([
  { note: 'no time to answer', change: { response_minutes: 0 }, path: 'response_minutes' },
  { note: 'more than all of a month', change: { uptime: 100_001 }, path: 'uptime' },
  { note: 'a share that is no whole number', change: { uptime: 99.9 }, path: 'uptime' },
  { note: 'hours that nobody knows', change: { hours: 'sometimes' }, path: 'hours' },
  { note: 'a member that nobody knows', change: { credits: 5 }, path: 'credits' },
  { note: 'a report that there is none of', change: { reports: ['sla', 'moods'] }, path: 'reports.1' },
])('terms with $note do not load, and the place is named', ({ change, path }) => {
  expect(E.isRight(compileCatalog(changed(library.plans['base']?.support)))).toBe(true);
  const answer = compileCatalog(changed({ ...library.plans['base']?.support, ...change }));
  expect(E.isLeft(answer) && answer.left.map((issue) => issue.path.join('.'))).toEqual([`plans.base.support.${path}`]);
});

test('no decision reads what is promised', () => {
  const { support: _terms, ...bare } = library;
  const plans = Object.fromEntries(Object.entries(library.plans).map(([id, { support: _own, ...plan }]) => [id, plan]));
  const without = compileCatalog({ ...bare, plans });
  if (E.isLeft(without)) throw new Error(JSON.stringify(without.left));
  for (const document of Object.values(lawful))
    expect(decide(without.right, observed(without.right, document))).toEqual(
      decide(shipped, observed(shipped, document)),
    );
});
