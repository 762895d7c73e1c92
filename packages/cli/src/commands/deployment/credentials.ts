/** `tai credentials`: the API keys of a deployment: make, list, disable, rotate. Each counts at once, also while it is served. */
import { join, resolve } from 'node:path';
import { RELATIONS, type Role } from '@tai-autonomics/core/author';
import { formatInstant, parseInstant } from '@tai-autonomics/core/engine';
import { type Credential, type CredentialParts, hasExpired, mintCredential } from '@tai-autonomics/governor';
import { changeCredentialFile, readCredentialFile } from '@tai-autonomics/governor/keys';
import { systemClock, systemRandom } from '@tai-autonomics/governor/node';
import { either as E } from 'fp-ts';
import { readRoles } from '../../deployment/deployment.ts';
import { namesIn, parseHolder, parseRoles, parseSome } from '../../deployment/local-caller.ts';
import { readEnd } from '../../input/read-end.ts';
import { DIR, type Register } from '../../register.ts';
import { EXIT, type ExitCode, type Io, printJson, unreadable } from '../../terminal/io.ts';
import { tableLines } from '../../terminal/table.ts';

interface Options {
  readonly dir: string;
  readonly json?: boolean;
}
interface NewOptions extends Options {
  readonly as: string;
  readonly tenant?: string;
  readonly tenants?: string;
  readonly scope?: string;
  readonly relation?: string;
  readonly person?: string;
  readonly expires?: string;
}
interface RotateOptions extends Options {
  readonly overlap?: string;
}

const TYPES = ['agent', 'user', 'service', 'marketplace'] as const;

export const registerCredentials: Register = (program, io, exit) => {
  const credentials = program
    .command('credentials')
    .description('the API keys of a deployment: make, list, disable, rotate');
  const verb = (name: string, description: string) =>
    credentials
      .command(name)
      .description(description)
      .option(...DIR)
      .option('--json', 'the same as JSON');
  verb('new', 'make a key; its secret is shown once')
    .requiredOption('--as <holder>', 'who holds it: agent:ID, user:ID, service:ID or marketplace:ID')
    .option('--tenant <tenant>', 'the tenant whose key it is')
    .option('--tenants <names>', 'which tenants a marketplace may name: names, or beginnings that end in *')
    .option('--scope <roles>', 'the roles that the key carries at most, with commas')
    .option('--relation <relations>', 'what its user is meant to be: owner, approver, responder; only a grant decides')
    .option('--person <user>', 'the user who stands behind it, user:ID; the user of its own name where absent')
    .option('--expires <when>', 'an RFC 3339 instant, or a number of days such as 90d')
    .action(async (options: NewOptions) => exit(await makeNew(io, options)));
  verb('list', 'the keys, without their secrets').action(async (options: Options) => exit(await list(io, options)));
  verb('disable', 'end a key at once')
    .argument('<key>', 'the id of the key')
    .action(async (key: string, options: Options) => exit(await disable(io, key, options)));
  verb('rotate', 'make a new key for the same holder, and end the old one')
    .argument('<key>', 'the id of the old key')
    .option('--overlap <days>', 'keep the old key for so long, such as 7d; it ends at once otherwise')
    .action(async (key: string, options: RotateOptions) => exit(await rotate(io, key, options)));
};

const pathOf = (io: Io, { dir }: Options): string => join(resolve(io.cwd, dir), 'credentials.json');

/** What a new key is for, or the first option that says nothing lawful. */
const partsOf = (options: NewOptions, at: number, known?: readonly Role[]): E.Either<string, CredentialParts> => {
  const holder = parseHolder(TYPES, options.as);
  if (E.isLeft(holder)) return E.left(`--as: ${holder.left}`);
  const scope = parseRoles(options.scope ?? '', known);
  if (E.isLeft(scope)) return E.left(`--scope: ${scope.left}`);
  const relations = parseSome(RELATIONS, options.relation ?? '');
  if (E.isLeft(relations)) return E.left(`--relation: ${relations.left}`);
  const person = options.person === undefined ? undefined : parseHolder(['user'], options.person);
  if (person !== undefined && E.isLeft(person)) return E.left(`--person: ${person.left}`);
  const end = options.expires === undefined ? undefined : readEnd(options.expires, at);
  if (options.expires !== undefined && end === undefined)
    return E.left(`--expires: expected an RFC 3339 instant or a number of days such as 90d, found ${options.expires}`);
  if (end !== undefined && end <= at) return E.left(`--expires: expected an instant to come, found ${options.expires}`);
  const common = {
    scope: scope.right,
    ...(end === undefined ? {} : { expiresAt: formatInstant(end) }),
  };
  const { type, id } = holder.right;
  if (type === 'marketplace') {
    if (options.tenant !== undefined)
      return E.left('--tenant: a marketplace’s events name their tenant; --tenants says which they may name');
    const tenants = namesIn(options.tenants ?? '');
    return E.right({ ...common, subject: { type, id }, ...(tenants.length === 0 ? {} : { tenants }) });
  }
  if (options.tenant === undefined) return E.left('--tenant: expected the tenant whose key this is');
  if (options.tenants !== undefined) return E.left('--tenants: is for the key of a marketplace');
  return E.right({
    ...common,
    tenant: options.tenant,
    subject: { type, id },
    ...(person === undefined ? {} : { person: person.right.id }),
    ...(relations.right.length === 0 ? {} : { relations: relations.right }),
  });
};

