/**
 * `tai store move`: a tenant goes on in another place, by a receipt there and one here. Each step is found done when it is run again, so
 * that a move which broke off anywhere is ended by the same line.
 */
import { join, resolve } from 'node:path';
import { parseCheckpoint } from '@tai-autonomics/core/receipt';
import type { Asked, HighWaterMark, TenantStatus } from '@tai-autonomics/governor';
import { type LedgerWatch, MOVE_LEDGER, TAKE_OVER_LEDGER } from '@tai-autonomics/governor/operator';
import type { Command } from 'commander';
import { either as E } from 'fp-ts';
import { readConfig } from '../../deployment/deployment.ts';
import { nameOfPlace } from '../../deployment/place.ts';
import { exists } from '../../deployment/storage/kept.ts';
import { type Along, takeAlong, verified } from '../../deployment/storage/moved-ledger.ts';
import { type OtherFolder, otherFolder, raiseIn } from '../../deployment/storage/other-folder.ts';
import { keepTakenOver, takenOver } from '../../deployment/storage/taken-over.ts';
import type { LocalDeployment } from '../../local/local-deployment.ts';
import { openLocal } from '../../local/open-local.ts';
import { openPlace } from '../../local/store-place.ts';
import { DIR } from '../../register.ts';
import { EXIT, type ExitCode, failed, type Io, printJson, unreadable } from '../../terminal/io.ts';
import { watched } from '../../terminal/watched.ts';

interface Options {
  readonly dir: string;
  readonly place?: string;
  readonly json?: boolean;
}

/** Adds the verb to those of the store. */
export const registerMove = (store: Command, io: Io, exit: (code: ExitCode) => void): void => {
  store
    .command('move')
    .description('let a tenant go on in another folder, by a receipt in each')
    .argument('<tenant>', 'the tenant')
    .argument('<to>', 'the folder where it goes on; made where there is none')
    .option(...DIR)
    .option('--place <name>', 'the name of the place, where the folder is made')
    .option('--json', 'what was moved as JSON')
    .action(async (tenant: string, to: string, options: Options) => exit(await move(io, tenant, to, options)));
};

/** A tenant on its way from one folder to another. */
interface Moving {
  readonly tenant: string;
  readonly dir: string;
  readonly to: string;
  readonly other: OtherFolder;
}

const move = async (io: Io, tenant: string, name: string, options: Options): Promise<ExitCode> => {
  const [dir, to] = [resolve(io.cwd, options.dir), resolve(io.cwd, name)];
  const left = await openLocal(io, dir);
  if (E.isLeft(left)) return unreadable(io, ...left.left);
  let isReady: E.Either<string, OtherFolder>;
  try {
    const known = await standing(left.right, tenant);
    if (E.isLeft(known)) return failed(io, known.left);
    const gone = known.right.movedTo;
    const wrong = gone === undefined ? undefined : await unlikePlace(io, to, gone);
    if (wrong !== undefined) return failed(io, `${tenant}: ${wrong}`);
    const mark = await sealedMark(left.right, tenant);
    if (E.isLeft(mark)) return failed(io, mark.left);
    // What was sealed at the end of one that left already is judged where it arrives.
    const publicKey = gone === undefined ? left.right.publicKey : undefined;
    const about = { tenant, place: options.place, mark: mark.right, publicKey };
    const other = await otherFolder(io, dir, to, about);
    if (E.isLeft(other)) return unreadable(io, ...other.left);
    const moving: Moving = { tenant, dir, to, other: other.right };
    isReady = E.map(() => other.right)(await leave(io, left.right, known.right, moving));
  } finally {
    await left.right.close();
  }
  if (E.isLeft(isReady)) return failed(io, isReady.left);
  return arrive(io, { tenant, dir, to, other: isReady.right }, options.json === true);
};

