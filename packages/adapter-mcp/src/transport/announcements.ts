/** What clients are told without asking: that lists changed, and that a resource did. */
import { hostResources } from '../host-offers.ts';
import type { Reader } from '../recorded-read.ts';
import { HEAD, POLICY } from '../resources/resource-uri.ts';

/** Says it to whoever listens. */
export interface Announced {
  readonly listsChanged: () => void;
  readonly resourceUpdated: (uri: string) => void;
}

/** The ledger may grow a thousand times a second; a client is told at most so often, in milliseconds. */
const HEAD_EVERY_MS = 100;

/**
 * Announces what happens in the caller's tenant, after its receipt is durable, until the answer is called. Lists change with
 * the tool surface alone: with every receipt, a host that lists whenever it is told would never come to an end.
 */
export const announceTo = ({ governor, caller, offers }: Reader, to: Announced): (() => void) => {
  const grown = atMostEvery(HEAD_EVERY_MS, () => to.resourceUpdated(HEAD));
  const stops = [
    governor.onToolsChanged(caller.tenant, () => {
      to.listsChanged();
      to.resourceUpdated(POLICY);
    }),
    governor.onRecorded(caller.tenant, grown.call),
    grown.stop,
    ...hostResources(offers, caller).flatMap(({ resource, watch }) =>
      watch === undefined ? [] : [watch(() => to.resourceUpdated(resource.uri))],
    ),
  ];
  return () => {
    for (const stop of stops) stop();
  };
};

/** Calls a while after the first of several calls, once for all of them. */
const atMostEvery = (ms: number, then: () => void): { readonly call: () => void; readonly stop: () => void } => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const fire = (): void => {
    timer = undefined;
    then();
  };
  return {
    call: () => {
      timer ??= setTimeout(fire, ms);
    },
    stop: () => clearTimeout(timer),
  };
};
