/** The door as the official conformance suite asks it, with no credential: the shipped catalog alone, or with a pack of the suite's. */
import type { Pack } from '@tai-autonomics/core';
import { type Action, ROLES } from '@tai-autonomics/core/author';
import { library } from '@tai-autonomics/packs';
import { SUITE_TOOLS, suiteOffers } from './conformance-offers.ts';
import { type Loopback, listen } from './loopback.ts';
import { createTenants, robotOf } from './tenants.ts';

const ARGUMENTS: Readonly<Record<string, Action['arguments']>> = {
  test_error_handling: { never: { means: 'what the suite does not send', type: { type: 'string' } } },
  test_sampling: { prompt: { means: 'what is sampled', type: { type: 'string' }, otherwise: 'none' } },
  test_elicitation: { message: { means: 'what a person is asked', type: { type: 'string' }, otherwise: 'none' } },
};

const read = (name: string): Action => ({
  means: 'answers the conformance suite',
  who: ['agent'],
  entitlement: 'none',
  roles: [],
  arguments: ARGUMENTS[name] ?? {},
  requires: [],
  emits: { approve: 'action_executed', refuse: 'action_refused' },
  writes: [],
  does: { effect: 'read', step: 'support_model', with: {} },
});

const NAMES = [...SUITE_TOOLS, 'test_error_handling'];

/** Tools that the suite calls by their names. They go the way of every tool: catalog, governor, receipt, door. */
const fixtures: Pack = {
  pack_id: 'conformance',
  version: '1.0.0',
  description: 'What the conformance suite calls; for tests alone.',
  always: true,
  tools: NAMES.map((name) => ({
    tool: name,
    title: 'Conformance',
    description: 'For the conformance suite.',
    actions: [name],
  })),
  signals: [],
  facts: {},
  cells: {},
  actions: Object.fromEntries(NAMES.map((name) => [name, read(name)])),
  codes: {},
  required_iam_roles: [],
  incompatible_with: [],
  requires: [],
  receipt_events: [],
  storage: 'durable_append',
  compute_limits: { timeoutMs: 60_000, memoryBytes: 268_435_456, cpuPercent: 25 },
};

/** Serves the largest plan on a loopback port. The suite cannot send a token, so whoever asks is the agent. */
export const serveForConformance = async (what: 'shipped' | 'with fixtures'): Promise<Loopback> => {
  const isShipped = what === 'shipped';
  const { governor, buy } = await createTenants(
    isShipped ? library : { ...library, packs: [...library.packs, fixtures] },
  );
  await buy('acme', 'enterprise');
  let plan: 'enterprise' | 'professional' = 'enterprise';
  const offers = suiteOffers(async () => {
    plan = plan === 'enterprise' ? 'professional' : 'enterprise';
    await buy('acme', plan);
  });
  const caller = robotOf('acme', ...ROLES);
  const loopback = await listen({ governor, authenticate: async () => caller, ...(isShipped ? {} : { offers }) });
  return {
    ...loopback,
    close: async () => {
      await loopback.close();
      await governor.close();
    },
  };
};