/** Why a folder is not the one where a ledger goes on already, or is on its way to. */
const unlikePlace = async (io: Io, to: string, place: string): Promise<string | undefined> => {
  const config = (await exists(join(to, 'config.json'))) ? await readConfig(io, to) : undefined;
  if (config !== undefined && E.isRight(config) && config.right.place === place) return undefined;
  return `it goes on at ${nameOfPlace(place)} already, as its last receipt here says, and ${to} is not that place (${place})`;
};

/** How a tenant stands that may be moved. */
const standing = async ({ governor }: LocalDeployment, tenant: string): Promise<E.Either<string, TenantStatus>> => {
  const status = await governor.status(tenant);
  if (E.isLeft(status)) return E.left(`${tenant}: ${status.left.detail}`);
  const { right: found } = status;
  if (found === undefined) return E.left(`${tenant}: it has no ledger`);
  if (found.closed) return E.left(`${tenant}: its ledger is closed, and goes on nowhere; tai store remove archives it`);
  return found.open.length === 0
    ? E.right(found)
    : E.left(`${tenant}: ${found.open.length} of its actions have no outcome yet; run it again when they have ended`);
};

/** The end of a tenant’s ledger, sealed, as a mark of it. */
const sealedMark = async (
  { governor, identity }: LocalDeployment,
  tenant: string,
): Promise<E.Either<string, HighWaterMark>> => {
  const sealed = await governor.seal(tenant);
  if (E.isLeft(sealed)) return E.left(`${tenant}: its end could not be sealed: ${sealed.left.detail}`);
  const parsed = parseCheckpoint(sealed.right);
  if (E.isLeft(parsed)) return E.left(`${tenant}: its checkpoint cannot be read`);
  const { size, root } = parsed.right;
  return E.right({ origin: identity.origin(tenant), size, root });
};

const systemIn = (tenant: string) => ({ tenant, subject: { type: 'system', id: 'operator' }, scope: [] }) as const;

/** Asks one thing as the operator; a sentence where it was not approved. */
const asking = async (
  { governor }: LocalDeployment,
  tenant: string,
  asked: Asked,
): Promise<E.Either<string, number>> => {
  const answer = await governor.submit(systemIn(tenant), asked);
  if (!answer.decided) return E.left(`not decided: ${answer.why}: ${answer.detail}`);
  return answer.decision.verdict === 'approve'
    ? E.right(answer.receipt.seq)
    : E.left(`${asked.action} was refused: ${answer.decision.reasons.map(({ code }) => code).join(', ')}`);
};

/**
 * Ends the ledger, seals that, and copies it. From its last receipt on nothing is decided in it here; before that nothing has happened.
 * Its mark is there before its first receipt: what holds a part of it decides nothing in it.
 */
