/** The door of marketplaces and services: a Web-standard fetch handler. */
import { serving } from './interface/serving.ts';
import { buildDoor, type HttpDoorOptions } from './options.ts';
import { allowOrigins } from './request/origins.ts';
import { ROUTES } from './routes/routes.ts';

/** Mountable wherever a Request becomes a Response: Node behind a bridge, Bun, Deno, a worker, another framework. */
export interface HttpDoor {
  /** Answers every request, with JSON, a problem or an empty 204. Never rejects. */
  fetch(request: Request): Promise<Response>;
}

/**
 * Builds the door over a governor. It knows callers by their keys alone, decides nothing itself, and keeps no state: any
 * number of doors may stand before one governor.
 */
export const createHttpDoor = (options: HttpDoorOptions): HttpDoor => ({
  fetch: allowOrigins(
    () => options.origins ?? [],
    serving(ROUTES, buildDoor(options), (fault) => options.onFault?.(fault)),
  ),
});
