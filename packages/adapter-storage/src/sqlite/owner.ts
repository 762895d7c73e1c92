/**
 * The note beside a ledger file that names the process which holds it. It only informs: SQLite's lock on the file decides,
 * and the note of a process that was killed stays behind and harms nobody.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';

/** Who opened a ledger file. */
export interface Owner {
  readonly pid: number;
  /** When it opened the file, RFC 3339. */
  readonly since: string;
}

/** Writes the note; a failure (a full disk) is of no consequence. */
export const writeOwner = (path: string): void => {
  const owner: Owner = { pid: process.pid, since: new Date().toISOString() };
  try {
    writeFileSync(noteOf(path), `${JSON.stringify(owner)}\n`, { mode: 0o600 });
  } catch {
    // Without the note the next process is told "another process" instead of its number.
  }
};

/** Removes the note. Call it while the lock is still held, or it may be the next owner's. */
export const removeOwner = (path: string): void => {
  try {
    rmSync(noteOf(path), { force: true });
  } catch {
    // As above.
  }
};

/** Who holds the file, from the note if there is one that can be read, and what to do about it. */
export const describeOwner = (path: string): string => {
  const owner = readOwner(path);
  const advice = 'stop it, or ask it through its HTTP or MCP door';
  if (owner === undefined) return `another process holds it; ${advice}`;
  if (owner.pid === process.pid) return `this process (${owner.pid}) has it open already, since ${owner.since}`;
  return `process ${owner.pid} holds it, since ${owner.since}; ${advice}`;
};

const noteOf = (path: string): string => `${path}.owner`;

const readOwner = (path: string): Owner | undefined => {
  try {
    const { pid, since } = JSON.parse(readFileSync(noteOf(path), 'utf8')) as Partial<Record<keyof Owner, unknown>>;
    const isOwner = Number.isSafeInteger(pid) && typeof since === 'string' && /^[0-9TZ:.-]{1,40}$/.test(since);
    return isOwner ? { pid: pid as number, since } : undefined;
  } catch {
    return undefined;
  }
};
