/** The HTTP door: a Web-standard fetch handler over a governor. */
export { createHttpDoor, type HttpDoor } from './http-door.ts';
export { OPENAPI } from './openapi.ts';
export { HTTP_LIMITS, type HttpDoorOptions, type HttpFault, type HttpLimits, type PushIdentity } from './options.ts';
export { PROBLEMS, type ProblemCode } from './problem.ts';
export { HTTP_ROUTES, type HttpRoute, type HttpRouteName } from './routes.ts';
export { type Admission, createThrottle, type Fetch, type ReadLimits, type Throttle } from './throttle.ts';
