/** Catalogs of one action with as many requirements as one likes: what analyses are to be measured with. */

type Json = { readonly [member: string]: unknown };

/** A fact that one source observes. */
export const observed = (type: Json): Json => ({
  means: 'x',
  type,
  origin: 'observed',
  sources: ['s'],
  maxAgeMs: 60_000,
});

/** One requirement for each condition. */
export const requirements = (...all: readonly Json[]): readonly Json[] =>
  all.map((when, i) => ({ code: 'no', means: `requirement ${i}`, when, remedy: { by: 'world' } }));

/** A catalog of one action, `act`, that requires these. */
export const sourceOf = (facts: Json, requires: readonly Json[]): Json => ({
  catalog: { id: 'large', version: '1.0.0' },
  plans: {},
  packs: [
    {
      pack_id: 'large',
      version: '1.0.0',
      description: 'A pack of one action.',
      always: true,
      requires: [],
      incompatible_with: [],
      required_iam_roles: [],
      tools: [],
      facts,
      cells: {},
      actions: {
        act: {
          means: 'acts',
          who: ['user'],
          entitlement: 'none',
          roles: [],
          arguments: {},
          requires,
          emits: { approve: 'action_approved', refuse: 'action_refused' },
          writes: [],
          does: { effect: 'internal' },
        },
      },
      codes: { no: 'no' },
      receipt_events: [],
      signals: [],
      storage: 'none',
      compute_limits: { timeoutMs: 1_000, memoryBytes: 1_048_576, cpuPercent: 1 },
    },
  ],
});
