/** Actions: what may be asked, what it needs, what an approval changes and what then runs. All of it is data. */
import * as t from 'io-ts';
import {
  anyOf,
  boolean,
  type Codec,
  closed,
  decoder,
  dictionary,
  id,
  integer,
  list,
  literal,
  nonEmpty,
  oneOf,
  optional,
  prose,
  tagged,
  text,
} from '../data/codec.ts';
import type { Ms } from '../data/instant.ts';
import { suggestion } from '../data/issue.ts';
import { type ResultSchema, ResultSchemaCodec } from '../data/result-schema.ts';
import { isPlainObject } from '../receipt/encoding/json.ts';
import { type Condition, ConditionCodec } from './condition.ts';
import { type Argument, ArgumentsCodec, type CellId, type Term, TermCodec } from './fact.ts';
import { type Role, RoleCodec } from './role.ts';

/** The name of an action, unique in a catalog. */
export type ActionId = string;
/** Why a decision refused; closed by the catalog: the gates' codes and what its packs declare. */
export type Code = string;
/** What a receipt records; closed by the catalog. */
export type EventId = string;

/** The event of a receipt that records a changed tool surface. */
export const TOOL_SURFACE_CHANGED: EventId = 'tool_surface_changed';

/** The kind of whoever asks. */
export type SubjectType = (typeof SUBJECT_TYPES)[number];

/** The kinds of subject that an argument can name: not the marketplace, nor the operator's own system. */
export type NamedKind = (typeof NAMED_KINDS)[number];

/** What a user is to a tenant, apart from any role. */
export type Relation = (typeof RELATIONS)[number];

/** Whose act would help. */
export interface Who {
  readonly type: SubjectType;
  readonly relation?: Relation;
}
/** A value that whoever submits must choose, and its lawful bounds. */
export interface Choice {
  readonly argument: string;
  readonly from?: Term;
  readonly to?: Term;
  readonly oneOf?: readonly string[];
}
/** The intent that somebody else would submit. */
export interface Ask {
  readonly action: ActionId;
  /** About which resource; the refused intent's own where absent. */
  readonly resource?: Term;
  readonly arguments: Readonly<Record<string, Term>>;
  /** It names the refusal's own receipt, by its arguments `receipt` and `leaf`: approvals do. */
  readonly refusal?: true;
  readonly choose?: readonly Choice[];
}
/** How many different subjects must submit it: as many as are missing. */
export interface Times {
  readonly upTo: number;
  /** How many there are already, while the condition is true; none otherwise. */
  readonly counted: Term;
  readonly while: Condition;
  /** The set of those who submitted it already, while the condition is true: it has to be somebody else. */
  readonly except?: Term;
}
/** What removes a reason whose condition is false. For an unknown one `information` is computed. */
export type Remedy =
  | { readonly by: 'authority'; readonly who: Who; readonly submit: Ask; readonly times?: Times }
  /** Ask again with another value of the argument; or, where `or` is said, of that one alone. */
  | { readonly by: 'request'; readonly argument: string; readonly or?: string }
  | { readonly by: 'world'; readonly action?: ActionId }
  /** Wait until an instant; where that is absent, until the condition holds. */
  | { readonly by: 'time'; readonly notBefore?: Term }
  | { readonly by: 'nobody'; readonly why: string };

/** A condition that must hold, the code that is given when it does not, and what would help. */
export interface Requirement {
  readonly code: Code;
  readonly when: Condition;
  readonly remedy: Remedy;
  readonly means: string;
}

/** What happens to one cell. */
export type Change =
  | { readonly set: Term }
  | { readonly add: Term }
  | { readonly remove: Term }
  | { readonly plus: number }
  | { readonly clear: true };
/** A change of a keyed cell, as written. */
export interface Write {
  readonly cell: CellId;
  readonly key: readonly Term[];
  readonly change: Change;
  /** Only where this held before the approval. Looks at the ledger, the intent and the time; at nothing that is observed. */
  readonly when?: Condition;
}

/** How an approved action ended. */
export type Status = (typeof STATUSES)[number];
/** The outcome of an approved action: how it ended, or that it was withdrawn before it began. */
export type OutcomeStatus = Status | 'withdrawn';

