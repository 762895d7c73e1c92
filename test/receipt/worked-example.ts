/** The worked example of docs/receipt-v1.md, made by the code: what stands in the page is what comes out here. */
import {
  appendReceipt,
  buildDisclosure,
  checkpointBody,
  checkpointOf,
  consistencyProof,
  cosignatureMessage,
  emptyHead,
  formatConsistency,
  formatInclusion,
  inclusionProof,
  type LedgerEntry,
  nodesOf,
} from '@tai-autonomics/core/receipt';
import { bytesOf, checkpointNote, digestOf, right, saltOf, sha256, testKey } from './fixture.ts';

const ORIGIN = 'ledger.example/r1/c/4f2a';
const b64u = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');

const context = (at: string, id: string) =>
  ({
    at,
    id: digestOf(id),
    subject: 'agent:7d1c',
    catalog: { id: 'platform', version: '1.2.0', digest: digestOf('catalog') },
    engine: { name: '@tai-autonomics/core', version: '0.1.0', semantics: 1 },
    mode: 'contractual',
    terms: { msa: { id: 'MSA-2026-004', digest: digestOf('msa') } },
  }) as const;

/** Every block of the page, by the name that stands above it. */
export const workedExample = (): Readonly<Record<string, string>> => {
  const intent = right(
    buildDisclosure(sha256, saltOf('example'), 'request/intent', { action: 'trigger_rollback', resource: 'svc-a' }),
  );
  const empty = right(emptyHead(sha256, ORIGIN));
  const refusal: LedgerEntry = {
    ...context('2026-11-21T08:00:00.000Z', 'first'),
    kind: 'decision',
    event: 'rollback_refused',
    verdict: 'refuse',
    codes: ['deployment_not_stable'],
    writes: [],
    _sd: [intent.digest],
  };
  const first = right(appendReceipt(sha256, empty, refusal));
  const approval: LedgerEntry = {
    ...context('2026-11-21T08:05:12.250Z', 'second'),
    kind: 'decision',
    event: 'rollback_approved',
    verdict: 'approve',
    codes: [],
    writes: [{ cell: 'rollback_guard.uses', key: ['svc-a'], plus: 1 }],
    deadline: '2026-11-21T08:06:12.250Z',
    _sd: [],
  };
  const second = right(appendReceipt(sha256, first.head, approval));
  const key = testKey(ORIGIN);
  const checkpoint = checkpointOf(sha256, second.head);
  const note = checkpointNote(checkpoint, key);
  const nodes = nodesOf(sha256, [first.leaf, second.leaf]);
  return {
    'receipt-0': Buffer.from(first.bytes).toString('utf8'),
    'leaf-0': b64u(first.leaf),
    'receipt-1': Buffer.from(second.bytes).toString('utf8'),
    genesis: first.receipt.prev,
    'disclosure-json': Buffer.from(intent.text, 'base64url').toString('utf8'),
    disclosure: intent.text,
    'disclosure-digest': intent.digest,
    body: checkpointBody(checkpoint),
    note,
    trust: `log ${key.vkey}\nquorum none\n`,
    'proof-1': formatInclusion({ index: 1, proof: inclusionProof(sha256, nodes, 1, 2) ?? [], note }),
    consistency: formatConsistency({ oldSize: 1, proof: consistencyProof(sha256, nodes, 1, 2) ?? [], note }),
    cosigned: Buffer.from(cosignatureMessage(checkpointBody(checkpoint), 1_795_248_400)).toString('utf8'),
    seed: Buffer.from(key.seed).toString('hex'),
    bytes: String(bytesOf(Buffer.from(first.bytes).toString('utf8')).length),
  };
};
