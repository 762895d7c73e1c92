/** What a user is told when PostgreSQL says no: which store, what is wrong, what to do, and whether anything may have been written. */
import type { StoreFault } from '@tai-autonomics/governor';

/** The SQLSTATE of a server's answer, or the code of a broken connection; `undefined` where an error has none. */
export const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

/** The server answered with an error: five characters, postgresql.org/docs/current/errcodes-appendix.html. */
export const isAnswer = (error: unknown): boolean => /^[0-9A-Z]{5}$/.test(codeOf(error) ?? '') && hasSeverity(error);

/** Another writer was in the way: the same statement may pass when it is sent again. Two transactions of the engines that detect it late, or a deadlock. */
export const isTransient = (error: unknown): boolean => ['40001', '40P01'].includes(codeOf(error) ?? '');

/** A key is taken. */
export const isTaken = (error: unknown): boolean => codeOf(error) === '23505';

/**
 * What is known after a COMMIT was sent and not acknowledged. An answer of the server says that nothing was written, but
 * for those that say that it is shutting down, or that it doesn't know itself.
 */
export const outcomeOfCommit = (error: unknown): StoreFault['outcome'] =>
  isAnswer(error) && !/^(?:57P0|08|40003)/.test(codeOf(error) ?? '') ? 'not_written' : 'unknown';

/** Says what went wrong with the store of this name. What PostgreSQL says of values is left out. */
export const postgresFault = (name: string, error: unknown, outcome: StoreFault['outcome']): StoreFault => {
  const [fault, what] = describe(error);
  return { fault, detail: `the store ${name}: ${what} (${saidBy(error)})`, outcome };
};

const hasSeverity = (error: unknown): boolean => error instanceof Error && 'severity' in error;

/** The first line of what was said, cut: it names tables and roles, and never a value or a password. */
const saidBy = (error: unknown): string => {
  const said = error instanceof Error ? error.message : String(error);
  const code = codeOf(error);
  const line = (said.split('\n')[0] ?? '').slice(0, 200);
  return code === undefined ? line : `${code}: ${line}`;
};

type Described = readonly [StoreFault['fault'], string];

const describe = (error: unknown): Described => {
  const code = codeOf(error) ?? '';
  for (const [pattern, described] of BY_CODE) if (pattern.test(code)) return described;
  const said = error instanceof Error ? error.message : '';
  for (const [pattern, described] of BY_WORDS) if (pattern.test(said)) return described;
  return ['unavailable', 'it did not answer'];
};

const BY_CODE: readonly (readonly [RegExp, Described])[] = [
  [/^(?:ECONNREFUSED|ENOENT)$/, ['unavailable', 'nothing listens there; start the server, or mend the URL']],
  [/^(?:ENOTFOUND|EAI_AGAIN)$/, ['unavailable', 'its host is not known; mend the URL or the name service']],
  [/^(?:ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/, ['unavailable', 'the connection broke']],
  [
    /CERT|^ERR_TLS|SELF_SIGNED|UNABLE_TO_(?:GET_ISSUER|VERIFY)/,
    ['unavailable', 'its certificate is not accepted; name the authority in sslrootcert, or mend the host name'],
  ],
  [/^28/, ['unavailable', 'it does not let this role in; look at the role, PGPASSWORD and pg_hba.conf']],
  [/^3D000$/, ['unavailable', 'it has no such database; create it, or mend the URL']],
  [
    /^42501$/,
    [
      'unavailable',
      'the role has not the right; run tai store migrate with --grant and this role, as the owner of the tables',
    ],
  ],
  [
    /^(?:42P01|3F000|42703)$/,
    ['unavailable', 'its tables are not there, or not of this version; run tai store migrate'],
  ],
  [/^25006$/, ['unavailable', 'it is read-only; name the primary server']],
  [/^53100$/, ['full', 'its disk is full']],
  [/^53/, ['unavailable', 'it has no room for another connection']],
  [/^(?:57014|55P03)$/, ['unavailable', 'it was too slow']],
  [/^57P/, ['unavailable', 'it is shutting down or starting']],
  [/^XX00[12]$/, ['corrupt', 'it says that its data are damaged']],
];

const BY_WORDS: readonly (readonly [RegExp, Described])[] = [
  [/does not support SSL/i, ['unavailable', 'it offers no TLS; switch it on there, or ask for sslmode=disable']],
  [/timeout/i, ['unavailable', 'it was too slow']],
  [/password/i, ['unavailable', 'it asks for a password; set PGPASSWORD, or name a password file in PGPASSFILE']],
  [/terminated|not queryable|closed/i, ['unavailable', 'the connection broke']],
];
