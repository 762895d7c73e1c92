/** `tai keys`: the keys that seal a deployment's ledgers: make the next one, let it take over, revoke an old one, list. */
import { resolve } from 'node:path';
import { ledgerKeyPath, readKeyRing } from '@tai-autonomics/governor/keys';
import { either as E } from 'fp-ts';
import { readConfig } from '../../deployment/deployment.ts';
import type { LocalDeployment } from '../../local/local-deployment.ts';
import { openLocal, withLocal } from '../../local/open-local.ts';
import { listSealing, makeNextKey, revokeSealing, rotateSealing } from '../../operator/sealing.ts';
import { DIR, type Register } from '../../register.ts';
import { EXIT, type ExitCode, type Io, printJson, unreadable } from '../../terminal/io.ts';

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

const makeNext = async (io: Io, options: KeysOptions): Promise<ExitCode> => {
  const path = await ringPath(io, options);
  if (E.isLeft(path)) return unreadable(io, ...path.left);
  const next = await makeNextKey(path.right);
  if (E.isLeft(next)) return unreadable(io, ...next.left);
  if (options.json === true) printJson(io, { next: next.right });
  else io.out(`a new key waits: ${next.right}\ntell auditors of it, then run: tai keys rotate --dir ${options.dir}\n`);
  return EXIT.ok;
};

const rotateIn = async (io: Io, deployment: LocalDeployment, options: KeysOptions): Promise<ExitCode> => {
  const rotated = await rotateSealing(deployment);
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
  return withLocal(io, options.dir, (deployment) => rotateIn(io, deployment, options));
};

const revokeIn = async (
  io: Io,
  deployment: LocalDeployment,
  keyId: string,
  tenant: string,
  options: KeysOptions,
): Promise<ExitCode> => {
  const lastGood = options.lastGood === undefined ? undefined : Number(options.lastGood);
  const done = await revokeSealing(deployment, {
    operator: 'operator',
    keyId,
    tenant,
    ...(lastGood === undefined ? {} : { lastGood }),
  });
  if (E.isLeft(done)) return unreadable(io, ...done.left);
  const { line, ...json } = done.right;
  const { origin, seq, lastGoodSize: size } = json;
  if (options.json === true) printJson(io, json);
  else {
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

const list = async (io: Io, options: KeysOptions): Promise<ExitCode> => {
  const path = await ringPath(io, options);
  if (E.isLeft(path)) return unreadable(io, ...path.left);
  const opened = await openLocal(io, options.dir);
  if (E.isLeft(opened)) return unreadable(io, ...opened.left);
  const listed = await listSealing(opened.right).finally(() => opened.right.close());
  if (E.isLeft(listed)) return unreadable(io, ...listed.left);
  const { tenants, ...held } = listed.right;
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
