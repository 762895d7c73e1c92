/** Proves at start-up that the engine refuses what must be refused; a governor whose self-test fails does not start. */
import { type Catalog, decide, type Mode, type Observation } from '@tai-autonomics/core';
import { emptyState } from '@tai-autonomics/core/engine';

/**
 * On an empty ledger, without evidence, roles or entitlement, an action that nobody knows and every action that changes
 * the world must be refused. Answers the actions that were approved all the same.
 */
export const selfTest = (catalog: Catalog, mode: Mode): readonly string[] => {
  const dangerous = [...catalog.actions.values()]
    .filter(({ action }) => action.does.effect === 'external' || action.does.effect === 'contractual')
    .map(({ id }) => id);
  return ['(an action that nobody knows)', ...dangerous].filter(
    (id) => decide(catalog, forbidden(id, mode)).verdict === 'approve',
  );
};

const forbidden = (action: string, mode: Mode): Observation => ({
  id: 'self-test',
  at: 0,
  mode,
  intent: {
    subject: { type: 'agent', id: 'nobody', ref: 'sub_nobody', scope: [] },
    action: { id: action, arguments: {} },
    // A sandbox: so an evaluation has to refuse it for more than where it is.
    resource: { id: 'self-test', ref: 'res_self-test', environment: 'sandbox' },
    binding: 'self-test',
  },
  evidence: [],
  state: emptyState,
});
