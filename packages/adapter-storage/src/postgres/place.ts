/** Where a PostgreSQL store is: a URL without a password, and the name by which every message calls it. */
import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import type { StoreFault } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';
import { codeOf } from './fault.ts';

/** A place that was understood. The password comes from `PGPASSWORD`, or from the password file of PostgreSQL, `PGPASSFILE`. */
export interface PostgresPlace {
  /** `postgres://ROLE@HOST:PORT/DATABASE`: for messages; it holds no secret. */
  readonly name: string;
  readonly user: string;
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly tls: ConnectionOptions | false;
}

/** Whether a text names a PostgreSQL store. */
export const isPostgresUrl = (text: string): boolean => /^postgres(?:ql)?:\/\//.test(text);

/**
 * Reads `postgres://ROLE@HOST[:PORT]/DATABASE`, or with `?host=/run/postgresql` a socket on this machine. `sslmode` is
 * `verify-full`, `verify-ca` (any host name) or `disable`; where it is absent, `disable` on this machine and `verify-full`
 * elsewhere. `sslrootcert` is the file of an authority of one's own. A password in the URL is refused: it would stand in the
 * list of processes.
 */
export const parsePostgresUrl = (text: string): E.Either<StoreFault, PostgresPlace> => {
  const url = urlOf(text);
  if (url === undefined) return refused('postgres://…', 'it is not of the form postgres://ROLE@HOST:PORT/DATABASE');
  const { asked, user, database, host } = url;
  const port = Number(asked.get('port') ?? (url.port === '' ? '5432' : url.port));
  const name = `postgres://${user}@${host.includes(':') ? `[${host}]` : host}:${port}/${database}`;
  if (url.password !== '' || asked.has('password'))
    return refused(name, 'its URL holds a password; set PGPASSWORD, or name a password file in PGPASSFILE');
  const unknown = [...asked.keys()].find((key) => !PARAMETERS.includes(key));
  if (unknown !== undefined)
    return refused(name, `its URL has the parameter ${unknown}; known are ${PARAMETERS.join(', ')}`);
  const missing = user === '' ? 'role' : host === '' ? 'host' : database === '' ? 'database' : undefined;
  if (missing !== undefined) return refused(name, `its URL names no ${missing}: postgres://ROLE@HOST:PORT/DATABASE`);
  if (!Number.isSafeInteger(port) || port < 1 || port > 65_535) return refused(name, 'its port is no port');
  const tls = tlsOf(name, host, asked.get('sslmode'), asked.get('sslrootcert'));
  return E.isLeft(tls) ? tls : E.right({ name, user, host, port, database, tls: tls.right });
};

const PARAMETERS: readonly string[] = ['host', 'port', 'password', 'sslmode', 'sslrootcert'];

const refused = (name: string, why: string): E.Either<StoreFault, never> =>
  E.left({ fault: 'unavailable', detail: `the store ${name}: ${why}`, outcome: 'not_written' });

/** Its parts, decoded. The brackets around an address of IPv6 belong to the URL alone. */
const urlOf = (text: string) => {
  try {
    if (!isPostgresUrl(text)) return undefined;
    // A URL without a host, whose socket is a parameter, is none to the parser.
    const url = new URL(text.replace(/^postgres(?:ql)?:\/\/([^/?]*@)?(?=[/?]|$)/, 'postgres://$1localhost'));
    return {
      asked: url.searchParams,
      user: decodeURIComponent(url.username),
      password: url.password,
      host: (url.searchParams.get('host') ?? decodeURIComponent(url.hostname)).replace(/^\[(.*)\]$/, '$1'),
      port: url.port,
      database: decodeURIComponent(url.pathname.slice(1)),
    };
  } catch {
    return undefined;
  }
};

const isHere = (host: string): boolean => host.startsWith('/') || ['localhost', '127.0.0.1', '::1'].includes(host);

const tlsOf = (
  name: string,
  host: string,
  mode: string | null,
  authority: string | null,
): E.Either<StoreFault, PostgresPlace['tls']> => {
  const asked = mode ?? (isHere(host) ? 'disable' : 'verify-full');
  if (asked === 'disable') return E.right(false);
  if (asked !== 'verify-full' && asked !== 'verify-ca')
    return refused(name, `sslmode=${asked} proves nothing about the server; ask for verify-full, verify-ca or disable`);
  try {
    return E.right({
      ...(authority === null ? {} : { ca: readFileSync(authority, 'utf8') }),
      ...(asked === 'verify-ca' ? { checkServerIdentity: () => undefined } : {}),
    });
  } catch (error) {
    return refused(name, `the file of sslrootcert, ${authority}, cannot be read (${codeOf(error) ?? 'no code'})`);
  }
};
