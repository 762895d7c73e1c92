/** What every tool answers with, as JSON Schema: one shape for success and refusal, so that strict clients accept both. */
import type { Tool } from '@modelcontextprotocol/server';

const receipt = {
  type: 'object',
  required: ['origin', 'seq', 'leaf', 'event'],
  properties: {
    origin: { type: 'string' },
    seq: { type: 'integer' },
    leaf: { type: 'string' },
    event: { type: 'string' },
  },
};
const next = {
  type: 'object',
  required: ['kind'],
  properties: { kind: { enum: ['authority', 'request', 'information', 'world', 'time', 'none'] } },
};
const reason = {
  type: 'object',
  required: ['gate', 'code', 'means', 'facts', 'next'],
  properties: {
    gate: { type: 'string' },
    code: { type: 'string' },
    means: { type: 'string' },
    facts: { type: 'array', items: { type: 'string' } },
    next,
  },
};

/** The schema of `Envelope`. Its root is an object: revision 2025-11-25 knows no other. */
export const envelopeSchema: NonNullable<Tool['outputSchema']> = {
  type: 'object',
  required: ['outcome'],
  properties: {
    outcome: { enum: ['approved', 'refused', 'invalid', 'not_decided'] },
    verdict: { enum: ['approve', 'refuse'] },
    status: { enum: ['success', 'failed', 'timeout', 'memory_exceeded', 'unknown'] },
    result: {},
    reasons: { type: 'array', items: reason },
    next,
    receipt,
    outcomeReceipt: receipt,
    consequences: { type: 'array', items: receipt },
    repeated: { type: 'boolean' },
    why: { type: 'string' },
    detail: { type: 'string' },
    retryAfterMs: { type: 'integer' },
  },
};
