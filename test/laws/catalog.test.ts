/** A catalog that is wrong does not load: each mistake is named with its place, what was expected and what was found. */
import { compileCatalog, printIssue } from '@tai-autonomics/core';
import { library } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { describe, expect, test } from 'vitest';
import { type Document, merged } from '../fixtures/tenant.ts';

const PACK = library.packs.length;
const nothing = { emits: 'action_executed', writes: [] };
const remedy = { by: 'world' };
const requirement = (when: unknown, more: Document = {}): Document => ({
  code: 'wrong',
  means: 'it is so',
  when,
  remedy,
  ...more,
});

/** A small lawful pack, to be spoilt. */
const pack: Document = {
  pack_id: 'spoilt',
  version: '1.0.0',
  description: 'A pack.',
  tools: [{ tool: 'spoilt_tool', title: 'A tool', description: 'A tool.', actions: ['act'] }],
  signals: ['spoilt_event'],
  facts: {
    is_ready: { means: 'ready', type: { type: 'boolean' }, origin: 'observed', sources: ['probe'], maxAgeMs: 1_000 },
    how_many: {
      means: 'many',
      type: { type: 'integer', min: 0 },
      origin: 'observed',
      sources: ['probe'],
      maxAgeMs: 1_000,
    },
    kept: {
      means: 'kept',
      type: { type: 'string' },
      origin: 'ledger',
      cell: 'kept_cell',
      key: [{ fact: 'resource_ref' }],
      otherwise: '',
    },
    checks: {
      means: 'checks',
      type: {
        type: 'records',
        fields: {
          name: { type: 'string' },
          state: { type: 'enum', values: ['passed', 'failed'] },
          at: { type: 'instant' },
          tries: { type: 'integer', max: 9 },
        },
      },
      origin: 'observed',
      sources: ['probe'],
      maxAgeMs: 1_000,
    },
    members: {
      means: 'members',
      type: { type: 'set', of: ['a', 'b'] },
      origin: 'ledger',
      cell: 'members_cell',
      key: [],
      otherwise: [],
    },
    since: {
      means: 'since',
      type: { type: 'instant' },
      origin: 'ledger',
      cell: 'since_cell',
      key: [],
      otherwise: '1970-01-01T00:00:00Z',
    },
  },
  cells: {
    kept_cell: { means: 'kept', key: ['resource'], type: { type: 'string' } },
    members_cell: { means: 'members', key: [], type: { type: 'set', of: ['a', 'b'] } },
    since_cell: { means: 'since', key: [], type: { type: 'instant' } },
  },
  actions: {
    act: {
      means: 'acts',
      who: ['agent'],
      entitlement: 'active',
      roles: [],
      arguments: { name: { means: 'a name', type: { type: 'string' } } },
      requires: [requirement({ fact: 'is_ready', is: true })],
      emits: { approve: 'spoilt_event', refuse: 'action_refused' },
      writes: [{ cell: 'kept_cell', key: [{ fact: 'resource_ref' }], change: { set: { fact: 'argument.name' } } }],
      does: {
        effect: 'external',
        step: 'step',
        with: { name: { fact: 'argument.name' } },
        verify: { fact: 'is_ready', is: true },
        idempotent: true,
        begins: 'action_begun',
        after: { success: nothing, failed: nothing, timeout: nothing, memory_exceeded: nothing, unknown: nothing },
      },
    },
  },
  codes: { wrong: 'it is wrong' },
  required_iam_roles: [],
  incompatible_with: [],
  requires: ['receipt_verifier'],
  receipt_events: ['spoilt_event'],
  storage: 'none',
  compute_limits: { timeoutMs: 1_000, memoryBytes: 1_048_576, cpuPercent: 1 },
};

const withPack = (over: unknown): unknown => ({ ...library, packs: [...library.packs, merged(pack, over)] });
const issuesOf = (source: unknown): readonly string[] => {
  const compiled = compileCatalog(source);
  return E.isLeft(compiled) ? compiled.left.map(printIssue) : [];
};

