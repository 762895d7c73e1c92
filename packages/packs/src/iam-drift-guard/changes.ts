/** The changes that undo a drift: exactly them, in one order. */
import { own } from '@tai-autonomics/core/receipt';
import { type IamCondition, type IamGrant, type IamPolicy, iamGrantKey } from './policy.ts';

/** One member of one grant, to be added or removed. */
export interface IamChange {
  readonly change: 'add' | 'remove';
  readonly role: string;
  readonly condition?: IamCondition;
  readonly member: string;
}

const NOBODY: readonly string[] = [];

/**
 * What makes the observed policy grant what the declared one does: no more than that, by role, then condition, then
 * member, in code units. Empty exactly if both grant the same.
 */
export const iamChanges = (declared: IamPolicy, observed: IamPolicy): readonly IamChange[] => {
  const changes: IamChange[] = [];
  for (const key of differing(declared, observed)) {
    const wanted = declared.grants.get(key);
    const found = observed.grants.get(key);
    const grant = (wanted ?? found) as IamGrant;
    const { role } = grant;
    const condition = own(grant, 'condition');
    between(wanted?.members ?? NOBODY, found?.members ?? NOBODY, (change, member) => {
      changes.push({ change, role, ...(condition === undefined ? {} : { condition }), member });
    });
  }
  return changes;
};

/**
 * The grants of a policy after changes, as bindings in the same order. A change that is already so changes nothing.
 * `iamBindings(observed, iamChanges(declared, observed))` grants what `declared` does.
 */
export const iamBindings = (policy: IamPolicy, changes: readonly IamChange[]): readonly IamBinding[] => {
  const after = new Map<string, { readonly binding: Omit<IamBinding, 'members'>; readonly members: Set<string> }>();
  for (const [key, { members, ...binding }] of policy.grants) after.set(key, { binding, members: new Set(members) });
  for (const { change, member, ...binding } of changes) {
    const key = iamGrantKey(binding.role, own(binding, 'condition'));
    const { members } = after.get(key) ?? { members: new Set<string>() };
    if (change === 'add') members.add(member);
    else members.delete(member);
    after.set(key, { binding, members });
  }
  return [...after]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([, grant]) => grant)
    .filter(({ members }) => members.size > 0)
    .map(({ binding, members }) => ({ ...binding, members: [...members].sort() }));
};

/** Walks two sorted lists at once. */
const between = (
  declared: readonly string[],
  observed: readonly string[],
  tell: (change: IamChange['change'], member: string) => void,
): void => {
  let d = 0;
  let o = 0;
  while (d < declared.length || o < observed.length) {
    const wanted = declared[d];
    const found = observed[o];
    if (wanted === found) {
      d += 1;
      o += 1;
    } else if (found === undefined || (wanted !== undefined && wanted < found)) {
      tell('add', wanted as string);
      d += 1;
    } else {
      tell('remove', found);
      o += 1;
    }
  }
};

const sameMembers = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((name, i) => name === other[i]);

/** The keys of the grants that differ, sorted: few, however large the policies are. */
const differing = (declared: IamPolicy, observed: IamPolicy): readonly string[] => {
  const keys: string[] = [];
  for (const [key, { members }] of declared.grants)
    if (!sameMembers(members, observed.grants.get(key)?.members ?? NOBODY)) keys.push(key);
  for (const key of observed.grants.keys()) if (!declared.grants.has(key)) keys.push(key);
  return keys.sort();
};

/** A binding as `setIamPolicy` takes it. */
export interface IamBinding {
  readonly role: string;
  readonly members: readonly string[];
  readonly condition?: IamCondition;
}
