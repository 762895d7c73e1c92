/** Ledgers, keys and bundles for the tests of the evidence system. Deterministic: the same call gives the same bytes. */
import { createHash, createPublicKey, verify as nodeVerify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  appendReceipt,
  assembleNote,
  buildDisclosure,
  buildNoteKey,
  type Checkpoint,
  checkpointBody,
  checkpointOf,
  type Disclosure,
  type Ed25519,
  emptyHead,
  formatInclusion,
  formatVkey,
  inclusionProof,
  type Json,
  type KeyType,
  type LedgerEntry,
  type LedgerHead,
  type NoteKey,
  nodesOf,
  noteMessage,
  publicKeyOf,
  type Receipt,
  type ReceiptInput,
  type Sha256,
  signEd25519,
  startVerifier,
  type VerifyOptions,
  type VerifyReport,
  type VerifyStep,
} from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';

/** The right side, or a failure of the test with the left side in it. */
export const right = <L, R>(either: E.Either<L, R>): R => {
  if (E.isLeft(either)) throw new Error(`expected a right side, found ${JSON.stringify(either.left)}`);
  return either.right;
};

export const sha256: Sha256 = (bytes) => new Uint8Array(createHash('sha256').update(bytes).digest());

export const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'utf8'));

/** The platform's Ed25519, as a shell would inject it. */
export const platformEd25519: Ed25519 = {
  verify: (publicKey, message, signature) => {
    try {
      const x = Buffer.from(publicKey).toString('base64url');
      return nodeVerify(
        null,
        message,
        createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' }),
        signature,
      );
    } catch {
      return false;
    }
  },
};

export const vector = (path: string): Buffer => readFileSync(new URL(`../vectors/${path}`, import.meta.url));

export const readVector = (path: string): unknown => JSON.parse(vector(path).toString('utf8'));

export const digestOf = (text: string): string => Buffer.from(sha256(bytesOf(text))).toString('base64url');

export const ORIGIN = 'ledger.example/r1/c/4f2a';

export const seedOf = (name: string): Uint8Array => sha256(bytesOf(`test seed of ${name}`));

export interface TestKey {
  readonly seed: Uint8Array;
  readonly key: NoteKey;
  readonly vkey: string;
}

/** A key named after an origin (or a witness), from a seed that everybody knows. */
export const testKey = (name: string, type: KeyType = 1, seedName: string = name): TestKey => {
  const seed = seedOf(seedName);
  const key = right(buildNoteKey(sha256, name, type, publicKeyOf(seed) ?? new Uint8Array(0)));
  return { seed, key, vkey: formatVkey(key) };
};

/** A note signed by keys of type 1. */
export const signedNote = (body: string, ...keys: readonly TestKey[]): string =>
  right(
    assembleNote(
      body,
      keys.map(({ seed, key }) => ({
        name: key.name,
        keyId: key.keyId,
        signature: signEd25519(seed, noteMessage(body)) ?? new Uint8Array(0),
      })),
    ),
  );

export const checkpointNote = (checkpoint: Checkpoint, ...keys: readonly TestKey[]): string =>
  signedNote(checkpointBody(checkpoint), ...keys);

const instant = (seq: number): string => new Date(1_795_248_000_000 + seq * 1234).toISOString();

const common = {
  subject: 'agent:7d1c',
  catalog: { id: 'platform', version: '1.2.0', digest: digestOf('catalog') },
  engine: { name: '@tai-autonomics/core', version: '0.1.0', semantics: 1 },
} as const;

export const BINDING = {
  mode: 'contractual',
  terms: {
    insurance: { id: 'POL-77', digest: digestOf('certificate') },
    msa: { id: 'MSA-2026-004', digest: digestOf('msa') },
  },
} as const;

export const EVAL_BINDING = { mode: 'eval', session: { id: 'pilot-1', notice: 'non-contractual' } } as const;

/** What the ledger's n-th receipt says: every fifth a refusal, then an approval, its outcome, a consequence, an approval. */
export const entryAt = (seq: number, sd: readonly string[], before: readonly TestReceipt[]): LedgerEntry => {
  const context = { ...common, ...BINDING, at: instant(seq), id: digestOf(`intent ${seq}`), _sd: sd };
  const last = before.at(-1);
  const of = { seq: seq - 1, leaf: last === undefined ? '' : Buffer.from(last.leaf).toString('base64url') };
  switch (seq % 5) {
    case 1:
      return {
        ...context,
        kind: 'decision',
        event: 'rollback_approved',
        verdict: 'approve',
        codes: [],
        writes: [{ cell: 'rollback_guard.uses', key: ['svc-a'], plus: 1 }],
        deadline: instant(seq + 60),
        trace: '4bf92f3577b34da6a3ce929d0e0e4736',
      };
    case 2:
      return {
        ...context,
        kind: 'outcome',
        event: 'rollback_completed',
        of,
        status: 'success',
        writes: [{ cell: 'rollback_guard.version', key: ['svc-a'], set: `v${seq}` }],
      };
    case 3:
      return {
        ...context,
        kind: 'consequence',
        event: 'tool_surface_changed',
        of,
        writes: [{ cell: 'platform.tools', key: [], replace: ['get_receipt', 'roll_back'] }],
        incident: 'INC-12',
      };
    default:
      return seq % 5 === 0
        ? {
            ...context,
            kind: 'decision',
            event: 'rollback_refused',
            verdict: 'refuse',
            codes: ['deployment_not_stable', 'insufficient_privilege'],
            writes: [],
          }
        : {
            ...context,
            kind: 'decision',
            event: 'approval_recorded',
            verdict: 'approve',
            codes: [],
            writes: [{ cell: 'platform.approvals', key: ['svc-a', 'rollback'], add: ['zoë'] }],
          };
  }
};

