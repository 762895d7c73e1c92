/**
 * Root-cause analysis and prevention (D-11 to D-13, D-16): five whys, each on a receipt of the incident; a candidate catalog that
 * makes the same impossible; and a test that fails while the old catalog decides, and passes under the candidate, and under whatever
 * catalog decides when the analysis is closed, which is never the one that it was proposed under. An analysis that lacks any of it
 * cannot be closed. It is opened by whoever looks into an incident, or by the incident that comes back.
 */
import type { Action, Cell, Condition, LedgerFact, Type, Value, Write } from '@tai-autonomics/core/author';
import { internal, opaqueId, string, words } from '../platform/action.ts';
import { count, flag, members, text, word } from '../result.ts';
import { aboutItsResource, citable, incidentArgument, isIn, mustBe } from './machine.ts';

/** How many whys lead from what was seen to its cause. */
const WHYS = 5;

const BY_INCIDENT = [{ fact: 'argument.incident' }] as const;
/** Each proposal has tests of its own: what failed for another one, or in an analysis before, says nothing of it. */
const BY_PREVENTION = [...BY_INCIDENT, { fact: 'prevention_proposed_by' }] as const;
const BY_TEST = [...BY_PREVENTION, { fact: 'argument.test' }] as const;
const BY_WHY = [...BY_INCIDENT, { fact: 'analysis_opened_by' }] as const;
const STRING: Type = { type: 'string' };
const BOOLEAN: Type = { type: 'boolean' };
const COUNT: Type = { type: 'integer', min: 0 };

type AnalysisCell =
  | 'analysis_state'
  | 'analysis_opened_by'
  | 'analysis_counted'
  | 'analysis_whys'
  | 'analysis_latest_why'
  | 'prevention_proposed_by'
  | 'prevention_proposed_under'
  | 'prevention_candidate'
  | 'prevention_test'
  | 'prevention_passed'
  | 'prevention_under';

const CELLS: Readonly<Record<AnalysisCell, readonly [string, Type, Value]>> = {
  analysis_state: [
    'where the analysis of an incident is',
    { type: 'enum', values: ['none', 'open', 'closed'] },
    'none',
  ],
  analysis_opened_by: ['the id of the receipt that opened the analysis of an incident', STRING, ''],
  analysis_counted: ['whether it is counted among the open ones of its resource', BOOLEAN, false],
  analysis_whys: ['how many whys are answered', COUNT, 0],
  analysis_latest_why: ['the id of the receipt of the latest why', STRING, ''],
  prevention_proposed_by: ['the id of the receipt that proposed its prevention', STRING, ''],
  prevention_proposed_under: ['the digest of the catalog that decided when it was proposed', STRING, ''],
  prevention_candidate: ['the digest of the catalog that is to prevent it', STRING, ''],
  prevention_test: ['the digest of the test that shows it', STRING, ''],
  prevention_passed: ['whether a test that failed before passed while that catalog decided', BOOLEAN, false],
  prevention_under: [
    'the digest of the catalog under which its latest test passed, unless one failed since',
    STRING,
    '',
  ],
};
/** How many analyses of the tenant were closed: each made something better. */
const IMPROVEMENTS = 'improvements';
/**
 * How each test of a prevention ended last: it fails first while another catalog decides than the one that is to prevent it, and
 * it is known of each whether it passed since.
 */
const TEST_STATE = 'prevention_test_state';
const TEST_STATES: Type = { type: 'enum', values: ['none', 'failed', 'passed', 'failed_again'] };
/** How many of its tests failed, and did not pass since. */
const FAILING = 'prevention_failing';
/** Which receipts were cited by a why of this analysis. */
const CITED = 'receipts_cited';

