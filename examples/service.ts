/** What a service of one's own brings: a pack that says when its cache may be flushed, an observer, a handler. */
import type { Pack } from '@tai-autonomics/core';
import type { Handler, Observer } from '@tai-autonomics/governor';

const ended = { emits: 'action_executed', writes: [] } as const;

export const cachePack: Pack = {
  pack_id: 'cache',
  version: '1.0.0',
  description: 'Flushes the cache of a service while few requests need it.',
  tools: [
    {
      tool: 'cache_flusher',
      title: 'Flush a cache',
      description: 'Flushes the cache of a service. Use it when the cache holds wrong entries.',
      actions: ['flush_cache'],
    },
  ],
  signals: [],
  facts: {
    requests_per_second: {
      means: 'the requests per second that the service serves',
      type: { type: 'integer', min: 0 },
      origin: 'observed',
      sources: ['proxy'],
      maxAgeMs: 60_000,
    },
    cache_entries: {
      means: 'the entries of the cache',
      type: { type: 'integer', min: 0 },
      origin: 'observed',
      sources: ['proxy'],
      maxAgeMs: 60_000,
    },
  },
  cells: {},
  actions: {
    flush_cache: {
      means: 'flushes the cache of a service',
      who: ['agent', 'service'],
      entitlement: 'active',
      roles: [],
      arguments: {},
      requires: [
        {
          code: 'too_busy',
          means: 'the service serves at most 100 requests per second',
          when: { fact: 'requests_per_second', atMost: 100 },
          remedy: { by: 'world' },
        },
      ],
      emits: { approve: 'action_approved', refuse: 'action_refused' },
      writes: [],
      does: {
        effect: 'external',
        step: 'flush_cache',
        with: {},
        verify: { fact: 'cache_entries', is: 0 },
        idempotent: true,
        begins: 'action_begun',
        after: { success: ended, failed: ended, timeout: ended, memory_exceeded: ended, unknown: ended },
      },
    },
  },
  codes: { too_busy: 'the service is too busy to lose its cache' },
  required_iam_roles: [],
  incompatible_with: [],
  requires: [],
  receipt_events: ['action_approved', 'action_refused', 'action_begun', 'action_executed'],
  storage: 'durable_append',
  compute_limits: { timeoutMs: 10_000, memoryBytes: 268_435_456, cpuPercent: 100 },
};

/** What the proxy before the service would say. */
export const traffic = { requests_per_second: 250, cache_entries: 0 };

export const proxy: Observer = {
  source: 'proxy',
  facts: Object.keys(traffic),
  timeoutMs: 1_000,
  observe: async () => Object.entries(traffic).map(([fact, value]) => ({ fact, value, observedAt: Date.now() })),
};

/** A handler runs in a process of its own, so it is named, not called. */
export const flusher: Handler = {
  step: 'flush_cache',
  module: new URL('flush-cache.mjs', import.meta.url).href,
  export: 'flushCache',
};
