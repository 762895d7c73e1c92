/** The `tai` command as a function, for tests and for embedding; and the demonstration's driver of next lawful steps. */
export type { Answer, AnswerReason } from './demo/answer.ts';
export { httpActor, marketplaceActor, type Send } from './demo/doors.ts';
export { type Actor, chooseValue, type DriverPorts, solve, type Told } from './demo/driver.ts';
export { type Insurer, makeInsurer } from './demo/insurer.ts';
export { discardEdits, editInPlace, makeRepository } from './demo/world.ts';
export { parseConfig } from './deployment/config.ts';
export { type EvalPlaces, evalHandlers } from './deployment/eval-handlers.ts';
export { localWorld } from './deployment/local-world.ts';
export type { LocalWorld } from './deployment/modules.ts';
export { type Server, type ServerOptions, startServer } from './deployment/server.ts';
export { main } from './main.ts';
export { createTelemetry, type Telemetry } from './telemetry/telemetry.ts';
export { collectorOf, startTraces, type Traces } from './telemetry/traces.ts';
export { EXIT, type ExitCode, type Io, type Paint, plainPaint } from './terminal/io.ts';
export { startWebhooks, type Webhook, type WebhookOptions, type WebhookSender } from './webhooks/webhook-sender.ts';
