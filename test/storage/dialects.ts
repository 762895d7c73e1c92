/**
 * What the engines that speak PostgreSQL’s protocol refuse, as their own pages say: no statement of this store may use any of
 * it. It is a rule for what is written here; only PostgreSQL itself has run it.
 */

/** Something that an engine refuses, and how a statement that uses it looks. */
export interface Refusal {
  readonly what: string;
  /** Engines that say so. */
  readonly refusedBy: readonly ('Citus' | 'CockroachDB' | 'YugabyteDB')[];
  /** The engine’s own page. */
  readonly source: string;
  readonly looksLike: RegExp;
}

const COCKROACH = 'https://www.cockroachlabs.com/docs/stable/postgresql-compatibility';
const COCKROACH_LIMITS = 'https://www.cockroachlabs.com/docs/stable/known-limitations';
const YUGABYTE = 'https://docs.yugabyte.com/latest/explore/ysql-language-features/postgresql-compatibility/';
const CITUS = 'https://docs.citusdata.com/en/stable/develop/reference_workarounds.html';

export const refusals: readonly Refusal[] = [
  {
    what: 'advisory locks',
    refusedBy: ['CockroachDB', 'YugabyteDB'],
    source: COCKROACH,
    looksLike: /pg_(?:try_)?advisory_/i,
  },
  {
    what: 'LISTEN and NOTIFY',
    refusedBy: ['CockroachDB', 'YugabyteDB'],
    source: YUGABYTE,
    looksLike: /\b(?:LISTEN|NOTIFY|pg_notify)\b/i,
  },
  {
    what: 'LOCK TABLE',
    refusedBy: ['CockroachDB', 'YugabyteDB'],
    source: YUGABYTE,
    looksLike: /\bLOCK\s+(?:TABLE|tai\.)/i,
  },
  {
    what: 'deferrable constraints',
    refusedBy: ['CockroachDB', 'YugabyteDB'],
    source: YUGABYTE,
    looksLike: /\b(?:DEFERRABLE|DEFERRED)\b/i,
  },
  {
    what: 'exclusion constraints',
    refusedBy: ['CockroachDB', 'YugabyteDB'],
    source: YUGABYTE,
    looksLike: /\bEXCLUDE\b/i,
  },
  { what: 'table inheritance', refusedBy: ['CockroachDB', 'YugabyteDB'], source: YUGABYTE, looksLike: /\bINHERITS\b/i },
  { what: 'stored generated columns', refusedBy: ['YugabyteDB'], source: YUGABYTE, looksLike: /\bGENERATED\b/i },
  { what: 'partitions', refusedBy: ['CockroachDB'], source: COCKROACH, looksLike: /\bPARTITION\s+(?:BY|OF)\b/i },
  { what: 'rows skipped while they are locked', refusedBy: ['Citus'], source: CITUS, looksLike: /\bSKIP\s+LOCKED\b/i },
  {
    what: 'locks on rows of several shards',
    refusedBy: ['Citus'],
    source: CITUS,
    looksLike: /\bFOR\s+(?:NO\s+KEY\s+)?(?:UPDATE|SHARE|KEY)\b(?!\s*(?:USING|OR))/i,
  },
  {
    what: 'numbers without a gap from a sequence',
    refusedBy: ['Citus', 'CockroachDB', 'YugabyteDB'],
    source: COCKROACH,
    looksLike: /\b(?:BIG)?SERIAL\b|\bnextval\b/i,
  },
  {
    what: 'system columns and transaction numbers',
    refusedBy: ['CockroachDB'],
    source: COCKROACH,
    looksLike: /\b(?:ctid|xmin|xmax|txid_\w+|pg_current_xact_id)\b/i,
  },
  {
    what: 'temporary tables',
    refusedBy: ['CockroachDB'],
    source: COCKROACH_LIMITS,
    looksLike: /\bCREATE\s+TEMP/i,
  },
];

/** The tables that a statement changes, each as often as it does: no engine of these takes two changes of one in a statement. */
export const mutationsOf = (statement: string): readonly string[] =>
  [...statement.matchAll(/\b(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM|MERGE\s+INTO)\s+tai\.(\w+)/gi)].map(
    ([, table = '']) => table,
  );
