/** What can be asked of advanced_analytics: figures of a period, each from receipts alone. */
import type { Action, ResultSchema, Role } from '@tai-autonomics/core/author';
import { byName, computedFrom, count, listOf, members, text } from '../result.ts';

const period: Action['arguments'] = {
  since: {
    means: 'the first instant that is counted',
    type: { type: 'instant' },
    otherwise: '1970-01-01T00:00:00.000Z',
  },
  until: {
    means: 'the first instant that is no longer counted',
    type: { type: 'instant' },
    otherwise: '9999-12-31T23:59:59.999Z',
  },
};

/** A figure by its name. */
const figure = (name: string, means: string, roles: readonly Role[], of: ResultSchema): Action => ({
  means,
  who: ['agent', 'user', 'service'],
  entitlement: 'active',
  roles,
  arguments: period,
  requires: [],
  emits: { approve: 'action_executed', refuse: 'action_refused' },
  writes: [],
  does: {
    effect: 'read',
    step: 'figure',
    with: { figure: name, since: { fact: 'argument.since' }, until: { fact: 'argument.until' } },
  },
  returns: members({ name: text('which figure'), figure: of, computedFrom }),
});

const counts = (means: string): ResultSchema => byName(count('how many'), means);
const spread = members({
  count: count('how many'),
  'leastMs?': count('the shortest'),
  'mostMs?': count('the longest'),
  'meanMs?': count('on average, rounded down'),
  'within?': counts('how many below each bound, in the order of the bounds'),
});
const refused = {
  decisions: count('decisions'),
  refused: count('of them refused'),
  codes: counts('by code; a refusal counts for each of its codes'),
};

/** The actions of advanced_analytics. */
export const analyticsActions: Readonly<Record<string, Action>> = {
  show_overview: figure(
    'overview',
    'shows the ledger at a glance',
    ['admin_dashboard'],
    members({
      kinds: counts('receipts by kind'),
      verdicts: counts('decisions by verdict'),
      outcomes: counts('outcomes by status'),
      events: counts('receipts by event'),
      receiptsByDay: counts('receipts by day, UTC'),
      openAtTheEnd: count('approved actions without an outcome'),
    }),
  ),
  count_refusals: figure(
    'refusals',
    'counts refusals by code and action',
    ['read_metrics'],
    members({
      ...refused,
      byAction: byName(members(refused), 'the same, by action'),
    }),
  ),
  count_usage: figure(
    'usage',
    'counts what was used, by action and pack',
    ['read_metrics'],
    members({
      asked: count('decisions'),
      approved: count('of them approved'),
      byAction: counts('approved, by action'),
      byPack: counts('approved, by pack'),
      subjects: count('different subjects whose asking was approved'),
    }),
  ),
  measure_durations: figure(
    'durations',
    'measures how long approved actions took',
    ['read_metrics'],
    members({
      byAction: byName(
        members({ toBegin: spread, toOutcome: spread, outcomes: counts('by status') }),
        'from the decision on',
      ),
      open: count('without an outcome at the end'),
      unpaired: count('outcomes whose decision was not remembered'),
    }),
  ),
  find_recurrence: figure(
    'recurrence',
    'finds what is refused again and again',
    ['read_metrics'],
    members({
      refusals: count('refusals'),
      refusedAgain: count('of them for something that was refused before'),
      combinations: count('of action, resource and code'),
      combinationsRepeated: count('that came more than once'),
      mostRepeated: listOf(
        members({
          action: text('which action'),
          resource: text('pseudonym of the resource'),
          code: text('why'),
          first: count('the receipt of the first time'),
          times: count('how often'),
        }),
      ),
      withheld: count('refusals whose intent is not disclosed'),
      notRemembered: count('combinations beyond what is remembered'),
    }),
  ),
  measure_adoption: figure(
    'adoption',
    'compares what is bought with what is used',
    ['read_metrics', 'read_audit_trail'],
    members({
      sold: listOf(text('a pack')),
      soldAndUsed: listOf(text('a pack')),
      soldAndNotUsed: listOf(text('a pack')),
      subjects: count('different subjects that asked'),
      byPack: byName(members({ approved: count('decisions'), subjects: count('different subjects') }), 'what was used'),
    }),
  ),
  measure_approvals: figure(
    'approvals',
    'measures how long approvals were waited for',
    ['read_metrics', 'read_audit_trail'],
    members({
      byAction: byName(
        members({ asked: count('waits that began'), given: count('approvals'), waited: spread }),
        'by the action that waited',
      ),
      stillWaiting: count('without an approval at the end'),
      untimed: count('beyond what is remembered'),
    }),
  ),
  measure_freshness: figure(
    'freshness',
    'measures how old evidence and insurance checks were',
    ['read_metrics'],
    members({
      evidenceAge: byName(spread, 'by fact and source, at the decision'),
      insuranceAge: spread,
      decisionsBeforeAnyCheck: count('decisions before the insurance was ever checked'),
    }),
  ),
};
