/** What a door needs of the governor. It imports nothing of Node, so that a door bundles for Workers, Deno, Bun and browsers. */
export { sha256 } from '../bare/sha256.ts';
export { oneLine } from '../bounds/bounded-text.ts';
export { callerOf, hasExpired, mayName, memoryCredentials, verifyKey } from '../credentials/credentials.ts';
export { type AlertLimits, type AlertsTaken, type AlertTaken, takeAlerts } from '../intent/alerts.ts';
export { INCIDENT_ID, traceIdOf } from '../intent/correlation.ts';
export { OPERATOR } from '../ledger/operator.ts';
export { readSignalReceipt } from '../signals/signal.ts';
export { subjectsOf } from '../subjects/subject-directory.ts';
export { inTraceOf } from '../telemetry/tracing.ts';
export { bearerOf } from '../tokens/bearer.ts';
export { challengeOf } from '../tokens/protected-resource.ts';
export { scopesWanted } from '../tokens/step-up.ts';
export { holdEvent } from '../upkeep/held-events.ts';
