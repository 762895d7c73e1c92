/** `decideJson`: the first function that anybody calls answers as the three that it is made of. */
import { compileCatalog, decide, decideJson, parseObservation, printIssue } from '@tai-autonomics/core';
import { library } from '@tai-autonomics/packs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { right } from '../governor/kit.ts';
import { runs } from '../runs.ts';

const asked = {
  at: '2026-11-21T08:00:00Z',
  mode: 'contractual',
  intent: {
    subject: { type: 'agent', id: 'agent-1', scope: ['read_deployment', 'write_rollback'] },
    action: { id: 'trigger_rollback' },
    resource: { id: 'service/checkout' },
  },
};

/** A pack of one action that looks at one fact, as somebody writes it on the first day. */
const freezer = {
  pack_id: 'freezer',
  version: '1.0.0',
  description: 'Opens a freezer.',
  tools: [{ tool: 'freezer', title: 'Freezer', description: 'Opens the freezer.', actions: ['open_freezer'] }],
  signals: [],
  facts: {
    degrees: {
      means: 'the temperature inside',
      type: { type: 'integer' },
      origin: 'observed',
      sources: ['probe'],
      maxAgeMs: 60_000,
    },
  },
  cells: {},
  actions: {
    open_freezer: {
      means: 'opens the freezer',
      who: ['agent'],
      entitlement: 'none',
      roles: [],
      arguments: {},
      requires: [
        {
          code: 'too_cold',
          means: 'it is warmer than -30 degrees',
          when: { fact: 'degrees', above: -30 },
          remedy: { by: 'world' },
        },
      ],
      emits: { approve: 'action_approved', refuse: 'action_refused' },
      writes: [],
      does: { effect: 'internal' },
    },
  },
  codes: { too_cold: 'the freezer is too cold to be opened' },
  required_iam_roles: [],
  incompatible_with: [],
  requires: [],
  receipt_events: ['action_approved', 'action_refused'],
  storage: 'none',
  compute_limits: { timeoutMs: 1_000, memoryBytes: 1_048_576, cpuPercent: 10 },
};

const opening = (degrees: unknown): object => ({
  at: '2026-11-21T08:00:00Z',
  mode: 'eval',
  intent: { subject: { type: 'agent', id: 'a' }, action: { id: 'open_freezer' }, resource: { id: 'freezer/1' } },
  evidence: [{ fact: 'degrees', value: degrees, source: 'probe' }],
  state: {
    entitlement_status: 'active',
    entitlement_plan: 'one_pack',
    entitlement_sku: 'one-pack-1',
    entitlement_packs: ['freezer'],
    entitlement_expires_at: '2027-01-01T00:00:00Z',
  },
});

test('a catalog and an observation are decided as compiling, parsing and deciding do', () => {
  const catalog = right(compileCatalog(library));
  const observation = right(parseObservation(catalog, asked));
  expect(decideJson(library, asked)).toEqual({ decided: true, decision: decide(catalog, observation) });
});

test.for([
  { note: 'warm enough', degrees: -18, codes: [] },
  { note: 'too cold', degrees: -40, codes: ['too_cold'] },
  { note: 'a temperature that is a text', degrees: '-18', codes: ['evidence_missing'] },
])('a single pack is decided in the catalog that it is put into: $note', ({ degrees, codes }) => {
  const answer = decideJson(freezer, opening(degrees), library);
  if (!answer.decided) throw new Error(answer.issues.map(printIssue).join('\n'));
  expect(answer.decision.verdict === 'refuse' ? answer.decision.reasons.map(({ code }) => code) : []).toEqual(codes);
});

test.for([
  { note: 'a catalog', source: { ...library, plans: 7 }, says: 'at $.plans: expected an object (plans), found 7' },
  { note: 'a pack', source: { ...freezer, version: 1 }, says: 'at $.version: expected ' },
  { note: 'a pack that needs one that is not there', source: { ...freezer, requires: ['storm'] }, says: 'at $' },
  { note: 'a pack that exists already', source: { ...freezer, pack_id: 'platform' }, says: 'at $' },
  { note: 'a pack without a name', source: { ...freezer, pack_id: 7 }, says: 'at $.pack_id: expected ' },
  { note: 'nothing', source: undefined, says: 'at $: expected an object (a catalog)' },
])('what is wrong with the source is told at its place in what was given: $note', ({ source, says }) => {
  const answer = decideJson(source, asked, library);
  if (answer.decided) throw new Error('decided');
  expect(answer.wrong).toBe('source');
  expect(printIssue(answer.issues[0])).toContain(says);
});

test('a pack alone is not decided, and it is told what is wanting', () => {
  const answer = decideJson(freezer, opening(-18));
  expect(answer).toMatchObject({ decided: false, wrong: 'source', issues: [{ path: [] }] });
  expect(answer.decided ? '' : printIssue(answer.issues[0])).toContain('as the third argument');
});

test('what is wrong with the observation is told where the source is sound', () => {
  const answer = decideJson(library, { ...asked, mode: 'evla' });
  expect(answer).toMatchObject({ decided: false, wrong: 'observation', issues: [{ path: ['mode'] }] });
});

test('evidence about a fact that no pack declares is a slip of the pen, and told with the nearest name', () => {
  const evidence = [{ fact: 'deployment_stabel', value: true, source: 'git' }];
  const answer = decideJson(library, { ...asked, evidence });
  expect(answer).toMatchObject({ decided: false, wrong: 'observation', issues: [{ path: ['evidence', 0, 'fact'] }] });
  expect(answer.decided ? '' : printIssue(answer.issues[0])).toContain('did you mean `deployment_stable`?');
});

test('any two JSON values are decided or told what is wrong with them; nothing is thrown', () => {
  const pack = fc.record({ pack_id: fc.jsonValue() }).map((differs) => ({ ...freezer, ...differs }));
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), pack), fc.jsonValue(), (source, observation) => {
      const answer = decideJson(source, observation, library);
      expect(answer.decided ? answer.decision.verdict : answer.issues.length).toBeTruthy();
    }),
    { numRuns: runs(100) },
  );
});
