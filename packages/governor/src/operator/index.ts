/** The operator's side: ledgers that are checked and copied, the operator's own, the events that it holds, and what a shadow catalog would have decided. */
export { type AlertLimits, type AlertsTaken, type AlertTaken, takeAlerts } from '../intent/alerts.ts';
export { type CheckedLedger, type CheckedStore, checkLedger, type LedgerWatch } from '../ledger/check-ledger.ts';
export { ACCEPT_CLOCK } from '../ledger/clock-behind.ts';
export { type CopiedLedger, type CopyTarget, copyLedger } from '../ledger/copy-ledger.ts';
export { MOVE_LEDGER, TAKE_OVER_LEDGER } from '../ledger/elsewhere.ts';
export { NO_TENANT, OPERATOR, tenantFault } from '../ledger/operator.ts';
export { processFor } from '../ledger/process-for.ts';
export { type ShadowDifference, type ShadowOptions, shadowDifference } from '../policy/shadow.ts';
export { REMOVE_LEDGER } from '../seal/removed.ts';
export { readSignalReceipt, signalOf, signalTable } from '../signals/signal.ts';
export {
  type RecipeRun,
  type RunOptions,
  type RunReport,
  type RunStep,
  runName,
  runRecipe,
} from '../standard-work/run-recipe.ts';
export {
  HELD_CHARACTERS_MAX,
  type HeldMessage,
  holdEvent,
  holdMessage,
  type MarketplaceMessage,
  releaseHeld,
} from '../upkeep/held-events.ts';
export {
  type HeldEventsHost,
  heldMessages,
  type Replayed,
  replayHeldEvents,
  wasReleased,
} from '../upkeep/take-held.ts';
