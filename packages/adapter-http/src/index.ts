/** The HTTP door: a Web-standard fetch handler over a governor. It imports nothing of Node. */

export { SECURITY } from './answer/answer.ts';
export {
  PROBLEMS,
  type Problem,
  type ProblemCode,
  problemResponse,
  type WrittenProblem,
  writeProblem,
} from './answer/problem.ts';
export { createHttpDoor, type HttpDoor } from './http-door.ts';
export {
  type AuthzenOptions,
  type ExportSelection,
  type ExportStreams,
  HTTP_LIMITS,
  type HttpDoorOptions,
  type HttpFault,
  type HttpLimits,
  type MarketplaceDesks,
  type PushIdentity,
  type ReceiptFeed,
} from './options.ts';
export { CALLER_LIMITS, type CallerLimiter, type CallerLimits, limitCallers } from './request/caller-limits.ts';
export { allowOrigins, isWebOrigin } from './request/origins.ts';
export {
  type Admission,
  createThrottle,
  type Fetch,
  type Limits,
  type Quota,
  type ReadLimits,
  rateLimitHeaders,
  type Throttle,
} from './request/throttle.ts';
export { HTTP_ROUTES, type HttpRoute, type HttpRouteName, OPENAPI } from './routes/routes.ts';
