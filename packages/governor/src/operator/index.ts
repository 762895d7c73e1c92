/** The operator's side: its ledger, the events that it holds, and what a shadow catalog would have decided. */
export { OPERATOR } from '../ledger/operator.ts';
export { type ShadowDifference, type ShadowOptions, shadowDifference } from '../policy/shadow.ts';
export { readSignalReceipt, signalOf, signalTable } from '../signals/signal.ts';
export { type HeldEventsHost, holdEvent, type Replayed, replayHeldEvents } from '../upkeep/held-events.ts';
