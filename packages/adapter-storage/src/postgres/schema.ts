/**
 * What a ledger looks like in PostgreSQL, as numbered steps that only ever grow. The tenant's ledger comes first in every
 * key, so that the tables can be spread by it; nothing in here is refused by the engines that speak PostgreSQL's protocol
 * (`dialects.ts`, and the test that reads both).
 */

/** One step from a version of the tables to the next. */
export interface Migration {
  readonly version: number;
  readonly means: string;
  readonly statements: readonly string[];
}

/** The name that the two settings of a transaction have: whose ledger it is about, and whether it may purge there. */
export const settings = { ledger: 'tai.ledger', purge: 'tai.purge' } as const;

const OWN = `ledger = current_setting('${settings.ledger}', true)`;
const PURGES = `${OWN} AND current_setting('${settings.purge}', true) = ledger`;

/**
 * A receipt's disclosures are one row, `name` and `text` on two lines for each: a purge takes it away and puts back what
 * stays, so that no role needs the right to change a row. That receipts follow each other without a gap is kept by `append`,
 * which inserts after the row that it expects, or nothing.
 */
export const migrations: readonly Migration[] = [
  {
    version: 1,
    means: 'the tables',
    statements: [
      `CREATE TABLE tai.ledgers (ledger text COLLATE "C" PRIMARY KEY)`,
      `CREATE TABLE tai.receipts (
        ledger text COLLATE "C" NOT NULL,
        seq bigint NOT NULL CHECK (seq >= 0),
        leaf bytea NOT NULL CHECK (octet_length(leaf) = 32),
        bytes bytea NOT NULL,
        intent_id text COLLATE "C",
        intent_digest text COLLATE "C",
        PRIMARY KEY (ledger, seq),
        CHECK ((intent_id IS NULL) = (intent_digest IS NULL))
      )`,
      `CREATE UNIQUE INDEX receipts_intent ON tai.receipts (ledger, intent_id) WHERE intent_id IS NOT NULL`,
      `CREATE TABLE tai.disclosures (
        ledger text COLLATE "C" NOT NULL,
        seq bigint NOT NULL,
        entries text COLLATE "C" NOT NULL,
        PRIMARY KEY (ledger, seq)
      )`,
      `CREATE TABLE tai.checkpoints (
        ledger text COLLATE "C" NOT NULL,
        size bigint NOT NULL CHECK (size >= 0),
        note text COLLATE "C" NOT NULL,
        PRIMARY KEY (ledger, size)
      )`,
      `CREATE TABLE tai.catalogs (digest text COLLATE "C" PRIMARY KEY, body text COLLATE "C" NOT NULL)`,
      `CREATE TABLE tai.probes (id bigint PRIMARY KEY, beats bigint NOT NULL)`,
      `INSERT INTO tai.probes (id, beats) VALUES (1, 0)`,
    ],
  },
  {
    version: 2,
    means:
      'row-level security: a transaction sees and writes the one ledger that it names, and deletes disclosures alone',
    statements: [
      ...['receipts', 'disclosures', 'checkpoints'].flatMap(guarded),
      `CREATE POLICY disclosures_purged ON tai.disclosures FOR DELETE USING (${PURGES})`,
    ],
  },
  {
    version: 3,
    means: 'what is recorded is not changed or removed, whoever asks',
    statements: [
      `CREATE FUNCTION tai.append_only() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        RAISE EXCEPTION 'receipts, checkpoints and catalogs are append-only' USING ERRCODE = '55000';
      END $$`,
      ...['receipts', 'checkpoints', 'catalogs'].flatMap(unchanging),
    ],
  },
];

/** The version of the tables that this release reads and writes. */
export const schemaVersion: number = migrations.length;

/** What a role that decides needs, and nothing more: no receipt, checkpoint or catalog can be changed or deleted by it. */
export const grantsFor = (role: string): readonly string[] => [
  `GRANT USAGE ON SCHEMA tai TO ${role}`,
  `GRANT SELECT ON tai.migrations TO ${role}`,
  `GRANT SELECT, INSERT ON tai.ledgers, tai.receipts, tai.checkpoints, tai.catalogs TO ${role}`,
  `GRANT SELECT, INSERT, DELETE ON tai.disclosures TO ${role}`,
  `GRANT SELECT, UPDATE ON tai.probes TO ${role}`,
];

/** Hoisted: the migrations above are made of it. */
function guarded(table: string): readonly string[] {
  return [
    `ALTER TABLE tai.${table} ENABLE ROW LEVEL SECURITY`,
    `ALTER TABLE tai.${table} FORCE ROW LEVEL SECURITY`,
    `CREATE POLICY ${table}_seen ON tai.${table} FOR SELECT USING (${OWN})`,
    `CREATE POLICY ${table}_added ON tai.${table} FOR INSERT WITH CHECK (${OWN})`,
  ];
}

function unchanging(table: string): readonly string[] {
  return [
    `CREATE TRIGGER ${table}_unchanged BEFORE UPDATE OR DELETE ON tai.${table} FOR EACH ROW EXECUTE FUNCTION tai.append_only()`,
  ];
}
