/**
 * A deployment for as long as somebody needs it, whoever holds it meanwhile: through the process that has it open; after
 * that one ended, in this process, which then lets others in through the socket.
 */
import type { Governor } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';
import { complain, type Io } from '../terminal/io.ts';
import type { LocalDeployment } from './local-deployment.ts';
import { openOffered } from './open-local.ts';

/** What a door of one caller needs. */
export interface LastingDeployment {
  readonly governor: Governor;
  close(): Promise<void>;
}

interface Listening {
  readonly tenant: string;
  readonly changed: () => void;
  stop: () => void;
}

/** Reaches it for the first time. Left: one line for each thing that is wrong. */
export const openLasting = async (io: Io, folder: string): Promise<E.Either<readonly string[], LastingDeployment>> => {
  const opened = await openOffered(io, folder);
  return E.isLeft(opened) ? opened : E.right(lasting(io, folder, opened.right));
};

const lasting = (io: Io, folder: string, first: LocalDeployment): LastingDeployment => {
  let current = first;
  let reaching = Promise.resolve();
  let isClosed = false;
  const listening = new Set<Listening>();
  const reachAgain = async (): Promise<void> => {
    if (isClosed) return;
    const opened = await openOffered(io, folder);
    if (E.isLeft(opened)) {
      for (const line of opened.left) complain(io, line);
      return;
    }
    current = opened.right;
    for (const one of listening) {
      one.stop = current.governor.onToolsChanged(one.tenant, one.changed);
      // What changed meanwhile was told to nobody.
      one.changed();
    }
    watch();
  };
  const watch = (): void => {
    void current.untilGone().then(() => {
      reaching = reachAgain();
    });
  };
  watch();
  const asked =
    <Given extends readonly unknown[], A>(call: (governor: Governor, ...given: Given) => Promise<A>) =>
    async (...given: Given): Promise<A> => {
      await reaching;
      return call(current.governor, ...given);
    };
  return {
    governor: {
      mode: first.governor.mode,
      submit: asked((governor, caller, intent) => governor.submit(caller, intent)),
      preview: asked((governor, caller, intent, audience) => governor.preview(caller, intent, audience)),
      tools: asked((governor, caller) => governor.tools(caller)),
      head: asked((governor, tenant) => governor.head(tenant)),
      knows: asked((governor, tenant) => governor.knows(tenant)),
      seal: asked((governor, tenant) => governor.seal(tenant)),
      ready: asked((governor) => governor.ready()),
      refOf: (tenant, subject) => current.governor.refOf(tenant, subject),
      onToolsChanged: (tenant, changed) => {
        const one: Listening = { tenant, changed, stop: current.governor.onToolsChanged(tenant, changed) };
        listening.add(one);
        return () => {
          listening.delete(one);
          one.stop();
        };
      },
      close: async () => {},
    },
    close: async () => {
      isClosed = true;
      await reaching;
      for (const { stop } of listening) stop();
      await current.close();
    },
  };
};
