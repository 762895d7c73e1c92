/** A deployment that another process holds, asked through its socket. */

import { request } from 'node:http';
import { join } from 'node:path';
import { folderCatalogs } from '@tai-autonomics/adapter-storage';
import type { Governor, LedgerStore, NotDecided, Row, StoreFault } from '@tai-autonomics/governor';
import { createIdentity, type Identity, ledgerKeyPath, openKeyFile } from '@tai-autonomics/governor/keys';
import { type PartStatus, systemRandom } from '@tai-autonomics/governor/node';
import { either as E } from 'fp-ts';
import type { Config } from '../deployment/config.ts';
import type { CallName, EventName } from './calls.ts';
import type { LedgerReader, LocalDeployment } from './local-deployment.ts';
import { PROTOCOL, readPlace, type SocketPlace } from './socket-place.ts';
import { type About, bytes, type CheckpointAnswer, type HeadAnswer, type Page, readHead, readRow } from './wire.ts';

type Trouble = readonly string[];
/** Answers what the other process said, or why it said nothing. */
type Ask = <A>(name: CallName, ...given: readonly unknown[]) => Promise<E.Either<Silence, A>>;

/** Why there is no answer. `nobody`: nothing was asked. */
interface Silence {
  readonly nobody: boolean;
  readonly detail: string;
}

/** Joins whoever holds the deployment of a folder; `undefined` where nobody offers a socket, or the one who did is gone. */
export const joinDeployment = async (dir: string): Promise<E.Either<Trouble, LocalDeployment | undefined>> => {
  const place = await readPlace(dir);
  if (E.isLeft(place)) return E.left([place.left]);
  if (place.right === undefined) return E.right(undefined);
  const { pid, protocol } = place.right;
  const ask = asking(place.right);
  const about = await ask<About>('about');
  if (E.isLeft(about) && about.left.nobody) return E.right(undefined);
  if (protocol !== PROTOCOL)
    return E.left([
      `${dir}: process ${pid} holds it, and is another version of tai; use that one, or restart it with this one`,
    ]);
  if (E.isLeft(about)) return E.left([`${dir}: process ${pid} holds it: ${about.left.detail}`]);
  const identity = await identityOf(dir, about.right.config);
  return E.map((own: Identity) => joined(dir, about.right, own, place.right as SocketPlace, ask))(identity);
};

/** The pseudonyms of the deployment: whoever can ask it holds its key file too. */
const identityOf = async (dir: string, config: Config): Promise<E.Either<Trouble, Identity>> => {
  const { mode, domain } = config;
  const key = await openKeyFile(ledgerKeyPath(dir, mode), systemRandom);
  if (E.isLeft(key)) return E.left([key.left]);
  const session = config.mode === 'eval' ? { session: config.session } : {};
  return E.right(createIdentity({ secret: key.right.secret, domain, mode, ...session }));
};

const joined = (dir: string, about: About, identity: Identity, place: SocketPlace, ask: Ask): LocalDeployment => {
  // Each is a connection that stays: left open, it would keep this process alive after its verb has ended.
  const waits = new Set<() => void>();
  return {
    dir,
    holder: place.pid,
    config: about.config,
    identity,
    publicKey: bytes(about.publicKey),
    aliases: about.aliases,
    catalogStore: folderCatalogs(join(dir, 'catalogs')),
    governor: governorOver(about.config.mode, identity, place, ask),
    store: storeOver(ask),
    replayHeldEvents: async () => flat(await ask('replay_held_events'), ({ detail }) => detail),
    reload: async () => flat(await ask('reload'), ({ detail }) => [detail]),
    parts: async () => E.getOrElse((): readonly PartStatus[] => [])(await ask<readonly PartStatus[]>('parts')),
    untilGone: () => new Promise((gone) => void waits.add(listen(place, 'tools_changed', '', { gone }))),
    close: async () => {
      for (const stop of waits) stop();
      waits.clear();
    },
  };
};

/** An answer that may itself say why not, and the silence of the other process, as one. */
const flat = <B, A>(answer: E.Either<Silence, E.Either<B, A>>, silent: (silence: Silence) => B): E.Either<B, A> =>
  E.isLeft(answer) ? E.left(silent(answer.left)) : answer.right;

const notDecided = ({ detail }: Silence): NotDecided => ({ decided: false, why: 'not_ready', detail });
const unavailable = ({ detail }: Silence): StoreFault => ({ fault: 'unavailable', detail, outcome: 'unknown' });

