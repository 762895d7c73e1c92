/** Reasons of incidents, and of the restoration that they lead to. */
import type { Proposal } from './carry-out.ts';
import { SERVICE } from './kit.ts';
import { given, type Row, refOf } from './reason-row.ts';
import type { Stage } from './reason-stage.ts';

const INCIDENT = 'inc-1';
const RECIPE = 'restore_drifted_configuration';
const about = (action: string, args: Proposal['arguments'] = {}, resource = SERVICE): Proposal => ({
  action,
  resource,
  arguments: { incident: INCIDENT, ...args },
});
const alert = (kind = 'configuration_drift'): Proposal => about('report_alert', { kind, severity: 'medium' });
const check = about('check_incident', { recipe: RECIPE });
const close = about('close_incident', { finding: 'it was edited by hand' });

/** Carries an incident through these steps. */
const through =
  (...steps: readonly Proposal[]) =>
  async (stage: Stage): Promise<void> => {
    for (const step of steps) await given(stage, 'agent', step);
  };
const storm = about('check_incident', { recipe: 'throttle_request_storm' });
/** A storm was throttled: the handler says so, and the limit is seen. */
const throttled = async (stage: Stage): Promise<void> => {
  const roles = { subject: refOf(stage, 'agent'), roles: ['write_config'] };
  await given(stage, 'owner', { action: 'grant_role', resource: 'people', arguments: roles });
  const limits = { least: 1, most: 500 };
  await given(stage, 'owner', { action: 'set_throttle_policy', resource: SERVICE, arguments: limits });
  await through(about('activate_throttle'))(stage);
};
const mended = ({ world }: Stage): void => {
  world.set('configuration_drifted', false);
};

export const INCIDENT_ROWS: readonly Row[] = [
  {
    code: 'incident_unnamed',
    note: 'it has the name of none',
    by: 'agent',
    asks: about('report_alert', { kind: 'configuration_drift', severity: 'low', incident: 'none' }),
    next: 'request',
    better: { incident: 'inc-2' },
  },
  {
    code: 'incident_elsewhere',
    note: 'it is about another resource',
    first: through(alert()),
    by: 'agent',
    asks: about('report_alert', { kind: 'configuration_drift', severity: 'low' }, 'service/search'),
    next: 'request',
    better: { incident: 'inc-2' },
  },
  {
    code: 'incident_of_other_kind',
    note: 'a drift is open under its id',
    first: through(alert()),
    by: 'agent',
    asks: alert('request_storm'),
    next: 'request',
    better: { incident: 'inc-2' },
  },
  {
    code: 'incident_not_open',
    note: 'nobody reported it',
    by: 'agent',
    asks: check,
    next: 'world',
    mend: through(alert()),
  },
  {
    code: 'incident_not_due',
    note: 'at the very instant at which it is due',
    first: async (stage) => {
      await through(alert())(stage);
      stage.setting.clock.now += 900_000;
    },
    by: 'operator',
    asks: about('escalate_incident'),
    next: 'time',
    direct: true,
  },
  {
    code: 'recipe_of_other_kind',
    note: 'a storm is no drift',
    first: through(alert('request_storm')),
    by: 'agent',
    asks: check,
    next: 'request',
    better: { incident: 'inc-2' },
  },
  {
    code: 'recipe_not_indicated',
    note: 'nothing differs from the commit',
    first: async (stage) => {
      await through(alert())(stage);
      mended(stage);
    },
    by: 'agent',
    asks: check,
    next: 'world',
    mend: ({ world }) => void world.set('configuration_drifted', true),
  },
  {
    code: 'recovery_not_seen',
    note: 'the handler said that it was done',
    first: async (stage) => {
      await through(alert('request_storm'), storm)(stage);
      await throttled(stage);
      stage.world.set('active_throttle_limit', 0);
    },
    by: 'agent',
    asks: about('verify_incident'),
    next: 'world',
    mend: ({ world }) => void world.set('active_throttle_limit', 120),
  },
  {
    code: 'incident_not_executed',
    note: 'nothing was done yet',
    first: through(alert('request_storm'), storm),
    by: 'agent',
    asks: about('verify_incident'),
    next: 'world',
    mend: throttled,
  },
  {
    code: 'incident_not_verified',
    note: 'nobody looked',
    first: through(alert()),
    by: 'agent',
    asks: close,
    next: 'world',
    mend: through(about('decline_incident', { why: 'false_alarm' })),
  },
  {
    code: 'incident_not_checked',
    note: 'nobody looked',
    first: through(alert()),
    by: 'agent',
    asks: about('restore_configuration'),
    next: 'world',
    mend: through(check),
  },
  {
    code: 'no_configuration_drift',
    note: 'somebody mended it by hand',
    first: async (stage) => {
      await through(alert(), check)(stage);
      mended(stage);
    },
    by: 'agent',
    asks: about('restore_configuration'),
    next: 'world',
  },
  {
    code: 'restoration_not_allowed',
    note: 'the owner has not said',
    first: through(alert(), check),
    by: 'agent',
    asks: about('restore_configuration'),
    next: 'authority',
  },
];
