/**
 * Root-cause analysis and prevention (D-11 to D-13, D-16): five whys, each on a receipt of the incident; a candidate catalog that makes
 * the same impossible; and a test that fails while the old catalog decides, and passes under the candidate. An analysis that lacks any
 * of it cannot be closed. It is opened by whoever looks into an incident, or by the incident that comes back.
 */
import type { Action, Cell, Condition, LedgerFact, Type, Value, Write } from '@tai-autonomics/core/author';
import { internal, opaqueId, string, words } from '../platform/action.ts';
import { count, flag, members, text, word } from '../result.ts';
import { aboutItsResource, citable, incidentArgument, isIn, mustBe } from './machine.ts';

/** How many whys lead from what was seen to its cause. */
const WHYS = 5;

const BY_INCIDENT = [{ fact: 'argument.incident' }] as const;
const BY_TEST = [...BY_INCIDENT, { fact: 'prevention_candidate' }, { fact: 'argument.test' }] as const;
const STRING: Type = { type: 'string' };
const BOOLEAN: Type = { type: 'boolean' };
const COUNT: Type = { type: 'integer', min: 0 };

type AnalysisCell =
  | 'analysis_state'
  | 'analysis_whys'
  | 'analysis_latest_why'
  | 'prevention_candidate'
  | 'prevention_test'
  | 'prevention_passed';

const CELLS: Readonly<Record<AnalysisCell, readonly [string, Type, Value]>> = {
  analysis_state: [
    'where the analysis of an incident is',
    { type: 'enum', values: ['none', 'open', 'closed'] },
    'none',
  ],
  analysis_whys: ['how many whys are answered', COUNT, 0],
  analysis_latest_why: ['the id of the receipt of the latest why', STRING, ''],
  prevention_candidate: ['the digest of the catalog that is to prevent it', STRING, ''],
  prevention_test: ['the digest of the test that shows it', STRING, ''],
  prevention_passed: ['whether a test that failed before passed while that catalog decided', BOOLEAN, false],
};
/** How many analyses of the tenant were closed: each made something better. */
const IMPROVEMENTS = 'improvements';
/** Which tests failed while another catalog decided than the one that is to prevent it. */
const FAILED = 'prevention_failed';

export const analysisCells: Readonly<Record<string, Cell>> = {
  ...Object.fromEntries(
    Object.entries(CELLS).map(([cell, [means, type]]) => [cell, { means, key: ['incident'], type }]),
  ),
  [IMPROVEMENTS]: { means: 'root-cause analyses that were closed', key: [], type: COUNT },
  [FAILED]: {
    means: 'whether a test failed while another catalog decided than the one that is to prevent it',
    key: ['incident', 'candidate', 'test'],
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
  [FAILED]: {
    means: 'whether the test failed while another catalog decided than the one that is to prevent it',
    type: BOOLEAN,
    origin: 'ledger',
    cell: FAILED,
    key: BY_TEST,
    otherwise: false,
  },
};

/** An analysis begins, unless one is open. */
export const analysisOpened = (when: Condition): readonly Write[] => {
  const begins: Condition = { all: [when, { not: isOpen }] };
  return [
    set('analysis_state', 'open', begins),
    set('analysis_whys', 0, begins),
    ...PREVENTION.map((cell) => forget(cell, begins)),
    { cell: 'open_analyses', key: [{ fact: 'resource_ref' }], change: { plus: 1 }, when: begins },
  ];
};

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
const PREVENTION = ['prevention_candidate', 'prevention_test', 'prevention_passed'] as const;
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
  writes: [...analysisOpened({ all: [] }), citable()],
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
  ],
  emits: { approve: 'why_recorded', refuse: 'action_refused' },
  writes: [
    { cell: 'analysis_whys', key: BY_INCIDENT, change: { plus: 1 } },
    set('analysis_latest_why', { fact: 'receipt_id' }),
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
    set('prevention_candidate', { fact: 'argument.candidate' }),
    forget('prevention_test'),
    forget('prevention_passed'),
    citable(),
  ],
});

const isResult = (result: 'failed' | 'passed'): Condition => ({ fact: 'argument.result', is: result });
const CANDIDATE_DECIDES: Condition = { fact: 'catalog', is: { fact: 'prevention_candidate' } };

const recordPreventionTest = internal({
  who: ['user', 'service', 'system'],
  means: 'records that a prevention test failed before its catalog decided, or passed since',
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
      means: 'a failure is recorded before the catalog decides',
      when: { any: [isResult('passed'), { not: CANDIDATE_DECIDES }] },
      remedy: { by: 'request', argument: 'result' },
    },
    {
      code: 'prevention_not_active',
      means: 'it passes while the catalog that was proposed decides; until then only a failure can be recorded',
      when: { any: [isResult('failed'), CANDIDATE_DECIDES] },
      remedy: { by: 'request', argument: 'result' },
    },
    mustBe('prevention_test_not_failed', 'the same test failed before', {
      any: [isResult('failed'), { fact: FAILED, is: true }],
    }),
  ],
  emits: { approve: 'prevention_tested', refuse: 'action_refused' },
  writes: [
    set('prevention_test', { fact: 'argument.test' }),
    { cell: FAILED, key: BY_TEST, change: { set: true }, when: isResult('failed') },
    set('prevention_passed', true, isResult('passed')),
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
      'the prevention test failed before, and passed since',
      { fact: 'prevention_passed', is: true },
      'record_prevention_test',
    ),
  ],
  emits: { approve: 'analysis_closed', refuse: 'action_refused' },
  writes: [
    set('analysis_state', 'closed'),
    { cell: IMPROVEMENTS, key: [], change: { plus: 1 } },
    {
      cell: 'open_analyses',
      key: [{ fact: 'resource_ref' }],
      change: { plus: -1 },
      when: { fact: 'open_analyses', above: 0 },
    },
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