/** What is recorded when an action ended in one way. */
export interface After {
  readonly emits: EventId;
  readonly writes: readonly Write[];
}
/** Limits of a run. The wall clock and the V8 heap are enforced; the share of a CPU is measured and reported. */
export interface Limits {
  readonly timeoutMs: Ms;
  readonly memoryBytes: number;
  readonly cpuPercent: number;
}
/** What an action does when it is approved. */
export type Does =
  /** The fold is the effect: no handler, no outcome, nothing to crash. */
  | { readonly effect: 'internal' }
  /** Looks something up; leaves its decision's receipt and no other. */
  | { readonly effect: 'read'; readonly step: string; readonly with: Readonly<Record<string, Term>> }
  | RunsStep;
/** An effect outside of the ledger: the step that carries it out, its limits, and how it is verified. */
export interface RunsStep {
  readonly effect: 'external' | 'contractual';
  readonly step: string;
  readonly with: Readonly<Record<string, Term>>;
  /** Looked up in the pack where absent. */
  readonly limits?: Limits;
  /** What must be seen afterwards; facts are observed anew, `step.<name>` is the approved step's argument. */
  readonly verify: Condition;
  readonly idempotent: boolean;
  /** Recorded before the handler starts. */
  readonly begins: EventId;
  readonly after: { readonly [S in Status]: After };
}

/** An action as it is written: who may ask, what it needs, what an approval changes and what then runs. */
export interface Action {
  readonly means: string;
  readonly who: readonly [SubjectType, ...SubjectType[]];
  readonly relation?: Relation;
  /** `active`: only while an entitlement that the tenant bought is active. */
  readonly entitlement: 'active' | 'none';
  readonly roles: readonly Role[];
  readonly arguments: Readonly<Record<string, Argument>>;
  /** The code for arguments that are missing, unknown or ill-typed; `arguments_invalid` where absent. */
  readonly invalid?: Code;
  readonly requires: readonly Requirement[];
  readonly emits: { readonly approve: EventId; readonly refuse: EventId };
  readonly writes: readonly Write[];
  /** What must stay possible in a ledger that is closed: erasing a disclosure, changing or revoking a key. */
  readonly evenWhenClosed?: true;
  /** What must stay possible while the operator suspends the tenant, beside reads and `evenWhenClosed`. */
  readonly evenWhenSuspended?: true;
  readonly does: Does;
  /** What a read answers, or the handler returns on success. A promise to callers; no decision looks at it. */
  readonly returns?: ResultSchema;
}

/** The kinds of subject that a credential can name. */
export const SUBJECT_TYPES = ['agent', 'user', 'service', 'marketplace', 'system'] as const;

/** The kinds of subject that an argument can name. */
export const NAMED_KINDS = ['agent', 'user', 'service'] as const;

/** What a user can be to a tenant, apart from any role. */
export const RELATIONS = ['owner', 'approver', 'responder'] as const;

/** How an approved action can end. */
export const STATUSES = ['success', 'failed', 'timeout', 'memory_exceeded', 'unknown'] as const;

export const LimitsCodec: Codec<Limits> = closed<Limits>('limits', {
  timeoutMs: integer(1, 86_400_000),
  memoryBytes: integer(1_048_576, 68_719_476_736),
  cpuPercent: integer(1, 100),
});

const who: Codec<Who> = closed<Who>('who', {
  type: oneOf('a subject type', SUBJECT_TYPES),
  relation: optional(oneOf('a relation', RELATIONS)),
});
const choice: Codec<Choice> = closed<Choice>('a choice', {
  argument: id,
  from: optional(TermCodec),
  to: optional(TermCodec),
  oneOf: optional(list(text('a word', /^[^\p{Cc}\p{Cs}]{1,200}$/u), 1)),
});
const terms: Codec<Readonly<Record<string, Term>>> = dictionary('terms', /^[a-z][a-z0-9_]{0,63}$/, TermCodec);
const ask: Codec<Ask> = closed<Ask>('an intent to submit', {
  action: id,
  resource: optional(TermCodec),
  arguments: terms,
  refusal: optional(literal(true)),
  choose: optional(list(choice)),
});
/** Parses a remedy; what it names is checked when the catalog is compiled. */
export const RemedyCodec: Codec<Remedy> = tagged<Remedy>('a remedy', 'by', {
  authority: closed<Extract<Remedy, { by: 'authority' }>>('authority', {
    by: literal('authority'),
    who,
    submit: ask,
    times: optional(
      closed<Times>('times', {
        upTo: integer(2, 256),
        counted: TermCodec,
        while: ConditionCodec,
        except: optional(TermCodec),
      }),
    ),
  }),
  request: closed<Extract<Remedy, { by: 'request' }>>('request', {
    by: literal('request'),
    argument: id,
    or: optional(id),
  }),
  world: closed<Extract<Remedy, { by: 'world' }>>('world', { by: literal('world'), action: optional(id) }),
  time: closed<Extract<Remedy, { by: 'time' }>>('time', { by: literal('time'), notBefore: optional(TermCodec) }),
  nobody: closed<Extract<Remedy, { by: 'nobody' }>>('nobody', { by: literal('nobody'), why: prose }),
});
const RequirementCodec: Codec<Requirement> = closed<Requirement>('a requirement', {
  code: id,
  when: ConditionCodec,
  remedy: RemedyCodec,
  means: prose,
});

