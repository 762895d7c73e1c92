/** The door as the official conformance suite asks it: the shipped catalog and a pack of the suite's, and no credential. */
import type { Pack } from '@tai-autonomics/core';
import { type Action, ROLES } from '@tai-autonomics/core/author';
import { library } from '@tai-autonomics/packs';
import { type Loopback, listen } from './loopback.ts';
import { createTenants, robotOf } from './tenants.ts';

const read = (means: string, args: Action['arguments']): Action => ({
  means,
  who: ['agent'],
  entitlement: 'none',
  roles: [],
  arguments: args,
  requires: [],
  emits: { approve: 'action_executed', refuse: 'action_refused' },
  writes: [],
  does: { effect: 'read', step: 'support_model', with: {} },
});

/** Tools that the suite calls by their names. They go the way of every tool: catalog, governor, receipt, door. */
const fixtures: Pack = {
  pack_id: 'conformance',
  version: '1.0.0',
  description: 'What the conformance suite calls; for tests alone.',
  always: true,
  tools: [
    {
      tool: 'test_simple_text',
      title: 'Simple text',
      description: 'Answers with a text. For the conformance suite.',
      actions: ['test_simple_text'],
    },
    {
      tool: 'test_error_handling',
      title: 'An error',
      description: 'Is refused without its argument. For the conformance suite.',
      actions: ['test_error_handling'],
    },
  ],
  signals: [],
  facts: {},
  cells: {},
  actions: {
    test_simple_text: read('answers with a text', {}),
    test_error_handling: read('is refused without its argument', {
      never: { means: 'what the suite does not send', type: { type: 'string' } },
    }),
  },
  codes: {},
  required_iam_roles: [],
  incompatible_with: [],
  requires: [],
  receipt_events: [],
  storage: 'durable_append',
  compute_limits: { timeoutMs: 60_000, memoryBytes: 268_435_456, cpuPercent: 25 },
};

/** Serves the largest plan on a loopback port. The suite cannot send a token, so whoever asks is the agent. */
export const serveForConformance = async (): Promise<Loopback> => {
  const { governor, buy } = await createTenants({ ...library, packs: [...library.packs, fixtures] });
  await buy('acme', 'enterprise');
  const caller = robotOf('acme', ...ROLES);
  const loopback = await listen({ governor, authenticate: async () => caller });
  return {
    ...loopback,
    close: async () => {
      await loopback.close();
      await governor.close();
    },
  };
};
