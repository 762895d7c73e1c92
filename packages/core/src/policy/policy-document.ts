/**
 * A policy document: what a tenant asks of a catalog's actions beyond what their packs require. It adds requirements and
 * nothing else: it can't remove one, and it has no say over writes, plans or prices.
 *
 * ```json
 * { "policy": { "id": "acme_changes", "version": "1.0.0" },
 *   "requirements": [
 *     { "actions": ["trigger_rollback"], "code": "not_contractual", "means": "nothing is rolled back for a trial",
 *       "when": { "fact": "mode", "is": "contractual" }, "remedy": { "by": "nobody", "why": "a trial has no rollbacks" } } ],
 *   "codes": { "not_contractual": "the action is asked for in a trial" } }
 * ```
 */
import { either as E } from 'fp-ts';
import {
  type Codec,
  closed,
  dictionary,
  document,
  list,
  optional,
  parseWith,
  prose,
  semver,
  text,
} from '../data/codec.ts';
import { type Issue, suggestion } from '../data/issue.ts';
import { type Code, type Remedy, RemedyCodec } from './action.ts';
import { type Condition, ConditionCodec } from './condition.ts';
import { type Invariant, InvariantCodec } from './invariant.ts';

/** The name of a policy document, unique in a catalog; without `__`. */
export type PolicyId = string;
/** Actions that a requirement is added to: one by its id, all of a pack, or all that change the world. */
export type PolicyTarget = string;

/** A requirement that a tenant adds. */
export interface PolicyRequirement {
  /** Action ids, `pack:<pack_id>`, or `*external` for every action whose effect is external or contractual. */
  readonly actions: readonly PolicyTarget[];
  /** One of the document's own codes. A reason gives it as `<policy id>__<code>`. */
  readonly code: Code;
  readonly means: string;
  readonly when: Condition;
  readonly remedy: Remedy;
}

/** A policy document as it is written. */
export interface PolicyDocument {
  readonly policy: { readonly id: PolicyId; readonly version: string; readonly description?: string };
  readonly requirements: readonly PolicyRequirement[];
  readonly codes: Readonly<Record<Code, string>>;
  /** What the catalog is meant to keep with this document in it. Proved by `prove`, not by deciding. */
  readonly invariants?: readonly Invariant[];
}

// One underscore at a time: the two between a document's id and its code are nowhere else, so no two pairs read alike.
const NAME = /^(?=.{1,31}$)[a-z][a-z0-9]*(_[a-z0-9]+)*$/;
const name: Codec<string> = text('a snake_case name of 1 to 31 characters, without `__`', NAME);
const target: Codec<PolicyTarget> = text(
  'an action, `pack:<pack_id>` or `*external`',
  /^((pack:)?[a-z][a-z0-9_]{0,63}|\*external)$/,
);

const PolicyRequirementCodec: Codec<PolicyRequirement> = closed<PolicyRequirement>('a requirement of a policy', {
  actions: list(target, 1),
  code: name,
  means: prose,
  when: ConditionCodec,
  remedy: RemedyCodec,
});

/** Parses the shape; see `documentIssues` for what the document says of itself, `compileCatalog` for what it names. */
export const PolicyDocumentCodec: Codec<PolicyDocument> = document(
  closed<PolicyDocument>('a policy document', {
    policy: closed<PolicyDocument['policy']>('policy', { id: name, version: semver, description: optional(prose) }),
    requirements: list(PolicyRequirementCodec),
    codes: dictionary('codes', NAME, prose),
    invariants: optional(list(InvariantCodec)),
  }),
);

/** A document's code as reasons and receipts give it. No engine and no pack has a code of this form by accident. */
export const policyCode = (id: PolicyId, code: Code): Code => `${id}__${code}`;

/** What is wrong with a document by itself: codes that it doesn't explain, and repetitions. */
export const documentIssues = ({ requirements, codes }: PolicyDocument): readonly Issue[] =>
  requirements.flatMap(({ code, actions }, i): readonly Issue[] => {
    const unexplained = Object.hasOwn(codes, code)
      ? []
      : [
          {
            path: ['requirements', i, 'code'],
            expected: `one of the document’s codes${suggestion(code, Object.keys(codes))}`,
            found: `\`${code}\``,
          },
        ];
    const repeated = actions.flatMap((one, k) =>
      actions.indexOf(one) < k
        ? [{ path: ['requirements', i, 'actions', k], expected: 'each name once', found: `\`${one}\` again` }]
        : [],
    );
    return [...unexplained, ...repeated];
  });

/**
 * Parses a policy document by itself. Everything that is wrong is listed with its path. Whether its facts, actions and
 * types exist is said by `compileCatalog` of the catalog that it was added to (`withPolicy`).
 */
export const parsePolicyDocument = (json: unknown): E.Either<readonly [Issue, ...Issue[]], PolicyDocument> => {
  const parsed = parseWith(PolicyDocumentCodec, json);
  if (E.isLeft(parsed)) return parsed;
  const [first, ...rest] = documentIssues(parsed.right);
  return first === undefined ? parsed : E.left([first, ...rest]);
};
