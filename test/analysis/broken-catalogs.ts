/** For each invariant of the shipped catalog an edit of the catalog that breaks it: what the invariant is there to catch. */
import { library } from '@tai-autonomics/packs';

type Members = { [member: string]: unknown };
interface Source {
  readonly packs: readonly Members[];
}
/** What was done, in a few words, and how. */
export interface Breaking {
  readonly edit: string;
  readonly apply: (source: Source, action: string) => void;
}

const packWith = (source: Source, action: string): Members =>
  source.packs.find(({ actions }) => Object.hasOwn(actions as Members, action)) as Members;
const actionOf = (source: Source, action: string): Members =>
  (packWith(source, action)['actions'] as Members)[action] as Members;

const without = (...codes: readonly string[]): Breaking => ({
  edit: `without \`${codes.join('` and `')}\``,
  apply: (source, action) => {
    const found = actionOf(source, action);
    found['requires'] = (found['requires'] as Members[]).filter(({ code }) => !codes.includes(String(code)));
  },
});
const also = (who: string): Breaking => ({
  edit: `for ${who}s too`,
  apply: (source, action) => {
    const found = actionOf(source, action);
    found['who'] = [...(found['who'] as string[]), who];
  },
});
const set = (edit: string, member: string, value: unknown): Breaking => ({
  edit,
  apply: (source, action) => {
    const found = actionOf(source, action);
    if (value === undefined) delete found[member];
    else found[member] = value;
  },
});
/** The gates of assurance, stops and capacity are about what changes the world. */
const unnoticed = set('as an internal action', 'does', { effect: 'internal' });

const EDITS: readonly (readonly [means: RegExp, breaking: Breaking])[] = [
  [/ without an entitlement /, set('for everybody who bought the pack once', 'entitlement', 'none')],
  [/before its cause is recorded/, without('stop_cause_missing')],
  [/nobody clears the critical/, without('andon_raiser_clears')],
  [/no owner’s word alone/, without('recovery_by_releaser')],
  [/while an incident about it is open/, without('quarantine_gate_not_passed')],
  [/no recipe is selected that is stopped/, without('recipe_stopped')],
  [/as the remedy of an incident whose recipe/, without('recipe_quarantined')],
  [/no why is answered but/, without('receipt_not_of_incident')],
  [/no prevention test passes but/, without('prevention_test_not_failed')],
  [/no analysis is closed with/, without('whys_incomplete')],
  [/insurance|agreement|Andon is open|in quarantine|quota$/, unnoticed],
  [/ in an evaluation/, unnoticed],
  [/no (publication|withdrawal|deployment|revert) of .* without somebody/, without('release_not_approved')],
  [/ with a role that /, set('with no roles', 'roles', [])],
  [/no rollback without somebody/, without('rollback_policy_not_approved')],
  [/no deployment of a release that is no tag/, without('release_withdrawn')],
  [/not known to be stable/, without('deployment_not_stable')],
  [/no throttle without a storm/, without('throttle_limit_outside_policy')],
  [/no throttle is lifted/, without('storm_not_over')],
  [/no repair without somebody/, without('approval_expired')],
  [/no repair that may lock everybody out/, without('remediation_locks_out')],
  [/nobody approves the repair/, without('approver_is_requester')],
  [/at the very instant/, set('for everybody who bought the pack once', 'entitlement', 'none')],
  [
    /what was not bought/,
    {
      edit: 'in a pack that is always on',
      apply: (source, action) => void Object.assign(packWith(source, action), { always: true }),
    },
  ],
  [/only a marketplace/, also('service')],
  [/only an owner grants/, without('role_beyond_plan')],
  [/nobody is granted/, without('subject_unknown')],
  [/nobody takes an ownership/, without('ownership_not_offered')],
  [/only an approver/, without('approver_is_requester')],
  [/only an owner erases/, set('for every user', 'relation', undefined)],
  [/nobody lets pass/, without('glass_period_invalid')],
  [/no owner removes itself/, without('last_owner')],
  [/only the system changes/, also('user')],
  [/no other catalog/, without('catalog_pinned')],
  [
    /a closed ledger/,
    {
      edit: '`raise_andon` even when closed',
      apply: (s) => void Object.assign(actionOf(s, 'raise_andon'), { evenWhenClosed: true }),
    },
  ],
  [/can stop a resource/, set('for users alone', 'who', ['user'])],
  [/stops the whole tenant/, without('andon_too_wide')],
];

/** What breaks an invariant of the shipped catalog; `undefined` for one that is not in the list. */
export const breakingOf = (means: string): Breaking | undefined => EDITS.find(([pattern]) => pattern.test(means))?.[1];

/** The shipped catalog after an edit. */
export const broken = ({ apply }: Breaking, action: string): unknown => {
  const source = structuredClone(library) as unknown as Source;
  apply(source, action);
  return source;
};
