/** The statements of the PostgreSQL store, against what the engines that speak its protocol refuse. */
import { postgresGrants, postgresMigrations, postgresStatements } from '@tai-autonomics/adapter-storage/postgres';
import { describe, expect, test } from 'vitest';
import { mutationsOf, refusals } from './dialects.ts';

const schema = [...postgresMigrations.flatMap((migration) => migration.statements), ...postgresGrants('somebody')];
const asked = Object.values(postgresStatements).map(({ text }) => text);

describe('what another engine refuses is in no statement', () => {
  test.for(refusals)('$what', ({ looksLike }) => {
    expect([...schema, ...asked].filter((statement) => looksLike.test(statement))).toEqual([]);
  });

  test.for([
    ['SELECT pg_advisory_xact_lock(1)', 'advisory locks'],
    ['NOTIFY written', 'LISTEN and NOTIFY'],
    ['LOCK TABLE tai.receipts', 'LOCK TABLE'],
    ['SELECT * FROM tai.receipts FOR UPDATE SKIP LOCKED', 'rows skipped while they are locked'],
    ['SELECT * FROM tai.receipts FOR KEY SHARE', 'locks on rows of several shards'],
    ['CREATE TABLE t (id bigserial)', 'numbers without a gap from a sequence'],
    ['CREATE TABLE t (id int) PARTITION BY HASH (id)', 'partitions'],
    ['SELECT xmin FROM tai.receipts', 'system columns and transaction numbers'],
  ])('%s would be found', ([statement, what]) => {
    expect(refusals.filter(({ looksLike }) => looksLike.test(statement ?? '')).map((one) => one.what)).toContain(what);
  });
});

test('no statement changes a table twice', () => {
  for (const statement of asked) expect(new Set(mutationsOf(statement)).size).toBe(mutationsOf(statement).length);
  expect(mutationsOf('WITH a AS (DELETE FROM tai.x) INSERT INTO tai.x')).toEqual(['x', 'x']);
});

test('the tenant’s ledger comes first in every key of what belongs to a tenant', () => {
  const keys = schema.flatMap((statement) => [...statement.matchAll(/(?:PRIMARY KEY|ON tai\.receipts) \((\w+)/g)]);
  expect(keys.map(([, column]) => column)).toEqual(['ledger', 'ledger', 'ledger', 'ledger']);
  const bound = asked.filter((statement) => /tai\.(?:receipts|disclosures|checkpoints)/.test(statement));
  for (const statement of bound) expect(statement).toMatch(/ledger = \$1|SELECT \$1|VALUES \(\$1/);
});