export const analysisCells: Readonly<Record<string, Cell>> = {
  ...Object.fromEntries(
    Object.entries(CELLS).map(([cell, [means, type]]) => [cell, { means, key: ['incident'], type }]),
  ),
  [IMPROVEMENTS]: { means: 'root-cause analyses that were closed', key: [], type: COUNT },
  [TEST_STATE]: {
    means: 'how a test of a prevention ended last',
    key: ['incident', 'prevention', 'test'],
    type: TEST_STATES,
  },
  [FAILING]: {
    means: 'tests of a prevention that failed, and did not pass since',
    key: ['incident', 'prevention'],
    type: { type: 'integer' },
  },
  [CITED]: {
    means: 'whether a why of an analysis cited a receipt',
    key: ['incident', 'analysis', 'receipt'],
    type: BOOLEAN,
  },
};
export const analysisFacts: Readonly<Record<string, LedgerFact>> = {
  ...Object.fromEntries(
    Object.entries(CELLS).map(([cell, [means, type, otherwise]]): [string, LedgerFact] => [
      cell,
      { means, type, origin: 'ledger', cell, key: BY_INCIDENT, otherwise },
    ]),
  ),
  [IMPROVEMENTS]: {
    means: 'how many root-cause analyses of the tenant were closed',
    type: COUNT,
    origin: 'ledger',
    cell: IMPROVEMENTS,
    key: [],
    otherwise: 0,
  },
  [TEST_STATE]: {
    means: 'how the test ended last for this prevention',
    type: TEST_STATES,
    origin: 'ledger',
    cell: TEST_STATE,
    key: BY_TEST,
    otherwise: 'none',
  },
  [FAILING]: {
    means: 'how many tests of the prevention failed, and did not pass since',
    type: { type: 'integer' },
    origin: 'ledger',
    cell: FAILING,
    key: BY_PREVENTION,
    otherwise: 0,
  },
  receipt_cited: {
    means: 'whether a why before cited the receipt that is cited',
    type: BOOLEAN,
    origin: 'ledger',
    cell: CITED,
    key: [...BY_WHY, { fact: 'argument.receipt' }],
    otherwise: false,
  },
};

/** An analysis begins, unless one is open. */
export const analysisOpened = (when: Condition): readonly Write[] => {
  const begins: Condition = { all: [when, { not: isOpen }] };
  return [
    set('analysis_state', 'open', begins),
    set('analysis_whys', 0, begins),
    set('analysis_opened_by', { fact: 'receipt_id' }, begins),
    ...PREVENTION.map((cell) => forget(cell, begins)),
    ...counted(1, false, begins),
  ];
};

/** It is counted once among the open ones of its resource, as its incident is. */
const counted = (by: 1 | -1, was: boolean, when: Condition = { all: [] }): readonly Write[] => [
  {
    cell: 'counted_analyses',
    key: [{ fact: 'resource_ref' }],
    change: { plus: by },
    when: { all: [when, { fact: 'analysis_counted', is: was }] },
  },
  set('analysis_counted', !was, when),
];

const set = (cell: AnalysisCell, to: Value | { readonly fact: string }, when?: Condition): Write => ({
  cell,
  key: BY_INCIDENT,
  change: { set: to },
  ...(when === undefined ? {} : { when }),
});
const forget = (cell: AnalysisCell, when?: Condition): Write => ({
  cell,
  key: BY_INCIDENT,
  change: { clear: true },
  ...(when === undefined ? {} : { when }),
});
/** What is known of a prevention: a new analysis begins without. */
const PREVENTION = [
  'prevention_candidate',
  'prevention_proposed_under',
  'prevention_test',
  'prevention_passed',
  'prevention_under',
] as const;
const isOpen: Condition = { fact: 'analysis_state', is: 'open' };
const allWhys: Condition = { fact: 'analysis_whys', atLeast: WHYS };

const analysisIsOpen = mustBe('analysis_not_open', 'the analysis of the incident is open', isOpen, 'open_analysis');
const whysAnswered = mustBe('whys_incomplete', `${WHYS} whys are answered`, allWhys, 'record_why');

const step = (action: Omit<Parameters<typeof internal>[0], 'who'>): Action => ({
  ...internal({ ...action, who: ['agent', 'user', 'service'] }),
  roles: ['read_deployment'],
});

const openAnalysis = step({
  means: 'opens the root-cause analysis of an incident',
  arguments: { incident: incidentArgument },
  requires: [
    mustBe('incident_not_reported', 'the incident was reported', { not: isIn('none') }, 'report_alert'),
    aboutItsResource,
    {
      code: 'analysis_open',
      means: 'its analysis is not open already',
      when: { not: isOpen },
      remedy: { by: 'world' },
    },
  ],
  emits: { approve: 'analysis_opened', refuse: 'action_refused' },
  // That it was asked is no reason for anything: this receipt cannot be cited.
  writes: analysisOpened({ all: [] }),
});

