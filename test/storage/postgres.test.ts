/** The PostgreSQL store on a real server: the conformance suite, and what only a server can do wrong. */
import {
  type ConformanceRow,
  catalogStoreConformance,
  conformanceTable,
  ledgerStoreConformance,
  type Trouble,
  type Wired,
} from '@tai-autonomics/adapter-storage/conformance';
import {
  migratePostgres,
  openPostgresCatalogs,
  openPostgresStore,
  type PostgresPlace,
  parsePostgresUrl,
  postgresMigrations,
} from '@tai-autonomics/adapter-storage/postgres';
import type { LedgerStore } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';
import pg from 'pg';
import { afterAll, describe, expect, test } from 'vitest';
import { asksOfStores, everyStore } from '../runs.ts';
import { openedOr } from './folder.ts';
import { NO_SERVER, type PostgresServer, postgresOffers } from './postgres-server.ts';
import { allRows, headAt, ledger, ok, rowsFrom } from './rows.ts';
import { openWire } from './wire.ts';

/** One server in `npm test`; every one that this machine offers in the long run. */
const offers = postgresOffers().slice(0, everyStore ? undefined : 1);
const servers: PostgresServer[] = [];
for (const offer of offers) servers.push(await offer());
afterAll(async () => {
  for (const server of servers) await server.stop();
});

test('a real server runs these tests', ({ skip }) => {
  skip(servers.length === 0, NO_SERVER);
  expect(servers.map(({ name }) => name)).toContainEqual(expect.stringMatching(/^PostgreSQL \d+/));
});

test('a URL is read whole, or refused: nothing is thrown', () => {
  const at = (text: string) =>
    E.map(({ name, host, tls }: PostgresPlace) => ({ name, host, tls }))(parsePostgresUrl(text));
  expect(at('postgres://tai_app@[::1]:5433/tai')).toEqual(
    E.right({ name: 'postgres://tai_app@[::1]:5433/tai', host: '::1', tls: false }),
  );
  for (const text of ['postgres://tai_app@localhost/100%', 'postgres://100%@localhost/tai'])
    expect(at(text)).toMatchObject({ left: { detail: expect.stringContaining('not of the form') } });
});

/** A store whose database goes to the next one when it is closed. */
const lent = (server: PostgresServer, url: string, store: LedgerStore, then = async () => {}): LedgerStore => {
  let closing: Promise<void> | undefined;
  return {
    ...store,
    close: () => {
      closing ??= (async () => {
        await store.close();
        await then();
        await server.reuse(url);
      })();
      return closing;
    },
  };
};

/** Only a way that stalls is to be given up soon. */
const openWired = async (server: PostgresServer, how: Trouble['how']): Promise<Wired> => {
  const url = await server.database();
  const wire = await openWire(server.socket);
  const store = openedOr(await openPostgresStore(wire.url(url), { answerWithinMs: how === 'stall' ? 300 : 2_000 }));
  return { order: wire.order, struck: wire.struck, store: lent(server, url, store, wire.close) };
};

