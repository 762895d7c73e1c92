/** How the first version of `iam_drift` read a policy, for receipts that name it: what it doesn't know it overlooks. */
import { either as E } from 'fp-ts';
import { isMembers, listMember, type Members, member } from '../members.ts';
import { type IamCondition, type IamGrant, type IamPolicy, iamGrantKey } from './policy.ts';

const TEXTS = ['title', 'description', 'location'] as const;

/** Reads a policy, whatever else stands in it. */
export const parsePolicyVersion1 = (json: unknown): E.Either<string, IamPolicy> => {
  if (!isMembers(json)) return E.left('expected a policy');
  const etag = member(json, 'etag');
  if (etag !== undefined && !isText(etag)) return E.left('expected etag to be a string');
  return E.map((grants: IamPolicy['grants']): IamPolicy => ({ ...(etag === undefined ? {} : { etag }), grants }))(
    parseGrants(json),
  );
};
const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** `null`: there is none. `undefined`: there is something else than a condition. An empty text is an absent one. */
const parseCondition = (json: unknown): IamCondition | null | undefined => {
  if (json === undefined || json === null) return null;
  if (!isMembers(json)) return undefined;
  const expression = member(json, 'expression');
  if (!isText(expression)) return undefined;
  const condition: { -readonly [M in keyof IamCondition]: IamCondition[M] } = { expression };
  for (const name of TEXTS) {
    const text = member(json, name);
    if (text !== undefined && typeof text !== 'string') return undefined;
    if (isText(text)) condition[name] = text;
  }
  return condition;
};

/** In the order of UTF-16 code units, each once. */
const sortedOnce = (members: string[]): readonly string[] =>
  members.sort().filter((name, i, sorted) => name !== sorted[i - 1]);

interface Binding {
  readonly role: string;
  readonly condition: IamCondition | null;
  readonly members: readonly string[];
}

const parseBinding = (json: unknown): E.Either<string, Binding> => {
  if (!isMembers(json)) return E.left('expected a binding {role, members, condition?}');
  const role = member(json, 'role');
  const members = listMember(json, 'members');
  const condition = parseCondition(member(json, 'condition'));
  if (!isText(role)) return E.left('expected each binding to name a role');
  if (members === undefined || !members.every(isText)) return E.left('expected members to be a list of names');
  if (condition === undefined) return E.left('expected a condition {expression, title?, description?, location?}');
  return E.right({ role, condition, members: members as readonly string[] });
};

const parseGrants = (policy: Members): E.Either<string, ReadonlyMap<string, IamGrant>> => {
  const bindings = listMember(policy, 'bindings');
  if (bindings === undefined) return E.left('expected bindings to be a list');
  const found = new Map<string, Binding & { readonly members: string[] }>();
  for (const json of bindings) {
    const parsed = parseBinding(json);
    if (E.isLeft(parsed)) return parsed;
    const { role, condition, members } = parsed.right;
    if (members.length === 0) continue;
    const key = iamGrantKey(role, condition);
    const known = found.get(key);
    if (known === undefined) found.set(key, { role, condition, members: [...members] });
    else for (const name of members) known.members.push(name);
  }
  const grants = new Map<string, IamGrant>();
  for (const [key, { role, condition, members }] of found) {
    grants.set(key, { role, ...(condition === null ? {} : { condition }), members: sortedOnce(members) });
  }
  return E.right(grants);
};