const recordWhy = step({
  means: 'answers its next of five whys, on a receipt of the incident',
  arguments: {
    incident: incidentArgument,
    receipt: opaqueId('the id of a receipt'),
    because: string('the answer'),
  },
  requires: [
    analysisIsOpen,
    aboutItsResource,
    mustBe('receipt_not_of_incident', 'the receipt that is cited is of this incident, or of a why before', {
      fact: 'receipt_of_incident',
      is: true,
    }),
    {
      code: 'receipt_cited_before',
      means: 'no why before cited the same receipt',
      when: { fact: 'receipt_cited', is: false },
      remedy: { by: 'request', argument: 'receipt' },
    },
  ],
  emits: { approve: 'why_recorded', refuse: 'action_refused' },
  writes: [
    { cell: 'analysis_whys', key: BY_INCIDENT, change: { plus: 1 } },
    { cell: CITED, key: [...BY_WHY, { fact: 'argument.receipt' }], change: { set: true } },
    set('analysis_latest_why', { fact: 'receipt_id' }),
    ...counted(1, false),
    citable(),
  ],
});

const proposePrevention = internal({
  who: ['user', 'service', 'system'],
  means: 'names the catalog that makes the same impossible',
  arguments: { incident: incidentArgument, candidate: opaqueId('its digest') },
  requires: [
    analysisIsOpen,
    aboutItsResource,
    whysAnswered,
    {
      code: 'prevention_decides_already',
      means: 'it is another catalog than the one that decides now',
      when: { not: { fact: 'argument.candidate', is: { fact: 'catalog' } } },
      remedy: { by: 'request', argument: 'candidate' },
    },
  ],
  emits: { approve: 'prevention_proposed', refuse: 'action_refused' },
  writes: [
    ...PREVENTION.map((cell) => forget(cell)),
    set('prevention_candidate', { fact: 'argument.candidate' }),
    set('prevention_proposed_by', { fact: 'receipt_id' }),
    set('prevention_proposed_under', { fact: 'catalog' }),
    ...counted(1, false),
    citable(),
  ],
});

const isResult = (result: 'failed' | 'passed'): Condition => ({ fact: 'argument.result', is: result });
const CANDIDATE_DECIDES: Condition = { fact: 'catalog', is: { fact: 'prevention_candidate' } };
/** The catalog that lets it happen: what passes there shows nothing. */
const OLD_ONE_DECIDES: Condition = { fact: 'catalog', is: { fact: 'prevention_proposed_under' } };
const NEVER_FAILED: Condition = { fact: TEST_STATE, is: 'none' };
const FAILED_LAST: Condition = { fact: TEST_STATE, oneOf: ['failed', 'failed_again'] };
const PASSED_BEFORE: Condition = { fact: TEST_STATE, oneOf: ['passed', 'failed_again'] };
const PASSES_LATER: Condition = { all: [PASSED_BEFORE, { not: OLD_ONE_DECIDES }] };
const testEnded = (as: 'passed' | 'failed' | 'failed_again', when: Condition): Write => ({
  cell: TEST_STATE,
  key: BY_TEST,
  change: { set: as },
  when,
});
const countFailing = (by: 1 | -1, when: Condition): Write => ({
  cell: FAILING,
  key: BY_PREVENTION,
  change: { plus: by },
  when,
});

