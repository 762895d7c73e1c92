/** What a policy is meant to keep, as data: a verdict that never comes, or always comes, unless a condition holds. */
import type { either as E } from 'fp-ts';
import {
  type Codec,
  closed,
  document,
  id,
  list,
  literal,
  optional,
  parseWith,
  prose,
  tagged,
  text,
} from '../data/codec.ts';
import type { Issue } from '../data/issue.ts';
import type { ActionId, Code } from './action.ts';
import { type Condition, ConditionCodec } from './condition.ts';

interface Scoped {
  /** What it is for, in a sentence. */
  readonly means?: string;
  /** One action, or all of the catalog. */
  readonly action: ActionId | '*';
  /** Only where this is known to be true. */
  readonly when?: Condition;
  /** Not where this is known to be true. What is unknown excuses nothing. */
  readonly unless?: Condition;
}
/** An invariant: it holds if it does for every typed observation of its action. */
export type Invariant =
  | (Scoped & { readonly verdict: 'never_approve' })
  /** Refused, and this code is among the reasons. */
  | (Scoped & { readonly verdict: 'always_refuse_with'; readonly code: Code })
  /** Approved whenever the intent's arguments are of their types. */
  | (Scoped & { readonly verdict: 'always_approve' });

/** A file of invariants. */
export interface Invariants {
  readonly invariants: readonly Invariant[];
}

/** Parses `{ "invariants": [ … ] }`. Everything that is wrong is listed. */
export const parseInvariants = (json: unknown): E.Either<readonly [Issue, ...Issue[]], readonly Invariant[]> => {
  const parsed = parseWith(InvariantsCodec, json);
  return parsed._tag === 'Left' ? parsed : { _tag: 'Right', right: parsed.right.invariants };
};

const action: Codec<ActionId | '*'> = text('an action, or `*` for all', /^(\*|[a-z][a-z0-9_]{0,63})$/);
const scoped = {
  means: optional(prose),
  action,
  when: optional(ConditionCodec),
  unless: optional(ConditionCodec),
};

/** An invariant as it is written; facts and types are checked against a catalog by `prove`. */
export const InvariantCodec: Codec<Invariant> = tagged<Invariant>('an invariant', 'verdict', {
  never_approve: closed<Extract<Invariant, { verdict: 'never_approve' }>>('never_approve', {
    ...scoped,
    verdict: literal('never_approve'),
  }),
  always_refuse_with: closed<Extract<Invariant, { verdict: 'always_refuse_with' }>>('always_refuse_with', {
    ...scoped,
    verdict: literal('always_refuse_with'),
    code: id,
  }),
  always_approve: closed<Extract<Invariant, { verdict: 'always_approve' }>>('always_approve', {
    ...scoped,
    verdict: literal('always_approve'),
  }),
});

export const InvariantsCodec: Codec<Invariants> = document(
  closed<Invariants>('a file of invariants', { invariants: list(InvariantCodec, 1) }),
);
