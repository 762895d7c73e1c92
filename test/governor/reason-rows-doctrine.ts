/** Reasons of stops that are let go, of scopes, and of the analysis of an incident. */
import type { Proposal } from './carry-out.ts';
import { approved, SERVICE, shipped } from './kit.ts';
import { given, type Row } from './reason-row.ts';
import type { Person, Stage } from './reason-stage.ts';

const INCIDENT = 'inc-1';
const CANDIDATE = 'c'.repeat(43);
const asked = (action: string, args: Proposal['arguments'] = {}, resource = SERVICE): Proposal => ({
  action,
  resource,
  arguments: args,
});
const about = (action: string, args: Proposal['arguments'] = {}): Proposal =>
  asked(action, { incident: INCIDENT, ...args });

type Step = readonly [by: Person, asks: Proposal];
const after =
  (...steps: readonly Step[]) =>
  async (stage: Stage): Promise<void> => {
    for (const [by, asks] of steps) await given(stage, by, asks);
  };

const raise = (severity: string): Step => ['owner', asked('raise_andon', { severity, finding: 'odd' })];
const isolate = (...gates: readonly string[]): Step => [
  'owner',
  asked('quarantine_resource', { finding: 'odd', gates }),
];
const cause: Step = ['owner', asked('record_stop_cause', { finding: 'a probe was wrong' })];
const recovered = (by: Person): Step => [by, asked('confirm_recovery', { evidence: 'd1' })];
const clear: Pick<Row, 'by' | 'asks'> = { by: 'owner', asks: asked('clear_andon', { finding: 'mended' }) };
const release: Pick<Row, 'by' | 'asks'> = { by: 'owner', asks: asked('release_quarantine', { finding: 'mended' }) };

const RECIPE = { scope: 'recipe', name: 'restore_drifted_configuration' };
const alert: Step = ['agent', about('report_alert', { kind: 'configuration_drift', severity: 'medium' })];
const open: Step = ['agent', about('open_analysis')];
const check = about('check_incident', { recipe: RECIPE.name });
const why = (receipt: string): Proposal => about('record_why', { receipt, because: 'nobody looked' });
const tested = (result: string, test = 't-1'): Proposal => about('record_prevention_test', { test, result });

/** Five whys: the first on the receipt of the alert, each other one on that of the why before. */
const explained = async (stage: Stage): Promise<void> => {
  await after(alert, open)(stage);
  await answered(stage);
};
const latestOf = async (stage: Stage): Promise<string> => {
  const { outcome } = approved(await stage.governor.submit(stage.as('agent'), about('show_incident')));
  return String((outcome?.result as { readonly latest?: string } | undefined)?.latest);
};
const answered = async (stage: Stage): Promise<void> => {
  let cited = await latestOf(stage);
  for (let i = 0; i < 5; i++) {
    await given(stage, 'agent', why(cited));
    const shown = approved(await stage.governor.submit(stage.as('agent'), about('show_analysis')));
    cited = String((shown.outcome?.result as { readonly latest_why?: string } | undefined)?.latest_why);
  }
};
const prevented = async (stage: Stage): Promise<void> => {
  await explained(stage);
  await given(stage, 'steward', about('propose_prevention', { candidate: CANDIDATE }));
};
/** What was asked for can never be: something else is. */
const look = about('show_analysis');