const leave = async (
  io: Io,
  source: LocalDeployment,
  { movedTo, size, origin }: TenantStatus,
  { tenant, to, dir, other }: Moving,
): Promise<E.Either<string, void>> => {
  const { config, place } = other;
  const ledger = source.identity.ledger(tenant);
  const opened = await openPlace(io, config.store ?? `sqlite:${join(to, 'ledger.db')}`, true, { dir: to, ...config });
  if (E.isLeft(opened)) return E.left(opened.left.join('; '));
  const target = opened.right;
  try {
    const there = await target.head(ledger);
    if (E.isLeft(there)) return E.left(there.left.detail);
    const here = await source.store.head(ledger);
    if (E.isLeft(here)) return E.left(here.left.detail);
    const over = movedTo === undefined ? E.right(undefined) : await takenOver(dir, ledger, { origin, size });
    if (E.isLeft(over)) return over;
    const has = there.right?.size ?? 0;
    if (over.right !== undefined && has < over.right)
      return E.left(
        `${tenant}: it went on there with ${over.right} receipts, and ${to} has ${has}; put its backup back`,
      );
    // It went on there already.
    if (movedTo !== undefined && has > (here.right?.size ?? 0)) return E.right(undefined);
    const along: Along = { source, target, ledger, from: dir, to, config };
    const before = await sealedMark(source, tenant);
    const marked = E.isLeft(before) ? before : await raiseIn(to, config.mode, before.right);
    if (E.isLeft(marked)) return marked;
    return await watched(io, 3, here.right?.size ?? 0, async (watch) => {
      const ahead = await takeAhead(io, along, watch, E.isLeft(before) ? 0 : before.right.size);
      if (E.isLeft(ahead)) {
        const stands = movedTo === undefined ? `nothing was recorded, and ${tenant} goes on here` : 'run it again';
        return E.left(`${to}: ${ahead.left}; ${stands}`);
      }
      if (movedTo === undefined) {
        const replayed = await source.replayHeldEvents();
        if (E.isLeft(replayed)) return replayed;
        const ended = await asking(source, tenant, { action: MOVE_LEDGER, resource: '*', arguments: { to: place } });
        if (E.isLeft(ended)) return ended;
      }
      const end = await sealedMark(source, tenant);
      if (E.isLeft(end)) return end;
      const raised = await raiseIn(to, config.mode, end.right);
      return E.isLeft(raised)
        ? raised
        : E.map(() => undefined)(await takeAlong(io, along, watch, { since: ahead.right }));
    });
  } finally {
    await target.close();
  }
};

/**
 * Copies the beginning while the tenant is still served: what there is to wait for, and what keeps the other place from being written,
 * comes before the receipt of the move. One receipt less than the mark there: with a part of the ledger nothing is decided in that place.
 */
const takeAhead = async (
  io: Io,
  along: Along,
  watch: LedgerWatch,
  sealed: number,
): Promise<E.Either<string, number>> => {
  const ahead = await takeAlong(io, along, watch, { upTo: Math.max(0, sealed - 1) });
  if (E.isLeft(ahead)) return ahead;
  // Of a move that broke off all of it may be there: can it still be written?
  const probed = (await along.target.probe?.()) ?? E.right(undefined);
  return E.isLeft(probed) ? E.left(probed.left.detail) : ahead;
};

/** Reads all that arrived, and lets the ledger go on here. */
const arrive = async (
  io: Io,
  { tenant, dir, to, other: { place, isNew } }: Moving,
  json: boolean,
): Promise<ExitCode> => {
  const opened = await openLocal(io, to);
  if (E.isLeft(opened)) return unreadable(io, ...opened.left);
  const here = opened.right;
  try {
    const status = await here.governor.status(tenant);
    if (E.isLeft(status)) return failed(io, `${tenant}: ${status.left.detail}`);
    if (status.right?.movedTo !== undefined) {
      const sound = await verified(here, tenant, to);
      if (E.isLeft(sound)) return failed(io, `${to}: ${sound.left}; nothing goes on there, nor in the old place`);
      const asked = { action: TAKE_OVER_LEDGER, resource: '*', arguments: { place, ...sound.right } };
      const taken = await asking(here, tenant, asked);
      if (E.isLeft(taken)) return failed(io, `${tenant}: ${taken.left}`);
    }
    const sealed = await here.governor.seal(tenant);
    if (E.isLeft(sealed)) return failed(io, `${tenant}: ${sealed.left.detail}`);
    const head = await here.governor.head(tenant);
    if (E.isLeft(head) || head.right === undefined) return failed(io, `${tenant}: its ledger cannot be read there`);
    const kept = await keepTakenOver(dir, here.identity.ledger(tenant), sealed.right);
    if (E.isLeft(kept)) return failed(io, kept.left);
    if (json) printJson(io, { tenant, place, ...head.right });
    else {
      io.out(`${tenant} goes on at ${nameOfPlace(place)}, in ${to}, with ${head.right.size} receipts\n`);
      if (isNew) io.out('look at its config.json before you serve it: paths in it are those of the old folder\n');
    }
    return EXIT.ok;
  } finally {
    await here.close();
  }
};
