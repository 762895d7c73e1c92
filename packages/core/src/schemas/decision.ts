/** A decision as JSON Schema: what `decide` answers, and what `tai decide --json` prints. */
import { literal } from '../data/codec.ts';
import { GATES } from '../gates/gate.ts';
import { LimitsCodec, RELATIONS, SUBJECT_TYPES } from '../policy/action.ts';
import { ConditionCodec } from '../policy/condition.ts';
import { TypeCodec } from '../policy/fact.ts';
import type { SchemaPart } from '../receipt/encoding/json.ts';

type Members = Readonly<Record<string, SchemaPart>>;

/** The schema, and the definitions that it refers to. */
export const decisionSchema = (definitions: Map<string, SchemaPart>): SchemaPart => {
  const word = (value: string): SchemaPart => literal(value).describe(definitions);
  const choose = object(
    { argument: TEXT, type: TypeCodec.describe(definitions), means: TEXT },
    { from: {}, to: {}, oneOf: TEXTS },
  );
  const submit = object(
    { action: TEXT, resource: TEXT, arguments: { type: 'object' }, choose: listOf(choose) },
    { refusal: { const: true } },
  );
  const who = object({ type: { enum: SUBJECT_TYPES } }, { relation: { enum: RELATIONS } });
  const next: SchemaPart = {
    anyOf: [
      object(
        { kind: word('authority'), who, submit },
        { times: { type: 'integer', minimum: 2 }, except: TEXTS, notBefore: INSTANT },
      ),
      object(
        { kind: word('request'), argument: TEXT, means: TEXT },
        { or: TEXT, leaveOut: { const: true }, nearest: TEXT },
      ),
      object({
        kind: word('information'),
        fact: TEXT,
        why: { enum: ['missing', 'stale', 'untrusted', 'conflicting'] },
        means: TEXT,
        sources: TEXTS,
        maxAgeMs: { type: 'integer', minimum: 1 },
      }),
      object(
        { kind: word('world'), until: ConditionCodec.describe(definitions), means: TEXT, observe: TEXTS },
        { action: TEXT },
      ),
      object({ kind: word('time'), notBefore: INSTANT }, { before: INSTANT, lapses: TEXTS }),
      object({ kind: word('none'), why: TEXT }),
    ],
  };
  const reason = object({ gate: { enum: GATES }, code: TEXT, means: TEXT, facts: TEXTS, next });
  const step = object({ step: TEXT, with: { type: 'object' }, limits: LimitsCodec.describe(definitions) });
  const write = object({ cell: TEXT, key: TEXTS, change: { type: 'object', minProperties: 1, maxProperties: 1 } });
  return {
    anyOf: [
      object({ verdict: word('approve'), writes: listOf(write), actionPlan: listOf(step), trace: TRACE }),
      object({ verdict: word('refuse'), reasons: { ...listOf(reason), minItems: 1 }, trace: TRACE }),
    ],
  };
};

const object = (members: Members, optional: Members = {}): SchemaPart => ({
  type: 'object',
  properties: { ...members, ...optional },
  required: Object.keys(members),
  additionalProperties: false,
});

const listOf = (items: SchemaPart): SchemaPart => ({ type: 'array', items });

const TEXT: SchemaPart = { type: 'string' };
const TEXTS: SchemaPart = listOf(TEXT);
const INSTANT: SchemaPart = { type: 'string', format: 'date-time' };
const TRACE: SchemaPart = {
  ...listOf(object({ gate: { enum: GATES }, result: { enum: ['passed', 'failed', 'not_evaluated'] } })),
  minItems: GATES.length,
  maxItems: GATES.length,
};