/** Everything but the hash: nobody needs to see it, and a list may end in a ticket. */
const shownOf = ({ hash: _, ...rest }: Credential, at: number) => ({ ...rest, state: stateOf(rest, at) });

const stateOf = (credential: Pick<Credential, 'disabled' | 'expiresAt'>, at: number): string => {
  if (credential.disabled === true) return 'disabled';
  return hasExpired(credential, at) ? 'expired' : 'live';
};

const showNew = (io: Io, options: Options, credential: Credential, secretText: string): ExitCode => {
  if (options.json === true) printJson(io, { ...shownOf(credential, systemClock()), key: secretText });
  else io.out(`${secretText}\nkey ${credential.keyId}; the line above is its secret, and is shown only now\n`);
  return EXIT.ok;
};

const makeNew = async (io: Io, options: NewOptions): Promise<ExitCode> => {
  // Which packs declare roles of their own, the deployment's catalog says; the nine need none.
  const roles = options.scope?.includes('/') === true ? await readRoles(io, options.dir) : E.right(undefined);
  if (E.isLeft(roles)) return unreadable(io, ...roles.left);
  const parts = partsOf(options, systemClock(), roles.right);
  if (E.isLeft(parts)) return unreadable(io, parts.left);
  const { credential, secretText } = mintCredential(systemRandom, parts.right);
  const changed = await changeCredentialFile(pathOf(io, options), (all) => E.right([...all, credential]));
  return E.isLeft(changed) ? unreadable(io, ...changed.left) : showNew(io, options, credential, secretText);
};

const list = async (io: Io, options: Options): Promise<ExitCode> => {
  const read = await readCredentialFile(pathOf(io, options));
  if (E.isLeft(read)) return unreadable(io, ...read.left);
  const at = systemClock();
  if (options.json === true) {
    printJson(
      io,
      read.right.map((one) => shownOf(one, at)),
    );
    return EXIT.ok;
  }
  const rows = read.right.map((one) => [
    one.keyId,
    `${one.subject.type}:${one.subject.id}`,
    one.tenant ?? (one.tenants ?? ['any']).join(','),
    one.scope.join(',') || '-',
    one.expiresAt ?? '-',
    stateOf(one, at),
  ]);
  io.out(`${tableLines(io.paint, ['key', 'holder', 'tenant', 'scope', 'expires', 'state'], rows).join('\n')}\n`);
  return EXIT.ok;
};

/** Every credential, with one of them replaced by what the change makes of it; or why it is not changed. */
const changing =
  (keyId: string, change: (found: Credential) => E.Either<string, readonly Credential[]>) =>
  (all: readonly Credential[]): E.Either<string, readonly Credential[]> => {
    const found = all.find((one) => one.keyId === keyId);
    if (found === undefined) return E.left(`no key ${keyId}; tai credentials list shows them`);
    return E.map((made: readonly Credential[]) => all.flatMap((one) => (one === found ? made : [one])))(change(found));
  };

const disable = async (io: Io, keyId: string, options: Options): Promise<ExitCode> => {
  const changed = await changeCredentialFile(
    pathOf(io, options),
    changing(keyId, (found) => E.right([{ ...found, disabled: true }])),
  );
  if (E.isLeft(changed)) return unreadable(io, ...changed.left);
  if (options.json === true) printJson(io, { keyId, state: 'disabled' });
  else io.out(`key ${keyId} is disabled\n`);
  return EXIT.ok;
};

const rotate = async (io: Io, keyId: string, options: RotateOptions): Promise<ExitCode> => {
  const at = systemClock();
  const overlap = options.overlap === undefined ? undefined : readEnd(options.overlap, at);
  if (options.overlap !== undefined && (overlap === undefined || overlap <= at))
    return unreadable(io, `--overlap: expected a number of days such as 7d, found ${options.overlap}`);
  let made: ReturnType<typeof mintCredential> | undefined;
  const changed = await changeCredentialFile(
    pathOf(io, options),
    changing(keyId, (found) => {
      // Whoever lost a key must not get another one by the way.
      const state = stateOf(found, at);
      if (state !== 'live') return E.left(`key ${keyId} is ${state}; tai credentials new makes another one`);
      const { keyId: _, hash: __, ...parts } = found;
      made = mintCredential(systemRandom, parts as CredentialParts);
      return E.right([
        overlap === undefined ? { ...found, disabled: true } : { ...found, expiresAt: earlier(found, overlap) },
        made.credential,
      ]);
    }),
  );
  if (E.isLeft(changed)) return unreadable(io, ...changed.left);
  return made === undefined ? EXIT.failed : showNew(io, options, made.credential, made.secretText);
};

const earlier = ({ expiresAt }: Credential, end: number): string => {
  const before = expiresAt === undefined ? undefined : parseInstant(expiresAt);
  return formatInstant(before === undefined ? end : Math.min(before, end));
};
