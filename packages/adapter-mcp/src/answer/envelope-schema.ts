/** What every tool answers with, as JSON Schema: one shape for success and refusal, so that strict clients accept both. */
import type { Tool } from '@modelcontextprotocol/server';
import type { ResultSchema } from '@tai-autonomics/core/author';
import { NOTICE } from '@tai-autonomics/core/engine';

/** The place of a receipt. */
const receipt = { type: 'object', required: ['origin', 'seq', 'leaf', 'event'] };
const next = { type: 'object', required: ['kind'] };
const reason = { type: 'object', required: ['gate', 'code', 'means', 'facts', 'next'] };

type Schema = NonNullable<Tool['outputSchema']>;

/** What stands at each tool of `tools/list`, which agents pay for. The rest is told once, as a resource. */
export const BRIEF_SCHEMA: Schema = { type: 'object', required: ['outcome'] };

/** The schema of `Envelope`. Its root is an object: revision 2025-11-25 knows no other. */
export const envelopeSchema: Schema = {
  type: 'object',
  required: ['outcome'],
  properties: {
    notice: { const: NOTICE },
    outcome: { enum: ['approved', 'refused', 'invalid', 'not_decided'] },
    verdict: { enum: ['approve', 'refuse'] },
    status: { enum: ['success', 'failed', 'timeout', 'memory_exceeded', 'unknown', 'withdrawn'] },
    result: {},
    reasons: { type: 'array', items: reason },
    next,
    receipt,
    outcomeReceipt: receipt,
    consequences: { type: 'array', items: receipt },
    notes: { type: 'array' },
    repeated: { type: 'boolean' },
    askedBefore: { type: 'array', items: { type: 'integer' } },
    why: { type: 'string' },
    detail: { type: 'string' },
    retryAfterMs: { type: 'integer' },
  },
};

/** The schema of the envelope of a tool whose actions say what a success answers with. Anything else is an envelope as ever. */
export const envelopeSchemaOf = (returns: readonly (ResultSchema | undefined)[]): Schema => {
  const said = [...new Map(returns.map((schema) => [JSON.stringify(schema), schema])).values()];
  if (said.length === 0 || said.includes(undefined)) return envelopeSchema;
  const [only] = said;
  return {
    ...envelopeSchema,
    if: { required: ['status'], properties: { status: { const: 'success' } } },
    // Plain JSON; the SDK's type of JSON knows no `readonly`.
    // biome-ignore lint/suspicious/noThenProperty: a member of JSON Schema.
    then: { required: ['result'], properties: { result: said.length === 1 ? only : { anyOf: said } } },
  } as unknown as Schema;
};
