/** `tai keys`: the keys that seal a deployment's ledgers: make the next one, let it take over, revoke an old one, list. */
import { resolve } from 'node:path';
import { followKeys, formatRevocation, noKeyHistory, parseNote, parseReceipt } from '@tai-autonomics/core/receipt';
import type { Caller } from '@tai-autonomics/governor';
import {
  addNextKey,
  type KeyRing,
  keyIdText,
  ledgerKeyPath,
  readKeyRing,
  rotateKeys,
  vkeyIn,
} from '@tai-autonomics/governor/keys';
import { systemRandom } from '@tai-autonomics/governor/node';
import { either as E } from 'fp-ts';
import { readConfig } from '../deployment/deployment.ts';
import type { LocalDeployment } from '../local/local-deployment.ts';
import { openLocal, withLocal } from '../local/open-local.ts';
import { DIR, type Register } from '../register.ts';
import { EXIT, type ExitCode, type Io, printJson, unreadable } from '../terminal/io.ts';

interface KeysOptions {
  readonly dir: string;
  readonly tenant?: string;
  readonly lastGood?: string;
  readonly json?: boolean;
}

export const registerKeys: Register = (program, io, exit) => {
  const keys = program.command('keys').description('make, rotate, revoke and list the keys that seal ledgers');
  const verb = (name: string, what: string) =>
    keys
      .command(name)
      .description(what)
      .option(...DIR)
      .option('--json', 'what was done as JSON');
  verb('new', 'make the key that will take over').action(async (options: KeysOptions) =>
    exit(await makeNext(io, options)),
  );
  verb('rotate', 'let the new key take over in every ledger').action(async (options: KeysOptions) =>
    exit(await rotate(io, options)),
  );
  verb('revoke', 'say up to which size an old key vouches for a ledger')
    .argument('<key-id>', 'the key’s id: the 8 hex digits of its vkey')
    .requiredOption('--tenant <tenant>', 'the tenant')
    .option('--last-good <size>', 'the last good size; the largest that the key signed where absent')
    .action(async (keyId: string, options: KeysOptions) => exit(await revoke(io, keyId, options)));
  verb('list', 'the keys that are held, and what each ledger says of its own').action(async (options: KeysOptions) =>
    exit(await list(io, options)),
  );
};

const ringPath = async (io: Io, { dir }: KeysOptions): Promise<E.Either<readonly string[], string>> => {
  const folder = resolve(io.cwd, dir);
  return E.map(({ mode }: { readonly mode: 'eval' | 'contractual' }) => ledgerKeyPath(folder, mode))(
    await readConfig(io, folder),
  );
};

const keyText = (key: Uint8Array): string => Buffer.from(key).toString('base64url');

const makeNext = async (io: Io, options: KeysOptions): Promise<ExitCode> => {
  const path = await ringPath(io, options);
  if (E.isLeft(path)) return unreadable(io, ...path.left);
  const ring = await addNextKey(path.right, systemRandom);
  if (E.isLeft(ring)) return unreadable(io, ring.left);
  const next = keyText(ring.right.next ?? new Uint8Array(0));
  if (options.json === true) printJson(io, { next });
  else io.out(`a new key waits: ${next}\ntell auditors of it, then run: tai keys rotate --dir ${options.dir}\n`);
  return EXIT.ok;
};

/** Those whose ledgers this deployment can name. Ledgers are opaque: a tenant that nobody names is found when it comes. */
const tenantsOf = ({ config }: LocalDeployment): readonly string[] => Object.keys(config.owners).sort();

const rotateIn = async (
  io: Io,
  deployment: LocalDeployment,
  keyPath: string,
  options: KeysOptions,
): Promise<ExitCode> => {
  const { governor, identity, store, reload } = deployment;
  const tenants = tenantsOf(deployment);
  const rotated = await rotateKeys({ keyPath, governor, identity, store, tenants, restart: reload });
  if (E.isLeft(rotated)) return unreadable(io, ...rotated.left);
  const { moved, left, vkeys } = rotated.right;
  if (options.json === true) printJson(io, { moved, left, vkeys });
  else {
    io.out(`ledgers sealed with the new key: ${moved}; each by a receipt, and by a checkpoint that both keys signed\n`);
    if (left > 0) io.out(`${left} of tenants without a name here move when they are next used; the old key is kept\n`);
    for (const { tenant, vkey } of vkeys) io.out(`  ${tenant}  ${vkey}\n`);
  }
  return EXIT.ok;
};

const rotate = async (io: Io, options: KeysOptions): Promise<ExitCode> => {
  const path = await ringPath(io, options);
  if (E.isLeft(path)) return unreadable(io, ...path.left);
  const ring = await readKeyRing(path.right);
  if (E.isLeft(ring)) return unreadable(io, ring.left);
  return withLocal(io, options.dir, (deployment) => rotateIn(io, deployment, path.right, options));
};

