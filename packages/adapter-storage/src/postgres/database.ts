/** A few connections to one PostgreSQL database, and transactions that name the one ledger that they are about. */
import type { LedgerId, Ms, StoreFault } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';
import pg from 'pg';
import { isAnswer, outcomeOfCommit, postgresFault } from './fault.ts';
import type { PostgresPlace } from './place.ts';
import { settings } from './schema.ts';
import type { Statement } from './statements.ts';

/** What a column holds: text, bytes or nothing. Integers come as text. */
export type Row = Readonly<Record<string, string | Uint8Array | null>>;

/** A statement and its parameters. */
export type Call = readonly [statement: Statement, values: readonly unknown[]];

/** Why nothing was answered, with the error itself for whoever may try again. */
export interface Broken {
  readonly error: unknown;
  readonly outcome: StoreFault['outcome'];
}

/** What every call of a flight answered, in their order; or why it is not so. */
export type Flown = E.Either<Broken, readonly (readonly Row[])[]>;

export interface Database {
  /** `postgres://ROLE@HOST:PORT/DATABASE`. */
  readonly name: string;
  /** Runs calls about one ledger in one transaction: one way there and back. */
  fly(ledger: LedgerId, calls: readonly Call[]): Promise<Flown>;
  /** Runs one call that is about no ledger. */
  ask(call: Call): Promise<Flown>;
  /** Runs a transaction whose next statement depends on the answer before; it may purge. Its error is thrown. */
  inTransaction<A>(
    ledger: LedgerId,
    body: (ask: (call: Call) => Promise<readonly Row[]>) => Promise<A>,
  ): Promise<E.Either<Broken, A>>;
  close(): Promise<void>;
}

/** How many connections, and how long to wait for an answer. */
export interface DatabaseOptions {
  readonly connections: number;
  readonly answerWithinMs: Ms;
}

/** No connection is opened before the first call. */
export const createDatabase = (place: PostgresPlace, { connections, answerWithinMs }: DatabaseOptions): Database => {
  const { name } = place;
  const pool = new pg.Pool({
    user: place.user,
    host: place.host,
    port: place.port,
    database: place.database,
    ssl: place.tls,
    max: connections,
    application_name: 'tai',
    connectionTimeoutMillis: answerWithinMs,
    // The server gives up first; this is for one that says nothing any more.
    query_timeout: 2 * answerWithinMs,
    keepAlive: true,
    pipeline: true,
    allowExitOnIdle: true,
  });
  // An idle connection that breaks is replaced by the pool; whoever asks next is told if there is none.
  pool.on('error', () => undefined);
  const within = `SET LOCAL statement_timeout = ${Math.ceil(answerWithinMs)}`;
  const begin = (ledger: LedgerId, more = ''): string =>
    `BEGIN; ${within}; SELECT set_config('${settings.ledger}', '${ledger}', true)${more}`;

  return {
    name,
    fly: (ledger, calls) =>
      connected(pool, async (client) => {
        const sent = [
          client.query(begin(ledger)),
          ...calls.map(([statement, values]) => client.query(prepared(statement, values))),
          ...commit(client),
        ];
        const answers = await Promise.allSettled(sent);
        return judged(answers);
      }),
    ask: ([statement, values]) =>
      connected(pool, async (client) => {
        const [answer] = await Promise.allSettled([client.query(prepared(statement, values))]);
        return answer.status === 'fulfilled'
          ? E.right([answer.value.rows as readonly Row[]])
          : E.left({ error: answer.reason, outcome: outcomeOfCommit(answer.reason) });
      }),
    inTransaction: (ledger, body) =>
      connected(pool, async (client) => {
        try {
          await client.query(begin(ledger, `, set_config('${settings.purge}', '${ledger}', true)`));
          const answer = await body(
            async ([statement, values]) => (await client.query(prepared(statement, values))).rows,
          );
          return E.flatMap(() => E.right(answer))(judged(await Promise.allSettled(commit(client))));
        } catch (error) {
          await client.query('ROLLBACK').catch(() => undefined);
          return E.left({ error, outcome: 'not_written' });
        }
      }),
    close: () => pool.end(),
  };
};

/** One line for a person: which store, what is wrong, what to do. */
export const faultOf = ({ name }: Database, { error, outcome }: Broken): StoreFault =>
  postgresFault(name, error, outcome);

const prepared = ({ name, text }: Statement, values: readonly unknown[]): pg.QueryConfig => ({
  name,
  text,
  values: [...values],
});

/**
 * A statement that took too long is called unwritten. A COMMIT that waits for a standby is not cut short: the server would
 * only warn, and acknowledge what one machine alone has.
 */
const commit = (client: pg.PoolClient): readonly Promise<pg.QueryResult>[] => [
  client.query('SET LOCAL statement_timeout = 0'),
  client.query('COMMIT'),
];

/** A connection for one use. One that broke is not used again. */
const connected = async <A>(
  pool: pg.Pool,
  use: (client: pg.PoolClient) => Promise<E.Either<Broken, A>>,
): Promise<E.Either<Broken, A>> => {
  let client: pg.PoolClient;
  try {
    client = await pool.connect();
  } catch (error) {
    return E.left({ error, outcome: 'not_written' });
  }
  const noticed = (): void => undefined;
  client.on('error', noticed);
  const answer = await use(client);
  client.off('error', noticed);
  client.release(E.isLeft(answer) && !isAnswer(answer.left.error));
  return answer;
};

/**
 * The first thing that went wrong says why. Before the COMMIT it is an answer of the server, after which nothing was written,
 * or a broken connection, after which nobody knows: the COMMIT was on its way already.
 */
const judged = (answers: readonly PromiseSettledResult<pg.QueryResult>[]): Flown => {
  const committed = answers.at(-1);
  const broken = answers.find((answer) => answer.status === 'rejected');
  if (broken !== undefined)
    return E.left({
      error: broken.reason,
      outcome: broken === committed ? outcomeOfCommit(broken.reason) : outcomeBefore(broken.reason),
    });
  const rows = answers
    .slice(1, -2)
    .flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value.rows as readonly Row[]] : []));
  const isKept = committed?.status === 'fulfilled' && committed.value.command === 'COMMIT';
  return isKept
    ? E.right(rows)
    : E.left({ error: new Error('the transaction was rolled back'), outcome: 'not_written' });
};

const outcomeBefore = (error: unknown): StoreFault['outcome'] => (isAnswer(error) ? 'not_written' : 'unknown');
