/** A governor that stays the same for its doors while the one behind it is replaced by another. */
import type { Governor, TenantId } from '@tai-autonomics/governor';

export interface FollowingGovernor {
  /** Asks whichever governor is behind it. Its `close` closes nothing. */
  readonly governor: Governor;
  /** Puts another one behind it. Who listens is told: what changed in between was told to nobody. */
  follow(next: Governor): void;
  /** Resolves when everything that one of them was asked is answered. */
  answered(one: Governor): Promise<void>;
  /** Stops listening. */
  stop(): void;
}

type Event = 'onToolsChanged' | 'onRecorded';

interface Listening {
  readonly event: Event;
  readonly tenant: TenantId;
  readonly told: () => void;
  stop: () => void;
}

/** Follows from one governor to the next; every question waits for `ready` first. */
export const followingGovernor = (first: Governor, ready: () => Promise<void> = async () => {}): FollowingGovernor => {
  let current = first;
  const listening = new Set<Listening>();
  const open = new Map<Governor, Set<Promise<unknown>>>();
  const asked =
    <Given extends readonly unknown[], A>(call: (governor: Governor, ...given: Given) => Promise<A>) =>
    async (...given: Given): Promise<A> => {
      await ready();
      const behind = current;
      const waiting = open.get(behind) ?? new Set();
      open.set(behind, waiting);
      const answer = call(behind, ...given).finally(() => void waiting.delete(answer));
      waiting.add(answer);
      return answer;
    };
  const on =
    (event: Event) =>
    (tenant: TenantId, told: () => void): (() => void) => {
      const one: Listening = { event, tenant, told, stop: current[event](tenant, told) };
      listening.add(one);
      return () => {
        listening.delete(one);
        one.stop();
      };
    };
  return {
    governor: {
      mode: first.mode,
      submit: asked((governor, caller, intent, signal) => governor.submit(caller, intent, signal)),
      report: asked((governor, caller, of, how) => governor.report(caller, of, how)),
      preview: asked((governor, caller, intent, audience) => governor.preview(caller, intent, audience)),
      tools: asked((governor, caller) => governor.tools(caller)),
      head: asked((governor, tenant) => governor.head(tenant)),
      status: asked((governor, tenant) => governor.status(tenant)),
      knows: asked((governor, tenant) => governor.knows(tenant)),
      seal: asked((governor, tenant) => governor.seal(tenant)),
      ready: asked((governor) => governor.ready()),
      refOf: (tenant, subject) => current.refOf(tenant, subject),
      onToolsChanged: on('onToolsChanged'),
      onRecorded: on('onRecorded'),
      close: async () => {},
    },
    follow: (next) => {
      current = next;
      for (const one of listening) {
        one.stop();
        one.stop = next[one.event](one.tenant, one.told);
        one.told();
      }
    },
    answered: async (one) => {
      await Promise.allSettled([...(open.get(one) ?? [])]);
      open.delete(one);
    },
    stop: () => {
      for (const { stop } of listening) stop();
    },
  };
};