/** The largest checkpoint that a key signed, and whether it alone signed the newest: then it is in use. */
const lastSigned = async (
  { store, identity }: LocalDeployment,
  tenant: string,
  keyId: string,
): Promise<E.Either<string, { readonly size: number; readonly inUse: boolean } | undefined>> => {
  const ledger = identity.ledger(tenant);
  let atMost = Number.MAX_SAFE_INTEGER;
  for (let newest = true; ; newest = false) {
    const stored = await store.checkpoint(ledger, atMost);
    if (E.isLeft(stored)) return E.left(stored.left.detail);
    if (stored.right === undefined) return E.right(undefined);
    const note = parseNote(stored.right.note);
    const ids = E.isLeft(note) ? [] : note.right.signatures.map((line) => keyIdText(line.keyId));
    if (ids.includes(keyId)) return E.right({ size: stored.right.size, inUse: newest && ids.length === 1 });
    atMost = stored.right.size - 1;
  }
};

const revokeIn = async (
  io: Io,
  deployment: LocalDeployment,
  keyId: string,
  tenant: string,
  options: KeysOptions,
): Promise<ExitCode> => {
  const last = await lastSigned(deployment, tenant, keyId);
  if (E.isLeft(last)) return unreadable(io, last.left);
  if (last.right === undefined) return unreadable(io, `${tenant}: no checkpoint is signed with the key ${keyId}`);
  if (last.right.inUse) return unreadable(io, `${tenant}: the key ${keyId} seals the ledger now; rotate first`);
  const size = options.lastGood === undefined ? last.right.size : Number(options.lastGood);
  const caller: Caller = { tenant, subject: { type: 'system', id: 'operator' }, scope: [] };
  const answer = await deployment.governor.submit(caller, {
    action: 'revoke_key',
    resource: '*',
    arguments: { key_id: keyId, last_good_size: size },
  });
  if (!answer.decided) return unreadable(io, `${tenant}: ${answer.detail}`);
  if (answer.decision.verdict === 'refuse')
    return unreadable(io, `${tenant}: refused: ${answer.decision.reasons.map(({ means }) => means).join('; ')}`);
  const sealed = await deployment.governor.seal(tenant);
  if (E.isLeft(sealed)) return unreadable(io, `${tenant}: ${sealed.left.detail}`);
  const { origin, seq } = answer.receipt;
  if (options.json === true) printJson(io, { revoked: keyId, lastGoodSize: size, origin, seq });
  else {
    const line = formatRevocation({ name: origin, keyId: Number.parseInt(keyId, 16), lastGoodSize: size });
    io.out(`${keyId} vouches for ${origin} up to ${size} receipts and no further (receipt ${seq}); tell auditors:\n`);
    io.out(`  ${line}`);
  }
  return EXIT.ok;
};

const revoke = async (io: Io, keyId: string, options: KeysOptions): Promise<ExitCode> => {
  if (!/^[0-9a-f]{8}$/.test(keyId)) return unreadable(io, `expected a key’s id of 8 hex digits, found ${keyId}`);
  if (options.lastGood !== undefined && !/^(?:0|[1-9]\d{0,14})$/.test(options.lastGood))
    return unreadable(io, `--last-good: expected a number of receipts, found ${options.lastGood}`);
  const { tenant = '' } = options;
  return withLocal(io, options.dir, (deployment) => revokeIn(io, deployment, keyId, tenant, options));
};

/** What a tenant's own ledger says of its keys. */
const historyOf = async ({ store, identity }: LocalDeployment, tenant: string) => {
  let history = noKeyHistory;
  for await (const row of store.read(identity.ledger(tenant), 0, Number.MAX_SAFE_INTEGER)) {
    const receipt = E.isLeft(row) ? undefined : parseReceipt(row.right.bytes);
    if (receipt !== undefined && E.isRight(receipt)) history = followKeys(history, receipt.right);
  }
  return history;
};

const ringJson = ({ active, next, older }: KeyRing) => ({
  active: keyText(active),
  ...(next === undefined ? {} : { next: keyText(next) }),
  older: older.map(keyText),
});

const list = async (io: Io, options: KeysOptions): Promise<ExitCode> => {
  const path = await ringPath(io, options);
  if (E.isLeft(path)) return unreadable(io, ...path.left);
  const ring = await readKeyRing(path.right);
  if (E.isLeft(ring)) return unreadable(io, ring.left);
  const opened = await openLocal(io, options.dir);
  if (E.isLeft(opened)) return unreadable(io, ...opened.left);
  const deployment = opened.right;
  const tenants = await Promise.all(
    tenantsOf(deployment).map(async (tenant) => {
      const { named, revoked } = await historyOf(deployment, tenant);
      const vkey = vkeyIn(deployment.identity, tenant, ring.right.active) ?? '';
      return { tenant, vkey, named, revoked: [...revoked].map(([key, size]) => ({ key, size })) };
    }),
  ).finally(() => deployment.close());
  const held = ringJson(ring.right);
  if (options.json === true) printJson(io, { file: path.right, ...held, tenants });
  else {
    io.out(`${path.right}\n  active  ${held.active}\n`);
    if (held.next !== undefined) io.out(`  next    ${held.next}\n`);
    for (const key of held.older) io.out(`  older   ${key}\n`);
    for (const { tenant, vkey, named, revoked } of tenants) {
      io.out(`${tenant}  ${vkey}\n`);
      for (const key of named) io.out(`  from receipt ${key.seq}: ${key.vkey}\n`);
      for (const { key, size } of revoked) io.out(`  revoked ${key}: vouches up to ${size} receipts\n`);
    }
  }
  return EXIT.ok;
};