export const DOCTRINE_ROWS: readonly Row[] = [
  { code: 'stop_cause_missing', note: 'nobody said why', first: after(raise('high')), ...clear, next: 'authority' },
  {
    code: 'recovery_not_confirmed',
    note: 'nobody said that it is over',
    first: after(isolate(), cause),
    ...release,
    next: 'authority',
  },
  {
    code: 'andon_raiser_clears',
    note: 'a critical one',
    first: after(raise('critical'), cause, recovered('owner')),
    ...clear,
    next: 'request',
    as: 'approver',
  },
  {
    code: 'recovery_by_releaser',
    note: 'on an owner’s word alone',
    first: after(isolate(), cause, recovered('owner')),
    ...release,
    next: 'request',
    as: 'approver',
  },
  {
    code: 'quarantine_gate_not_passed',
    note: 'an incident about it is open',
    first: after(alert, isolate('incidents'), cause, recovered('steward')),
    ...release,
    next: 'world',
    mend: after(
      ['agent', about('decline_incident', { why: 'false_alarm' })],
      ['agent', about('close_incident', { finding: 'nothing' })],
    ),
  },
  {
    code: 'scope_unknown',
    note: 'it is misspelt',
    by: 'owner',
    asks: asked('raise_scope_andon', { scope: 'environment', name: 'prod', severity: 'low', finding: 'odd' }, '*'),
    next: 'request',
    better: { name: 'production' },
  },
  {
    code: 'andon_open',
    note: 'for the whole environment',
    first: after([
      'owner',
      asked('raise_scope_andon', { scope: 'environment', name: 'production', severity: 'low', finding: 'odd' }, '*'),
    ]),
    by: 'agent',
    asks: asked('trigger_rollback'),
    next: 'authority',
  },
  {
    code: 'quarantined',
    note: 'for all who bought the SKU',
    first: after([
      'owner',
      asked('quarantine_scope', { scope: 'sku', name: 'rollback-guard-professional', finding: 'odd' }, '*'),
    ]),
    by: 'agent',
    asks: asked('trigger_rollback'),
    next: 'authority',
  },
  {
    code: 'recipe_stopped',
    note: 'it was stopped',
    first: after(alert, ['owner', asked('raise_scope_andon', { ...RECIPE, severity: 'low', finding: 'odd' }, '*')]),
    by: 'agent',
    asks: check,
    next: 'authority',
  },
  {
    code: 'recipe_quarantined',
    note: 'since the incident was checked',
    first: after(alert, ['agent', check], ['owner', asked('quarantine_scope', { ...RECIPE, finding: 'odd' }, '*')]),
    by: 'agent',
    asks: about('restore_configuration'),
    next: 'authority',
  },
  {
    code: 'incident_not_reported',
    note: 'nobody knows it',
    by: 'agent',
    asks: about('open_analysis'),
    next: 'world',
    mend: after(alert),
  },
  {
    code: 'analysis_open',
    note: 'it is open',
    first: after(alert, open),
    by: 'agent',
    asks: about('open_analysis'),
    next: 'world',
    instead: look,
  },
  {
    code: 'analysis_not_open',
    note: 'nobody opened it',
    first: after(alert),
    by: 'agent',
    asks: why('rcp-1'),
    next: 'world',
    mend: after(open),
  },
  {
    code: 'receipt_not_of_incident',
    note: 'it is of nothing',
    first: after(alert, open),
    by: 'agent',
    asks: why('rcp-1'),
    next: 'world',
    instead: look,
  },
  {
    code: 'receipt_cited_before',
    note: 'by the why before',
    first: async (stage) => {
      await after(alert, open)(stage);
      await given(stage, 'agent', why(await latestOf(stage)));
    },
    by: 'agent',
    asks: async (stage) => why(await latestOf(stage)),
    next: 'request',
    instead: look,
  },
  {
    code: 'whys_incomplete',
    note: 'none is answered',
    first: after(alert, open),
    by: 'agent',
    asks: about('close_analysis', { finding: 'odd' }),
    next: 'world',
    mend: answered,
  },
  {
    code: 'prevention_not_proposed',
    note: 'nobody named a catalog',
    first: explained,
    by: 'steward',
    asks: tested('failed'),
    next: 'world',
    mend: after(['steward', about('propose_prevention', { candidate: CANDIDATE })]),
  },
  {
    code: 'prevention_decides_already',
    note: 'it is the one that did not prevent it',
    first: explained,
    by: 'steward',
    asks: about('propose_prevention', { candidate: shipped.digest }),
    next: 'request',
    better: { candidate: CANDIDATE },
  },
  {
    code: 'prevention_not_active',
    note: 'it passes too early',
    first: prevented,
    by: 'steward',
    asks: tested('passed'),
    next: 'request',
    better: { result: 'failed' },
  },
  {
    code: 'prevention_test_not_failed',
    note: 'it never failed',
    first: prevented,
    by: 'steward',
    asks: tested('passed'),
    next: 'world',
    mend: after(['steward', tested('failed')]),
  },
  {
    code: 'prevention_not_tested',
    note: 'nothing was tried',
    first: prevented,
    by: 'agent',
    asks: about('close_analysis', { finding: 'odd' }),
    next: 'world',
    instead: look,
  },
];
