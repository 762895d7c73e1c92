/**
 * Steps that the caller carries out: a gate in front of somebody else's server decides here, forwards there, and says how it went.
 * The approval and its beginning are durable before the caller is answered; the outcome is what the caller reports.
 */
import type { Evidence } from '@tai-autonomics/core';
import type { Json } from '@tai-autonomics/core/receipt';
import { owns } from '@tai-autonomics/core/receipt';
import type { Reported } from '../api.ts';
import type { Execution } from '../executor/execution.ts';
import type { Approval } from './withdrawal.ts';

/** The name of the step that no handler carries out, and of the source of what its caller saw. */
export const BY_CALLER = 'by_caller';

/** What a caller that reports success says of the facts that the action promised: that they hold, as far as it saw. */
export const reportedEvidence = ({ action, observation, catalog }: Approval, at: number): readonly Evidence[] =>
  action.verifies.flatMap((fact) => {
    const known = catalog.catalog.facts.get(fact);
    const isCallers =
      known?.origin === 'observed' && known.sources.includes(BY_CALLER) && known.type.type === 'boolean';
    const { id: about } = observation.intent.resource;
    return isCallers ? [{ fact, about, value: true, source: BY_CALLER, observedAt: at }] : [];
  });

/** How it went, as an execution: nothing was enforced here, and nothing measured but the time that the caller says. */
export const executionOf = (reported: Reported): Execution => ({
  ...(reported.status === 'success'
    ? { status: 'success', result: reported.result as Json }
    : reported.status === 'timeout'
      ? { status: 'timeout', limitMs: reported.limitMs }
      : { status: reported.status, detail: reported.detail }),
  measured: { wallMs: reported.wallMs },
  bounds: { enforced: [], measured: [], overrun: [] },
  output: { stdout: '', stderr: '' },
});

/** Whether an action's step is its caller's to carry out. */
export const isByCaller = (does: Approval['action']['action']['does']): boolean =>
  owns(does, 'step') && does.step === BY_CALLER;
