/** A deployment that this process holds, for its own verb and for other commands. */
import { partStatuses } from '@tai-autonomics/governor/node';
import { replayHeldEvents } from '@tai-autonomics/governor/operator';
import { either as E } from 'fp-ts';
import type { HeldDeployment } from '../deployment/held-deployment.ts';
import { complain, type Io } from '../terminal/io.ts';
import type { LocalDeployment } from './local-deployment.ts';
import { openSocketDoor } from './socket-door.ts';

/** Lets other commands in through a socket. Where none can be had it says so, and this process alone asks. */
export const offer = async (io: Io, held: HeldDeployment): Promise<LocalDeployment> => {
  const door = await openSocketDoor(localOf(held));
  if (E.isRight(door)) return localOf(held, () => door.right.close());
  complain(io, `${door.left}; other commands of this folder wait until this one has ended`);
  return localOf(held);
};

/** A deployment that this process holds, as a verb reaches it; `before` is called before it is closed. */
export const localOf = (held: HeldDeployment, before: () => Promise<void> = async () => {}): LocalDeployment => {
  const { dir, identity, store, catalogStore } = held.current;
  const aliases = (): LocalDeployment['aliases'] => held.current.catalogs[0].catalog.source.aliases;
  return {
    dir,
    get config() {
      return held.current.config;
    },
    governor: held.governor,
    identity,
    get publicKey() {
      return held.current.signer.publicKey;
    },
    get aliases() {
      return aliases();
    },
    store,
    catalogStore,
    replayHeldEvents: () => {
      const known = aliases();
      const host = { governor: held.governor, store, identity };
      return replayHeldEvents(known === undefined ? host : { ...host, aliases: known });
    },
    reload: () => held.reload(),
    parts: async () => partStatuses(),
    untilGone: () => new Promise(() => {}),
    close: async () => {
      await before();
      await held.close();
    },
  };
};