describe.each(servers)('$name', (server) => {
  const rows: ConformanceRow[] = [];
  ledgerStoreConformance(
    server.name,
    async () => {
      const url = await server.database();
      return lent(server, url, openedOr(await openPostgresStore(url)));
    },
    { describe, test },
    {
      wire: (how) => openWired(server, how),
      long: asksOfStores || { none: 'one of `npm run test:stores`: it takes minutes' },
      tell: (row) => rows.push(row),
    },
  );
  afterAll(() => {
    if (everyStore) process.stdout.write(`${conformanceTable(rows)}\n`);
  });
  catalogStoreConformance(
    server.name,
    async () => openedOr(await openPostgresCatalogs(await server.bare(), { connections: 2 })),
    { describe, test },
  );

  const withStore = async (use: (store: LedgerStore, url: string) => Promise<void>): Promise<void> => {
    const url = await server.database();
    const store = openedOr(await openPostgresStore(url));
    try {
      await use(store, url);
    } finally {
      await store.close();
    }
  };
  const sqlState = (sql: string, url: string): Promise<unknown> =>
    server.run(sql, url).then(
      ({ rowCount }) => rowCount,
      (error: { readonly code?: string }) => error.code,
    );
  const as = (role: string, of: string, sql: string): string =>
    `SET SESSION AUTHORIZATION ${role}; BEGIN; SELECT set_config('tai.ledger', '${of}', true); ${sql}; ROLLBACK`;

  test('says that it is durable and shared', () =>
    withStore(async (store) => {
      expect(store.capabilities).toEqual({ durable: true, shared: true });
    }));

  test('the role that decides can neither change nor remove what is recorded, nor see another ledger', () =>
    withStore(async (store, url) => {
      for (const id of [ledger, 'ledger-2']) expect(await store.append(id, headAt(0), rowsFrom(0, 2))).toEqual(ok);
      const rights: readonly (readonly [string, unknown])[] = [
        [`UPDATE tai.receipts SET seq = seq`, '42501'],
        [`DELETE FROM tai.receipts`, '42501'],
        [`TRUNCATE tai.receipts`, '42501'],
        [`UPDATE tai.disclosures SET entries = ''`, '42501'],
        [`UPDATE tai.checkpoints SET note = ''`, '42501'],
        [`DELETE FROM tai.catalogs`, '42501'],
        [
          `INSERT INTO tai.receipts (ledger, seq, leaf, bytes) VALUES ('ledger-2', 2, decode(repeat('00', 32), 'hex'), '')`,
          '42501',
        ],
      ];
      for (const [sql, want] of rights)
        expect([sql, await sqlState(as('tai_app', ledger, sql), url)]).toEqual([sql, want]);
      const count = async (role: string, of: string, table: string): Promise<number> => {
        const answers = (await server.run(
          as(role, of, `SELECT count(*) FROM tai.${table}`),
          url,
        )) as unknown as readonly {
          readonly rows: readonly { readonly count: string }[];
        }[];
        return Number(
          answers.flatMap(({ rows: found }) => found).find(({ count: found }) => found !== undefined)?.count,
        );
      };
      for (const role of ['tai_app', 'tai_owner']) {
        expect(await count(role, ledger, 'receipts')).toBe(2);
        expect(await count(role, '', 'receipts')).toBe(0);
        expect(await count(role, 'ledger-3', 'disclosures')).toBe(0);
      }
    }));

  test('a disclosure is deleted by a purge alone', () =>
    withStore(async (store, url) => {
      expect(await store.append(ledger, headAt(0), rowsFrom(0, 2))).toEqual(ok);
      await server.run(as('tai_app', ledger, 'DELETE FROM tai.disclosures').replace('ROLLBACK', 'COMMIT'), url);
      expect((await allRows(store)).map(({ disclosures }) => disclosures.length)).toEqual([2, 2]);
      expect(await store.purge(ledger, 0, ['request/intent', 'evidence/a/b'])).toEqual(E.right(2));
      expect((await allRows(store)).map(({ disclosures }) => disclosures.length)).toEqual([0, 2]);
    }));

  test.for([
    ['receipts', "UPDATE tai.receipts SET bytes = ''"],
    ['receipts', 'DELETE FROM tai.receipts'],
    ['checkpoints', "UPDATE tai.checkpoints SET note = ''"],
    ['checkpoints', 'DELETE FROM tai.checkpoints'],
  ])('a trigger stops even a superuser who changes %s by mistake: %s', ([, sql = '']) =>
    withStore(async (store, url) => {
      await store.append(ledger, headAt(0), rowsFrom(0, 2));
      await store.putCheckpoint(ledger, { size: 1, note: 'n' });
      expect(await sqlState(sql, url)).toBe('55000');
    }),
  );

  test('appends pass where the server takes only one of two transactions that met', () =>
    withStore(async (store, url) => {
      await server.run(`ALTER ROLE tai_app SET default_transaction_isolation = 'serializable'`);
      const other = openedOr(await openPostgresStore(url));
      try {
        const writers = [store, other, store, other].map(async (by, writer) => {
          for (let n = 0; n < 8; ) {
            const head = await by.head(`ledger-${writer}`);
            const size = E.isRight(head) ? (head.right?.size ?? 0) : 0;
            const appended = await by.append(`ledger-${writer}`, headAt(size), rowsFrom(size, size + 1));
            expect(appended).toEqual(ok);
            n += 1;
          }
        });
        await Promise.all(writers);
        expect(await allRows(other, 'ledger-3')).toEqual(rowsFrom(0, 8));
      } finally {
        await server.run('ALTER ROLE tai_app RESET default_transaction_isolation');
        await other.close();
      }
    }));

  describe('its tables', () => {
    test('are made once where several processes make them at the same time, and again changes nothing', async () => {
      const url = await server.bare();
      const made = await Promise.all([1, 2, 3, 4].map(() => migratePostgres(url)));
      for (const one of made) expect(one).toMatchObject({ right: { to: postgresMigrations.length } });
      const { rows: versions } = await server.run('SELECT version FROM tai.migrations ORDER BY version', url);
      expect(versions.map(({ version }) => Number(version))).toEqual(postgresMigrations.map(({ version }) => version));
      expect(await migratePostgres(url)).toMatchObject({ right: { from: postgresMigrations.length } });
    });

    test('of a newer release are left alone, and older ones are brought up to date by tai store migrate', async () => {
      const url = await server.bare();
      openedOr(await migratePostgres(url));
      await server.run(`INSERT INTO tai.migrations (version, means) VALUES (99, 'later')`, url);
      for (const answer of [await openPostgresStore(url), await migratePostgres(url)])
        expect(answer).toMatchObject({ left: { detail: expect.stringContaining('open it with a newer release') } });
      await server.run('DELETE FROM tai.migrations WHERE version > 2', url);
      expect(await openPostgresStore(url)).toMatchObject({
        left: { detail: expect.stringContaining('run tai store migrate') },
      });
    });
  });

  describe('what is wrong is said in one line that names the store, what to do, and no password', () => {
    const said = async (url: string, options = {}): Promise<unknown> => {
      const opened = await openPostgresStore(url, { answerWithinMs: 20_000, ...options });
      if (E.isRight(opened)) await opened.right.close();
      return opened;
    };
    const refusal = (detail: string | RegExp) => ({
      left: { fault: 'unavailable', outcome: 'not_written', detail: expect.stringMatching(detail) },
    });

    test.for<readonly [string, string, string | RegExp]>([
      ['nothing listens', 'postgres://tai_app@/tai?host=/nowhere', 'nothing listens there'],
      [
        'a host that is not known',
        'postgres://tai_app@no-such-host.invalid/tai?sslmode=disable',
        // Or, where a name service answers for every name, whatever that host does.
        /its host is not known|nothing listens there|it was too slow|the connection broke/,
      ],
      ['a password in the URL', 'postgres://tai_app:geheim@localhost/tai', 'its URL holds a password'],
      ['a mode of TLS that proves nothing', 'postgres://tai_app@localhost/tai?sslmode=require', 'proves nothing'],
      ['no role', 'postgres://localhost/tai', 'names no role'],
      ['no database', 'postgres://tai_app@localhost', 'names no database'],
      ['another parameter', 'postgres://tai_app@localhost/tai?x=1', 'has the parameter x'],
      [
        'an authority that is not there',
        'postgres://tai_app@localhost/tai?sslmode=verify-ca&sslrootcert=/nowhere',
        /\(ENOENT\)/,
      ],
      ['another scheme', 'mysql://tai_app@localhost/tai', 'not of the form'],
    ])('%s', async ([, url, detail]) => {
      const answer = await said(url);
      expect(answer).toMatchObject(refusal(detail));
      expect(JSON.stringify(answer)).not.toContain('geheim');
    });

    test('no such database, a role that is not let in, no right, a server that keeps nothing', async () => {
      const url = await server.database();
      expect(await said(url.replace(/tai_app@\/\w+/, 'tai_app@/nowhere'))).toMatchObject(
        refusal('it has no such database'),
      );
      expect(await said(url.replace('tai_app', 'stranger'))).toMatchObject(refusal('it does not let this role in'));
      await server.run('REVOKE SELECT ON tai.migrations FROM tai_app', url);
      expect(await said(url)).toMatchObject(refusal('run tai store migrate with --grant'));
      await server.run(`GRANT SELECT ON tai.migrations TO tai_app`, url);
      await server.run(`ALTER ROLE tai_app SET synchronous_commit = 'off'`);
      expect(await said(url)).toMatchObject(refusal('synchronous_commit = off'));
      await server.run(`ALTER ROLE tai_app RESET synchronous_commit`);
      await server.reuse(url);
    });

    test('TLS that is not offered', async () => {
      const url = await server.database();
      expect(await said(`${url}&sslmode=verify-full`)).toMatchObject(refusal('it offers no TLS'));
      await server.reuse(url);
    });

    test('a database that is read-only, a right that is taken away, a statement that waits too long', async () => {
      const url = await server.database();
      const store = openedOr(await openPostgresStore(url, { answerWithinMs: 400 }));
      expect(await store.append(ledger, headAt(0), rowsFrom(0, 1))).toEqual(ok);
      await server.run('REVOKE INSERT ON tai.receipts FROM tai_app', url);
      expect(await store.append(ledger, headAt(1), rowsFrom(1, 2))).toMatchObject(
        refusal('the role has not the right'),
      );
      await server.run('GRANT INSERT ON tai.receipts TO tai_app', url);
      const holder = new pg.Client({ connectionString: server.as(url, 'postgres') });
      await holder.connect();
      await holder.query('BEGIN; LOCK TABLE tai.receipts');
      expect(await store.append(ledger, headAt(1), rowsFrom(1, 2))).toMatchObject(refusal('it was too slow'));
      await holder.end();
      expect(await store.append(ledger, headAt(1), rowsFrom(1, 2))).toEqual(ok);
      expect(await allRows(store)).toEqual(rowsFrom(0, 2));
      await store.close();
      await server.run(`ALTER ROLE tai_app SET default_transaction_read_only = 'on'`);
      const reading = openedOr(await openPostgresStore(url));
      expect(await reading.append(ledger, headAt(2), rowsFrom(2, 3))).toMatchObject(refusal('it is read-only'));
      expect(await reading.probe?.()).toMatchObject(refusal('it is read-only'));
      await server.run('ALTER ROLE tai_app RESET default_transaction_read_only');
      await reading.close();
      await server.reuse(url);
    });
  });

  test('a server that crashed has every acknowledged receipt, and the store goes on when it is back', async ({
    skip,
  }) => {
    skip(server.crash === undefined, 'a server that others use is not ended');
    const url = await server.database();
    const store = openedOr(await openPostgresStore(url));
    expect(await store.append(ledger, headAt(0), rowsFrom(0, 5))).toEqual(ok);
    await server.crash?.();
    const down = await store.append(ledger, headAt(5), rowsFrom(5, 6));
    expect(down).toMatchObject({ left: { fault: 'unavailable' } });
    expect(await store.head(ledger)).toMatchObject({ left: { outcome: 'not_written' } });
    await server.start?.();
    expect(await allRows(store)).toEqual(rowsFrom(0, 5));
    expect(await store.append(ledger, headAt(5), rowsFrom(5, 6))).toEqual(ok);
    await store.close();
    await server.reuse(url);
  });
});
