/** Shapes that the platform's actions share. */
import type { Action, Argument, Write } from '@tai-autonomics/core/author';

/** An internal action: its writes are its whole effect. */
export const internal = (action: Omit<Action, 'does' | 'entitlement' | 'roles'>): Action => ({
  ...action,
  entitlement: 'none',
  roles: [],
  does: { effect: 'internal' },
});

/** Sets a cell without a key to an argument. */
export const setTo = (cell: string, argument: string): Write => ({
  cell,
  key: [],
  change: { set: { fact: `argument.${argument}` } },
});

export const string = (means: string): Argument => ({ means, type: { type: 'string', maxLength: 200 } });
/** The pseudonym of somebody; a door also takes `agent:NAME`, `user:NAME` or `service:NAME` there. */
export const subject = (means: string): Argument => ({ ...string(means), names: 'subject' });
export const instant = (means: string): Argument => ({ means, type: { type: 'instant' } });
export const words = (means: string, ...values: readonly string[]): Argument => ({
  means,
  type: { type: 'enum', values },
});
export const names = (means: string): Argument => ({ means, type: { type: 'set' } });
