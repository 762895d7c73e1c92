/** A catalog with one action over two instants: when it is asked for, and one that the ledger keeps. For tests of windows. */
import type { Catalog, Observation } from '@tai-autonomics/core';
import { catalogAround, internal, kept } from '../fixtures/made-up.ts';
import { compiled, type Document, observed } from '../fixtures/tenant.ts';

/** A catalog whose action requires these; a requirement without a remedy waits. */
export const catalogWith = (...requirements: readonly Document[]): Document =>
  catalogAround({
    facts: { until: kept('until', { type: 'instant' }, '1970-01-01T00:00:00Z') },
    cells: { until: { means: 'until', key: [], type: { type: 'instant' } } },
    actions: {
      act: internal({
        who: ['agent'],
        requires: requirements.map((r, i) => ({
          code: 'closed',
          means: `requirement ${i}`,
          remedy: { by: 'time' },
          ...r,
        })),
      }),
      put: internal({
        arguments: { until: { means: 'until', type: { type: 'instant' } } },
        writes: [{ cell: 'until', key: [], change: { set: { fact: 'argument.until' } } }],
      }),
    },
    codes: { closed: 'it is closed' },
  });

/** The same, compiled. */
export const timed = (...requirements: readonly Document[]): Catalog => compiled(catalogWith(...requirements));

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