const setChange: Codec<{ readonly set: Term }> = closed('set', { set: TermCodec });
const addChange: Codec<{ readonly add: Term }> = closed('add', { add: TermCodec });
const removeChange: Codec<{ readonly remove: Term }> = closed('remove', { remove: TermCodec });
const plusChange: Codec<{ readonly plus: number }> = closed('plus', { plus: integer(Number.MIN_SAFE_INTEGER) });
const clearChange: Codec<{ readonly clear: true }> = closed('clear', {
  clear: literal(true),
});
const CHANGES: Readonly<Record<string, Codec<Change>>> = {
  set: setChange,
  add: addChange,
  remove: removeChange,
  plus: plusChange,
  clear: clearChange,
};
const change: Codec<Change> = decoder(
  'exactly one of set, add, remove, plus, clear',
  anyOf(Object.values(CHANGES)),
  (x, context) => {
    const kinds = Object.keys(CHANGES);
    const [word = '', ...more] = isPlainObject(x) ? Object.keys(x) : [];
    const variant = more.length === 0 && Object.hasOwn(CHANGES, word) ? CHANGES[word] : undefined;
    return variant === undefined
      ? t.failure(x, context, `exactly one of ${kinds.join(', ')}${suggestion(word, kinds)}`)
      : variant.validate(x, context);
  },
);
const WriteCodec: Codec<Write> = closed<Write>('a write', {
  cell: id,
  key: list(TermCodec),
  change,
  when: optional(ConditionCodec),
});

const after: Codec<After> = closed<After>('what follows', { emits: id, writes: list(WriteCodec) });
const afters: Codec<RunsStep['after']> = closed<RunsStep['after']>('what follows each status', {
  success: after,
  failed: after,
  timeout: after,
  memory_exceeded: after,
  unknown: after,
});
const runs = <W extends RunsStep['effect']>(word: W): Codec<RunsStep> =>
  closed<RunsStep>(`a ${word} effect`, {
    effect: literal(word),
    step: id,
    with: terms,
    limits: optional(LimitsCodec),
    verify: ConditionCodec,
    idempotent: boolean,
    begins: id,
    after: afters,
  });
const does: Codec<Does> = tagged<Does>('an effect', 'effect', {
  internal: closed<Extract<Does, { effect: 'internal' }>>('internal', {
    effect: literal('internal'),
  }),
  read: closed<Extract<Does, { effect: 'read' }>>('a read', {
    effect: literal('read'),
    step: id,
    with: terms,
  }),
  external: runs('external'),
  contractual: runs('contractual'),
});
const subjects: Codec<Action['who']> = nonEmpty('subject type', oneOf('a subject type', SUBJECT_TYPES));

/** An action as it is written. Roles and preconditions must be stated, if only as empty lists (C-13, C-27, X-10). */
export const ActionCodec: Codec<Action> = closed<Action>('an action', {
  means: prose,
  who: subjects,
  relation: optional(oneOf('a relation', RELATIONS)),
  entitlement: oneOf('active or none', ['active', 'none'] as const),
  roles: list(RoleCodec),
  arguments: ArgumentsCodec,
  invalid: optional(id),
  requires: list(RequirementCodec),
  emits: closed('events', { approve: id, refuse: id }),
  writes: list(WriteCodec),
  evenWhenClosed: optional(literal(true)),
  evenWhenSuspended: optional(literal(true)),
  does,
  returns: optional(ResultSchemaCodec),
});