const governorOver = (mode: Governor['mode'], identity: Identity, place: SocketPlace, ask: Ask): Governor => ({
  mode,
  submit: async (caller, asked, signal) => {
    const answer = await asking(place, signal)<Awaited<ReturnType<Governor['submit']>>>('submit', caller, asked);
    return E.isLeft(answer) ? notDecided(answer.left) : answer.right;
  },
  report: async (caller, of, how) => flat(await ask('report', caller, of, how), notDecided),
  preview: async (caller, asked) => flat(await ask('preview', caller, asked), notDecided),
  tools: async (caller) => flat(await ask('tools', caller), notDecided),
  onToolsChanged: (tenant, told) => listen(place, 'tools_changed', tenant, { told }),
  onRecorded: (tenant, told) => listen(place, 'recorded', tenant, { told }),
  head: async (tenant) => flat(await ask('head', tenant), notDecided),
  refOf: (tenant, { type, id }) => identity.subject(tenant, type, id),
  status: async (tenant) => flat(await ask('status', tenant), notDecided),
  knows: async (tenant) => flat(await ask('knows', tenant), unavailable),
  seal: async (tenant) => flat(await ask('seal', tenant), notDecided),
  ready: async () => {
    const answer = await ask<readonly string[]>('ready');
    return E.isLeft(answer) ? [answer.left.detail] : answer.right;
  },
  close: async () => {},
});

const storeOver = (ask: Ask): LedgerReader => ({
  head: async (ledger) => {
    const head: HeadAnswer = flat(await ask('ledger_head', ledger), unavailable);
    return E.isLeft(head) ? head : E.right(head.right === undefined ? undefined : readHead(head.right));
  },
  checkpoint: async (ledger, atMost = Number.MAX_SAFE_INTEGER) => {
    const found: CheckpointAnswer = flat(await ask('checkpoint', ledger, atMost), unavailable);
    return found;
  },
  ledgers: async (): ReturnType<LedgerStore['ledgers']> => flat(await ask('ledgers'), unavailable),
  read: (ledger, from, to) => readAll(ask, ledger, from, to),
});

async function* readAll(ask: Ask, ledger: string, from: number, to: number): AsyncGenerator<E.Either<StoreFault, Row>> {
  for (let next = Math.max(0, from); next < to; ) {
    const page: Page = flat(await ask('rows', ledger, next, to), unavailable);
    if (E.isLeft(page)) {
      yield page;
      return;
    }
    if (page.right.length === 0) return;
    for (const row of page.right) yield E.right(readRow(row));
    next += page.right.length;
  }
}

const NOBODY = ['ECONNREFUSED', 'ENOENT'];
const isNobody = (error: Error): boolean => 'code' in error && NOBODY.includes(String(error.code));

const callOf = ({ socket, token }: SocketPlace, name: string) =>
  ({
    socketPath: socket,
    path: `/${name}`,
    method: 'POST',
    agent: false,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
  }) as const;

const asking =
  (place: SocketPlace, signal?: AbortSignal): Ask =>
  <A>(name: CallName, ...given: readonly unknown[]) =>
    new Promise<E.Either<Silence, A>>((resolve) => {
      const silent = (detail: string, nobody = false): void => resolve(E.left({ nobody, detail }));
      const broken = (error: Error): void =>
        isNobody(error)
          ? silent(`process ${place.pid}, which held the ledger, has ended; ask again`, true)
          : silent(`process ${place.pid} ended before it answered; ask again with the same id`);
      const asked = request({ ...callOf(place, name), ...(signal === undefined ? {} : { signal }) }, (response) => {
        let said = '';
        response.setEncoding('utf8').on('data', (part: string) => {
          said += part;
        });
        response.once('error', broken);
        response.once('end', () => {
          const answer = E.tryCatch((): unknown => JSON.parse(said), String);
          if (E.isLeft(answer)) silent(`process ${place.pid} answered what is no JSON`);
          else if (response.statusCode === 200) resolve(E.right((answer.right ?? undefined) as A));
          else silent(String(answer.right));
        });
      });
      asked.once('error', broken);
      asked.end(JSON.stringify(given));
    });

interface Listener {
  readonly told?: () => void;
  readonly gone?: () => void;
}

/** Calls back at each line, and when the other process ends, until it is stopped. */
const listen = (place: SocketPlace, name: EventName, tenant: string, { told, gone }: Listener): (() => void) => {
  let isStopped = false;
  const end = (): void => {
    if (!isStopped) gone?.();
    isStopped = true;
  };
  const asked = request(callOf(place, name), (response) => {
    response.on('data', () => told?.());
    response.on('error', end);
    response.on('close', end);
  });
  asked.on('error', end);
  asked.end(JSON.stringify([tenant]));
  return () => {
    isStopped = true;
    asked.destroy();
  };
};
