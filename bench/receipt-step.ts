/** The two things that are compared: a decision with its complete receipt, and the least that anybody would write instead. */
import { createHash } from 'node:crypto';
import { type Catalog, type Decision, decide, type Observation } from '@tai-autonomics/core';
import {
  codesOf,
  decisionBody,
  ENGINE,
  eventOf,
  evidenceRecords,
  formatInstant,
  intentRecord,
  readingsRecord,
  wireWrite,
} from '@tai-autonomics/core/engine';
import {
  appendReceipt,
  buildDisclosure,
  emptyHead,
  type Json,
  type LedgerEntry,
  type LedgerHead,
  SALT_BYTES,
  type Sha256,
  type TextCodec,
} from '@tai-autonomics/core/receipt';
import type { LoadedCatalog } from '@tai-autonomics/governor';
import { systemRandom } from '@tai-autonomics/governor/node';
import { either as E } from 'fp-ts';

/** The right side of what cannot fail here. */
export const right = <L, A>(either: E.Either<L, A>): A => {
  if (E.isLeft(either)) throw new Error(JSON.stringify(either.left));
  return either.right;
};

const DIGEST = 'A'.repeat(43);
const TERMS = { insurance: { id: 'POL-77', digest: DIGEST } };

/** What an intent's receipt discloses: the same four sorts as in production. */
export const disclosedOf = (catalog: Catalog, o: Observation, decision: Decision): ReadonlyMap<string, Json> =>
  new Map<string, Json>([
    ['request/intent', intentRecord(o.id, o.intent)],
    ['state/readings', readingsRecord(catalog, o) as Json],
    ['decision/body', decisionBody(decision)],
    ...evidenceRecords(o.evidence),
  ]);

/** The entry of a decision, with its disclosures built and salted. */
export const entryFor = (
  sha256: Sha256,
  { catalog, digest }: LoadedCatalog,
  o: Observation,
  decision: Decision,
  at: number,
  codec?: TextCodec,
): LedgerEntry => {
  const digests: string[] = [];
  for (const [name, value] of disclosedOf(catalog, o, decision))
    digests.push(right(buildDisclosure(sha256, systemRandom(SALT_BYTES), name, value, codec)).digest);
  const action = catalog.actions.get(o.intent.action.id);
  const { id, version } = catalog.source.catalog;
  const approved = decision.verdict === 'approve';
  const entry = {
    kind: 'decision',
    verdict: decision.verdict,
    codes: codesOf(decision),
    writes: approved ? decision.writes.map(wireWrite) : [],
    mode: 'contractual',
    terms: TERMS,
    at: formatInstant(at),
    event: eventOf(action, decision),
    id: DIGEST,
    subject: o.intent.subject.ref,
    catalog: { id, version, digest },
    engine: ENGINE,
    _sd: digests.sort(),
  } as const;
  return approved && action !== undefined && 'after' in action.action.does
    ? { ...entry, deadline: formatInstant(at + action.limits.timeoutMs) }
    : entry;
};

/** An empty ledger for a bench. */
export const headOf = (sha256: Sha256): LedgerHead => right(emptyHead(sha256, 'ledger.example/r1/c/bench'));

/** Decides, discloses, seals and appends each observation; the end of the ledger. */
export const receiptStep = (
  sha256: Sha256,
  loaded: LoadedCatalog,
  observations: readonly Observation[],
  codec?: TextCodec,
): LedgerHead => {
  let head = headOf(sha256);
  let at = 0;
  for (const o of observations) {
    at = Math.max(at, o.at);
    const entry = entryFor(sha256, loaded, o, decide(loaded.catalog, o), at, codec);
    head = right(appendReceipt(sha256, head, entry, codec)).head;
  }
  return head;
};

/** What the bare step is handed: decided and read already. */
export interface Decided {
  readonly o: Observation;
  readonly decision: Decision;
  readonly readings: unknown;
}

/** Build one object that says the same and links to the one before, `JSON.stringify` it, hash it. Nothing is decided. */
export const bareStep = (loaded: LoadedCatalog, decided: readonly Decided[]): string => {
  const { id, version } = loaded.catalog.source.catalog;
  let prev = '';
  let seq = 0;
  for (const { o, decision, readings } of decided) {
    const record = {
      prev,
      seq,
      at: o.at,
      mode: o.mode,
      id: o.id,
      subject: o.intent.subject.ref,
      catalog: { id, version, digest: loaded.digest },
      engine: ENGINE,
      intent: o.intent,
      evidence: o.evidence,
      readings,
      decision,
    };
    prev = createHash('sha256').update(JSON.stringify(record)).digest('base64url');
    seq += 1;
  }
  return prev;
};
