/** Writes `examples/policy/freezer-ledger`: what happened to a freezer before a holiday, as a bundle that anyone can check. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { memoryStore } from '@tai-autonomics/adapter-storage';
import { decide, type Observation } from '@tai-autonomics/core';
import {
  codesOf,
  decisionBody,
  ENGINE,
  emptyState,
  entryOf,
  eventOf,
  evidenceRecords,
  evolve,
  formatInstant,
  intentRecord,
  readingsRecord,
  wireWrite,
} from '@tai-autonomics/core/engine';
import {
  appendReceipt,
  assembleNote,
  buildDisclosure,
  buildNoteKey,
  checkpointBody,
  checkpointOf,
  emptyHead,
  type Json,
  type LedgerEntry,
  noteMessage,
} from '@tai-autonomics/core/receipt';
import { loadCatalog, type Row } from '@tai-autonomics/governor';
import { exportBundle, folderSink } from '@tai-autonomics/governor/bundle';
import { parseStrictJson } from '@tai-autonomics/governor/json';
import { nodeSha256 } from '@tai-autonomics/governor/node';
import { fixedRandom } from '../bundle/evidence.ts';
import { repository } from '../canary/repository.ts';
import { right } from '../governor/kit.ts';
import { memorySigner } from '../governor/signer.ts';

const ORIGIN = 'freezer.example/shop';
const LEDGER = 'shop';
const START = Date.parse('2026-12-23T08:00:00Z');
const MINUTE_MS = 60_000;
const DAY_MS = 1_440 * MINUTE_MS;

interface Asked {
  readonly who: string;
  readonly action: 'freeze' | 'thaw';
  /** Days from the question on. */
  readonly days?: number;
  readonly rate?: { readonly value: number; readonly ageMs: number };
}
const fresh = (value: number): NonNullable<Asked['rate']> => ({ value, ageMs: 5_000 });
const STORY: readonly Asked[] = [
  { who: 'ann', action: 'freeze', days: 4 },
  { who: 'bot', action: 'thaw', rate: fresh(140) },
  { who: 'bot', action: 'thaw', rate: fresh(100) },
  { who: 'ann', action: 'freeze', days: 30 },
  { who: 'ann', action: 'freeze', days: 4 },
  { who: 'bot', action: 'thaw', rate: { value: 3, ageMs: 2 * MINUTE_MS } },
  { who: 'bot', action: 'thaw', rate: fresh(3) },
  { who: 'bot', action: 'thaw' },
];

const observationOf = ({ who, action, days, rate }: Asked, n: number): Observation => {
  const at = START + n * 10 * MINUTE_MS;
  const type = who === 'bot' ? 'agent' : 'user';
  return {
    id: `intent-${n}`,
    at,
    mode: 'eval',
    intent: {
      subject: { type, id: who, ref: `${type}-${who}`, scope: [] },
      action: { id: action, arguments: days === undefined ? {} : { until: formatInstant(at + days * DAY_MS) } },
      resource: { id: 'shop', ref: 'service-shop' },
      binding: `binding-${n}`,
    },
    evidence:
      rate === undefined
        ? []
        : [{ fact: 'error_rate', about: 'shop', value: rate.value, source: 'metrics', observedAt: at - rate.ageMs }],
    state: emptyState,
  };
};

/** Decides the story under the freezer, records it, seals it, and exports the whole. */
export const writeFreezerLedger = async (folder: string): Promise<void> => {
  const limits = { comments: true, maxBytes: 1_048_576, maxDepth: 64 };
  const file = readFileSync(join(repository, 'examples', 'policy', 'freezer.jsonc'));
  const loaded = right(loadCatalog(right(parseStrictJson(file, limits)).value));
  const { catalog, digest } = loaded;
  const random = fixedRandom('freezer');
  const rows: Row[] = [];
  let head = right(emptyHead(nodeSha256, ORIGIN));
  const genesis = head.prev;
  let state = emptyState;
  for (const [n, asked] of STORY.entries()) {
    const o = { ...observationOf(asked, n), state };
    const decision = decide(catalog, o);
    const disclosures = [
      ['request/intent', intentRecord(o.id, o.intent)] as const,
      ['state/readings', readingsRecord(catalog, o) as Json] as const,
      ['decision/body', decisionBody(decision)] as const,
      ...evidenceRecords(o.evidence),
    ].map(([name, value]) => right(buildDisclosure(nodeSha256, random(16), name, value)));
    const entry = {
      kind: 'decision',
      verdict: decision.verdict,
      codes: codesOf(decision),
      mode: 'eval',
      session: { id: 'holiday', notice: 'non-contractual' },
      at: formatInstant(o.at),
      event: eventOf(catalog.actions.get(o.intent.action.id), decision),
      id: Buffer.from(nodeSha256(new Uint8Array(Buffer.from(o.id)))).toString('base64url'),
      subject: o.intent.subject.ref,
      catalog: { ...catalog.source.catalog, digest },
      engine: ENGINE,
      writes: decision.verdict === 'approve' ? decision.writes.map(wireWrite) : [],
      _sd: disclosures.map((disclosure) => disclosure.digest).sort(),
    } as unknown as LedgerEntry;
    const appended = right(appendReceipt(nodeSha256, head, entry));
    const { receipt, bytes, leaf } = appended;
    rows.push({ seq: receipt.seq, leaf, bytes, disclosures: disclosures.map(({ name, text }) => ({ name, text })) });
    state = evolve(state, entryOf(receipt));
    head = appended.head;
  }
  const store = memoryStore();
  right(await store.append(LEDGER, { size: 0, leaf: genesis }, rows));
  const signer = memorySigner('freezer');
  const body = checkpointBody(checkpointOf(nodeSha256, head));
  const { name, keyId } = right(buildNoteKey(nodeSha256, ORIGIN, 1, signer.publicKey));
  const signature = right(await signer.sign(noteMessage(body)));
  const note = right(assembleNote(body, [{ name, keyId, signature }]));
  right(await store.putCheckpoint(LEDGER, { size: head.size, note }));
  const { publicKey } = signer;
  const source = { store, ledger: LEDGER, origin: ORIGIN, publicKey, catalogs: [loaded] };
  right(await exportBundle(source, {}, right(await folderSink(folder))));
};
