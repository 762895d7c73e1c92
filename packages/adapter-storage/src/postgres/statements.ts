/** Every statement of the PostgreSQL store. Each changes a table once at most, and each is prepared once a connection. */

/** A statement with the name under which a connection keeps it. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

type StatementName =
  | 'begin'
  | 'extend'
  | 'head'
  | 'recorded'
  | 'page'
  | 'find'
  | 'entries'
  | 'dropEntries'
  | 'keepEntries'
  | 'addCheckpoint'
  | 'checkpoint'
  | 'ledgers'
  | 'probe'
  | 'catalog'
  | 'addCatalog';

const PAGE = 128;

const columns = `r.seq, r.leaf, r.bytes, r.intent_id, r.intent_digest, d.entries
  FROM tai.receipts r LEFT JOIN tai.disclosures d ON d.ledger = r.ledger AND d.seq = r.seq`;

const written = `INSERT INTO tai.receipts (ledger, seq, leaf, bytes, intent_id, intent_digest)
  SELECT $1, n.seq, n.leaf, n.bytes, n.intent_id, n.intent_digest
  FROM unnest($2::bigint[], $3::bytea[], $4::bytea[], $5::text[], $6::text[]) AS n (seq, leaf, bytes, intent_id, intent_digest)`;

const disclosed = `INSERT INTO tai.disclosures (ledger, seq, entries)
  SELECT $1, n.seq, n.entries FROM unnest($7::bigint[], $8::text[]) AS n (seq, entries)
  WHERE EXISTS (SELECT 1 FROM written)`;

/**
 * `begin` and `extend` are the compare-and-set: they insert after the row that is expected, or nothing; the key on
 * (ledger, seq) stops whoever comes second.
 */
export const statements: Readonly<Record<StatementName, Statement>> = {
  begin: {
    name: 'begin',
    text: `WITH written AS (${written} RETURNING seq), disclosed AS (${disclosed} RETURNING seq),
    opened AS (INSERT INTO tai.ledgers (ledger) SELECT $1 WHERE EXISTS (SELECT 1 FROM written) RETURNING ledger)
    SELECT (SELECT count(*) FROM written) AS written, (SELECT count(*) FROM disclosed) AS disclosed, (SELECT count(*) FROM opened) AS opened`,
  },
  extend: {
    name: 'extend',
    text: `WITH written AS (${written}
      WHERE EXISTS (SELECT 1 FROM tai.receipts h WHERE h.ledger = $1 AND h.seq = $9::bigint AND h.leaf = $10::bytea)
    RETURNING seq), disclosed AS (${disclosed} RETURNING seq)
    SELECT (SELECT count(*) FROM written) AS written, (SELECT count(*) FROM disclosed) AS disclosed`,
  },
  head: { name: 'head', text: 'SELECT seq, leaf FROM tai.receipts WHERE ledger = $1 ORDER BY seq DESC LIMIT 1' },
  recorded: {
    name: 'recorded',
    text: 'SELECT intent_id, seq FROM tai.receipts WHERE ledger = $1 AND intent_id = ANY ($2::text[])',
  },
  page: {
    name: 'page',
    text: `SELECT ${columns} WHERE r.ledger = $1 AND r.seq >= $2::bigint AND r.seq < $3::bigint ORDER BY r.seq LIMIT ${PAGE}`,
  },
  find: { name: 'find', text: `SELECT ${columns} WHERE r.ledger = $1 AND r.intent_id = $2` },
  entries: { name: 'entries', text: 'SELECT entries FROM tai.disclosures WHERE ledger = $1 AND seq = $2::bigint' },
  dropEntries: {
    name: 'dropEntries',
    text: 'DELETE FROM tai.disclosures WHERE ledger = $1 AND seq = $2::bigint AND entries = $3 RETURNING seq',
  },
  keepEntries: {
    name: 'keepEntries',
    text: 'INSERT INTO tai.disclosures (ledger, seq, entries) VALUES ($1, $2::bigint, $3)',
  },
  addCheckpoint: {
    name: 'addCheckpoint',
    text: 'INSERT INTO tai.checkpoints (ledger, size, note) VALUES ($1, $2::bigint, $3) ON CONFLICT (ledger, size) DO NOTHING',
  },
  checkpoint: {
    name: 'checkpoint',
    text: 'SELECT size, note FROM tai.checkpoints WHERE ledger = $1 AND size <= $2::bigint ORDER BY size DESC LIMIT 1',
  },
  ledgers: { name: 'ledgers', text: 'SELECT ledger FROM tai.ledgers ORDER BY ledger' },
  probe: { name: 'probe', text: 'UPDATE tai.probes SET beats = beats + 1 WHERE id = 1' },
  catalog: { name: 'catalog', text: 'SELECT body FROM tai.catalogs WHERE digest = $1' },
  addCatalog: {
    name: 'addCatalog',
    text: 'INSERT INTO tai.catalogs (digest, body) VALUES ($1, $2) ON CONFLICT (digest) DO NOTHING',
  },
};

/** Rows of a page: 128 receipts of 64 kB are in memory at a time. */
export const pageRows: number = PAGE;
