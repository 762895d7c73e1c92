/** Shapes that the platform's actions share. */
import type { Action, Argument, Requirement, Write } from '@tai-autonomics/core/author';

/** What an instant in a cell reads before anything was written: long ago. */
export const EPOCH = '1970-01-01T00:00:00.000Z';

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
export const instant = (means: string): Argument => ({ means, type: { type: 'instant' } });
export const words = (means: string, ...values: readonly string[]): Argument => ({
  means,
  type: { type: 'enum', values },
});
/** Somebody’s pseudonym: it stands in clear in the receipt of what is approved. */
export const pseudonym = (means: string): Argument => ({ means, type: { type: 'string', form: 'subject' } });
/** An opaque id or a digest, which stands in clear in the receipt of what is approved. */
export const opaqueId = (means: string): Argument => ({ means, type: { type: 'string', form: 'id' } });
/** Opaque ids, which stand in clear in the receipt of what is approved. */
export const ids = (means: string): Argument => ({ means, type: { type: 'set', form: 'id' } });

/** What a tenant's owner and the operator may both do. */
export const ownerOrSystem: Requirement = {
  code: 'insufficient_privilege',
  means: 'it is asked by the operator’s own system or by an owner of the tenant',
  when: {
    any: [
      { fact: 'subject_type', is: 'system' },
      { fact: 'subject_relations', contains: 'owner' },
    ],
  },
  remedy: { by: 'request', argument: 'credential' },
};
