/**
 * Where the process that holds a deployment can be asked: `DIR/socket.json` (0600) names its socket and the token that it
 * wants. The socket is `DIR/tai.sock`; in a folder whose path is too long for one, it is in a temporary folder.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { isPlainObject } from '@tai-autonomics/core/receipt';
import { parseStrictJson } from '@tai-autonomics/governor/json';
import { readPrivate, replacePrivate } from '@tai-autonomics/governor/node';
import { either as E } from 'fp-ts';

/** Which calls the two sides know. Other numbers do not understand each other. */
export const PROTOCOL = 1;

/** What a process says of itself when it offers its socket. */
export interface SocketPlace {
  readonly protocol: number;
  readonly socket: string;
  readonly token: string;
  readonly pid: number;
}

/** `sun_path` has 104 bytes on the BSDs and macOS, 108 on Linux, with the zero at its end. */
const SOCKET_PATH_BYTES_MAX = 103;
const NAME = 'tai.sock';

/** What the file says; `undefined` where nobody offers a socket. One that others can reach, or that is none, is refused. */
export const readPlace = async (dir: string): Promise<E.Either<string, SocketPlace | undefined>> => {
  const text = await readPrivate(fileOf(dir));
  if (E.isLeft(text)) return text;
  if (text.right === undefined) return E.right(undefined);
  const parsed = parseStrictJson(text.right, { comments: false, maxBytes: 65_536, maxDepth: 4 });
  const place = E.isLeft(parsed) ? undefined : placeOf(parsed.right.value);
  return place === undefined
    ? E.left(`${fileOf(dir)}: does not name a socket; remove it, or stop the process that wrote it`)
    : E.right(place);
};

/** A path for the socket of a folder, with nothing at it. Call it only while the ledger is held: what is there is stale. */
export const freePlace = async (dir: string): Promise<string> => {
  const before = await readPlace(dir);
  if (E.isRight(before) && before.right !== undefined) await removeSocket(dir, before.right.socket);
  const near = join(dir, NAME);
  await rm(near, { force: true });
  if (Buffer.byteLength(near) <= SOCKET_PATH_BYTES_MAX) return near;
  return join(await mkdtemp(join(tmpdir(), 'tai-')), NAME);
};

/** Tells every other command of the folder. */
export const announcePlace = (dir: string, place: SocketPlace): Promise<E.Either<string, void>> =>
  replacePrivate(fileOf(dir), `${JSON.stringify(place)}\n`);

/** Takes back what was announced. */
export const withdrawPlace = async (dir: string, { socket }: SocketPlace): Promise<void> => {
  await rm(fileOf(dir), { force: true });
  await removeSocket(dir, socket);
};
const fileOf = (dir: string): string => join(dir, 'socket.json');

/** A temporary folder that was made for a socket goes with it. */
const removeSocket = async (dir: string, socket: string): Promise<void> => {
  const folder = dirname(socket);
  const isTemporary = folder !== dir && folder.startsWith(join(tmpdir(), 'tai-'));
  await rm(isTemporary ? folder : join(dir, NAME), { recursive: isTemporary, force: true });
};

const placeOf = (json: unknown): SocketPlace | undefined => {
  if (!isPlainObject(json)) return undefined;
  const { protocol, socket, token, pid } = json;
  const isPlace =
    Number.isSafeInteger(protocol) &&
    typeof socket === 'string' &&
    socket.endsWith(`/${NAME}`) &&
    typeof token === 'string' &&
    /^[\w-]{43}$/.test(token) &&
    Number.isSafeInteger(pid);
  return isPlace ? { protocol: protocol as number, socket, token, pid: pid as number } : undefined;
};