const P = `$.packs[${PACK}]`;
const A = `${P}.actions.act`;
const act = (over: Document): Document => ({ actions: { act: over } });
const when = (condition: unknown): Document => act({ requires: [requirement(condition)] });
const asks = (more: Document): Document => act({ requires: [requirement({ fact: 'is_ready', is: true }, more)] });
const writes = (write: Document): Document => act({ writes: [write] });
const submit = (over: Document, who: Document = { type: 'user', relation: 'owner' }): Document =>
  asks({
    remedy: {
      by: 'authority',
      who,
      submit: { action: 'clear_andon', arguments: {}, choose: [{ argument: 'finding' }], ...over },
    },
  });
const W = `${A}.requires[0].when`;
const R = `${A}.requires[0].remedy`;

interface Row {
  readonly note: string;
  readonly over: unknown;
  readonly at: string;
  readonly says: string;
}

const rows: readonly Row[] = [
  // conditions
  {
    note: 'an unknown fact, nearly known',
    over: when({ fact: 'is_redy', is: true }),
    at: `${W}.fact`,
    says: 'a known fact (did you mean `is_ready`?)',
  },
  {
    note: 'an unknown fact on the right',
    over: when({ fact: 'kept', is: { fact: 'argument.nam' } }),
    at: `${W}.is.fact`,
    says: 'a known fact (did you mean `argument.name`?)',
  },
  {
    note: 'an unknown operator',
    over: when({ fact: 'is_ready', equals: true }),
    at: `${W}.equals`,
    says: 'an operator',
  },
  {
    note: 'two operators',
    over: when({ fact: 'how_many', above: 1, below: 3 }),
    at: W,
    says: 'a fact with exactly one of',
  },
  { note: 'no operator', over: when({ fact: 'is_ready' }), at: W, says: 'a fact with exactly one of' },
  {
    note: 'an operator that the type does not have',
    over: when({ fact: 'is_ready', atLeast: 1 }),
    at: `${W}.atLeast`,
    says: 'one of is, oneOf for true or false',
  },
  {
    note: 'an order of strings',
    over: when({ fact: 'kept', before: 'b' }),
    at: `${W}.before`,
    says: 'one of is, oneOf, startsWith for a string',
  },
  {
    note: 'a constant of another type',
    over: when({ fact: 'how_many', is: '3' }),
    at: `${W}.is`,
    says: 'an integer from 0',
  },
  {
    note: 'a constant out of range',
    over: when({ fact: 'how_many', atLeast: -1 }),
    at: `${W}.atLeast`,
    says: 'an integer from 0',
  },
  {
    note: 'a fraction',
    over: when({ fact: 'how_many', atLeast: 1.5 }),
    at: `${W}.atLeast`,
    says: 'true, false, an integer, a string',
  },
  {
    note: 'null',
    over: act({ requires: [{ ...requirement(0), when: { fact: 'kept', is: null } }] }),
    at: `${W}.is`,
    says: 'true, false, an integer, a string',
  },
  {
    note: 'an instant that is none',
    over: when({ fact: 'since', before: '2026-02-30T00:00:00Z' }),
    at: `${W}.before`,
    says: 'an RFC 3339 instant',
  },
  {
    note: 'a fact of another type on the right',
    over: when({ fact: 'kept', is: { fact: 'how_many' } }),
    at: `${W}.is`,
    says: 'a string of 1 to 1024 characters',
  },
  {
    note: 'plus where there is nothing to add to',
    over: when({ fact: 'kept', is: { fact: 'argument.name', plus: 1 } }),
    at: `${W}.is`,
    says: 'an integer or an instant where `plus` stands',
  },
  {
    note: 'a duration below nothing',
    over: when({ fact: 'since', within: -1 }),
    at: `${W}.within`,
    says: 'a duration in milliseconds',
  },
  {
    note: 'a member that the set cannot have',
    over: when({ fact: 'members', contains: 'c' }),
    at: `${W}.contains`,
    says: 'one of a, b',
  },
  {
    note: 'one of sets',
    over: when({ fact: 'members', oneOf: ['a'] }),
    at: `${W}.oneOf`,
    says: 'a fact that is not a set',
  },
  // what is said of records
  {
    note: 'every record of what is no list of records',
    over: when({ fact: 'kept', every: { fact: 'field.name', is: 'a' } }),
    at: `${W}.every`,
    says: 'a fact that is a list of records, found `kept`, which is a string',
  },
  {
    note: 'some record of a fact that is nearly known',
    over: when({ fact: 'check', some: { fact: 'field.name', is: 'a' } }),
    at: `${W}.fact`,
    says: 'a known fact (did you mean `checks`?)',
  },
  {
    note: 'a comparison of a whole list',
    over: when({ fact: 'checks', is: [] }),
    at: `${W}.is`,
    says: 'one of every, some for a list without repetition of at most 256 records { at, name, state, tries }',
  },
  {
    note: 'a list of records on the right',
    over: when({ fact: 'kept', is: { fact: 'checks' } }),
    at: `${W}.is`,
    says: 'a string of 1 to 1024 characters, found `checks`, which is a list',
  },
  {
    note: 'a field that is nearly known',
    over: when({ fact: 'checks', every: { fact: 'field.nam', is: 'a' } }),
    at: `${W}.every.fact`,
    says: 'a known fact (did you mean `field.name`?)',
  },
  {
    note: 'a field outside of its record',
    over: when({ fact: 'field.name', is: 'a' }),
    at: `${W}.fact`,
    says: 'a known fact',
  },
  {
    note: 'a constant that a field cannot be',
    over: when({ fact: 'checks', some: { all: [{ fact: 'field.state', is: 'pased' }] } }),
    at: `${W}.some.all[0].is`,
    says: 'one of passed, failed',
  },
  {
    note: 'an operator that a field does not have',
    over: when({ fact: 'checks', every: { not: { fact: 'field.name', above: 1 } } }),
    at: `${W}.every.not.above`,
    says: 'one of is, oneOf, startsWith for a string',
  },
  {
    note: 'a fact of another type beside a field',
    over: when({ fact: 'checks', every: { fact: 'field.tries', atMost: { fact: 'since' } } }),
    at: `${W}.every.atMost`,
    says: 'an integer to 9, found `since`, which is an RFC 3339 instant',
  },
  {
    note: 'every inside some',
    over: when({ fact: 'checks', some: { fact: 'checks', every: { fact: 'field.name', is: 'a' } } }),
    at: `${W}.some.every`,
    says: 'no `every` or `some` inside another',
  },
  {
    note: 'both every and some',
    over: when({ fact: 'checks', every: { fact: 'field.name', is: 'a' }, some: { all: [] } }),
    at: `${W}.some`,
    says: 'no member `some` in every',
  },
  {
    note: 'every, misspelt',
    over: when({ fact: 'checks', evry: { fact: 'field.name', is: 'a' } }),
    at: `${W}.evry`,
    says: 'an operator (did you mean `every`?)',
  },
  {
    note: 'records of nothing',
    over: { facts: { checks: { type: { fields: null } } } },
    at: `${P}.facts.checks.type.fields`,
    says: 'fields',
  },
  {
    note: 'records without a field',
    over: act({ arguments: { name: { means: 'x', type: { type: 'records', fields: {} } } } }),
    at: `${A}.arguments.name.type.fields`,
    says: 'fields, 1 to 32 of them',
  },
  {
    note: 'records in records',
    over: { facts: { checks: { type: { fields: { name: { type: 'records' } } } } } },
    at: `${P}.facts.checks.type.fields.name.type`,
    says: 'one of boolean, integer, string, enum, instant',
  },
  {
    note: 'more records than a list may have',
    over: { facts: { checks: { type: { max: 257 } } } },
    at: `${P}.facts.checks.type.max`,
    says: 'an integer from 1 to 256',
  },
  {
    note: 'a word of a field twice',
    over: { facts: { checks: { type: { fields: { state: { values: ['passed', 'passed'] } } } } } },
    at: `${P}.facts.checks.type.fields.state.values[1]`,
    says: 'each name once',
  },
  {
    note: 'a cell that holds records',
    over: { cells: { kept_cell: { type: { type: 'records', fields: { a: { type: 'boolean' } } } } } },
    at: `${P}.cells.kept_cell.type.type`,
    says: 'one of boolean, integer, string, enum, instant, set',
  },
  {
    note: 'records where a text is written',
    over: writes({ cell: 'kept_cell', key: [{ fact: 'resource_ref' }], change: { set: { fact: 'checks' } } }),
    at: `${A}.writes[0].change.set`,
    says: 'a string of 1 to 1024 characters, found `checks`',
  },
  {
    note: 'all, misspelt',
    over: when({ al: [] }),
    at: W,
    says: 'a comparison of a fact (did you mean `all`?)',
  },
  {
    note: 'each inside each',
    over: when({ each: 'plan', holds: { each: 'pack', holds: { fact: 'kept', is: { row: 'id' } } } }),
    at: `${W}.holds`,
    says: 'no `each` inside another',
  },
  {
    note: 'a column that the row does not have',
    over: when({ each: 'plan', holds: { fact: 'kept', is: { row: 'price' } } }),
    at: `${W}.holds.is`,
    says: 'a column of the row',
  },
  {
    note: 'a row outside each',
    over: when({ fact: 'kept', is: { row: 'id' } }),
    at: `${W}.is`,
    says: 'a column of the row',
  },
  {
    note: 'a condition that is a list',
    over: when([{ fact: 'is_ready', is: true }]),
    at: W,
    says: 'a condition (an object)',
  },
  { note: 'a condition of nothing', over: when({}), at: W, says: 'all, any, not, each or a comparison of a fact' },
  {
    note: 'an unknown member of a condition',
    over: when({ all: [], because: 'so' }),
    at: `${W}.because`,
    says: 'no member `because` in all',
  },
  // what must be said
  { note: 'no list of preconditions', over: act({ requires: null }), at: `${A}.requires`, says: 'a list' },
  {
    note: 'an empty list of preconditions of what changes the world (C-27)',
    over: act({ requires: [] }),
    at: `${A}.requires`,
    says: 'a precondition of `act`, which changes the world',
  },
  { note: 'no list of roles (C-13, X-10)', over: act({ roles: null }), at: `${A}.roles`, says: 'a list' },
  {
    note: 'a role that is none of the nine',
    over: act({ roles: ['write_rolback'] }),
    at: `${A}.roles[0]`,
    says: '(did you mean `write_rollback`?)',
  },
  { note: 'nobody who may ask', over: act({ who: [] }), at: `${A}.who`, says: 'a list of at least one subject type' },
  {
    note: 'an outcome that nothing follows',
    over: act({ does: { after: { unknown: null } } }),
    at: `${A}.does.after.unknown`,
    says: 'what follows',
  },
  {
    note: 'an effect that is none',
    over: act({ does: { effect: 'magic' } }),
    at: `${A}.does.effect`,
    says: 'one of internal, read, external, contractual',
  },
  {
    note: 'an unknown code',
    over: asks({ code: 'wrnog' }),
    at: `${A}.requires[0].code`,
    says: 'a code of a gate or of a pack',
  },
  {
    note: 'an unknown event',
    over: act({ emits: { approve: 'spoilt_evnt' } }),
    at: `${A}.emits.approve`,
    says: 'an event of the pack or of the core (did you mean `spoilt_event`?)',
  },
  {
    note: 'an unknown event of an outcome',
    over: act({ does: { after: { failed: { emits: 'nothing_known' } } } }),
    at: `${A}.does.after.failed.emits`,
    says: 'an event of the pack or of the core',
  },
  {
    note: 'a signal that is no event',
    over: { signals: ['other'] },
    at: `${P}.signals[0]`,
    says: 'a receipt event of the pack',
  },
  {
    note: 'a tool of an action that the pack does not have',
    over: { tools: [{ tool: 't', title: 'T', description: 'T', actions: ['atc'] }] },
    at: `${P}.tools[0].actions[0]`,
    says: 'an action of the pack',
  },
  {
    note: 'a fact and an argument of another type than their default',
    over: { facts: { kept: { otherwise: 7 } } },
    at: `${P}.facts.kept.otherwise`,
    says: 'a string of 1 to 1024 characters',
  },
  {
    note: 'an argument whose default is of another type',
    over: act({ arguments: { name: { otherwise: 7 } } }),
    at: `${A}.arguments.name.otherwise`,
    says: 'a string',
  },
  {
    note: 'a fact that is observed by nobody',
    over: { facts: { is_ready: { sources: [] } } },
    at: `${P}.facts.is_ready.sources`,
    says: 'a list of at least one source',
  },
  {
    note: 'a fact that a pack cannot vouch for',
    over: { facts: { is_ready: { origin: 'context', sources: null, maxAgeMs: null } } },
    at: `${P}.facts.is_ready.origin`,
    says: 'one of observed, ledger',
  },
  // cells and writes
  {
    note: 'a fact of an unknown cell',
    over: { facts: { kept: { cell: 'kept_cel' } } },
    at: `${P}.facts.kept.cell`,
    says: 'a known cell (did you mean `kept_cell`?)',
  },
  {
    note: 'a fact with too short a key',
    over: { facts: { kept: { key: [] } } },
    at: `${P}.facts.kept.key`,
    says: '1 key parts',
  },
  {
    note: 'a fact of another type than its cell',
    over: { facts: { members: { type: { of: ['a'] } } } },
    at: `${P}.facts.members.type`,
    says: 'the type of the cell',
  },
  {
    note: 'a fact that is kept by an argument which the action does not have',
    over: {
      facts: { kept: { key: [{ fact: 'argument.id' }] } },
      actions: { act: { requires: [requirement({ fact: 'kept', is: 'x' })] } },
    },
    at: A,
    says: 'an action with a text `id` among its arguments, by which `kept` is kept',
  },
  {
    note: 'a write that waits for what is observed',
    over: writes({
      cell: 'since_cell',
      key: [],
      change: { clear: true },
      when: { fact: 'is_ready', is: true },
    }),
    at: `${A}.writes[0].when`,
    says: 'a fact that is not observed',
  },
  {
    note: 'a write under a condition that is ill-typed',
    over: writes({ cell: 'since_cell', key: [], change: { clear: true }, when: { fact: 'kept', atLeast: 1 } }),
    at: `${A}.writes[0].when.atLeast`,
    says: 'one of is, oneOf, startsWith',
  },
  {
    note: 'a step for several that counts what is no number',
    over: asks({
      remedy: {
        by: 'authority',
        who: { type: 'user', relation: 'owner' },
        submit: { action: 'clear_andon', arguments: {}, choose: [{ argument: 'finding' }] },
        times: { upTo: 2, counted: { fact: 'kept' }, while: { all: [] } },
      },
    }),
    at: `${R}.times.counted`,
    says: 'an integer',
  },
  {
    note: 'a step for one as a step for several',
    over: asks({
      remedy: {
        by: 'authority',
        who: { type: 'user', relation: 'owner' },
        submit: { action: 'clear_andon', arguments: {}, choose: [{ argument: 'finding' }] },
        times: { upTo: 1, counted: 0, while: { all: [] } },
      },
    }),
    at: `${R}.times.upTo`,
    says: 'an integer from 2',
  },
  {
    note: 'a write of an unknown cell',
    over: writes({ cell: 'nowhere', key: [], change: { clear: true } }),
    at: `${A}.writes[0].cell`,
    says: 'a known cell',
  },
  {
    note: 'a write with too long a key',
    over: writes({ cell: 'members_cell', key: ['a'], change: { clear: true } }),
    at: `${A}.writes[0].key`,
    says: '0 key parts',
  },
  {
    note: 'a write of another type',
    over: writes({ cell: 'since_cell', key: [], change: { set: { fact: 'argument.name' } } }),
    at: `${A}.writes[0].change.set`,
    says: 'an RFC 3339 instant',
  },
  {
    note: 'a write that counts what is no number',
    over: writes({ cell: 'since_cell', key: [], change: { plus: 1 } }),
    at: `${A}.writes[0].change`,
    says: 'a cell of integers',
  },
  {
    note: 'a write that adds to what is no set',
    over: writes({ cell: 'kept_cell', key: ['a'], change: { add: 'x' } }),
    at: `${A}.writes[0].change`,
    says: 'a cell that holds a set',
  },
  {
    note: 'a write of a member that the set cannot have',
    over: writes({ cell: 'members_cell', key: [], change: { add: 'c' } }),
    at: `${A}.writes[0].change.add`,
    says: 'one of a, b',
  },
  {
    note: 'a write of two changes',
    over: writes({ cell: 'since_cell', key: [], change: { clear: true, plus: 1 } }),
    at: `${A}.writes[0].change`,
    says: 'exactly one of set, add, remove, plus, clear',
  },
  {
    note: 'a step with an unknown fact',
    over: act({ does: { with: { name: { fact: 'nam' } } } }),
    at: `${A}.does.with.name.fact`,
    says: 'a known fact',
  },
  {
    note: 'a verify that looks at the ledger',
    over: act({ does: { verify: { fact: 'kept', is: 'x' } } }),
    at: `${A}.does.verify`,
    says: 'what is observed, or an argument of the step',
  },
  {
    note: 'a verify of an argument that the step does not have',
    over: act({ does: { verify: { fact: 'kept', is: { fact: 'step.version' } } } }),
    at: `${A}.does.verify.is.fact`,
    says: 'a known fact',
  },
  // remedies
  {
    note: 'a remedy that is none',
    over: asks({ remedy: { by: 'luck' } }),
    at: `${R}.by`,
    says: 'one of authority, request, world, time, nobody',
  },
  {
    note: 'a request for an argument that the action does not have',
    over: asks({ remedy: { by: 'request', argument: 'nmae' } }),
    at: `${R}.argument`,
    says: 'an argument of the action, `credential` or `resource`',
  },
  {
    note: 'a wait for what is no instant',
    over: asks({ remedy: { by: 'time', notBefore: { fact: 'kept' } } }),
    at: `${R}.notBefore`,
    says: 'an RFC 3339 instant',
  },
  {
    note: 'a world of an unknown action',
    over: asks({ remedy: { by: 'world', action: 'atc' } }),
    at: `${R}.action`,
    says: 'an action of this catalog',
  },
  {
    note: 'an authority for an unknown action',
    over: submit({ action: 'clear_andn' }),
    at: `${R}.submit.action`,
    says: '(did you mean `clear_andon`?)',
  },
  {
    note: 'an authority that may not ask for the action',
    over: submit({}, { type: 'agent' }),
    at: `${R}.submit.action`,
    says: 'an action that a agent may ask for',
  },
  {
    note: 'an authority without the relation that the action needs',
    over: submit({}, { type: 'user' }),
    at: `${R}.submit.action`,
    says: 'an action that needs no relation `owner`',
  },
  {
    note: 'an authority with an argument that the action does not have',
    over: submit({ arguments: { fnding: 'x' } }),
    at: `${R}.submit.arguments.fnding`,
    says: '(did you mean `finding`?)',
  },
  {
    note: 'an authority with an argument left out',
    over: submit({ choose: [] }),
    at: `${R}.submit`,
    says: 'the argument `finding` given or left to choose',
  },
  {
    note: 'an authority with a choice of what is no argument',
    over: submit({ choose: [{ argument: 'finding' }, { argument: 'other' }] }),
    at: `${R}.submit.choose[1].argument`,
    says: 'an argument of the action',
  },
  {
    note: 'a next step that leads back to its own action (L4)',
    over: asks({ remedy: { by: 'world', action: 'act' } }),
    at: A,
    says: 'next steps that do not lead back to the action',
  },
  // names
  {
    note: 'a code that a gate has',
    over: { codes: { expired: 'expired' } },
    at: `${P}.codes.expired`,
    says: 'a code that no other pack declares',
  },
  {
    note: 'a cell that a gate has',
    over: { cells: { andon: { means: 'x', key: [], type: { type: 'string' } } } },
    at: `${P}.cells.andon`,
    says: 'a cell that no other pack declares',
  },
  {
    note: 'an unknown prerequisite',
    over: { requires: ['receipt_verifer'] },
    at: `${P}.requires[0]`,
    says: '(did you mean `receipt_verifier`?)',
  },
  {
    note: 'an unknown member',
    over: { tols: [] },
    at: `${P}.tols`,
    says: 'no member `tols` in a pack (did you mean `tools`?)',
  },
  {
    note: 'a version that is none',
    over: { version: '1.0' },
    at: `${P}.version`,
    says: 'a version, MAJOR.MINOR.PATCH',
  },
  {
    note: 'limits beyond measure',
    over: { compute_limits: { cpuPercent: 101 } },
    at: `${P}.compute_limits.cpuPercent`,
    says: 'an integer from 1 to 100',
  },
  { note: 'text with a lone surrogate', over: { description: 'x\ud800' }, at: `${P}.description`, says: 'a sentence' },
  {
    note: 'an action named constructor',
    over: { actions: { constructor: 1 } },
    at: `${P}.actions.constructor`,
    says: 'a name of the form',
  },
  {
    note: 'an action named __proto__',
    over: { actions: JSON.parse('{"__proto__": {}}') },
    at: `${P}.actions.__proto__`,
    says: 'a name of the form',
  },
  {
    note: 'a member named __proto__',
    over: JSON.parse('{"__proto__": {"always": true}}'),
    at: `${P}.__proto__`,
    says: 'no member `__proto__` in a pack',
  },
];

