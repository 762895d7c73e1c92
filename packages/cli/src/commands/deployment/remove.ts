/**
 * `tai store remove`: a ledger that ended is archived as a bundle, the bundle is verified, the operator's ledger says so, and then the
 * store forgets it. Run again after a break it goes on with the bundle that is there.
 */
import { readdir, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { encodeBase64url } from '@tai-autonomics/core/receipt';
import type { Governor, LedgerStore, TenantStatus } from '@tai-autonomics/governor';
import {
  type BundleReport,
  exportBundle,
  folderSink,
  type LedgerSource,
  printBundleFault,
  readBundle,
  trustFileFor,
  verifyBundle,
} from '@tai-autonomics/governor/bundle';
import { type Identity, vkeyIn } from '@tai-autonomics/governor/keys';
import { nodeSha256 } from '@tai-autonomics/governor/node';
import { OPERATOR, REMOVE_LEDGER } from '@tai-autonomics/governor/operator';
import { detectors } from '@tai-autonomics/packs';
import type { Command } from 'commander';
import { either as E } from 'fp-ts';
import { openEvidence } from '../../audit/evidence.ts';
import { holdDeployment } from '../../deployment/held-deployment.ts';
import { nameOfPlace } from '../../deployment/place.ts';
import { exists } from '../../deployment/storage/kept.ts';
import { isPostgres, postgres } from '../../deployment/storage/storage.ts';
import { takenOver } from '../../deployment/storage/taken-over.ts';
import { DIR } from '../../register.ts';
import { EXIT, type ExitCode, failed, type Io, printJson, unreadable } from '../../terminal/io.ts';
import { watched } from '../../terminal/watched.ts';

interface Options {
  readonly dir: string;
  readonly archive: string;
  readonly owner?: string;
  readonly json?: boolean;
}

/** Adds the verb to those of the store. */
export const registerRemove = (store: Command, io: Io, exit: (code: ExitCode) => void): void => {
  store
    .command('remove')
    .description('archive what is closed or moved, verify that, and remove it')
    .argument('<tenant>', 'the tenant')
    .requiredOption('--archive <folder>', 'where its bundle goes, or is from an earlier run')
    .option(...DIR)
    .option('--owner <url>', 'postgres://OWNER@HOST:PORT/DATABASE, where the store is in PostgreSQL')
    .option('--json', 'what was removed as JSON')
    .action(async (tenant: string, options: Options) => exit(await remove(io, tenant, options)));
};

const remove = async (io: Io, tenant: string, options: Options): Promise<ExitCode> => {
  const [dir, archive] = [resolve(io.cwd, options.dir), resolve(io.cwd, options.archive)];
  const opened = await holdDeployment(io, dir, { handlersOf: async () => [] });
  if (E.isLeft(opened)) return unreadable(io, ...opened.left);
  const { current, governor, close } = opened.right;
  // A ledger that moved away was sealed for the last time with the key of then.
  const vkeys = [current.signer, ...(current.signer.older ?? [])].flatMap(
    ({ publicKey }) => vkeyIn(current.identity, tenant, publicKey) ?? [],
  );
  let size: E.Either<string, number>;
  try {
    size = await ended(governor, current, { dir, tenant, owner: options.owner });
  } finally {
    await close();
  }
  if (E.isLeft(size)) return failed(io, size.left);
  const archived = await archiveOf(io, dir, { tenant, path: archive, size: size.right, vkeys });
  if (E.isLeft(archived)) return failed(io, `${archived.left}; nothing was removed`);
  return forget(io, { dir, tenant, owner: options.owner }, archived.right, options.json === true);
};

/** What is removed, and as whom. */
interface Removing {
  readonly dir: string;
  readonly tenant: string;
  /** The owner of the tables, as the URL of a database. */
  readonly owner: string | undefined;
}

/** What removes a ledger: the store itself, or the owner of its tables. A sentence says why nothing does. */
const remover = async (
  { capabilities, forget }: LedgerStore,
  owner: string | undefined,
): Promise<E.Either<string, NonNullable<LedgerStore['forget']>>> => {
  if (owner === undefined)
    return forget === undefined ? E.left(capabilities?.shared === true ? KEEPS : KEPT) : E.right(forget);
  if (forget !== undefined) return E.left('--owner: this store has no owner of tables; leave it out');
  if (!isPostgres(owner)) return E.left('--owner: expected postgres://OWNER@HOST:PORT/DATABASE');
  const { removeFromPostgres } = await postgres();
  return E.right((ledger, expected) => removeFromPostgres(owner, ledger, expected));
};
const KEPT = 'this store removes no ledger';
const KEEPS =
  'the role that decides removes no receipt. PostgreSQL: name the owner of the tables with --owner postgres://OWNER@HOST:PORT/DATABASE. Firestore cannot remove a ledger in one step, and a part of one is a ledger that was cut: erase what is beside its receipts with purge_disclosures, and keep it';

/** How many receipts a ledger has that may be removed, all of them sealed. */
const ended = async (
  governor: Governor,
  { store, identity }: { readonly store: LedgerStore; readonly identity: Identity },
  { dir, tenant, owner }: Removing,
): Promise<E.Either<string, number>> => {
  if (tenant === OPERATOR) return E.left('the operator’s own ledger says what was removed, and stays');
  const found = await governor.status(tenant);
  if (E.isLeft(found)) return E.left(`${tenant}: ${found.left.detail}`);
  if (found.right === undefined) return E.left(`${tenant}: it has no ledger`);
  const removes = await remover(store, owner);
  if (E.isLeft(removes)) return removes;
  const open = hasNotEnded(found.right);
  if (open !== undefined) return E.left(`${tenant}: ${open}`);
  const { movedTo, closed } = found.right;
  if (movedTo !== undefined && !closed) {
    const over = await takenOver(dir, identity.ledger(tenant), found.right);
    if (E.isLeft(over)) return over;
    if (over.right === undefined)
      return E.left(
        `${tenant}: its move to ${nameOfPlace(movedTo)} has not ended; run tai store move again, with that folder`,
      );
  }
  const sealed = await governor.seal(tenant);
  return E.isLeft(sealed) ? E.left(`${tenant}: ${sealed.left.detail}`) : E.right(found.right.size);
};

const hasNotEnded = ({ closed, movedTo, open }: TenantStatus): string | undefined => {
  if (!closed && movedTo === undefined) return 'its ledger has not ended; close it, or move it, first';
  return open.length === 0 ? undefined : `${open.length} of its actions have no outcome yet`;
};

/** A bundle of the whole ledger that was verified. */
interface Archived {
  readonly path: string;
  readonly size: number;
  /** base64url. */
  readonly root: string;
  readonly digest: string;
}

/** Writes the bundle where there is none, and verifies the one that is there, as an auditor would who trusts the ledger's own key. */
const archiveOf = async (
  io: Io,
  dir: string,
  {
    tenant,
    path,
    size,
    vkeys,
  }: Pick<Archived, 'path' | 'size'> & {
    readonly tenant: string;
    readonly vkeys: readonly string[];
  },
): Promise<E.Either<string, Archived>> => {
  const opened = await openEvidence(io, dir);
  if (E.isLeft(opened)) return E.left(opened.left.join('; '));
  try {
    const source = await opened.right.sourceOf(tenant);
    if (E.isLeft(source)) return E.left([source.left].flat().join('; '));
    if (source.right === undefined) return E.left(`${tenant}: it has no ledger`);
    if (!(await exists(path))) {
      const written = await write(io, source.right, path, size);
      if (E.isLeft(written)) return written;
    }
    const report = await verify(vkeys, path);
    if (E.isLeft(report)) return report;
    const { checkpoint, coverage, labels, overall } = report.right;
    const isWhole = coverage === 'whole' && checkpoint?.size === size && labels.trusted === 'yes';
    if (!isWhole || checkpoint === undefined || !(overall === 'verified' || overall === 'incomplete'))
      return E.left(`${path}: is not the whole ledger of ${tenant} as it was sealed (${overall})`);
    const manifest = await readFile(join(path, 'manifest')).catch(() => undefined);
    if (manifest === undefined) return E.left(`${path}: has no manifest`);
    const digest = encodeBase64url(nodeSha256(manifest));
    return E.right({ path, size, root: encodeBase64url(checkpoint.root), digest });
  } finally {
    await opened.right.close();
  }
};

const write = async (io: Io, source: LedgerSource, path: string, size: number): Promise<E.Either<string, void>> => {
  const exported = await watched(io, 3, size, async (watch) => {
    const sink = await folderSink(path);
    return E.isLeft(sink) ? sink : exportBundle({ ...source, watch }, { clear: 'ledger' }, sink.right);
  });
  if (E.isLeft(exported)) return exported;
  const [missing] = exported.right.missingCatalogs;
  return missing === undefined ? E.right(undefined) : E.left(`the catalog ${missing} is not kept here`);
};

const verify = async (vkeys: readonly string[], path: string): Promise<E.Either<string, BundleReport>> => {
  const trust = trustFileFor(vkeys);
  if (E.isLeft(trust)) return trust;
  const bundle = await readBundle(path);
  if (E.isLeft(bundle)) return E.left(printBundleFault(path, bundle.left));
  try {
    const report = await verifyBundle(bundle.right, { rederive: true, detectors, trust: trust.right });
    return E.mapLeft((fault: Parameters<typeof printBundleFault>[1]) => printBundleFault(path, fault))(report);
  } finally {
    bundle.right.close();
  }
};

/** The receipt first: a crash in between leaves a ledger that is there, and is said to be removed; run again, it goes. */
const forget = async (
  io: Io,
  { dir, tenant, owner }: Removing,
  { path, size, root, digest }: Archived,
  json: boolean,
): Promise<ExitCode> => {
  const opened = await holdDeployment(io, dir, { handlersOf: async () => [] });
  if (E.isLeft(opened)) return unreadable(io, ...opened.left);
  const { current, governor, close } = opened.right;
  try {
    const ledger = current.identity.ledger(tenant);
    const head = await current.store.head(ledger);
    if (E.isLeft(head)) return failed(io, head.left.detail);
    if (head.right?.size !== size) return failed(io, `${tenant}: its ledger changed meanwhile; run it again`);
    const answer = await governor.submit(
      { tenant: OPERATOR, subject: { type: 'system', id: 'operator' }, scope: [] },
      {
        id: `remove ${ledger} ${root} ${digest}`,
        action: REMOVE_LEDGER,
        resource: '*',
        arguments: { ledger, size, root, archive: path.slice(-200), digest },
      },
    );
    if (!answer.decided) return failed(io, `not decided: ${answer.why}: ${answer.detail}`);
    if (answer.decision.verdict === 'refuse')
      return failed(io, `refused: ${answer.decision.reasons.map(({ code }) => code).join(', ')}`);
    const sealed = await governor.seal(OPERATOR);
    if (E.isLeft(sealed)) return failed(io, `the operator’s ledger could not be sealed: ${sealed.left.detail}`);
    const removes = await remover(current.store, owner);
    if (E.isLeft(removes)) return failed(io, removes.left);
    const gone = await removes.right(ledger, head.right);
    if (E.isLeft(gone)) return failed(io, gone.left.detail);
    if (!gone.right)
      return failed(
        io,
        owner === undefined
          ? `${tenant}: its ledger changed meanwhile; run it again`
          : `${tenant}: its ledger changed meanwhile, or --owner names another database; run it again`,
      );
    const left = await current.store.head(ledger);
    if (E.isRight(left) && left.right !== undefined)
      return failed(io, `${tenant}: its ledger is still there: --owner names a copy of this database`);
    await forgetSnapshots(dir, ledger);
    if (json) printJson(io, { tenant, ledger, receipts: size, root, archive: path, digest, receipt: answer.receipt });
    else
      io.out(
        `${tenant}: ${size} receipts are in ${path}, and removed here; receipt ${answer.receipt.seq} of the operator’s ledger says so\n`,
      );
    return EXIT.ok;
  } finally {
    await close();
  }
};

/** What was computed of a ledger, in files of its name; what cannot be removed now is of nobody. */
const forgetSnapshots = async (dir: string, ledger: string): Promise<void> => {
  for (const folder of ['snapshots', 'trees', 'folds'])
    for (const name of await readdir(join(dir, folder)).catch((): string[] => []))
      if (name.startsWith(ledger)) await rm(join(dir, folder, name), { recursive: true, force: true }).catch(() => {});
};
