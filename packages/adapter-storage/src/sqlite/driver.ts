/**
 * The few things that a ledger needs from an SQLite library, and the two libraries that give them: the one inside Node
 * (22.13 and later) or `libsql`, which is prebuilt and runs no install script.
 */
/** What SQLite can store here. Integers are safe integers; there are no fractions in a ledger. */
export type SqliteValue = number | string | Uint8Array | null;

/** One row of an answer by column name. Its blobs are copies: nobody else holds them. */
export type SqliteRow = Readonly<Record<string, SqliteValue>>;

/** One connection. Every method is synchronous and throws `SqliteError`; statements are prepared once and kept. */
export interface SqliteDriver {
  /** Which library this is, for messages and tables of figures. */
  readonly name: string;
  /** Runs statements that answer nothing. */
  exec(sql: string): void;
  /** Runs one statement and answers how many rows it changed. */
  run(sql: string, values: readonly SqliteValue[]): number;
  /** Runs one query and answers all its rows. */
  all(sql: string, values: readonly SqliteValue[]): readonly SqliteRow[];
  /** Gives the file and its lock back. */
  close(): void;
}

/** Opens one connection to a file, by absolute path. */
export type OpenSqliteDriver = (path: string) => Promise<SqliteDriver>;

/** An error of SQLite by its primary result code (sqlite.org/rescode.html), whatever library reports it. */
export class SqliteError extends Error {
  readonly resultCode: number;

  constructor(message: string, resultCode: number) {
    super(message);
    this.name = 'SqliteError';
    this.resultCode = resultCode;
  }
}

/** `node:sqlite` where Node has it without a flag, else `libsql`. */
export const openSqliteDriver: OpenSqliteDriver = async (path) =>
  nodeSqlite() === undefined ? openLibsql(path) : openNodeSqlite(path);

/** The drivers that can run on this machine, by name: what a test has to cover. */
export const sqliteDrivers = (): Readonly<Record<string, OpenSqliteDriver>> => ({
  ...(nodeSqlite() === undefined ? {} : { 'node:sqlite': openNodeSqlite }),
  libsql: openLibsql,
});

type Bound = readonly SqliteValue[] | SqliteValue;

interface Statement {
  run(...values: Bound[]): { readonly changes: number | bigint };
  all(...values: Bound[]): unknown[];
}

interface Library {
  prepare(sql: string): Statement;
  exec(sql: string): unknown;
  close(): unknown;
}

interface NodeSqlite {
  readonly DatabaseSync: new (path: string) => Library;
}

/** Node 22 and 23 warn once that the module is experimental; that one line would end up in every user's output. */
const nodeSqlite = (): NodeSqlite | undefined => {
  const { emitWarning } = process;
  process.emitWarning = (warning: string | Error, ...rest: never[]) => {
    if (!String(warning).includes('SQLite')) emitWarning(warning, ...rest);
  };
  try {
    return process.getBuiltinModule('node:sqlite') as NodeSqlite | undefined;
  } finally {
    process.emitWarning = emitWarning;
  }
};

const openNodeSqlite: OpenSqliteDriver = async (path) => {
  const module = nodeSqlite();
  if (module === undefined) throw new SqliteError('this Node has no node:sqlite', 1);
  return driver('node:sqlite', () => new module.DatabaseSync(path), spread);
};

const openLibsql: OpenSqliteDriver = async (path) => {
  // Loaded only where it is used: a Node with its own SQLite needs no native addon.
  const { default: Database } = await import('libsql');
  return driver('libsql', () => new Database(path) as unknown as Library, together);
};

/** How a library wants its values: `node:sqlite` one by one; libsql as one array (it takes a lone blob for names). */
type Binding = (values: readonly SqliteValue[]) => readonly Bound[];
const spread: Binding = (values) => values;
const together: Binding = (values) => [values];

const driver = (name: string, open: () => Library, bind: Binding): SqliteDriver => {
  const library = calling(open);
  const statements = new Map<string, Statement>();
  const prepared = (sql: string): Statement => {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const statement = library.prepare(sql);
    statements.set(sql, statement);
    return statement;
  };
  return {
    name,
    exec: (sql) => {
      calling(() => library.exec(sql));
    },
    run: (sql, values) => calling(() => Number(prepared(sql).run(...bind(values)).changes)),
    all: (sql, values) =>
      calling(() =>
        prepared(sql)
          .all(...bind(values))
          .map(toRow),
      ),
    close: () => {
      statements.clear();
      calling(() => library.close());
    },
  };
};

/** libsql answers a blob as ArrayBuffer or Buffer, depending on the call; `node:sqlite` as Uint8Array. */
const toRow = (row: unknown): SqliteRow => {
  const copy: Record<string, SqliteValue> = {};
  for (const [column, value] of Object.entries(row as Record<string, SqliteValue | ArrayBuffer>)) {
    copy[column] = value instanceof ArrayBuffer || value instanceof Uint8Array ? new Uint8Array(value) : value;
  }
  return copy;
};

const calling = <A>(call: () => A): A => {
  try {
    return call();
  } catch (error) {
    throw sqliteError(error);
  }
};

const sqliteError = (error: unknown): SqliteError => {
  if (error instanceof SqliteError) return error;
  const { message, rawCode, errcode } = error as { message?: string; rawCode?: unknown; errcode?: unknown };
  const text = message ?? String(error);
  // The low byte is the primary code; libsql's failure to open has it only at the end of its text.
  const code = [rawCode, errcode, Number(/: (\d+)"?\)?$/.exec(text)?.[1])].find((c) => Number.isInteger(c));
  return new SqliteError(text, Number(code ?? 1) & 0xff);
};
