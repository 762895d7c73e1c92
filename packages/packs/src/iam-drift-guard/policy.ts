/**
 * An allow policy as `getIamPolicy` of Google Cloud answers it (google.iam.v1.Policy as JSON), in a normal form: which
 * member has which role under which condition. Bindings of one role and condition mean the same as one binding of all
 * their members; the order of bindings and of members means nothing; an empty binding grants nothing.
 */
import { either as E } from 'fp-ts';
import { isMembers, listMember, type Members, member } from '../members.ts';

/** When a binding holds (google.type.Expr). Two conditions are the same if all of their texts are. */
export interface IamCondition {
  readonly expression: string;
  readonly title?: string;
  readonly description?: string;
  readonly location?: string;
}

/** A role under a condition, and who has it: sorted, each once. */
export interface IamGrant {
  readonly role: string;
  readonly condition?: IamCondition;
  readonly members: readonly string[];
}

/** The normal form: grants by their key, in any order. Two policies grant the same exactly if their normal forms are the same. */
export interface IamPolicy {
  readonly etag?: string;
  readonly grants: ReadonlyMap<string, IamGrant>;
}

const TEXTS = ['title', 'description', 'location'] as const;
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

/**
 * Sorts grants by role, then by condition, none first. No two grants have one key: what follows the last NUL is JSON or
 * nothing, and JSON has no NUL.
 */
export const iamGrantKey = (role: string, condition?: IamCondition | null): string => {
  const { title, description, expression, location } = condition ?? {};
  const when = expression === undefined ? '' : JSON.stringify([title, description, expression, location]);
  return `${role}\u0000${when}`;
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

/** Reads a policy. An absent list of bindings is an empty one: that is how an empty policy is answered. */
export const parseIamPolicy = (json: unknown): E.Either<string, IamPolicy> => {
  if (!isMembers(json)) return E.left('expected a policy');
  const etag = member(json, 'etag');
  if (etag !== undefined && !isText(etag)) return E.left('expected etag to be a string');
  return E.map((grants: IamPolicy['grants']): IamPolicy => ({ ...(etag === undefined ? {} : { etag }), grants }))(
    parseGrants(json),
  );
};