export interface TestReceipt {
  readonly receipt: Receipt;
  readonly bytes: Uint8Array;
  readonly leaf: Uint8Array;
  readonly disclosures: readonly Disclosure[];
}

export const saltOf = (name: string): Uint8Array => sha256(bytesOf(`salt ${name}`)).slice(0, 16);

const disclosuresAt = (seq: number): readonly Disclosure[] =>
  (
    [
      ['request/intent', { action: 'roll_back', resource: 'svc-a', n: seq }],
      ['evidence/deployment_stable/git', [{ about: 'svc-a', value: seq % 2 === 0, ratio: 0.5, note: 'größe' }]],
    ] as const
  ).map(([name, value]) => right(buildDisclosure(sha256, saltOf(`${seq} ${name}`), name, value as Json)));

export interface TestLedger {
  readonly origin: string;
  readonly head: LedgerHead;
  readonly receipts: readonly TestReceipt[];
  readonly checkpoint: Checkpoint;
  readonly key: TestKey;
  /** Signed by `key`. */
  readonly note: string;
  /** A trust file that trusts `key` and asks for no witnesses. */
  readonly trust: string;
}

/** What a receipt says at its place. */
export type EntryAt = (seq: number, sd: readonly string[], before: readonly TestReceipt[]) => LedgerEntry;

/** A sealed ledger of `size` receipts with two disclosures each. */
export const buildLedger = (size: number, origin: string = ORIGIN, entry: EntryAt = entryAt): TestLedger => {
  let head = right(emptyHead(sha256, origin));
  const receipts: TestReceipt[] = [];
  for (let seq = 0; seq < size; seq++) {
    const disclosures = disclosuresAt(seq);
    const appended = right(
      appendReceipt(
        sha256,
        head,
        entry(
          seq,
          disclosures.map((d) => d.digest),
          receipts,
        ),
      ),
    );
    receipts.push({ receipt: appended.receipt, bytes: appended.bytes, leaf: appended.leaf, disclosures });
    head = appended.head;
  }
  const key = testKey(origin);
  const checkpoint = checkpointOf(sha256, head);
  return {
    origin,
    head,
    receipts,
    checkpoint,
    key,
    note: checkpointNote(checkpoint, key),
    trust: `log ${key.vkey}\nquorum none\n`,
  };
};

/** The `.tlog-proof` of one receipt under the ledger's checkpoint. */
export const proofOf = (ledger: TestLedger, seq: number): string => {
  const nodes = nodesOf(
    sha256,
    ledger.receipts.map((r) => r.leaf),
  );
  const proof = inclusionProof(sha256, nodes, seq, ledger.receipts.length) ?? [];
  return formatInclusion({ index: seq, proof, note: ledger.note });
};

/** What `whole` and `partial` bundles of a ledger hold, for the verifier. */
export const inputsOf = (receipts: readonly TestReceipt[]): ReceiptInput[] =>
  receipts.map(({ bytes, disclosures }) => ({ bytes, disclosures: disclosures.map(({ text }) => text) }));

export const partialInputs = (ledger: TestLedger, seqs: readonly number[]): ReceiptInput[] =>
  seqs.map((seq) => ({ ...(inputsOf(ledger.receipts)[seq] as ReceiptInput), proof: proofOf(ledger, seq) }));

/** Runs the verifier over a whole ledger, with the platform's crypto and the ledger's own trust file, unless told otherwise. */
export const verifyWhole = (
  ledger: TestLedger,
  inputs: readonly ReceiptInput[],
  options: Partial<VerifyOptions> = {},
): VerifyReport => {
  const verifier = startVerifier({
    sha256,
    ed25519: platformEd25519,
    coverage: 'whole',
    checkpoint: ledger.note,
    trust: ledger.trust,
    ...options,
  });
  for (const input of inputs) verifier.step(input);
  return verifier.finish();
};

/** One step's status. */
export const statusOf = (report: VerifyReport, step: VerifyStep): string =>
  report.steps.find((result) => result.step === step)?.status ?? 'none';
