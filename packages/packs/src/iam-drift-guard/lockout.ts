/** Whether undoing a drift could lock everybody out: then a mistake could not be repaired by whoever made it. */
import { own } from '@tai-autonomics/core/receipt';
import type { IamPolicy } from './policy.ts';

/**
 * Roles that can set policies: owners and administrators by their names, and custom roles, since what they contain is not
 * in the policy.
 */
const REPAIRS = /^(?:roles\/.*(?:admin|owner)|(?:projects|organizations)\/.*)$/i;

/**
 * Whether putting the declared policy in force would remove every binding, or everybody from a role that can repair.
 * Whoever has such a role only under a condition may not have it when it is needed.
 */
export const locksOut = (declared: IamPolicy, observed: IamPolicy): boolean => {
  const [before, after] = [held(observed), held(declared)];
  if (before.ever.size > 0 && after.ever.size === 0) return true;
  const loses = (was: ReadonlySet<string>, is: ReadonlySet<string>): boolean =>
    [...was].some((role) => REPAIRS.test(role) && !is.has(role));
  return loses(before.ever, after.ever) || loses(before.always, after.always);
};

/** A member that was deleted stays in a policy for a while, and can do nothing. */
const isThere = (name: string): boolean => !name.startsWith('deleted:');

/** Roles that somebody has, and those that somebody has whatever the hour. */
const held = ({ grants }: IamPolicy): { readonly ever: ReadonlySet<string>; readonly always: ReadonlySet<string> } => {
  const all = [...grants.values()].filter(({ members }) => members.some(isThere));
  const rolesOf = (some: typeof all): ReadonlySet<string> => new Set(some.map(({ role }) => role));
  return { ever: rolesOf(all), always: rolesOf(all.filter((grant) => own(grant, 'condition') === undefined)) };
};
