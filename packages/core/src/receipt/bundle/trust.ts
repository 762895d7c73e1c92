/**
 * The auditor's trust file (C2SP tlog-policy): which ledgers' keys and which witnesses count, and how many of them.
 * It comes from outside the bundle, always. Narrower than the specification: the file is UTF-8.
 */
import { either as E } from 'fp-ts';
import { encodeBase64url, equalBytes, parseDecimal } from '../encoding/bytes.ts';
import type { Sha256 } from '../encoding/crypto.ts';
import { type FormatIssue, type FormatPath, issue } from '../encoding/format-issue.ts';
import { parseApproverKey, publicHalf } from '../signing/approver-key.ts';
import { type NoteKey, parseVkey } from '../signing/note-key.ts';
import { isOrigin } from '../tree/leaf.ts';
import { parsePolicyLines } from './policy-lines.ts';

/** A named witness. */
export interface TrustWitness {
  readonly kind: 'witness';
  readonly name: string;
  readonly key: NoteKey;
}

/** At least `threshold` of the members, each a witness or a group. */
export interface TrustGroup {
  readonly kind: 'group';
  readonly name: string;
  readonly threshold: number;
  readonly members: readonly (TrustWitness | TrustGroup)[];
}

/** What an auditor trusts. `quorum` absent: no cosignatures are asked for (`quorum none`). */
export interface TrustPolicy {
  readonly logs: readonly NoteKey[];
  readonly witnesses: readonly TrustWitness[];
  /** The key of each approver that the auditor knows, as ledgers write it, by pseudonym. */
  readonly approvers: ReadonlyMap<string, string>;
  readonly quorum?: TrustWitness | TrustGroup;
}

interface Reading {
  readonly hash: Sha256;
  readonly logs: NoteKey[];
  readonly witnesses: TrustWitness[];
  readonly approvers: Map<string, string>;
  readonly named: Map<string, TrustWitness | TrustGroup>;
  readonly grouped: Set<string>;
  quorum: TrustWitness | TrustGroup | 'none' | undefined;
}

/** What is wrong with a line, or nothing. */
type Verdict = E.Either<FormatIssue, void>;

/**
 * Reads a trust file. Every key must pass `acceptKey`, and stands once in the file, whatever its name and its role: a
 * ledger that could cosign itself as a witness, or sign as an exporter, would vouch for itself. Names must be defined above their use; exactly one quorum line.
 * Comments (#) and blank lines are allowed; a log's key name is its origin.
 */
export const parseTrust = (hash: Sha256, text: string): E.Either<FormatIssue, TrustPolicy> => {
  const lines = parsePolicyLines(text);
  if (E.isLeft(lines)) return lines;
  const reading: Reading = {
    hash,
    logs: [],
    witnesses: [],
    approvers: new Map(),
    named: new Map(),
    grouped: new Set(),
    quorum: undefined,
  };
  for (const { at, words } of lines.right) {
    const read = readLine(reading, words, at);
    if (E.isLeft(read)) return read;
  }
  const { logs, witnesses, approvers, quorum } = reading;
  if (quorum === undefined) return issue([], 'a quorum line', 'none');
  return E.right(quorum === 'none' ? { logs, witnesses, approvers } : { logs, witnesses, approvers, quorum });
};

/** Whether these witness keys (by `name` and `keyId`) make the quorum. Always true without one. */
export const meetsQuorum = (policy: TrustPolicy, cosigners: readonly NoteKey[]): boolean => {
  const witnessed = (node: TrustWitness | TrustGroup): boolean =>
    node.kind === 'witness'
      ? cosigners.some((key) => key.type === 4 && sameKey(key, node.key))
      : node.members.filter(witnessed).length >= node.threshold;
  return policy.quorum === undefined || witnessed(policy.quorum);
};

const readLine = (reading: Reading, words: readonly string[], at: FormatPath): Verdict => {
  switch (words[0]) {
    case 'log':
      return readLog(reading, words, at);
    case 'witness':
      return readWitness(reading, words, at);
    case 'group':
      return readGroup(reading, words, at);
    case 'approver':
      return readApprover(reading, words, at);
    case 'quorum':
      return readQuorum(reading, words, at);
    default:
      return issue(at, 'log, witness, group, approver or quorum', words[0]);
  }
};