describe('compileCatalog', () => {
  test('the pack as it is loads', () => {
    expect(issuesOf(withPack({}))).toEqual([]);
  });

  test.for(rows)('refuses $note', ({ over, at, says }) => {
    const issues = issuesOf(withPack(over));
    const [line] = issues.filter((issue) => issue.startsWith(`at ${at}: `));
    expect(line, issues.join('\n')).toContain(says);
  });

  test('lists everything that is wrong, not only the first', () => {
    const issues = issuesOf(
      withPack({
        signals: ['other'],
        ...when({
          all: [
            { fact: 'one', is: 1 },
            { fact: 'two', is: 2 },
          ],
        }),
      }),
    );
    expect(issues.length).toBe(3);
  });

  test('names a circle of next steps by its way, over several actions', () => {
    const step = (to: string): Document =>
      merged(pack['actions'], {
        act: { requires: [requirement({ fact: 'is_ready', is: true }, { remedy: { by: 'world', action: to } })] },
      }) as Document;
    const [one, two, three] = ['two', 'three', 'one'].map((to) => step(to)['act']);
    const source = withPack({
      actions: { act: null, one, two, three },
      tools: [{ tool: 't', title: 'T', description: 'T', actions: ['one'] }],
    });
    expect(issuesOf({ ...(source as object) })).toEqual([
      `at ${P}.actions.one: expected next steps that do not lead back to the action, found one → two → three → one`,
      `at ${P}.actions.two: expected next steps that do not lead back to the action, found two → three → one → two`,
      `at ${P}.actions.three: expected next steps that do not lead back to the action, found three → one → two → three`,
    ]);
  });

  test('is not slowed down by prerequisites that meet again and again, nor by long ones', () => {
    const ladder = Array.from({ length: 60 }, (_, i) => ({
      ...pack,
      pack_id: `p${i}`,
      tools: [],
      signals: [],
      facts: {},
      cells: {},
      actions: {},
      codes: {},
      requires: Array.from({ length: i }, (_x, k) => `p${k}`),
    }));
    expect(issuesOf({ ...library, packs: [...library.packs, ...ladder] })).toEqual([]);
    const chain = Array.from({ length: 3_000 }, (_, i) => ({
      ...ladder[0],
      pack_id: `q${i}`,
      requires: i === 0 ? [] : [`q${i - 1}`],
    }));
    expect(issuesOf({ ...library, packs: [...library.packs, ...chain] })).toEqual([]);
  });

  test('refuses nesting that nobody could read', () => {
    const deep = Array.from({ length: 100 }).reduce<unknown>((inner) => ({ not: inner }), {
      fact: 'is_ready',
      is: true,
    });
    expect(issuesOf(withPack(when(deep)))[0]).toContain('nested at most 64 deep');
  });

  test.for([null, 7, 'a catalog', [], {}, { packs: [] }, undefined, new Map(), Object.create(library)])(
    'refuses %j',
    (source) => {
      expect(issuesOf(source).length).toBeGreaterThan(0);
    },
  );
});
