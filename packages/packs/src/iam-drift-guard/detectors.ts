/** What the declared and the observed allow policy of a resource say about drift. */

import type { FactId, Value } from '@tai-autonomics/core/author';
import {
  canonicalize,
  concatBytes,
  encodeBase64url,
  encodeUtf8,
  isPlainObject,
  type Json,
  nobleSha256,
  own,
} from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import type { Detector } from '../detector.ts';
import { member } from '../members.ts';
import { type IamChange, iamChanges } from './changes.ts';
import { locksOut } from './lockout.ts';
import { type IamPolicy, parseDeclaredPolicy, parseIamPolicy } from './policy.ts';
import { parsePolicyVersion1 } from './policy-version-1.ts';

const DRIFT_DOMAIN = 'tai-autonomics/iam-drift@1\u0000';
/** Changes that a receipt says in full; of more it says the first ones, their number and the digest of all. */
const SHOWN_CHANGES = 50;
const SHOWN_CHARACTERS = 400;

/** The digest that an approval of these changes is bound to. */
export const iamDriftDigest = (changes: readonly IamChange[]): string | undefined => digestOf(changes, DRIFT_DOMAIN);

/** base64url of SHA-256 over the canonical JSON; `undefined` for what has none (a lone surrogate). */
const digestOf = (json: unknown, domain = ''): string | undefined => {
  const text = canonicalize(json as Json);
  const bytes = E.isRight(text) ? encodeUtf8(text.right) : undefined;
  const prefix = encodeUtf8(domain);
  return bytes === undefined || prefix === undefined
    ? undefined
    : encodeBase64url(nobleSha256(concatBytes(prefix, bytes)));
};

const short = (text: string): string => {
  const characters = [...text];
  return characters.length > SHOWN_CHARACTERS ? `${characters.slice(0, SHOWN_CHARACTERS - 1).join('')}…` : text;
};

/** One line a change, numbered: so that they stay in order, and apart, as members of a set. */
const shown = (one: IamChange, place: number): string => {
  const { change, role, member: name } = one;
  const condition = own(one, 'condition');
  const when = condition === undefined ? '' : ` if ${own(condition, 'title') ?? ''} (${condition.expression})`;
  return short(`${String(place + 1).padStart(2, '0')} ${change} ${role} ${name}${when}`);
};

type Facts = Readonly<Record<FactId, Value>>;

const factsOf = (declared: IamPolicy, observed: IamPolicy, declaredDigest: string): Facts => {
  const changes = iamChanges(declared, observed);
  const digest = iamDriftDigest(changes);
  return {
    drift_detected: changes.length > 0,
    drift_changes: changes.length,
    drift_plan: changes.slice(0, SHOWN_CHANGES).map(shown),
    declared_policy: declaredDigest,
    ...(digest === undefined ? {} : { drift_digest: digest }),
    ...(observed.etag === undefined ? {} : { policy_etag: observed.etag }),
  };
};

type Parse = (json: unknown) => E.Either<string, IamPolicy>;

interface Both {
  readonly declared: IamPolicy;
  readonly observed: IamPolicy;
  readonly digest: string;
}

const parseBoth = (raw: unknown, parseDeclared: Parse, parseObserved: Parse): E.Either<string, Both> => {
  if (!isPlainObject(raw)) return E.left('expected {declared, observed}');
  const declaredJson = member(raw, 'declared');
  const declared = parseDeclared(declaredJson);
  if (E.isLeft(declared)) return E.left(`declared: ${declared.left}`);
  const observed = parseObserved(member(raw, 'observed'));
  if (E.isLeft(observed)) return E.left(`observed: ${observed.left}`);
  const digest = digestOf(declaredJson);
  if (digest === undefined) return E.left('expected a declared policy in well-formed Unicode');
  return E.right({ declared: declared.right, observed: observed.right, digest });
};

const FACTS = [
  'drift_detected',
  'drift_digest',
  'drift_changes',
  'drift_plan',
  'policy_etag',
  'declared_policy',
] as const;

/**
 * `{ declared, observed }`, two policies in the format of `getIamPolicy` → `drift_detected`, `drift_digest` (of all the
 * changes that would undo it), `drift_changes` (how many), `drift_plan` (the first 50 of them, one line each),
 * `drift_locks_out` (whether undoing it would leave no binding, or nobody in a role that can repair), `policy_etag` (of the
 * observed policy; absent if it has none) and `declared_policy` (the digest of the declared policy as it is written). The
 * order of bindings and members changes none of the first five. A declaration without bindings is none.
 */
export const iamDrift: Detector = {
  id: 'iam_drift',
  version: 2,
  facts: [...FACTS, 'drift_locks_out'],
  detect: (raw) =>
    E.map(({ declared, observed, digest }: Both) => ({
      ...factsOf(declared, observed, digest),
      drift_locks_out: locksOut(declared, observed),
    }))(parseBoth(raw, parseDeclaredPolicy, parseIamPolicy)),
};

/** Version 1, for receipts that name it. */
export const iamDriftVersion1: Detector = {
  id: 'iam_drift',
  version: 1,
  facts: FACTS,
  detect: (raw) =>
    E.map(({ declared, observed, digest }: Both) => factsOf(declared, observed, digest))(
      parseBoth(raw, parsePolicyVersion1, parsePolicyVersion1),
    ),
};