const readLog = (reading: Reading, words: readonly string[], at: FormatPath): Verdict => {
  if (words.length < 2 || words.length > 3) return issue(at, 'log <vkey> [<url>]', words.join(' '));
  const key = parseVkey(reading.hash, words[1] ?? '');
  if (E.isLeft(key)) return E.left({ ...key.left, path: [...at, ...key.left.path] });
  if (key.right.type !== 1 || !isOrigin(key.right.name))
    return issue(at, "an Ed25519 key named after the log's origin", key.right.name);
  const taken = takenBy(reading, key.right.publicKey);
  if (taken !== undefined) return issue(at, 'a key of its own for each role', taken);
  reading.logs.push(key.right);
  return DONE;
};

/** Who has this public key already, by another name or in another role. */
const takenBy = ({ logs, witnesses, approvers }: Reading, publicKey: Uint8Array): string | undefined => {
  const log = logs.find((known) => equalBytes(known.publicKey, publicKey));
  const witness = witnesses.find((known) => equalBytes(known.key.publicKey, publicKey));
  const text = encodeBase64url(publicKey);
  const approver = [...approvers].find(([, key]) => publicHalf(key) === text)?.[0];
  if (log !== undefined) return `the public key of the log ${log.name}`;
  if (witness !== undefined) return `the public key of the witness ${witness.name}`;
  return approver === undefined ? undefined : `the public key of the approver ${approver}`;
};

const sameKey = (a: NoteKey, b: NoteKey): boolean => equalBytes(a.publicKey, b.publicKey);

const readWitness = (reading: Reading, words: readonly string[], at: FormatPath): Verdict => {
  const [, name = '', vkey = ''] = words;
  if (words.length < 3 || words.length > 4) return issue(at, 'witness <name> <vkey> [<url>]', words.join(' '));
  if (name === 'none' || reading.named.has(name)) return issue(at, 'a new name', name);
  const key = parseVkey(reading.hash, vkey);
  if (E.isLeft(key)) return E.left({ ...key.left, path: [...at, ...key.left.path] });
  if (key.right.type !== 4) return issue(at, 'a witness key (type 0x04)', key.right.name);
  const taken = takenBy(reading, key.right.publicKey);
  if (taken !== undefined) return issue(at, 'a key of its own for each role', taken);
  const witness: TrustWitness = { kind: 'witness', name, key: key.right };
  reading.witnesses.push(witness);
  reading.named.set(name, witness);
  return DONE;
};

/** `approver <pseudonym> <key>`: a line of this product's own, beside those of the specification. */
const readApprover = (reading: Reading, words: readonly string[], at: FormatPath): Verdict => {
  const { approvers } = reading;
  const [, approver = '', key = ''] = words;
  const known = parseApproverKey(key);
  if (words.length !== 3) return issue(at, 'approver <pseudonym> <key>', words.join(' '));
  if (approvers.has(approver)) return issue(at, 'each approver once', approver);
  if (known === undefined) return issue(at, 'base64url of an Ed25519 key, or webauthn:<alg>:<key>:<origin>', key);
  const taken = takenBy(reading, known.publicKey);
  if (taken !== undefined) return issue(at, 'a key of its own for each role, and for each approver', taken);
  approvers.set(approver, key);
  return DONE;
};

const readGroup = (reading: Reading, words: readonly string[], at: FormatPath): Verdict => {
  const [, name = '', rule = '', ...names] = words;
  if (names.length < 1) return issue(at, 'group <name> all|any|<k> <name>…', words.join(' '));
  if (name === 'none' || reading.named.has(name)) return issue(at, 'a new name', name);
  const members: (TrustWitness | TrustGroup)[] = [];
  for (const member of names) {
    const known = reading.named.get(member);
    if (known === undefined) return issue(at, 'a name from a line above', member);
    if (reading.grouped.has(member)) return issue(at, 'each name in one group at most', member);
    reading.grouped.add(member);
    members.push(known);
  }
  const threshold = rule === 'all' ? members.length : rule === 'any' ? 1 : parseDecimal(rule);
  if (threshold === undefined || threshold < 1 || threshold > members.length) {
    return issue(at, `all, any or a number from 1 to ${members.length}`, rule);
  }
  reading.named.set(name, { kind: 'group', name, threshold, members });
  return DONE;
};

const readQuorum = (reading: Reading, words: readonly string[], at: FormatPath): Verdict => {
  const [, name = ''] = words;
  if (words.length !== 2) return issue(at, 'quorum <name>', words.join(' '));
  if (reading.quorum !== undefined) return issue(at, 'one quorum line', 'another');
  const known = name === 'none' ? 'none' : reading.named.get(name);
  if (known === undefined) return issue(at, 'none, or a name from a line above', name);
  reading.quorum = known;
  return DONE;
};

const DONE: Verdict = E.right(undefined);
