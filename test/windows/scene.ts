/** A catalog with one action over two instants: when it is asked for, and one that the ledger keeps. For tests of windows. */
import type { Catalog, Observation } from '@tai-autonomics/core';
import { compiled, observed } from '../fixtures/tenant.ts';

type Json = { readonly [member: string]: unknown };

/** A catalog whose action requires these; a requirement without a remedy waits. */
export const catalogWith = (...requirements: readonly Json[]): Json => ({
  catalog: { id: 'timed', version: '1.0.0' },
  packs: [
    {
      pack_id: 'timed',
      version: '1.0.0',
      description: 'A pack.',
      always: true,
      tools: [],
      signals: [],
      facts: {
        until: {
          means: 'until',
          type: { type: 'instant' },
          origin: 'ledger',
          cell: 'until',
          key: [],
          otherwise: '1970-01-01T00:00:00Z',
        },
      },
      cells: { until: { means: 'until', key: [], type: { type: 'instant' } } },
      actions: {
        act: {
          means: 'acts',
          who: ['agent'],
          entitlement: 'none',
          roles: [],
          arguments: {},
          requires: requirements.map((r, i) => ({
            code: 'closed',
            means: `requirement ${i}`,
            remedy: { by: 'time' },
            ...r,
          })),
          emits: { approve: 'action_approved', refuse: 'action_refused' },
          writes: [],
          does: { effect: 'internal' },
        },
        put: {
          means: 'puts',
          who: ['user'],
          entitlement: 'none',
          roles: [],
          arguments: { until: { means: 'until', type: { type: 'instant' } } },
          requires: [],
          emits: { approve: 'action_approved', refuse: 'action_refused' },
          writes: [{ cell: 'until', key: [], change: { set: { fact: 'argument.until' } } }],
          does: { effect: 'internal' },
        },
      },
      codes: { closed: 'it is closed' },
      required_iam_roles: [],
      incompatible_with: [],
      requires: [],
      receipt_events: [],
      storage: 'none',
      compute_limits: { timeoutMs: 1_000, memoryBytes: 1_048_576, cpuPercent: 1 },
    },
  ],
  plans: {},
});

/** The same, compiled. */
export const timed = (...requirements: readonly Json[]): Catalog => compiled(catalogWith(...requirements));

const bare = observed(timed(), {
  id: 'o',
  at: '2026-11-21T08:00:00Z',
  mode: 'eval',
  intent: {
    subject: { type: 'agent', id: 'bot', ref: 'bot', scope: [] },
    action: { id: 'act', arguments: {} },
    resource: { id: 'r', ref: 'r' },
    binding: 'b',
  },
  evidence: [],
  state: {},
});

/** Asked for at an instant, while the ledger keeps another, if any. */
export const asked = (at: number, until?: number): Observation => ({
  ...bare,
  at,
  state: { ...bare.state, cells: until === undefined ? new Map() : new Map([['until', new Map([['', until]])]]) },
});
