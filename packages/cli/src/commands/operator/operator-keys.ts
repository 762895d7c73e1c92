/** `tai operator new-key`, `keys`, `disable-key`: who may ask the operator's door of `tai serve`. Each counts at once. */
import { resolve } from 'node:path';
import { formatInstant } from '@tai-autonomics/core/engine';
import { hasExpired } from '@tai-autonomics/governor';
import {
  changeOperatorKeys,
  mintOperatorKey,
  OPERATOR_RIGHTS,
  type OperatorKey,
  readOperatorKeys,
} from '@tai-autonomics/governor/keys';
import { systemClock, systemRandom } from '@tai-autonomics/governor/node';
import { either as E } from 'fp-ts';
import { parseSome } from '../../deployment/local-caller.ts';
import { readEnd } from '../../input/read-end.ts';
import { operatorKeysPath } from '../../operator/operator-server.ts';
import { DIR, type Register } from '../../register.ts';
import { EXIT, type ExitCode, type Io, printJson, unreadable } from '../../terminal/io.ts';
import { tableLines } from '../../terminal/table.ts';

interface Options {
  readonly dir: string;
  readonly json?: boolean;
}
interface NewOptions extends Options {
  readonly as: string;
  readonly may?: string;
  readonly expires?: string;
}

/** Adds the verbs to those of the operator. */
export const registerOperatorKeys: Register = (operator, io, exit) => {
  const verb = (name: string, description: string) =>
    operator
      .command(name)
      .description(description)
      .option(...DIR)
      .option('--json', 'the same as JSON');
  verb('new-key', 'make a key of the operator’s door; its secret is shown once')
    .requiredOption('--as <name>', 'which operator holds it')
    .option('--may <rights>', `what it may do, with commas: ${OPERATOR_RIGHTS.join(', ')}; all where absent`)
    .option('--expires <when>', 'an RFC 3339 instant, or a number of days such as 90d')
    .action(async (options: NewOptions) => exit(await makeNew(io, options)));
  verb('keys', 'list the keys of the operator’s door').action(async (options: Options) =>
    exit(await list(io, options)),
  );
  verb('disable-key', 'end a key of the operator’s door at once')
    .argument('<key>', 'the id of the key')
    .action(async (key: string, options: Options) => exit(await disable(io, key, options)));
};

const pathOf = (io: Io, { dir }: Options): string => operatorKeysPath(resolve(io.cwd, dir));

const makeNew = async (io: Io, options: NewOptions): Promise<ExitCode> => {
  const at = systemClock();
  const may = parseSome(OPERATOR_RIGHTS, options.may ?? '');
  if (E.isLeft(may)) return unreadable(io, `--may: ${may.left}`);
  const end = options.expires === undefined ? undefined : readEnd(options.expires, at);
  if (options.expires !== undefined && (end === undefined || end <= at))
    return unreadable(
      io,
      `--expires: expected an instant to come or a number of days such as 90d, found ${options.expires}`,
    );
  const { key, secretText } = mintOperatorKey(systemRandom, {
    operator: options.as,
    ...(may.right.length === 0 ? {} : { may: may.right }),
    ...(end === undefined ? {} : { expiresAt: formatInstant(end) }),
  });
  const changed = await changeOperatorKeys(pathOf(io, options), (all) => E.right([...all, key]));
  if (E.isLeft(changed)) return unreadable(io, ...changed.left);
  if (options.json === true) printJson(io, { ...shownOf(key, at), key: secretText });
  else io.out(`${secretText}\nkey ${key.keyId}; the line above is its secret, and is shown only now\n`);
  return EXIT.ok;
};

const list = async (io: Io, options: Options): Promise<ExitCode> => {
  const read = await readOperatorKeys(pathOf(io, options));
  if (E.isLeft(read)) return unreadable(io, ...read.left);
  const shown = read.right.map((one) => shownOf(one, systemClock()));
  if (options.json === true) printJson(io, shown);
  else {
    const rows = shown.map(({ keyId, operator, may, expiresAt, state }) => [
      keyId,
      operator,
      (may ?? ['all']).join(','),
      expiresAt ?? '-',
      state,
    ]);
    io.out(`${tableLines(io.paint, ['key', 'operator', 'may', 'expires', 'state'], rows).join('\n')}\n`);
  }
  return EXIT.ok;
};

const disable = async (io: Io, keyId: string, options: Options): Promise<ExitCode> => {
  const changed = await changeOperatorKeys(pathOf(io, options), (all) =>
    all.some((one) => one.keyId === keyId)
      ? E.right(all.map((one) => (one.keyId === keyId ? { ...one, disabled: true } : one)))
      : E.left(`no key ${keyId}; tai operator keys shows them`),
  );
  if (E.isLeft(changed)) return unreadable(io, ...changed.left);
  if (options.json === true) printJson(io, { keyId, state: 'disabled' });
  else io.out(`key ${keyId} is disabled\n`);
  return EXIT.ok;
};

/** Everything but the hash. */
const shownOf = ({ hash: _, ...rest }: OperatorKey, at: number) => ({
  ...rest,
  state: rest.disabled === true ? 'disabled' : hasExpired(rest, at) ? 'expired' : 'live',
});