const recordPreventionTest = internal({
  who: ['user', 'service', 'system'],
  means: 'records that a prevention test failed before its catalog decided, passed since, or failed again',
  arguments: {
    incident: incidentArgument,
    test: opaqueId('SHA-256 of the test, base64url'),
    result: words('how it ended', 'failed', 'passed'),
  },
  requires: [
    analysisIsOpen,
    aboutItsResource,
    mustBe(
      'prevention_not_proposed',
      'a prevention is proposed',
      { not: { fact: 'prevention_candidate', is: '' } },
      'propose_prevention',
    ),
    {
      code: 'prevention_decides_already',
      means: 'the first failure of a test is recorded before the catalog decides',
      when: { any: [isResult('passed'), { not: CANDIDATE_DECIDES }, { not: NEVER_FAILED }] },
      remedy: { by: 'request', argument: 'result' },
    },
    {
      code: 'prevention_not_active',
      means:
        'a test passes first while the catalog that was proposed decides, and never under the one before; ' +
        'there only a failure can be recorded',
      when: { any: [isResult('failed'), CANDIDATE_DECIDES, PASSES_LATER] },
      remedy: { by: 'request', argument: 'result' },
    },
    mustBe('prevention_test_not_failed', 'the same test failed before', {
      any: [isResult('failed'), { not: NEVER_FAILED }],
    }),
  ],
  emits: { approve: 'prevention_tested', refuse: 'action_refused' },
  writes: [
    set('prevention_test', { fact: 'argument.test' }),
    testEnded('passed', isResult('passed')),
    testEnded('failed', { all: [isResult('failed'), { not: PASSED_BEFORE }] }),
    testEnded('failed_again', { all: [isResult('failed'), PASSED_BEFORE] }),
    countFailing(1, { all: [isResult('failed'), { not: FAILED_LAST }] }),
    countFailing(-1, { all: [isResult('passed'), FAILED_LAST] }),
    set('prevention_passed', true, isResult('passed')),
    set('prevention_under', { fact: 'catalog' }, isResult('passed')),
    forget('prevention_under', isResult('failed')),
    ...counted(1, false),
    citable(),
  ],
});

const closeAnalysis = step({
  means: 'closes it, once its prevention was tested',
  arguments: { incident: incidentArgument, finding: string('the cause') },
  requires: [
    analysisIsOpen,
    aboutItsResource,
    whysAnswered,
    mustBe(
      'prevention_not_tested',
      'each of its prevention tests failed before and passed since, the latest under the catalog that decides now',
      {
        all: [
          { fact: 'prevention_passed', is: true },
          { fact: 'prevention_under', is: { fact: 'catalog' } },
          { fact: FAILING, is: 0 },
        ],
      },
      'record_prevention_test',
    ),
  ],
  emits: { approve: 'analysis_closed', refuse: 'action_refused' },
  writes: [
    set('analysis_state', 'closed'),
    { cell: IMPROVEMENTS, key: [], change: { plus: 1 } },
    ...counted(-1, true),
    citable(),
  ],
});

const showAnalysis: Action = {
  means: 'shows it',
  who: ['agent', 'user', 'service'],
  entitlement: 'none',
  roles: ['read_deployment'],
  arguments: { incident: incidentArgument },
  requires: [],
  emits: { approve: 'action_executed', refuse: 'action_refused' },
  writes: [],
  does: {
    effect: 'read',
    step: 'show',
    with: {
      state: { fact: 'analysis_state' },
      whys: { fact: 'analysis_whys' },
      latest_why: { fact: 'analysis_latest_why' },
      candidate: { fact: 'prevention_candidate' },
      test: { fact: 'prevention_test' },
      passed: { fact: 'prevention_passed' },
      failing: { fact: FAILING },
      under: { fact: 'prevention_under' },
      improvements: { fact: IMPROVEMENTS },
    },
  },
  returns: members({
    state: word('where it is', 'none', 'open', 'closed'),
    whys: count(`answered whys, of ${WHYS}`),
    latest_why: text('the id of the receipt of the latest why'),
    candidate: text('the catalog that is to prevent it'),
    test: text('the digest of its latest test'),
    passed: flag('whether a test that failed before passed since'),
    failing: count('tests of it that failed, and did not pass since'),
    under: text('the catalog under which its latest test passed; nothing where one failed since'),
    improvements: count('analyses that the tenant closed'),
  }),
};

/** What an analysis is made of, in order. */
export const analysisActions: Readonly<Record<string, Action>> = {
  open_analysis: openAnalysis,
  record_why: recordWhy,
  propose_prevention: proposePrevention,
  record_prevention_test: recordPreventionTest,
  close_analysis: closeAnalysis,
  show_analysis: showAnalysis,
};
