/**
 * An allow policy as `getIamPolicy` of Google Cloud answers it (google.iam.v1.Policy as JSON), in a normal form: which
 * member has which role under which condition. Bindings of one role and condition mean the same as one binding of all
 * their members; the order of bindings and of members means nothing; an empty binding grants nothing; e-mail addresses
 * and domains are in lower case, as IAM keeps them. What has members that a policy has not is something else: an error, a
 * page of a list, a policy inside of another document.
 */
import { isPlainObject, own } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { listMember, type Members, member } from '../members.ts';

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

/**
 * Sorts grants by role, then by condition, none first. No two grants have one key: what follows the last NUL is JSON or
 * nothing, and JSON has no NUL.
 */
export const iamGrantKey = (role: string, condition?: IamCondition | null): string => {
  if (condition === undefined || condition === null) return `${role}\u0000`;
  const [title, description, location] = [
    own(condition, 'title'),
    own(condition, 'description'),
    own(condition, 'location'),
  ];
  const when = JSON.stringify([title, description, condition.expression, location]);
  return `${role}\u0000${when}`;
};

/**
 * Reads a policy as it was observed. An absent list of bindings is an empty one: that is how an empty policy is answered.
 * What can't be the whole policy is refused.
 */
export const parseIamPolicy = (json: unknown): E.Either<string, IamPolicy> => {
  if (!isPlainObject(json)) return E.left('expected a policy');
  const strange = Object.keys(json).find((name) => !POLICY.includes(name));
  if (strange !== undefined) return E.left(`expected a policy, found a document with ${JSON.stringify(strange)}`);
  if (!VERSIONS.includes(member(json, 'version'))) return E.left('expected version to be 0, 1 or 3');
  const etag = member(json, 'etag');
  if (etag !== undefined && !isText(etag)) return E.left('expected etag to be a string');
  return E.map((grants: IamPolicy['grants']): IamPolicy => ({ ...(etag === undefined ? {} : { etag }), grants }))(
    parseGrants(json),
  );
};

/**
 * Reads a policy that is declared: it says its bindings, all of them, and IAM would take each member. A document that
 * leaves `bindings` out declares nothing; to declare that nobody has anything, write `"bindings": []`.
 */
export const parseDeclaredPolicy = (json: unknown): E.Either<string, IamPolicy> => {
  const policy = parseIamPolicy(json);
  if (E.isLeft(policy)) return policy;
  if (!Array.isArray(member(json as Members, 'bindings')))
    return E.left('expected bindings: to declare none, write []');
  for (const { members } of policy.right.grants.values())
    for (const name of members)
      if (!MEMBER.test(name))
        return E.left(`expected members as kind:name, found ${JSON.stringify(name.slice(0, 80))}`);
  return policy;
};
const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

const isClosed = (json: Members, known: readonly string[]): boolean =>
  Object.keys(json).every((name) => known.includes(name));

const CONDITION = ['expression', ...TEXTS] as const;

/** `null`: there is none. `undefined`: there is something else than a condition. An empty text is an absent one. */
const parseCondition = (json: unknown): IamCondition | null | undefined => {
  if (json === undefined || json === null) return null;
  if (!isPlainObject(json) || !isClosed(json, CONDITION)) return undefined;
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

/**
 * `principal:`, `principalSet:` and the like are case-sensitive; addresses and domains are not, and IAM answers them in
 * lower case (google.iam.v1.Binding.members). A deleted one carries its kind behind `deleted:`. Letters of ASCII alone are
 * turned: a Kelvin sign is no `k`, and whoever is called with one is somebody else.
 */
const ADDRESS = /^(?:deleted:)?(?:user|group|serviceAccount|domain):/;
const normalMember = (name: string): string => {
  const kind = ADDRESS.exec(name)?.[0];
  return kind === undefined ? name : kind + name.slice(kind.length).replace(/[A-Z]+/g, (some) => some.toLowerCase());
};
const MEMBER = /^(?:allUsers|allAuthenticatedUsers|[A-Za-z]+:.+)$/su;

/** A policy that was asked for in a version without conditions names them so, and leaves them out. */
const CUT_ROLE = /_withcond_/;

const parseBinding = (json: unknown): E.Either<string, Binding> => {
  if (!isPlainObject(json) || !isClosed(json, ['role', 'members', 'condition']))
    return E.left('expected a binding {role, members, condition?}');
  const role = member(json, 'role');
  const members = listMember(json, 'members');
  const condition = parseCondition(member(json, 'condition'));
  if (!isText(role)) return E.left('expected each binding to name a role');
  if (CUT_ROLE.test(role))
    return E.left('expected a policy with its conditions: ask for version 3 (options.requestedPolicyVersion)');
  if (members === undefined || !members.every(isText)) return E.left('expected members to be a list of names');
  if (condition === undefined) return E.left('expected a condition {expression, title?, description?, location?}');
  return E.right({ role, condition, members: (members as readonly string[]).map(normalMember) });
};

const parseGrants = (policy: Members): E.Either<string, ReadonlyMap<string, IamGrant>> => {
  const bindings = member(policy, 'bindings') === null ? [] : listMember(policy, 'bindings');
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

const POLICY: readonly string[] = ['version', 'bindings', 'etag', 'auditConfigs', 'kind', 'resourceId'];
/** google.iam.v1.Policy.version: there is no 2. */
const VERSIONS: readonly unknown[] = [undefined, 0, 1, 3];
